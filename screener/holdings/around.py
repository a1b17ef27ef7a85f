"""What stands around the tables of a sheet: text above them, other tables, the account that a title names."""

from __future__ import annotations

import numpy as np

from screener.holdings.gathered import Gathered
from screener.holdings.grid import Grid
from screener.holdings.headings import base_currency_in
from screener.holdings.rows import is_note
from screener.holdings.sections import account_of
from screener.holdings.tables import Block
from screener.holdings.words import row_words


def text_above(grid: Grid, done: int, block: Block, into: Gathered) -> None:
    """Account for the text above the first table and for the headings themselves."""
    for row in filled_rows(grid, done, block.top):
        not_a_holding(grid, row, "text above the table", into)
    for row in filled_rows(grid, block.top, block.start):
        not_a_holding(grid, row, "column headings", into)


def other_table(grid: Grid, block: Block, into: Gathered) -> None:
    for row in filled_rows(grid, block.start, block.end):
        not_a_holding(grid, row, "part of another table that does not list holdings", into)


def not_a_holding(grid: Grid, row: int, reason: str, into: Gathered) -> None:
    into.other_rows.append(
        (grid.file, grid.sheet, int(grid.rows[row]), _label(grid, row), "not_a_holding", reason, np.nan, "")
    )


def base_currency(grid: Grid, block: Block) -> str:
    """The base currency that the text above a table names; "" where it names none."""
    for row in filled_rows(grid, max(0, block.top - 20), block.top):
        texts = [column.at(row) for column in grid.columns if column.kinds[row]]
        for i, text in enumerate(texts):
            found = base_currency_in(text, texts[i + 1] if i + 1 < len(texts) else "")
            if found:
                return found
    return ""


def title_of(grid: Grid, block: Block, blocks: list[Block], before: str) -> str:
    """The account that the lone texts above a table name, or where tables are stacked the text right above.

    A table that only goes on with the headings of the one before it stays with its account, ``before``.
    """
    nearest = ""
    number = blocks.index(block)
    floor = blocks[number - 1].start if number else -1
    for row in range(block.top - 1, max(floor, block.top - 12), -1):
        texts = [column.at(row) for column in grid.columns if column.kinds[row]]
        if len(texts) > 2:
            break
        account = _account(texts)
        if account:
            return account
        lone = len(texts) == 1 and row == block.top - 1 and not is_note(texts[0], row_words())
        nearest = nearest or (texts[0] if lone else "")
    if len(blocks) > 1 and nearest and len(nearest) < 80:
        return nearest
    return before


def _account(texts: list[str]) -> str:
    """The account named by a lone text, or by a label and the text beside it."""
    if len(texts) == 2:
        return texts[1] if account_of(texts[0].rstrip(": ") + ": x") == "x" else ""
    return account_of(texts[0]) if texts else ""


def filled_rows(grid: Grid, first: int, last: int) -> list[int]:
    if last <= first:
        return []
    filled = np.sum([column.filled[first:last] for column in grid.columns], axis=0)
    return [first + int(i) for i in np.flatnonzero(filled)]


def _label(grid: Grid, row: int) -> str:
    return next((column.at(row) for column in grid.columns if column.kinds[row]), "")
