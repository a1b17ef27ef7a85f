"""What comes in with a form or an API call, checked: files, investor, day, portfolio."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from screener.rules.investors import load_investor
from screener.settings import shipped_config
from screener.web.languages import Language

KINDS: Final = (
    ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".htm", ".html", ".xml", ".zip",
)  # fmt: skip
_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 200
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Uploaded(Protocol):
    """A file that came with a form."""

    @property
    def filename(self) -> str | None: ...
    @property
    def size(self) -> int | None: ...
    @property
    def file(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to have screened, checked."""

    files: tuple[Uploaded, ...]
    names: tuple[str, ...]
    as_of: date
    investor: str
    portfolio: str
    password: str
    accept_stale: bool


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that is wrong: ``key`` of the language files, with what it speaks of."""

    key: str
    values: dict[str, str]

    def sentence(self, language: Language) -> str:
        """The sentence to show."""
        return language.say(f"wrong.{self.key}", **self.values)


@cache
def investors() -> dict[str, tuple[str, str]]:
    """The investor profiles that can be chosen, by their short name: title and description."""
    found = {}
    for path in sorted((shipped_config() / "investors").glob("*.toml")):
        if not path.stem.startswith("example"):
            profile = load_investor(path.stem)
            found[path.stem] = (profile.name, profile.description)
    return found


def printed_name(raw: str) -> str:
    """The name that a browser gave a file, as text to print: its last part, without what cannot be read."""
    last = re.split(r"[/\\]", raw)[-1]
    name = _NO_TEXT.sub("", last).strip() or "file"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= _LONGEST_NAME else f"{stem[: _LONGEST_NAME - 8]}…{dot}{ending[:6]}"


def check_files(files: list[Uploaded], most: int) -> tuple[tuple[Uploaded, ...], tuple[str, ...]] | Wrong:
    """The files and the names by which the report calls them, each name once."""
    given = tuple(one for one in files if one.filename)
    if not given:
        return Wrong("no_file", {})
    if len(given) > most:
        return Wrong("too_many_files", {"n": str(most)})
    names: list[str] = []
    for one in given:
        name = printed_name(one.filename or "")
        ending = Path(name).suffix.lower()
        if ending and ending not in KINDS:
            return Wrong("kind", {"file": name, "kind": ending})
        names.append(_once(name, names))
    return given, tuple(names)


def _once(name: str, taken: list[str]) -> str:
    number, chosen = 2, name
    while chosen in taken:
        chosen, number = f"{name} ({number})", number + 1
    return chosen


def check_day(text: str, today: date) -> date | Wrong:
    """The day in ``text``, today when empty."""
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        return Wrong("day", {"value": text[:40]})


def check_investor(name: str) -> str | Wrong:
    """A profile that is offered, or "": never a path, which would let a form read files of the server."""
    return name if name in investors() or not name else Wrong("investor", {"value": name[:40]})


def clean_text(text: object) -> str:
    """A line of text from a form, without what cannot be printed."""
    return _NO_TEXT.sub("", text).strip()[:_LONGEST_TEXT] if isinstance(text, str) else ""


def check(fields: dict[str, str], files: list[Uploaded], most: int, today: date) -> Asked | Wrong:
    """Everything of an upload; the first thing that is wrong."""
    chosen = check_files(files, most)
    day = check_day(fields.get("as_of", "").strip(), today)
    investor = check_investor(fields.get("investor", "").strip())
    for one in (chosen, day, investor):
        if isinstance(one, Wrong):
            return one
    assert not isinstance(chosen, Wrong)
    assert not isinstance(day, Wrong)
    assert not isinstance(investor, Wrong)
    return Asked(
        *chosen,
        day,
        investor,
        clean_text(fields.get("portfolio", "")),
        fields.get("password", ""),
        fields.get("accept_stale", "") in ("on", "true", "1"),
    )


def keep(files: tuple[Uploaded, ...], folder: Path) -> tuple[Path, ...]:
    """Write uploads into ``folder`` under names of our own, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, one in enumerate(files, 1):
        path = folder / f"{number}.upload"
        with path.open("wb") as target:
            one.file.seek(0)
            shutil.copyfileobj(one.file, target)
        path.chmod(0o600)
        paths.append(path)
    return tuple(paths)
