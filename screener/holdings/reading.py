"""Read holdings files: open, find the tables, name the columns, parse the values, account for every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from screener.errors import HoldingsError
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Column, Grid
from screener.holdings.model import Reading
from screener.holdings.naming import name_columns
from screener.holdings.opening import open_grids
from screener.holdings.options import ReadOptions
from screener.holdings.positions import Table, gather, read_table
from screener.holdings.profiles import (
    Profile,
    ProfileTable,
    blocks_by_profile,
    find_profile,
    layout_by_profile,
    misfit,
)
from screener.holdings.remarks import remark_on_sheet, remark_on_table
from screener.holdings.rows import is_note
from screener.holdings.sections import account_of
from screener.holdings.tables import OTHER, STRONG, TRADES, WEAK, Block, find_blocks, side_by_side
from screener.holdings.words import row_words

_NO_TABLE: Final = "Check that it is the right file: a holdings table needs a heading such as Name, ISIN or Ticker above its rows."


def read_file(path: Path, options: ReadOptions | None = None) -> Reading:
    """All that one file says; raises HoldingsError where it cannot be read at all."""
    path, options = Path(path), options or ReadOptions()
    profile = find_profile(options)
    grids = [piece for grid in open_grids(path, options) for piece in side_by_side(grid)]
    found = [find_blocks(grid) for grid in grids]
    gathered = Gathered()
    if profile is not None:
        _read_by_profile(path, profile, (grids, found), gathered)
    else:
        least = _least_strength([block for blocks in found for block in blocks])
        for grid, blocks in zip(grids, found, strict=True):
            _read_grid(
                grid, [b for b in blocks if b.strength >= (least or STRONG) or b.strength == OTHER], gathered
            )
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
    path: Path, profile: Profile, found: tuple[list[Grid], list[list[Block]]], into: Gathered
) -> None:
    fitting = [blocks_by_profile(profile, grid) for grid in found[0]]
    used = {id(table) for blocks in fitting for _, table in blocks}
    if any(id(table) not in used for table in profile.tables):
        raise misfit(path, profile, *found)
    for grid, blocks in zip(found[0], fitting, strict=True):
        tables = dict(blocks)
        _remarks(grid, into)
        _read_blocks(grid, list(tables), into, tables)


def _read_grid(grid: Grid, blocks: list[Block], into: Gathered) -> None:
    _remarks(grid, into)
    if not any(block.strength > OTHER for block in blocks):
        if grid.columns:
            into.issue((grid.file, grid.sheet, 0, ""), "", "no table of holdings found on this sheet", "note")
        return
    _read_blocks(grid, blocks, into, {})


def _remarks(grid: Grid, into: Gathered) -> None:
    for row, column, value, reason, severity in grid.remarks:
        into.issue((grid.file, grid.sheet, row, column), value, reason, severity)


def _read_blocks(
    grid: Grid, blocks: list[Block], into: Gathered, profiled: dict[Block, ProfileTable]
) -> None:
    known: set[str] = set()
    done, title = 0, ""
    for block in blocks:
        _text_above(grid, done, block, into)
        done = block.end
        if block.strength == OTHER:
            _other_table(grid, block, into)
            continue
        prescribed = profiled.get(block)
        if prescribed:
            layout, decimal = layout_by_profile(prescribed, block.headings), prescribed.decimal
        else:
            layout, decimal = name_columns(block.headings, _data(grid, block)), grid.decimal_hint
        table = read_table(grid, block, layout, decimal)
        title = _title(grid, block, blocks, title)
        known |= gather(table, into, title, known)
        _columns_read(table, into)
        remark_on_table(table, into)
    remark_on_sheet(grid, blocks, into)


def _data(grid: Grid, block: Block) -> list[Column]:
    return [column.rows(slice(block.start, block.end)) for column in grid.columns]


def _filled(grid: Grid, first: int, last: int) -> list[int]:
    if last <= first:
        return []
    filled = np.sum([column.filled[first:last] for column in grid.columns], axis=0)
    return [first + int(i) for i in np.flatnonzero(filled)]


def _label(grid: Grid, row: int) -> str:
    return next((column.at(row) for column in grid.columns if column.kinds[row]), "")


def _text_above(grid: Grid, done: int, block: Block, into: Gathered) -> None:
    """Account for the text above the first table and for the headings themselves."""
    for row in _filled(grid, done, block.top):
        _not_a_holding(grid, row, "text above the table", into)
    for row in _filled(grid, block.top, block.start):
        _not_a_holding(grid, row, "column headings", into)


def _other_table(grid: Grid, block: Block, into: Gathered) -> None:
    for row in _filled(grid, block.start, block.end):
        _not_a_holding(grid, row, "part of another table that does not list holdings", into)


def _not_a_holding(grid: Grid, row: int, reason: str, into: Gathered) -> None:
    into.other_rows.append(
        (grid.file, grid.sheet, int(grid.rows[row]), _label(grid, row), "not_a_holding", reason, np.nan, "")
    )


def _title(grid: Grid, block: Block, blocks: list[Block], before: str) -> str:
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


def _columns_read(table: Table, into: Gathered) -> None:
    grid, block, layout = table.grid, table.block, table.layout
    header = int(grid.rows[block.start - 1]) if block.headings else 0
    for index, column in enumerate(table.columns):
        text = block.headings[index].text if index < len(block.headings) else ""
        field, how = layout.by.get(index, ("", ""))
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
                )
            )
