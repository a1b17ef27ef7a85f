"""Statements that print on every line its section and its kind: "Open Positions,Data,Stocks,...".

Each section becomes a grid of its own, so that its headings stand above its own lines only. Where a section is said to
list the positions, all others are other tables: trades and performance name the same securities again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from screener.holdings.folding import fold
from screener.holdings.grid import Column, Grid, Mask
from screener.holdings.words import row_words

_MOST_KINDS: Final = 30
_SURELY: Final = 0.98  # of the lines say what kind they are


def sections_of(grid: Grid) -> list[Grid]:
    """The sections of a statement; any other grid stays whole."""
    if len(grid.columns) < 4 or not grid.height:
        return [grid]
    words = row_words().statement
    codes, distinct = pd.factorize(grid.columns[1].texts)
    if len(distinct) > _MOST_KINDS:
        return [grid]
    kinds = np.array([fold(str(text)) for text in distinct], dtype=object)[codes]
    known = np.isin(kinds, list(words.header | words.data | words.total))
    if known.mean() < _SURELY or not np.isin(kinds, list(words.header)).any():
        return [grid]
    names = grid.columns[0].texts
    totals = np.isin(kinds, list(words.total))
    pieces = [_section(grid, names == name, totals) for name in dict.fromkeys(names)]
    if any(_lists_positions(name) for name in set(names)):
        for name, piece in zip(dict.fromkeys(names), pieces, strict=True):
            piece.aside = not _lists_positions(name)
    return pieces


def _lists_positions(name: object) -> bool:
    return fold(str(name)) in row_words().statement.positions


def _section(grid: Grid, of_section: Mask, totals: Mask) -> Grid:
    """The lines of one section without the two columns that say so; a total is called one in its first cell."""
    at = np.flatnonzero(of_section)
    columns = [column.rows(at) for column in grid.columns[2:]]
    first = columns[0].values.copy()
    first[totals[at]] = "Total"
    columns[0] = Column(first, columns[0].text_length)
    width = max((i for i, column in enumerate(columns, 1) if column.filled.any()), default=1)
    return replace(
        grid, columns=columns[:width], rows=grid.rows[at], first_column=grid.first_column + 2, remarks=[]
    )
