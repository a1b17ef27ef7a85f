"""Workbooks that calamine reads (xlsx, xlsm, xlsb, xls, ods) become grids, one a sheet."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import python_calamine as calamine

from screener.errors import HoldingsError
from screener.holdings.grid import Grid, columns_of
from screener.holdings.options import Limits, too_long, too_wide
from screener.holdings.package import SheetFacts
from screener.holdings.panics import panics_as_errors

_DAMAGED = "Open it in your spreadsheet program, save it again as .xlsx and try that."


def workbook_grids(data: bytes, path: Path, facts: dict[str, SheetFacts], limits: Limits) -> Iterator[Grid]:
    """The sheets of a workbook that hold cells; raises HoldingsError where it is damaged or protected."""
    try:
        with panics_as_errors():
            workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.PasswordError:
        raise HoldingsError(path, "is protected with a password", "Give the password.") from None
    except Exception as error:  # calamine raises many classes, and hostile bytes find them all
        raise HoldingsError(path, f"is damaged or no workbook ({_first_line(error)})", _DAMAGED) from None
    for sheet in sheets[: limits.sheets]:
        hidden = sheet.visible != calamine.SheetVisibleEnum.Visible
        yield _grid(workbook, sheet.name, hidden, (path, facts.get(sheet.name, SheetFacts()), limits))


def _grid(
    workbook: calamine.CalamineWorkbook, name: str, hidden: bool, context: tuple[Path, SheetFacts, Limits]
) -> Grid:
    path, facts, limits = context
    grid = Grid(path.name, name, [], np.array([], dtype=np.int64), hidden=hidden)
    grid.remarks.extend(facts.remarks)
    if facts.unreadable:
        return grid
    try:
        with _without_collection(), panics_as_errors():
            sheet = workbook.get_sheet_by_name(name)
            start, rows = sheet.start or (0, 0), _rows(sheet, limits)
        merged = sheet.merged_cell_ranges or []
    except Exception as error:  # one broken sheet must not stop the others
        grid.remarks.append(
            (0, "", "", f"the sheet is damaged and was not read ({_first_line(error)})", "error")
        )
        return grid
    grid.columns = columns_of(rows, min(sheet.width, limits.columns), limits.text_length)
    grid.rows = np.arange(len(rows), dtype=np.int64) + start[0] + 1
    grid.first_column = start[1] + 1
    grid.hidden_rows, grid.hidden_columns = facts.hidden_rows, facts.hidden_columns
    grid.merged = tuple((a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in merged)
    if sheet.width > limits.columns:
        grid.remarks.append((0, "", "", too_wide(sheet.width, limits.columns), "warning"))
    if len(rows) < sheet.height:
        grid.remarks.append((0, "", "", too_long(len(rows)), "error"))
    return grid


@contextmanager
def _without_collection() -> Iterator[None]:
    """Python looks through all objects each time some thousand lists are made; a large sheet makes a million of them."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _rows(sheet: calamine.CalamineSheet, limits: Limits) -> list[list[Any]]:
    if sheet.height * sheet.width <= limits.cells:
        return (
            sheet.to_python()
            if sheet.width <= limits.columns
            else [row[: limits.columns] for row in sheet.to_python()]
        )
    return [
        row[: limits.columns]
        for _, row in zip(range(limits.cells // limits.columns), sheet.iter_rows(), strict=False)
    ]


def _first_line(error: BaseException) -> str:
    """What a library said, short enough for a sentence."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:120].rstrip(".")
