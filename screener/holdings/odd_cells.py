"""What was odd in single cells of positions: codes that fail their check, text where a number or a day should be."""

from __future__ import annotations

import numpy as np

from screener.holdings import rows as kinds_of
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Mask
from screener.holdings.table import Table, days


def tell_odd_cells(table: Table, into: Gathered, holding: Mask) -> None:
    """What was odd in single cells of positions."""
    for row, column, value, fault in table.codes.wrong:
        if holding[row]:
            _add(table, into, (row, column), (value, fault, "warning"))
    for row, column, value, said in table.codes.mended:
        if holding[row]:
            _add(table, into, (row, column), (value, said, "note"))
    for field, parsed in table.numbers.items():
        _not_numbers(table, into, field, np.flatnonzero(parsed.failed & holding & ~table.facts.nil))
    if "quantity" in table.numbers:
        short = (table.facts.quantity < 0) & (table.kinds == kinds_of.HOLDING)
        index = table.layout.columns["quantity"]
        for row in np.flatnonzero(short).tolist():
            value = table.columns[index].at(row)
            _add(
                table,
                into,
                (row, index),
                (value, "the quantity is negative: read as a short position", "note"),
            )
    _not_days(table, into, holding)
    _cut_texts(table, into, holding)


def _add(table: Table, into: Gathered, cell: tuple[int, int], found: tuple[str, str, str]) -> None:
    row, column = cell
    into.issue((table.grid.file, table.grid.sheet, int(table.rows[row]), table.grid.letter(column)), *found)


def _not_numbers(table: Table, into: Gathered, field: str, rows: np.ndarray) -> None:
    index = table.layout.columns[field]
    for row in rows.tolist():
        said = f"the {field.replace('_', ' ')} is no number; the row was screened without it"
        _add(table, into, (row, index), (table.columns[index].at(row), said, "warning"))


def _cut_texts(table: Table, into: Gathered, holding: Mask) -> None:
    index = table.layout.columns.get("name")
    if index is not None:
        column = table.columns[index]
        texts = [text for text in set(column.texts) if len(text) >= column.text_length]
        long = np.isin(column.texts, texts) if texts else np.zeros(len(column), dtype=bool)
        for row in np.flatnonzero(long & holding).tolist():
            said = f"the name is longer than {column.text_length:,} characters; only the beginning was read"
            _add(table, into, (row, index), (column.at(row), said, "warning"))


def _not_days(table: Table, into: Gathered, holding: Mask) -> None:
    for field in ("issue_date", "maturity"):
        if field in table.layout.columns:
            index = table.layout.columns[field]
            for row in days(table, field)[1]:
                if holding[row]:
                    said = f"the {field.replace('_', ' ')} is no date; the row was screened without it"
                    _add(table, into, (row, index), (table.columns[index].at(row), said, "warning"))
