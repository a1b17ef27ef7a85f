"""Reading a file by a saved profile: which of its tables are those of the profile, and what differs where one is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from screener.errors import HoldingsError
from screener.holdings.folding import fold
from screener.holdings.grid import Grid
from screener.holdings.headings import IDENTIFIERS, Heading, heading, in_base_currency
from screener.holdings.naming import Layout
from screener.holdings.profiles import SPARE, Profile, ProfileTable, keys_of
from screener.holdings.tables import OTHER, STRONG, Block

_REMEDY: Final = "Correct the profile by hand, save a new one with `screener columns FILE --save`, or read the file without one."


@dataclass(slots=True)
class Fit:
    """The blocks of one sheet in their order, and the profile's table for each that is one of its tables."""

    grid: Grid
    blocks: list[Block]
    tables: dict[Block, ProfileTable] = field(default_factory=dict)
    new: list[Block] = field(default_factory=list)  # tables of holdings that the profile does not know

    def extra_headings(self, block: Block) -> list[str]:
        """Headings of ``block`` that its table in the profile does not list."""
        known = Counter(map(fold, self.tables[block].headings))
        extra = Counter(fold(item.text) for item in block.headings if item.text) - known
        return [item.text for item in block.headings if fold(item.text) in extra]


def fit_all(path: Path, profile: Profile, sheets: Sequence[tuple[Grid, list[Block]]]) -> list[Fit]:
    """The sheets of a file with the tables of ``profile`` found in them.

    Raises HoldingsError that says what differs where a table is missing, or where there are holdings that the profile
    does not know.
    """
    fits = [_fit(profile, grid, blocks) for grid, blocks in sheets]
    used = {id(table) for fit in fits for table in fit.tables.values()}
    missing = [table for table in profile.tables if id(table) not in used]
    if missing:
        raise _misfit(path, profile, missing, fits)
    for fit in fits:
        if fit.new:
            raise _unknown_table(path, profile, fit)
    return fits


def _fit(profile: Profile, grid: Grid, found: list[Block]) -> Fit:
    fit = Fit(grid, [])
    for table in profile.tables:
        if fnmatchcase(grid.sheet, table.sheet):
            for block in _blocks_of(table, grid, found):
                if all(block.top != other.top for other in fit.tables):
                    fit.tables[block] = table
    tops = {row for block in fit.tables for row in range(block.top, block.start + 1)}
    others = [block for block in found if block.top not in tops and block.start - 1 not in tops]
    starts = sorted([*fit.tables, *others], key=lambda block: block.top)
    ends = [block.top for block in starts[1:]] + [grid.height]
    for block, end in zip(starts, ends, strict=True):
        cut = Block(block.top, block.start, end, block.headings, block.strength)
        if block in fit.tables:
            table = fit.tables.pop(block)
            cut = cut if table.columns else Block(block.top, block.start, end, block.headings, OTHER)
            fit.tables[cut] = table
        elif block.strength == STRONG:
            fit.new.append(cut)
        fit.blocks.append(cut)
    return fit


def _blocks_of(table: ProfileTable, grid: Grid, found: list[Block]) -> list[Block]:
    """The tables of ``grid`` that have all headings of ``table``: as they were found, else any row that holds them."""
    if not table.headings:
        return [block for block in found if not block.headings]
    wanted = Counter(map(fold, table.headings))
    whole = [b for b in found if not wanted - Counter(fold(item.text) for item in b.headings if item.text)]
    tops = {row for block in whole for row in range(block.top, block.start)}
    single = [
        Block(row, row + 1, grid.height, tuple(heading(column.at(row)) for column in grid.columns), STRONG)
        for row in _rows_with(grid, wanted)
        if row not in tops
    ]
    return whole + single


def _rows_with(grid: Grid, wanted: Counter[str]) -> list[int]:
    """Rows that hold all ``wanted`` headings."""
    hits = np.zeros(grid.height, dtype=int)
    for column in grid.columns:
        texts = pd.Series(column.texts)
        known = [text for text in texts.unique() if text and fold(text[:400]) in wanted]
        hits += texts.isin(known).to_numpy()
    return [
        int(row)
        for row in np.flatnonzero(hits >= sum(wanted.values()))
        if not wanted - Counter(fold(str(column.texts[row])) for column in grid.columns)
    ]


def layout_by_profile(table: ProfileTable, grid: Grid, headings: tuple[Heading, ...]) -> Layout:
    """The layout that a profile prescribes."""
    layout = Layout()
    size = len(grid.columns)
    texts = [item.text for item in headings] if headings else [""] * size
    keys = keys_of(texts, [grid.letter(index) for index in range(size)])
    fields = {fold(key) if not key.startswith("[") else key: name for key, name in table.columns.items()}
    for index, key in enumerate(keys):
        name = fields.get(key) or fields.get(fold(key), "")
        if name in IDENTIFIERS or name == "identifier":
            layout.codes.append((index, name))
        if name == SPARE:
            layout.spare_names.append(index)
            layout.by[index] = ("name", "profile")
        elif name in layout.columns:
            layout.by[index] = (name, "profile")
        elif name:
            layout.take(name, index, "profile")
        if name == "market_value" and headings:
            layout.currency, layout.unit = headings[index].currency, headings[index].unit
            layout.base = in_base_currency(headings[index].text)
    return layout


def _misfit(path: Path, profile: Profile, missing: list[ProfileTable], fits: list[Fit]) -> HoldingsError:
    """The error that says how the layout of a file differs from that of ``profile``."""
    table = missing[0]
    sheets = [fit.grid.sheet for fit in fits if fnmatchcase(fit.grid.sheet, table.sheet)]
    if not sheets:
        there = ", ".join(repr(fit.grid.sheet) for fit in fits[:10])
        return _error(path, profile, f"the sheet {table.sheet!r} is missing (there are: {there})")
    wanted = {fold(text): text for text in table.headings}
    found = [block for fit in fits if fit.grid.sheet in sheets for block in fit.blocks if block.headings]
    if not found:
        return _error(path, profile, f"headings that are missing: {', '.join(table.headings)}")
    nearest = max(found, key=lambda b: len({fold(item.text) for item in b.headings} & set(wanted)))
    has = {fold(item.text): item.text for item in nearest.headings if item.text}
    gone = [text for key, text in wanted.items() if key not in has]
    new = [text for key, text in has.items() if key not in wanted]
    said = f"headings that are missing: {', '.join(gone)}" if gone else "a heading stands there fewer times"
    return _error(path, profile, said + (f"; headings that are new: {', '.join(new)}" if new else ""))


def _unknown_table(path: Path, profile: Profile, fit: Fit) -> HoldingsError:
    block = fit.new[0]
    names = ", ".join(item.text for item in block.headings if item.text)[:200]
    where = f"on sheet {fit.grid.sheet!r}, " if fit.grid.sheet else ""
    row = int(fit.grid.rows[min(block.top, fit.grid.height - 1)])
    return _error(path, profile, f"a table that is new: {where}row {row}, with the headings {names}")


def _error(path: Path, profile: Profile, said: str) -> HoldingsError:
    return HoldingsError(path, f"no longer has the layout of the profile {profile.name!r}; {said}", _REMEDY)
