"""Saved profiles: how one person's file is to be read, as plain TOML that can be corrected by hand.

A profile names the headings of each table and the field of each column. A file is read with it only where its
layout is the same; otherwise reading stops and says what differs, rather than guess.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.errors import ConfigurationError, OutputError, UsageError
from screener.holdings.folding import fold
from screener.holdings.model import Reading
from screener.holdings.naming import FIELDS
from screener.holdings.options import ReadOptions
from screener.settings import read_toml

SPARE: Final = "spare_name"  # the field of a column of names that fills in where the name is blank
PROFILE_FIELDS: Final = (*FIELDS, "identifier", SPARE)
_MANY: Final = frozenset({"isin", "cusip", "sedol", "figi", "lei", "wkn", "ric", "identifier", SPARE})
_HEADER: Final = """\
# How the columns of a holdings file are read: screener run FILE --profile {name}
# Correct it by hand where a column was taken for the wrong field; nothing else is needed.
#
# [[table]]           one for each table of the file; a file with a table of holdings that is not here is refused
#   sheet             the name of the sheet; "*" stands for any text ("Holdings *"), "" is a text file
#   headings          the headings of the table, left to right; the file must still have all of them
#   decimal           "," or ".", the decimal sign of numbers that may be read either way; "" lets the file decide
#   [table.columns]   the field of each column, by its heading; leave out columns that are not used, and all of them
#                     where the table is not to be read. "Value#2" is the second column headed "Value", and "[F]" is
#                     column F where it has no heading. Fields:
#                     {fields}
"""
_KEYS: Final = frozenset({"sheet", "headings", "decimal", "columns"})
_LETTER: Final = re.compile(r"\[([A-Z]{1,3})\]")


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """One table of a profile; ``columns`` maps headings (or places, see :func:`keys_of`) to fields."""

    sheet: str
    headings: tuple[str, ...]
    columns: dict[str, str]
    decimal: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A saved way of reading a file."""

    name: str
    tables: tuple[ProfileTable, ...]


def keys_of(headings: Sequence[str], letters: Sequence[str]) -> list[str]:
    """The key of each column in a profile: its heading, "Heading#2" for the second of that name, "[F]" for none."""
    seen: Counter[str] = Counter()
    keys = []
    for text, letter in zip(headings, letters, strict=True):
        seen[fold(text)] += 1
        number = seen[fold(text)]
        keys.append(f"[{letter}]" if not text else text if number == 1 else f"{text}#{number}")
    return keys


def make_profile(reading: Reading, name: str) -> Profile:
    """The profile that reads a file as ``reading`` was understood; tables alike on several sheets become one."""
    tables: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ProfileTable] = {}
    for (sheet, _), part in reading.columns.groupby(["sheet", "header_row"], sort=False):
        for piece in _without_repeats(part):
            table = _table_of(str(sheet), piece)
            same = (table.headings, tuple(sorted(table.columns.items())))
            known = tables.get(same)
            apart = known is not None and known.sheet != sheet
            tables[same] = ProfileTable("*", table.headings, table.columns) if apart else table
    return Profile(name, tuple(tables.values()))


def _without_repeats(part: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The tables among columns that share sheet and heading row: those side by side begin with a new letter run."""
    starts = part["column"].map(_number).diff().fillna(1) < 0
    for _, piece in part.groupby(starts.cumsum(), sort=False):
        yield piece


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _table_of(sheet: str, part: pd.DataFrame) -> ProfileTable:
    keys = keys_of(part["heading"].tolist(), part["column"].tolist())
    fields = [
        SPARE if by == "spare" else str(field) for field, by in zip(part["field"], part["by"], strict=True)
    ]
    used = {key: field for key, field in zip(keys, fields, strict=True) if field}
    return ProfileTable(sheet, tuple(text for text in part["heading"] if text), used)


def save_profile(profile: Profile, path: Path) -> None:
    """Write ``profile`` as TOML, with a header that explains it; raises OutputError where that cannot be done."""
    lines = [_HEADER.format(name=profile.name, fields=_fields_in_lines())]
    for table in profile.tables:
        lines += ["[[table]]", f"sheet = {_quoted(table.sheet)}", f"decimal = {_quoted(table.decimal)}"]
        lines += ["headings = [", *(f"  {_quoted(text)}," for text in table.headings), "]", "[table.columns]"]
        lines += [*(f"{_quoted(text)} = {_quoted(field)}" for text, field in table.columns.items()), ""]
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text("\n".join(lines), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})", "Give another place.") from None


def _fields_in_lines() -> str:
    half = len(PROFILE_FIELDS) // 2
    return ", ".join(PROFILE_FIELDS[:half]) + ",\n#                     " + ", ".join(PROFILE_FIELDS[half:])


def load_profile(path: Path) -> Profile:
    """The profile at ``path``; raises ConfigurationError that names the key that is wrong."""
    raw = read_toml(path)
    tables = raw.get("table")
    unknown = set(raw) - {"table"}
    if unknown or not isinstance(tables, list) or not tables:
        key = min(unknown, default="table")
        raise ConfigurationError(
            path, key, "a profile consists of [[table]] entries", "See the explanation at its top."
        )
    return Profile(path.stem, tuple(_table(path, entry) for entry in tables))


def profile_path(text: str, folder: Path) -> Path:
    """Where a profile is kept: ``text`` itself where it is a path or ends in .toml, else that name in ``folder``."""
    path = Path(text)
    return path if path.suffix.casefold() == ".toml" or path.name != text else folder / f"{text}.toml"


def find_profile(options: ReadOptions) -> Profile | None:
    """The profile that ``options`` names, by path or by name; None where it names none.

    Raises UsageError that names the profiles there are, or ConfigurationError where its file is wrong.
    """
    path = profile_file(options)
    if path is None:
        return None
    folder = options.profiles or Path()
    if path.is_file():
        return load_profile(path)
    known = sorted(one.stem for one in folder.glob("*.toml")) if options.profiles else []
    there = f"Known: {', '.join(known)}." if known else "Save one with `screener columns FILE --save NAME`."
    raise UsageError(f"No profile '{options.profile}' ({path} does not exist)", there)


def profile_file(options: ReadOptions) -> Path | None:
    """Where the profile is that ``options`` names, whether it exists or not; None where it names none."""
    return None if options.profile is None else profile_path(str(options.profile), options.profiles or Path())


def _table(path: Path, entry: Any) -> ProfileTable:
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        key = min(set(entry) - _KEYS) if isinstance(entry, dict) else "table"
        raise ConfigurationError(path, key, "is not a key of a table", f"Use {', '.join(sorted(_KEYS))}.")
    headings, columns = entry.get("headings", []), entry.get("columns", {})
    if not isinstance(headings, list) or not isinstance(columns, dict):
        raise ConfigurationError(
            path, "headings", "must list the headings of the table", "Save the profile again."
        )
    known = set(map(fold, keys_of(list(map(str, headings)), [""] * len(headings))))
    for text, field in columns.items():
        if field not in PROFILE_FIELDS:
            said = f"Use one of {', '.join(PROFILE_FIELDS)}; leave the line out where the column is not used."
            raise ConfigurationError(path, f"columns.{text}", f"{field!r} is no field", said)
        if fold(text) not in known and not _LETTER.fullmatch(text):
            raise ConfigurationError(
                path, f"columns.{text}", "is not among the headings", "Add it to headings."
            )
    _refuse_twice(path, columns)
    decimal = str(entry.get("decimal", ""))
    if decimal not in ("", ",", "."):
        raise ConfigurationError(
            path, "decimal", f"{decimal!r} is no decimal sign", 'Use "," or "." or leave it empty.'
        )
    return ProfileTable(str(entry.get("sheet", "*")), tuple(map(str, headings)), dict(columns), decimal)


def _refuse_twice(path: Path, columns: dict[str, str]) -> None:
    """A field that only one column can be may not be given to two."""
    for field, times in Counter(columns.values()).items():
        if times > 1 and field not in _MANY:
            both = [text for text, given in columns.items() if given == field]
            raise ConfigurationError(
                path, f"columns.{both[1]}", f"{field} is {both[0]!r} already", "Leave one of them out."
            )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
