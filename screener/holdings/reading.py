"""Read holdings files: open, find the tables, name the columns, parse the values, account for every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from screener.errors import HoldingsError
from screener.holdings.around import (
    base_currency,
    filled_rows,
    not_a_holding,
    other_table,
    text_above,
    title_of,
)
from screener.holdings.describing import describes, fold_descriptions
from screener.holdings.fitting import fit_all, layout_by_profile
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Column, Grid
from screener.holdings.model import Reading
from screener.holdings.naming import name_columns
from screener.holdings.opening import open_grids
from screener.holdings.options import ReadOptions
from screener.holdings.positions import gather
from screener.holdings.profiles import Profile, ProfileTable, find_profile
from screener.holdings.remarks import remark_on_sheet, remark_on_table
from screener.holdings.rows import HOLDING
from screener.holdings.statements import sections_of
from screener.holdings.table import Table, read_table
from screener.holdings.tables import OTHER, STRONG, TRADES, WEAK, Block, find_blocks, side_by_side

_UNREAD_SHEET: Final = {  # by the strength of its best table
    OTHER: ("no table of holdings found on this sheet", "note"),
    WEAK: ("the sheet lists names without identifiers or amounts, so it was not read as holdings", "warning"),
    TRADES: ("the sheet looks like a list of transactions, so it was not read as holdings", "note"),
}
_NO_TABLE: Final = "Check that it is the right file: a holdings table needs a heading such as Name, ISIN or Ticker above its rows."


def read_file(path: Path, options: ReadOptions | None = None) -> Reading:
    """All that one file says; raises HoldingsError where it cannot be read at all."""
    path, options = Path(path), options or ReadOptions()
    profile = find_profile(options)
    sections = [section for grid in open_grids(path, options) for section in sections_of(grid)]
    grids = [piece for section in sections for piece in side_by_side(section)]
    found = [find_blocks(grid) for grid in grids]
    gathered = Gathered()
    if profile is not None:
        _read_by_profile(path, profile, list(zip(grids, found, strict=True)), gathered)
    else:
        least = _least_strength([block for blocks in found for block in blocks])
        for grid, blocks in zip(grids, found, strict=True):
            _read_grid(grid, blocks, least or STRONG, gathered)
    fold_descriptions(gathered)
    if not gathered.holdings:
        raise _nothing_read(path, gathered)
    return gathered.reading()


def _nothing_read(path: Path, gathered: Gathered) -> HoldingsError:
    """Why a file gave no position: what went wrong with its sheets, else that it has no table."""
    wrong = [(sheet, reason) for _, sheet, *_, reason, severity in gathered.issues if severity == "error"]
    if wrong:
        sheet, reason = wrong[0]
        return HoldingsError(
            path, f"sheet {sheet!r}: {reason}" if sheet else reason, "Correct it and export the file again."
        )
    return HoldingsError(path, "holds no table that could be holdings", _NO_TABLE)


def read_files(
    paths: Sequence[Path], options: ReadOptions | None = None
) -> tuple[Reading, list[tuple[Path, HoldingsError]]]:
    """All that several files say, and the files that could not be read; one bad file does not stop the others."""
    readings: list[Reading] = []
    failed: list[tuple[Path, HoldingsError]] = []
    for path in paths:
        try:
            readings.append(read_file(path, options))
        except HoldingsError as error:
            failed.append((path, error))
    return joined(readings), failed


def joined(readings: Sequence[Reading]) -> Reading:
    """Several readings as one."""
    if not readings:
        return Gathered().reading()
    if len(readings) == 1:
        return readings[0]
    return Reading(
        **{
            item.name: pd.concat([getattr(reading, item.name) for reading in readings], ignore_index=True)
            for item in fields(Reading)
        }
    )


def _least_strength(blocks: list[Block]) -> int | None:
    """The weakest kind of table that is still taken for holdings in a file with these tables."""
    strengths = {block.strength for block in blocks if block.end > block.start}
    return next((strength for strength in (STRONG, TRADES, WEAK) if strength in strengths), None)


def _read_by_profile(
    path: Path, profile: Profile, sheets: list[tuple[Grid, list[Block]]], into: Gathered
) -> None:
    for fit in fit_all(path, profile, sheets):
        grid = fit.grid
        _remarks(grid, into)
        if any(block.strength > OTHER for block in fit.tables):
            into.issue((grid.file, grid.sheet, 0, ""), "", f"read with the profile {profile.name!r}", "note")
        for block in fit.tables:
            extra = ", ".join(fit.extra_headings(block)) if fit.tables[block].columns else ""
            if extra:
                said = f"columns that the profile {profile.name!r} does not know were not used; add them to it where they matter"
                into.issue((grid.file, grid.sheet, int(grid.rows[block.top]), ""), extra, said, "warning")
        blocks = [block if block in fit.tables else _demoted(block, STRONG) for block in fit.blocks]
        _read_blocks(grid, blocks, into, fit.tables)


def _read_grid(grid: Grid, blocks: list[Block], least: int, into: Gathered) -> None:
    _remarks(grid, into)
    if grid.aside:
        _read_aside(grid, blocks, into)
    elif any(block.strength >= least for block in blocks):
        _read_blocks(grid, [_demoted(block, least) for block in blocks], into, {})
    elif grid.columns:
        best = max((block.strength for block in blocks), default=OTHER)
        into.issue((grid.file, grid.sheet, 0, ""), "", *_UNREAD_SHEET[best])


def _read_aside(grid: Grid, blocks: list[Block], into: Gathered) -> None:
    """A section beside that of the positions: it may say the ISIN and name of their tickers, else it is accounted for."""
    kept = [b if describes(b.fields) else replace(b, strength=OTHER) for b in blocks]
    if kept:
        _read_blocks(grid, kept, into, {})
        return
    for row in filled_rows(grid, 0, grid.height):
        not_a_holding(grid, row, "a section of the statement that does not list holdings", into)


def _demoted(block: Block, least: int) -> Block:
    """A table too weak to be taken for holdings where the file has better ones stands as another table."""
    return block if block.strength >= least else replace(block, strength=OTHER)


def _remarks(grid: Grid, into: Gathered) -> None:
    for row, column, value, reason, severity in grid.remarks:
        into.issue((grid.file, grid.sheet, row, column), value, reason, severity)


def _read_blocks(
    grid: Grid, blocks: list[Block], into: Gathered, profiled: dict[Block, ProfileTable]
) -> None:
    known: set[str] = set()
    done, title = 0, ""
    for block in blocks:
        text_above(grid, done, block, into)
        done = block.end
        if block.strength == OTHER:
            other_table(grid, block, into)
            continue
        prescribed = profiled.get(block)
        if prescribed:
            layout, decimal = layout_by_profile(prescribed, grid, block.headings), prescribed.decimal
        else:
            layout, decimal = name_columns(block.headings, _data(grid, block)), grid.decimal_hint
        if layout.base and not layout.currency:
            layout.currency = base_currency(grid, block)
        table = read_table(grid, block, layout, decimal)
        title = title_of(grid, block, blocks, title)
        known |= gather(table, into, title, known)
        _columns_read(table, into)
        remark_on_table(table, into)
    remark_on_sheet(grid, blocks, into)


def _data(grid: Grid, block: Block) -> list[Column]:
    return [column.rows(slice(block.start, block.end)) for column in grid.columns]


def _columns_read(table: Table, into: Gathered) -> None:
    grid, block, layout = table.grid, table.block, table.layout
    header = int(grid.rows[block.start - 1]) if block.headings else 0
    for index, column in enumerate(table.columns):
        text = block.headings[index].text if index < len(block.headings) else ""
        field, how = layout.by.get(index, ("", ""))
        if not field and index in layout.spare_names:
            field, how = "name", "spare"
        if field == "identifier":
            field, how = table.codes.taken.get(index, ""), "content"
        if text or column.filled.any():
            into.columns.append(
                (
                    grid.file,
                    grid.sheet,
                    header,
                    grid.letter(index),
                    text,
                    field,
                    how,
                    _example(table, column),
                )
            )


def _example(table: Table, column: Column) -> str:
    """The first value of ``column`` in a position; where no position has one, its first value."""
    filled = column.filled
    first = filled & (table.kinds == HOLDING)
    rows = np.flatnonzero(first if first.any() else filled)
    return column.at(int(rows[0]))[:60] if len(rows) else ""
