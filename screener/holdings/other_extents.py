"""The rectangle that holds the cells of .xls, .xlsb and .ods sheets, so that a stray cell cannot fill the memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from screener.holdings.extent import Extent

_BIFF_CELLS: Final = frozenset(
    {0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, 0x0002, 0x0003, 0x0004, 0x0005}
)
_BIFF_START: Final = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_XLSB_ROW: Final = 0
_XLSB_CELLS: Final = range(2, 12)


def xls_extents(stream: bytes) -> list[Extent]:
    """The extent of each sheet in the stream of a BIFF workbook."""
    extents: list[Extent] = []
    position, size = 0, len(stream)
    while position + 4 <= size:
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind in _BIFF_START:
            extents.append(Extent())
        elif kind in _BIFF_CELLS and extents and length >= 4 and position + 8 <= size:
            row, column = struct.unpack_from("<HH", stream, position + 4)
            _grow(extents[-1], row + 1, column + 1)
        position += 4 + length
    return extents


def xlsb_extent(chunks: Iterator[bytes]) -> Extent:
    """The extent of a sheet of a binary workbook."""
    data, extent, row = b"".join(chunks), Extent(), 0
    position, size = 0, len(data)
    while position < size:
        kind, position = _varint(data, position, 2)
        length, position = _varint(data, position, 4)
        if length >= 4 and position + 4 <= size:
            if kind == _XLSB_ROW:
                row = int.from_bytes(data[position : position + 4], "little")
            elif kind in _XLSB_CELLS:
                _grow(extent, row + 1, int.from_bytes(data[position : position + 4], "little") + 1)
        position += length
    return extent


def _varint(data: bytes, position: int, most: int) -> tuple[int, int]:
    value = 0
    for i in range(most):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * i)
        if not byte & 0x80:
            break
    return value, position


def _grow(extent: Extent, row: int, column: int) -> None:
    extent.rows, extent.columns = max(extent.rows, row), max(extent.columns, column)
    extent.cells += 1


class _Tables:
    """Counts the cells of an OpenDocument sheet, repeated ones as often as they are repeated."""

    def __init__(self) -> None:
        self.largest = Extent()
        self.now = Extent()
        self.row = self.column = self.repeated = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Follow the place in the sheet."""
        name = tag.rsplit(":", 1)[-1]
        given = {key.rsplit(":", 1)[-1]: value for key, value in attributes.items()}
        if name == "table":
            self.now, self.row = Extent(), 0
        elif name == "table-row":
            self.repeated = _times(given.get("number-rows-repeated"))
            self.row += self.repeated
            self.column = 0
        elif name in ("table-cell", "covered-table-cell"):
            times = _times(given.get("number-columns-repeated"))
            self.column += times
            if "value-type" in given or "formula" in given:
                _grow(self.now, self.row, self.column)
                self.now.cells += times * self.repeated
                if self.now.rows * self.now.columns > self.largest.rows * self.largest.columns:
                    self.largest = self.now


def _times(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 9 else 1


def ods_extent(chunks: Iterator[bytes]) -> Extent:
    """The largest extent of the sheets of an OpenDocument spreadsheet; raises ExpatError where it is no sound XML."""
    tables = _Tables()
    parser = expat.ParserCreate()
    parser.StartElementHandler = tables.start
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return tables.largest
