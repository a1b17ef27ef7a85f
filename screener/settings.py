"""Settings: ``screener.toml`` and the environment become one frozen value, built in a face."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from screener.errors import ConfigurationError
from screener.mail_settings import MailSettings
from screener.night_settings import InboxSettings, NightlySettings
from screener.settings_paths import folder_of, with_whole_paths
from screener.web_settings import WebSettings

_NAME = "screener.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunSettings(_Section):
    """``[run]``"""

    investor: str = ""
    out: Path = Path("report")
    ownership: str = ""
    look_through: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()


class ListSettings(_Section):
    """``[lists]``"""

    starter: str = ""
    data: str = ""
    sources: str = ""
    stale_after_days: int = 30


class HistorySettings(_Section):
    """``[history]``"""

    url: SecretStr = SecretStr("")
    retention_years: int = Field(10, ge=1)


class ReviewSettings(_Section):
    """``[review]``"""

    four_eyes: bool = False


class Settings(BaseSettings):
    """Everything that can be set; see ``config/screener.toml`` for the meaning of each key."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="SCREENER_", env_nested_delimiter="__", toml_file=None
    )

    run: RunSettings = RunSettings()
    lists: ListSettings = ListSettings()
    inbox: InboxSettings = InboxSettings()
    nightly: NightlySettings = NightlySettings()
    history: HistorySettings = HistorySettings()
    review: ReviewSettings = ReviewSettings()
    mail: MailSettings = MailSettings()
    web: WebSettings = WebSettings()

    @property
    def data_folder(self) -> Path:
        """Where the program keeps what it fetched and what it remembers."""
        return Path(self.lists.data) if self.lists.data else Path.home() / ".screener"

    @property
    def profiles_folder(self) -> Path:
        """Where saved ways of reading files are kept by name."""
        return self.data_folder / "profiles"

    @property
    def sources_file(self) -> Path | None:
        """The table of list sources; None for the shipped one."""
        return Path(self.lists.sources) if self.lists.sources else None

    @property
    def starter_folder(self) -> Path | None:
        """The folder of the starter dataset; None for the shipped one."""
        return Path(self.lists.starter) if self.lists.starter else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return env_settings, init_settings


def load_settings(file: Path | None = None) -> Settings:
    """Settings from ``file`` (the shipped one by default) and the environment.

    Relative paths in ``file`` are those of its folder; in the environment, of the current one.
    Raises ConfigurationError that names file and key for an unknown key or a value of the wrong kind.
    """
    path = file or shipped_config() / _NAME
    data = read_toml(path)
    if file is not None:
        data = with_whole_paths(data, folder_of(file))
    try:
        return Settings(**data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(path, key, "is not a known key", _nearest(first["loc"])) from None
        raise ConfigurationError(
            path,
            key,
            first["msg"].removeprefix("Value error, "),
            "Correct the value; the shipped file explains it.",
        ) from None


def _nearest(place: tuple[int | str, ...]) -> str:
    """The known keys of the section in which an unknown one stands, the nearest first."""
    model: Any = Settings
    for part in place[:-1]:
        field = model.model_fields.get(str(part))
        named_tables = get_args(field.annotation) if field else ()  # of dict[str, Section]
        model = named_tables[1] if named_tables else field.annotation if field else model
    known = list(model.model_fields)
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Known keys here: {', '.join(known)}."


def shipped_config() -> Path:
    """The folder of configuration that comes with the program: inside the wheel, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside_wheel = package / "config"
    return inside_wheel if inside_wheel.is_dir() else package.parent / "config"


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; raises ConfigurationError that names file and line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(path, "", "no such file", "Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(path, "", f"cannot be read ({error})", "Save it as UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, "", f"is not valid TOML: {error}", "Correct that line.") from None


@cache
def shipped_toml(name: str) -> dict[str, Any]:
    """A shipped configuration file by its path below ``config/``; read once a process."""
    return read_toml(shipped_config() / name)
