"""HTML pages that call themselves .xls: every table becomes a grid."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import numpy as np

from screener.errors import HoldingsError
from screener.holdings.grid import Grid, columns_of
from screener.holdings.options import Limits, too_long

_SKIPPED: Final = frozenset({"script", "style", "head"})
_MOST_SPAN: Final = 200


class _Tables(HTMLParser):
    """Collects the rows of the tables of a page; a table inside a cell is read as text of its own rows."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.limits = limits
        self.tables: list[list[list[str]]] = []
        self.open: list[list[list[str]]] = []
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = 1
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open tables, rows and cells; a row or cell that is still open is closed first."""
        if tag in _SKIPPED:
            self.skipping += 1
        elif tag == "table":
            self._end_row()
            self.open.append([])
        elif tag == "tr" and self.open:
            self._end_row()
            self.row = []
        elif tag in ("td", "th") and self.open:
            self._end_cell()
            self.row = [] if self.row is None else self.row
            given = dict(attrs).get("colspan") or "1"
            self.cell, self.span = (
                [],
                min(int(given), _MOST_SPAN) if given.isdigit() and len(given) < 6 else 1,
            )
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close cells, rows and tables."""
        if tag in _SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self.open:
            self._end_row()
            self.tables.append(self.open.pop())

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self.cell is not None and not self.skipping:
            self.cell.append(data)

    def _end_cell(self) -> None:
        if self.cell is not None and self.row is not None:
            self.row.append("".join(self.cell))
            self.row.extend([""] * (max(1, self.span) - 1))
        self.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self.row is not None and self.open and len(self.open[-1]) < self.limits.rows:
            self.open[-1].append(self.row[: self.limits.columns])
        self.row = None


def page_grids(text: str, path: Path, limits: Limits) -> list[Grid]:
    """The tables of a page, as sheets "", "table 2", ...; raises HoldingsError where it has none."""
    parser = _Tables(limits)
    parser.feed(text)
    parser.close()
    parser.handle_endtag("tr")
    found = [table for table in [*parser.tables, *parser.open] if any(table)]
    if not found:
        raise HoldingsError(path, "is a web page without a table", "Export the holdings as .xlsx or .csv.")
    return [_grid(table, number, path, limits) for number, table in enumerate(found[: limits.sheets], 1)]


def _grid(table: list[list[str]], number: int, path: Path, limits: Limits) -> Grid:
    width = max(map(len, table))
    rows = [row + [""] * (width - len(row)) for row in table]
    name = "" if number == 1 else f"table {number}"
    grid = Grid(path.name, name, columns_of(rows, width, limits.text_length), np.arange(1, len(rows) + 1))
    if len(rows) >= limits.rows:
        grid.remarks.append((0, "", "", too_long(limits.rows), "error"))
    return grid
