"""The rectangle that holds the cells of a sheet of an .xlsx, found without building the sheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from screener.holdings.options import Limits

_SMALL: Final = 3_000_000  # unpacked bytes below which every cell is looked at
_ROW: Final = re.compile(rb'<row\b[^>]*?\br="(\d{6,7})"')
_ODD_CELL: Final = re.compile(rb'<c(?! r="[A-Z]\d{1,6}")[ />]')
_GAP_ROWS: Final = 20_000
_GAP_COLUMNS: Final = 100
_MOST_FAR: Final = 500


@dataclass(slots=True)
class Extent:
    """The last row and column with a value (1-based), how many cells have one, and references of cells far from the rest."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    far: list[str] = field(default_factory=list)

    def too_large(self, limits: Limits) -> bool:
        """Whether the rectangle is absurd: beyond the hard limit, or large and nearly empty."""
        area = self.rows * self.columns
        sparse = area > limits.sparse_cells and area > 100 * max(1, self.cells)
        return area > 4 * limits.cells or sparse


def extent_of(chunks: Iterator[bytes], size: int) -> Extent:
    """The extent of the sheet whose XML comes in ``chunks`` of whole tags; ``size`` is the size it claims.

    A large sheet of the usual make is only skimmed: up to column Z and row 99,999 its rectangle is harmless. Where
    the skimming meets anything else, all of it is parsed.
    """
    kept: list[bytes] = []
    if size <= _SMALL:
        return _parsed(chunks)
    extent = Extent(rows=99_999, columns=26, cells=size // 40)
    for chunk in chunks:
        kept.append(chunk)
        plain = len(kept) > 1 or b"<sheetData" in chunk  # not so where tags have a prefix
        if not plain or not _usual(chunk, extent):
            return _parsed(_chained(kept, chunks))
        if len(kept) > 400:  # beyond 400 MB nothing is kept for a second look; what was skimmed was usual
            kept.clear()
    return extent


def _chained(kept: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from kept
    yield from rest


def _usual(chunk: bytes, extent: Extent) -> bool:
    """Whether all cells of a chunk say where they are, within the first 26 columns and 999,999 rows."""
    if _ODD_CELL.search(chunk):
        return False
    last = chunk.rfind(b"<row ")
    if last >= 0:
        found = _ROW.match(chunk, last)
        extent.rows = max(extent.rows, int(found[1]) if found else 0)
    return True


class _Cells:
    """Counts cells with a value from the parser's events."""

    def __init__(self) -> None:
        self.rows: Counter[int] = Counter()
        self.columns: Counter[int] = Counter()
        self.places: dict[int, list[int]] = {}
        self.row = self.column = 0
        self.filled = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rsplit(":", 1)[-1]
        if name == "row":
            given = attributes.get("r", "")
            self.row = int(given) if given.isdigit() and len(given) < 9 else self.row + 1
            self.column = 0
        elif name == "c":
            self._cell(attributes.get("r", ""))
        elif name in ("v", "is"):
            self.filled = True

    def _cell(self, reference: str) -> None:
        letters = reference.rstrip("0123456789")
        self.column = (
            column_number(letters) if letters and letters.isalpha() and len(letters) <= 3 else self.column + 1
        )
        digits = reference[len(letters) :]
        self.row = int(digits) if digits and len(digits) < 9 else self.row
        self.filled = False

    def end(self, tag: str) -> None:
        if tag.rsplit(":", 1)[-1] == "c" and self.filled:
            self.rows[self.row] += 1
            self.columns[self.column] += 1
            if self.column > 256 or self.row > 10_000:
                self.places.setdefault(self.row, []).append(self.column)
            self.filled = False


def _parsed(chunks: Iterator[bytes]) -> Extent:
    cells = _Cells()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.EntityDeclHandler = _refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        pass  # what was counted so far is what calamine can have met as well
    extent = Extent(max(cells.rows, default=0), max(cells.columns, default=0), sum(cells.rows.values()))
    extent.far = _far(cells)
    return extent


def _refuse(*_: object) -> None:
    raise ValueError("entities are not read")


def _far(cells: _Cells) -> list[str]:
    """References of the few cells behind a wide gap of blank rows or columns."""
    last_row, last_column = _before_gap(cells.rows, _GAP_ROWS), _before_gap(cells.columns, _GAP_COLUMNS)
    far = [
        f"{_letters(column)}{row}"
        for row, columns in cells.places.items()
        for column in columns
        if row > last_row or column > last_column
    ]
    return far if len(far) <= _MOST_FAR else []


def _before_gap(counts: Counter[int], gap: int) -> int:
    """The last number before the first gap of more than ``gap``."""
    last = 0
    for number in sorted(counts):
        if number - last > gap and last:
            return last
        last = number
    return last


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
