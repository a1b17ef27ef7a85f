"""Frames as Excel tables with filters, capped, with row heights that fit the wrapped text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Final

import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableStyleInfo

from screener.report.look import BODY, ENTRY, HEADER, Style, chip
from screener.report.sheet import LINE, Page, pixels
from screener.report.text import lines
from screener.report.words import words

ROW_CAP: Final = 10_000
_NUMBERS: Final = ("int", "quantity", "money", "score", "date")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``name`` in the frame, ``title`` in the header; ``kind`` a number format or "chip"."""

    name: str
    title: str
    kind: str = "text"
    wrap: bool = False


def write_table(
    page: Page, columns: Sequence[Column], frame: pd.DataFrame, name: str, rest: str = ""
) -> None:
    """``frame`` as an Excel table with filters, at most ROW_CAP rows, the rest announced in a line below.

    ``name`` is the table's name in the workbook, ``rest`` the file that has every row, if one has; the columns begin at the first one of the page.
    """
    header, shown = page.row, frame.head(ROW_CAP)
    page.height(
        max(lines(c.title, pixels(w) * 0.75 - 20) for c, w in zip(columns, page.widths, strict=False)) * LINE
        + 6
    )
    for number, column in enumerate(columns, start=1):
        style = replace(HEADER, align=_align(column.kind), indent=_indent(columns, number))
        page.look.put(page.sheet, (header, number), column.title, style)
    page.row += 1
    _write_rows(page, columns, shown)
    if len(shown):
        _make_table(page, name, header, columns)
    page.tables.append((header, page.row))
    _say_left_out(page, len(frame), rest)


def _write_rows(page: Page, columns: Sequence[Column], frame: pd.DataFrame) -> None:
    put, sheet = page.look.put, page.sheet
    styles = [_style(columns, number) for number in range(1, len(columns) + 1)]
    values = [frame[column.name].tolist() for column in columns]
    wrapped = [number for number, column in enumerate(columns, start=1) if column.wrap]
    chips = {code: chip(each.fill, each.text) for code, each in words().actions.items()}
    whole = Style(kind="int", align="right", rule=True)
    for record in zip(*values, strict=True):
        for number, (value, style, column) in enumerate(zip(record, styles, columns, strict=True), start=1):
            if column.kind == "chip":
                put(sheet, (page.row, number), value, chips.get(value, BODY))
            elif number <= page.printed or column.kind.startswith("entry") or not _empty(value):
                is_whole = column.kind == "quantity" and value == value // 1
                put(sheet, (page.row, number), value, whole if is_whole else style)
        page.fits([(str(record[number - 1]), number, number) for number in wrapped])
        page.row += 1


def _empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and isnan(value))


def _style(columns: Sequence[Column], number: int) -> Style:
    column = columns[number - 1]
    if column.kind.startswith("entry"):
        kind = "entry_date" if column.kind == "entry_date" else "general"
        return Style(kind=kind, fill=ENTRY, rule=True, wrap=kind == "general")
    kind = "general" if column.kind in ("chip", "text") else column.kind
    return Style(
        kind=kind, wrap=column.wrap, align=_align(column.kind), rule=True, indent=_indent(columns, number)
    )


def _indent(columns: Sequence[Column], number: int) -> int:
    """Text keeps a distance from a number to its left."""
    left = columns[number - 2].kind if number > 1 else ""
    return int(_align(left) == "right" and _align(columns[number - 1].kind) == "left")


def _align(kind: str) -> str:
    if kind in _NUMBERS:
        return "right"
    return "center" if kind == "chip" else "left"


def _make_table(page: Page, name: str, header: int, columns: Sequence[Column]) -> None:
    table = Table(displayName=name, ref=f"A{header}:{get_column_letter(len(columns))}{page.row - 1}")
    # Where the columns are not named openpyxl looks at, and so makes, every cell of the table.
    table._initialise_columns()  # type: ignore[attr-defined]
    for named, column in zip(table.tableColumns, columns, strict=True):
        named.name = column.title
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    page.sheet.add_table(table)


def _say_left_out(page: Page, total: int, rest: str) -> None:
    if total == 0:
        page.paragraph("None.", replace(BODY, italic=True))
    elif total > ROW_CAP:
        page.paragraph(left_out(total, rest), Style(bold=True, wrap=True))


def left_out(total: int, file: str = "") -> str:
    """The line that says how many rows a sheet does not show, and which ``file`` has them, if one has."""
    more = total - ROW_CAP
    where = f"{more:,} more in {file}" if file else f"{more:,} more are not shown"
    return f"{where}: a sheet shows {ROW_CAP:,} rows."
