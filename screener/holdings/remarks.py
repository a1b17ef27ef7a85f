"""What a person should know of a table as a whole: doubtful columns, currencies, units, hidden parts, totals that differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from screener.holdings import rows as kinds_of
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Grid, Mask
from screener.holdings.headings import AMOUNTS
from screener.holdings.table import Table
from screener.holdings.tables import TRADES, Block

NO_AMOUNTS: Final = "the table has no quantities or values; its securities were screened without amounts"
_TOLERANCE: Final = 1e-3  # of a stated total


def remark_on_table(table: Table, into: Gathered) -> None:
    """Add the issues that concern the table or one of its columns as a whole."""
    grid, layout = table.grid, table.layout
    header = int(grid.rows[table.block.top]) if table.block.headings else 0

    def add(column: int | None, reason: str, severity: str) -> None:
        letter = "" if column is None else grid.letter(column)
        text = (
            table.block.headings[column].text
            if column is not None and column < len(table.block.headings)
            else ""
        )
        into.issue((grid.file, grid.sheet, header, letter), text, reason, severity)

    for column, said, field in layout.doubtful:
        add(column, f"the column {said}", "note" if field in layout.columns else "warning")
    _remark_on_kind(table, add)
    value = layout.columns.get("market_value")
    if layout.unit:
        add(value, f"values are printed in {layout.unit}; they were kept in that unit", "note")
    if value is not None and layout.base and not layout.currency:
        add(value, "values are in the base currency of the account, which the file does not name", "note")
    if value is not None and _other_currency(table):
        said = f"values are in {layout.currency} as their heading says, while each row has the currency of its security"
        add(value, said, "note")
    for field, column in layout.columns.items():
        if grid.first_column + column in grid.hidden_columns:
            add(column, f"the column is hidden in the file; it was read as {field.replace('_', ' ')}", "note")
    _compare_totals(table, into)


def _remark_on_kind(table: Table, add: Callable[[int | None, str, str], None]) -> None:
    """Say where a table is not quite one of holdings with amounts."""
    if not table.block.headings:
        add(
            None,
            "the table has no headings, so only its identifiers were read; add headings to have amounts read",
            "warning",
        )
    elif not table.block.fields & AMOUNTS and not set(table.layout.columns) & AMOUNTS:
        add(
            None,
            NO_AMOUNTS,
            "warning",
        )
    if table.block.strength == TRADES:
        add(
            None,
            "the table looks like a list of transactions, not of holdings; check that it is the right file",
            "warning",
        )


def _other_currency(table: Table) -> bool:
    """Whether rows name another currency than the heading of the values does."""
    column = table.layout.columns.get("currency")
    if column is None or not table.layout.currency:
        return False
    return any(text not in ("", table.layout.currency) for text in set(table.columns[column].texts))


def _compare_totals(table: Table, into: Gathered) -> None:
    """Say where the last total of a table is not the sum of its positions."""
    values, kinds = table.facts.market_value, table.kinds
    totals = np.flatnonzero((kinds == kinds_of.TOTAL) & ~np.isnan(values))
    if not len(totals) or (len(set(table.codes.columns["isin"])) < 2 and not table.facts.has_amounts):
        return
    last = int(totals[np.argmax(np.abs(values[totals]))])
    counted: Mask = np.isin(kinds, (kinds_of.HOLDING, kinds_of.CASH)) & ~np.isnan(values)
    stated = float(values[last])
    read = table.nearest_sum(last, stated)
    if abs(read - stated) <= _TOLERANCE * max(1.0, abs(stated)) or not counted[:last].any():
        return
    place = (
        table.grid.file,
        table.grid.sheet,
        int(table.rows[last]),
        table.grid.letter(table.layout.columns["market_value"]),
    )
    said = f"the total printed here is {stated:,.2f}, but the positions read above it come to {read:,.2f}; check for rows that were not read"
    into.issue(place, str(table.facts.label[last]), said, "warning")


def remark_on_sheet(grid: Grid, blocks: list[Block], into: Gathered) -> None:
    """Say what is hidden."""
    if not blocks:
        return
    place = (grid.file, grid.sheet, 0, "")
    if grid.hidden:
        into.issue(
            place,
            "",
            "the sheet is hidden in the workbook; its positions were screened all the same",
            "warning",
        )
    hidden = len(grid.hidden_rows & set(grid.rows.tolist())) if grid.hidden_rows else 0
    if hidden:
        into.issue(
            place, "", f"{hidden} rows are hidden in the sheet; they were screened all the same", "note"
        )
