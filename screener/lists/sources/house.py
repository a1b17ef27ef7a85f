"""The investor's own list of exclusions, xlsx or csv: names, identifiers, from, until, reason.

The columns are found by heading words, which stand in lists.toml with the source (``[source.NAME.columns]``).
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.ofac_csv import take_country
from screener.lists.text import day, decoded, refuse_html

FIELDS: Final = (
    "name",
    "alias",
    "isin",
    "ticker",
    "cusip",
    "sedol",
    "figi",
    "lei",
    "country",
    "from",
    "until",
    "reason",
    "programme",
)
_SCHEMES: Final = ("isin", "ticker", "cusip", "sedol", "figi", "lei")
_DEEPEST_HEADER: Final = 25
_ZIPPED: Final = b"PK\x03\x04"
_SLASHED: Final = r"^(\d{1,2})/(\d{1,2})/(\d{4})$"  # with points or dashes the day comes first
_MONTHS_OF_A_YEAR: Final = 12
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One workbook (its first sheet with a table) or csv file."""
    collect = Collector(reading, reading.day)
    for name, content in files.items():
        tables = _tables(reading.source, name, content)
        found = next((read for table in tables if (read := _found(table, reading))), None)
        if found is None:
            reason = f"{name} has no row of headings with a name or an identifier"
            raise RestrictedListError(
                reading.source, reason, "Add its headings to lists.toml, or name the columns."
            )
        _report_columns(collect, name, *found)
        _rows(collect, name, _with_days(collect, name, *found), *found[1:])
    return collect.done()


def _tables(source: str, name: str, content: bytes) -> list[pd.DataFrame]:
    if content.startswith((_ZIPPED, _OLD_EXCEL)):
        try:
            sheets = pd.read_excel(
                io.BytesIO(content), sheet_name=None, header=None, dtype=object, engine="calamine"
            )
        except Exception as error:  # calamine raises its own classes for every kind of damage
            raise RestrictedListError(source, f"{name} cannot be read as a workbook ({error})") from None
        return [sheet.map(_cell) for sheet in sheets.values()]
    refuse_html(source, name, content)
    text = decoded(source, name, content)
    delimiter = max(";,\t", key=text[:5000].count)
    try:
        rows = pd.read_csv(
            io.StringIO(text), sep=delimiter, header=None, dtype=str, names=range(64), skip_blank_lines=False
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise RestrictedListError(source, f"{name} is not a readable table ({error})") from None
    return [rows.dropna(axis=1, how="all").map(_cell)]


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return str(value).strip()


def _found(table: pd.DataFrame, reading: Reading) -> tuple[pd.DataFrame, dict[int, str], int] | None:
    """The table, which column is which field, and the row of the headings; None when there are none."""
    words = {
        word.casefold(): field
        for field, words in reading.options.get("columns", {}).items()
        for word in words
    }
    for place in range(min(_DEEPEST_HEADER, len(table))):
        fields = {
            column: words.get(str(cell).casefold(), "") for column, cell in enumerate(table.iloc[place])
        }
        if {"name", *_SCHEMES} & set(fields.values()):
            return table, fields, place
    return None


def _report_columns(
    collect: Collector, name: str, table: pd.DataFrame, fields: dict[int, str], header: int
) -> None:
    for column, field in fields.items():
        heading = str(table.iloc[header, column])
        if heading and not field:
            collect.unread(
                "column", heading, "this heading is not known and its column was not read", file=name
            )


def _with_days(
    collect: Collector, name: str, table: pd.DataFrame, fields: dict[int, str], header: int
) -> pd.DataFrame:
    """The table with days that only their fellows explain in ISO form: one 12/31/2024 tells how all are written."""
    columns = [column for column, field in fields.items() if field in ("from", "until")]
    cells = pd.Series(table.iloc[header + 1 :, columns].to_numpy().ravel(), dtype="str")
    parts = cells.str.extract(_SLASHED).dropna().astype(int)
    if parts.empty or (parts[0] > _MONTHS_OF_A_YEAR).any():
        return table
    if not (parts[1] > _MONTHS_OF_A_YEAR).any():
        reason = "day or month first? Read as day first: write days as 2024-12-31 if that is wrong"
        example = cells[parts.index[0]]
        collect.unread("value", example, reason, file=name, place=name)
        return table
    table = table.copy()
    for column in columns:
        table.iloc[:, column] = table.iloc[:, column].str.replace(_SLASHED, r"\3-\1-\2", regex=True)
    return table


def _rows(collect: Collector, name: str, table: pd.DataFrame, fields: dict[int, str], header: int) -> None:
    for place in range(header + 1, len(table)):
        row: dict[str, list[str]] = {}
        for column, field in fields.items():
            if field and (cell := str(table.iloc[place, column])):
                row.setdefault(field, []).append(cell)
        if row:
            _row(collect, f"{name} row {place + 1}", row)


def _row(collect: Collector, place: str, row: dict[str, list[str]]) -> None:
    known_by = next((row[key][0] for key in ("isin", "lei", "name", "ticker", *_SCHEMES) if key in row), "")
    if not known_by:
        collect.unread(
            "row",
            "; ".join(cell for cells in row.values() for cell in cells),
            "neither a name nor an identifier",
            place=place,
        )
        return
    digest = hashlib.sha1(known_by.casefold().encode(), usedforsecurity=False).hexdigest()[:16]
    entity_id = f"{collect.reading.source}:{digest}"
    collect.entity(Entry(entity_id, row.get("name", [known_by])[0], "company"))
    for alias in (*row.get("name", []), *row.get("alias", [])):
        collect.name(entity_id, alias)
    for scheme in _SCHEMES:
        for cell in row.get(scheme, []):
            for value in cell.replace("\n", ";").split(";"):
                collect.identifier(entity_id, scheme, value)
    for printed in row.get("country", []):
        take_country(collect, entity_id, printed)
    code = row.get("programme", [str(collect.reading.options.get("programme", "HOUSE"))])[0]
    reason = "; ".join(row.get("reason", []))
    printed = row.get("name", [known_by])[0] + (f": {reason}" if reason else "")
    collect.claim(Claim(entity_id, code, collect.reading.title, printed, _events(collect, row, place), " "))


def _events(collect: Collector, row: dict[str, list[str]], place: str) -> list[tuple[str, str, str]]:
    events = []
    for field, event in (("from", "listed"), ("until", "removed")):
        for cell in row.get(field, []):
            at = day(cell)
            if not at:
                collect.unread("value", cell, f"'{field}' is no day", place=place)
            elif event == "removed":
                after = date.fromisoformat(at) + timedelta(days=1)
                events.append((event, after.isoformat(), f"excluded until {at}"))
            else:
                events.append((event, at, "; ".join(row.get("reason", []))))
    return events
