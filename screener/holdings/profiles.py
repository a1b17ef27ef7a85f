"""Saved profiles: how one person's file is to be read, as plain TOML that can be corrected by hand.

A profile names the headings of each table and the field of each column. A file is read with it only where its
headings are the same; otherwise reading stops and says what differs, rather than guess.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from screener.errors import ConfigurationError, HoldingsError
from screener.holdings.folding import fold
from screener.holdings.grid import Grid
from screener.holdings.headings import IDENTIFIERS, Heading, heading
from screener.holdings.model import Reading
from screener.holdings.naming import FIELDS, Layout
from screener.holdings.options import ReadOptions
from screener.holdings.tables import STRONG, Block
from screener.settings import read_toml, shipped_config

_HEADER: Final = """\
# How the columns of a holdings file are read: screener run FILE, with this profile.
#
# [[table]]           one for each table of the file
#   sheet             the name of the sheet; "*" is any sheet, "" a text file
#   headings          the headings of the table, left to right; the file must still have all of them
#   decimal           "," or ".", the decimal sign of numbers that may be read either way; "" lets the file decide
#   [table.columns]   field of each column, by heading; leave out the columns that are not used. Fields:
#                     {fields}
"""
_KEYS: Final = frozenset({"sheet", "headings", "decimal", "columns"})


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """One table of a profile; ``columns`` maps headings to fields."""

    sheet: str
    headings: tuple[str, ...]
    columns: dict[str, str]
    decimal: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A saved way of reading a file."""

    name: str
    tables: tuple[ProfileTable, ...]


def make_profile(reading: Reading, name: str) -> Profile:
    """The profile that reads a file as ``reading`` was understood; tables alike on several sheets become one."""
    tables: dict[tuple[str, ...], ProfileTable] = {}
    for (sheet, _), part in reading.columns.groupby(["sheet", "header_row"], sort=False):
        headings = tuple(text for text in part["heading"] if text)
        if not headings:
            continue
        used = {str(r.heading): str(r.field) for r in part.itertuples() if r.field and r.heading}
        known = tables.get(headings)
        tables[headings] = ProfileTable(
            str(sheet) if known is None or known.sheet == sheet else "*", headings, used
        )
    return Profile(name, tuple(tables.values()))


def save_profile(profile: Profile, path: Path) -> None:
    """Write ``profile`` as TOML, with a header that explains it."""
    lines = [_HEADER.format(fields=", ".join(FIELDS))]
    for table in profile.tables:
        lines += ["[[table]]", f"sheet = {_quoted(table.sheet)}", f"decimal = {_quoted(table.decimal)}"]
        lines += ["headings = [", *(f"  {_quoted(text)}," for text in table.headings), "]", "[table.columns]"]
        lines += [*(f"{_quoted(text)} = {_quoted(field)}" for text, field in table.columns.items()), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


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


def find_profile(options: ReadOptions) -> Profile | None:
    """The profile that ``options`` names, by path or by name; None where it names none."""
    if options.profile is None:
        return None
    path = Path(options.profile)
    folders = [folder for folder in (options.profiles, shipped_config() / "profiles") if folder]
    places = [path, *(folder / f"{path.name}.toml" for folder in folders)]
    found = next((place for place in places if place.is_file()), path)
    return load_profile(found)


def _table(path: Path, entry: Any) -> ProfileTable:
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        key = min(set(entry) - _KEYS) if isinstance(entry, dict) else "table"
        raise ConfigurationError(path, key, "is not a key of a table", f"Use {', '.join(sorted(_KEYS))}.")
    headings, columns = entry.get("headings", []), entry.get("columns", {})
    if not isinstance(headings, list) or not headings or not isinstance(columns, dict):
        raise ConfigurationError(
            path, "headings", "must list the headings of the table", "Save the profile again."
        )
    for text, field in columns.items():
        if field not in FIELDS and field != "identifier":
            raise ConfigurationError(
                path, f"columns.{text}", f"{field!r} is no field", f"Use one of {', '.join(FIELDS)}."
            )
        if fold(text) not in {fold(str(h)) for h in headings}:
            raise ConfigurationError(
                path, f"columns.{text}", "is not among the headings", "Add it to headings."
            )
    decimal = str(entry.get("decimal", ""))
    if decimal not in ("", ",", "."):
        raise ConfigurationError(
            path, "decimal", f"{decimal!r} is no decimal sign", 'Use "," or "." or leave it empty.'
        )
    return ProfileTable(str(entry.get("sheet", "*")), tuple(map(str, headings)), dict(columns), decimal)


def blocks_by_profile(profile: Profile, grid: Grid) -> list[tuple[Block, ProfileTable]]:
    """The tables of ``grid`` that have all headings of a table of ``profile``, in the order they stand."""
    found: list[tuple[int, tuple[Heading, ...], ProfileTable]] = []
    for table in profile.tables:
        if table.sheet in ("*", grid.sheet):
            wanted = [fold(text) for text in table.headings]
            for row in _rows_with(grid, wanted):
                found.append((row, tuple(heading(column.at(row)) for column in grid.columns), table))
    found.sort(key=lambda item: item[0])
    ends = [row for row, _, _ in found[1:]] + [grid.height]
    return [
        (Block(row, row + 1, end, headings, STRONG), table)
        for (row, headings, table), end in zip(found, ends, strict=True)
    ]


def _rows_with(grid: Grid, wanted: list[str]) -> list[int]:
    """Rows that hold all ``wanted`` headings."""
    candidates: list[int] = []
    for row in range(grid.height):
        texts = {fold(column.texts[row]) for column in grid.columns if column.texts[row]}
        if len(texts) >= len(set(wanted)) and set(wanted) <= texts:
            candidates.append(row)
    return candidates


def layout_by_profile(table: ProfileTable, headings: tuple[Heading, ...]) -> Layout:
    """The layout that a profile prescribes."""
    layout = Layout()
    fields = {fold(text): field for text, field in table.columns.items()}
    for index, item in enumerate(headings):
        field = fields.pop(fold(item.text), "")
        if not field:
            continue
        if field in IDENTIFIERS or field == "identifier":
            layout.codes.append((index, field))
        layout.take(field, index, "profile")
        if field == "market_value":
            layout.currency, layout.unit = item.currency, item.unit
    return layout


def misfit(path: Path, profile: Profile, grids: list[Grid], blocks: list[list[Block]]) -> HoldingsError:
    """The error that says how the layout of a file differs from that of ``profile``."""
    wanted = {fold(text): text for table in profile.tables for text in table.headings}
    best: set[str] = set()
    for found in blocks:
        for block in found:
            has = {fold(item.text) for item in block.headings if item.text}
            best = has if len(has & set(wanted)) >= len(best & set(wanted)) else best
    missing = [text for key, text in wanted.items() if key not in best]
    new = sorted(best - set(wanted))
    sheets = sorted({table.sheet for table in profile.tables} - {"*", ""} - {grid.sheet for grid in grids})
    said = f"no longer has the layout of the profile {profile.name!r}"
    said += f"; headings that are missing: {', '.join(missing)}" if missing else ""
    said += f"; headings that are new: {', '.join(new)}" if new else ""
    said += f"; sheets that are missing: {', '.join(sheets)}" if sheets else ""
    return HoldingsError(
        path, said, "Save a new profile with `screener columns FILE --save`, or read the file without one."
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
