"""SpreadsheetML 2003 and HTML tables that call themselves .xls become grids."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import numpy as np

from screener.errors import HoldingsError
from screener.holdings.grid import Grid, columns_of
from screener.holdings.options import Limits
from screener.holdings.text_files import decoded

_HEAD: Final = 4_000
_BARE_AMPERSAND: Final = re.compile(r"&(?!(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff\ufffe\uffff]")
_DAMAGED: Final = "Open it in your spreadsheet program, save it as .xlsx and try that."


def is_markup(data: bytes) -> bool:
    """Whether the file begins like XML or HTML."""
    head = decoded(data[:_HEAD])[0].lstrip("\ufeff \t\r\n").casefold()
    return head.startswith(
        (
            "<?xml",
            "<html",
            "<!doctype",
            "<table",
            "<ss:workbook",
            "<workbook",
            "<meta",
            "<head",
            "<body",
            "<style",
            "<div",
            "<!--",
        )
    )


def markup_grids(data: bytes, path: Path, limits: Limits) -> list[Grid]:
    """The sheets of a SpreadsheetML workbook, or the tables of an HTML page."""
    text = decoded(data)[0].lstrip("\ufeff \t\r\n")
    if "urn:schemas-microsoft-com:office:spreadsheet" in text[:20_000]:
        return _spreadsheet(text, path, limits)
    from screener.holdings.web_pages import page_grids  # a parser of pages is seldom needed

    return page_grids(text, path, limits)


class _Sheets:
    """Collects the cells of a SpreadsheetML workbook from the parser's events."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sheets: list[tuple[str, bool, dict[int, dict[int, Any]]]] = []
        self.row = self.column = self.across = 0
        self.kind, self.inside = "", False
        self.text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Follow the place in the sheet; ``ss:Index`` jumps over blank rows and cells."""
        name, given = (
            tag.rsplit(":", 1)[-1],
            {key.rsplit(":", 1)[-1]: value for key, value in attributes.items()},
        )
        if name == "Worksheet":
            self.sheets.append((given.get("Name", f"Sheet{len(self.sheets) + 1}"), False, {}))
            self.row = 0
        elif name == "Row":
            self.row, self.column = _whole(given.get("Index"), self.row + 1), 0
        elif name == "Cell":
            self.column = _whole(given.get("Index"), self.column + 1)
            self.across = _whole(given.get("MergeAcross"), 0)
        elif name == "Data":
            self.kind, self.text, self.inside = given.get("Type", "String"), [], True

    def end(self, tag: str) -> None:
        """Keep the value of a finished cell."""
        name = tag.rsplit(":", 1)[-1]
        if name == "Data" and self.inside:
            self.inside = False
            if self.sheets and self.row <= self.limits.rows and self.column <= self.limits.columns:
                self.sheets[-1][2].setdefault(self.row, {})[self.column] = _value(
                    self.kind, "".join(self.text)
                )
        elif name == "Cell":
            self.column += self.across

    def data(self, text: str) -> None:
        """Text of a cell, in pieces."""
        if self.inside:
            self.text.append(text)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() and len(text) < 9 else otherwise


def _value(kind: str, text: str) -> Any:
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _spreadsheet(text: str, path: Path, limits: Limits) -> list[Grid]:
    found = _Sheets(limits)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler = found.data
    parser.EntityDeclHandler = _refuse_entities
    broken = ""
    try:
        parser.Parse(_cleaned(text).encode("utf-8"), True)
    except (expat.ExpatError, _EntityError) as error:
        broken = str(error)
    if not any(cells for _, _, cells in found.sheets):
        raise HoldingsError(path, f"is damaged or holds no cells ({broken or 'no data'})", _DAMAGED)
    grids = [_grid(path, name, cells, limits) for name, _, cells in found.sheets]
    if broken:
        grids[-1].remarks.append(
            (0, "", "", f"the file breaks off or is damaged ({broken}); what stood before was read", "error")
        )
    return grids


class _EntityError(Exception):
    """The file declares entities of its own, which only attacks do."""


def _refuse_entities(*_: Any) -> None:
    raise _EntityError("it declares entities")


def _cleaned(text: str) -> str:
    """XML that a parser takes: ampersands escaped, control characters gone, one declaration without its encoding."""
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    return _CONTROL.sub("", _BARE_AMPERSAND.sub("&amp;", text))


def _grid(path: Path, name: str, cells: dict[int, dict[int, Any]], limits: Limits) -> Grid:
    width = max((max(row) for row in cells.values() if row), default=0)
    numbers = sorted(cells)
    rows = [[cells[n].get(c, "") for c in range(1, width + 1)] for n in numbers]
    return Grid(
        path.name, name, columns_of(rows, width, limits.text_length), np.array(numbers, dtype=np.int64)
    )
