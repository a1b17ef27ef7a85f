"""Settings: ``screener.toml`` and the environment become one frozen value, built in a face."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from screener.errors import ConfigurationError


def shipped_config() -> Path:
    """The folder of configuration that comes with the program: inside the wheel, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "config"
    return inside if inside.is_dir() else package.parent / "config"


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
