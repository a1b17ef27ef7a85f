"""The starter dataset that ships with the program: its tables read, checked and versioned.

The folder holds ``dataset.toml`` (what each file and column means, to which day each programme is kept) and one
csv file a table of :mod:`screener.lists.model`. Everything is checked on every load: columns, words, days and
the references between tables. A fault is reported with file, row as a spreadsheet numbers it, column and value.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.contracts import columns
from screener.errors import ConfigurationError, RestrictedListError
from screener.lists.model import Dataset, Restricted
from screener.lists.starter_checks import TABLES, Fault, faults
from screener.settings import read_toml, shipped_config

NAME: Final = "starter"
_AS_TEXT = "Import every column of the csv file as text, and correct this cell."


@dataclass(frozen=True, slots=True)
class ProgrammeNote:
    """What the starter dataset holds of one programme, and to which day that part is complete."""

    programme: str
    kept_to: date
    covers: str


def load_starter(folder: Path | None = None) -> Restricted:
    """The starter dataset in ``folder`` (the shipped one by default) as a restricted list.

    Raises ConfigurationError for a missing, unknown or unreadable file or column, and RestrictedListError for a
    wrong cell.
    """
    home = _home(folder)
    contents = _read_bytes(home)
    tables = {name: _table(home, name, contents[f"{name}.csv"]) for name in TABLES}
    _refuse(home, faults(tables))
    meta = _meta(home)
    dataset = Dataset(
        name=NAME,
        title=meta["title"],
        version=_version(contents),
        kept_to=meta["kept_to"],
        entries=len(tables["entities"]),
        programmes=tuple(sorted(tables["listings"]["programme"].unique())),
    )
    frames: dict[str, Any] = tables
    return Restricted(**frames, datasets=(dataset,))


def programme_notes(folder: Path | None = None) -> tuple[ProgrammeNote, ...]:
    """What the starter dataset holds of each programme, for ``lists status`` and the report's list sheet."""
    home = _home(folder)
    return tuple(
        ProgrammeNote(code, _a_day(home, f"programmes.{code}", note), " ".join(str(note["covers"]).split()))
        for code, note in read_toml(home / "dataset.toml").get("programmes", {}).items()
    )


def _home(folder: Path | None) -> Path:
    return shipped_config() / "starter" if folder is None else folder


def _read_bytes(home: Path) -> dict[str, bytes]:
    """The bytes of every file that belongs to the dataset; a missing or unknown one is an error."""
    wanted = ["dataset.toml", *(f"{name}.csv" for name in TABLES)]
    found = {path.name for path in home.glob("*")} if home.is_dir() else set()
    for name in wanted:
        if name not in found:
            raise ConfigurationError(
                home / name, "", "no such file", "Restore it from the program's own copy."
            )
    for name in sorted(found - set(wanted)):
        raise ConfigurationError(home / name, "", "unknown file in the starter dataset", "Move it elsewhere.")
    return {name: (home / name).read_bytes() for name in wanted}


def _version(contents: dict[str, bytes]) -> str:
    """The sha256 over all files in their fixed order, each preceded by its name and length."""
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _table(home: Path, name: str, content: bytes) -> pd.DataFrame:
    file = home / f"{name}.csv"
    try:
        frame = pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ConfigurationError(
            file, "", f"cannot be read as csv ({error})".replace("\n", " "), "Save it as CSV UTF-8."
        ) from None
    _same_columns(file, list(frame.columns), columns(TABLES[name]))
    return frame.loc[:, columns(TABLES[name])]


def _same_columns(file: Path, found: list[str], wanted: list[str]) -> None:
    expected = "The columns are: " + ", ".join(wanted) + ", with a comma between."
    for column in found:
        if column not in wanted:
            raise ConfigurationError(file, f"column {column!r}", "unknown column", expected)
    for column in wanted:
        if column not in found:
            raise ConfigurationError(file, f"column {column!r}", "missing column", expected)


def _refuse(home: Path, breaches: Iterator[Fault]) -> None:
    """Raise for the first fault, saying how many more there are."""
    found = list(breaches)
    if not found:
        return
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    raise RestrictedListError(f"starter dataset in {home}", f"{found[0]}{more}", _AS_TEXT)


def _meta(home: Path) -> dict[str, Any]:
    """The ``[dataset]`` table, its keys and those of the column descriptions checked."""
    file = home / "dataset.toml"
    toml = read_toml(file)
    _keys(file, "", toml, {"dataset", "programmes", "tables"})
    _keys(file, "dataset", toml["dataset"], {"title", "kept_to", "terms"})
    for code, note in toml["programmes"].items():
        _keys(file, f"programmes.{code}", note, {"kept_to", "covers"})
    _keys(file, "tables", toml["tables"], set(TABLES))
    for name, model in TABLES.items():
        _keys(file, f"tables.{name}", toml["tables"][name], set(columns(model)))
    return {"title": str(toml["dataset"]["title"]), "kept_to": _a_day(home, "dataset", toml["dataset"])}


def _keys(file: Path, place: str, table: dict[str, Any], wanted: set[str]) -> None:
    prefix = f"{place}." if place else ""
    for key in sorted(set(table) - wanted):
        raise ConfigurationError(file, prefix + key, "unknown key", f"Known: {', '.join(sorted(wanted))}.")
    for key in sorted(wanted - set(table)):
        raise ConfigurationError(file, prefix + key, "missing key")


def _a_day(home: Path, place: str, table: dict[str, Any]) -> date:
    day = table.get("kept_to")
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    raise ConfigurationError(
        home / "dataset.toml", f"{place}.kept_to", f"{day!r} is not a day", "Write 2026-06-08."
    )
