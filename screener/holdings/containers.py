"""Old Office files (.xls) hold their streams in a small file system of their own (MS-CFB).

A damaged sector chain may run in a circle, which calamine follows until the memory is full. The one stream that
matters is therefore taken out with olefile, which stops at the size the directory states, and put into a fresh
container. Macros, pictures and everything else of the file stay behind unread.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Final

import olefile

from screener.errors import HoldingsError

_SECTOR: Final = 4096
_ENTRIES: Final = _SECTOR // 4
_FREE: Final = 0xFFFFFFFF
_END: Final = 0xFFFFFFFE
_FAT: Final = 0xFFFFFFFD
_HEADER_SLOTS: Final = 109  # sectors of the allocation table that the header can name
_DAMAGED: Final = "Open it in your spreadsheet program, save it again as .xlsx and try that."


def workbook_stream(data: bytes, path: Path) -> bytes:
    """The stream of sheets of an .xls; raises HoldingsError where there is none."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            name = next(
                (name for name in ("Workbook", "Book", "WORKBOOK", "BOOK") if container.exists(name)), ""
            )
            stream = container.openstream(name).read() if name else b""
    except Exception:  # olefile meets hostile bytes with many classes
        raise HoldingsError(path, "is damaged", _DAMAGED) from None
    if not stream:
        raise HoldingsError(path, "is an Office file without sheets", "Export the holdings as .xlsx or .csv.")
    return bytes(stream)


def fresh_container(stream: bytes) -> bytes:
    """A container of version 4 (sectors of 4,096 bytes) with ``stream`` as its only stream, "Workbook"."""
    sectors = max(
        2, -(-len(stream) // _SECTOR)
    )  # at least 4,096 bytes: smaller streams would need a second table
    tables = 1
    while tables * _ENTRIES < sectors + 2 + tables:
        tables += 1
    if tables > _HEADER_SLOTS:
        raise ValueError("the stream is too large")
    chain = [
        *range(1, sectors),
        _END,
        _END,
        _END,
        *[_FAT] * tables,
    ]  # stream, directory, small streams, table
    chain += [_FREE] * (tables * _ENTRIES - len(chain))
    body = stream.ljust(sectors * _SECTOR, b"\0") + _directory(sectors) + bytes(_SECTOR)
    return _header(sectors, tables) + body + struct.pack(f"<{len(chain)}I", *chain)


def _header(sectors: int, tables: int) -> bytes:
    """The first sector: where the directory and the allocation table are."""
    slots = [sectors + 2 + i for i in range(tables)] + [_FREE] * (_HEADER_SLOTS - tables)
    start = struct.pack("<8s16xHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 4, 0xFFFE, 12, 6)
    numbers = struct.pack("<9I", 1, tables, sectors, 0, 4096, _END, 0, _END, 0)
    return (start + numbers + struct.pack(f"<{_HEADER_SLOTS}I", *slots)).ljust(_SECTOR, b"\0")


def _directory(sectors: int) -> bytes:
    """The root, which names a sector for small streams though there are none, and the stream."""
    root = _entry("Root Entry", 5, child=1, place=(sectors + 1, _SECTOR))
    return (
        root
        + _entry("Workbook", 2, child=_FREE, place=(0, sectors * _SECTOR))
        + _entry("", 0, _FREE, (0, 0)) * 2
    ).ljust(_SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, place: tuple[int, int]) -> bytes:
    """One of the 128-byte entries of a directory."""
    encoded = (name + "\0").encode("utf-16-le") if name else b""
    tree = struct.pack("<64sHBB3I", encoded, len(encoded), kind, 1, _FREE, _FREE, child)
    return tree + bytes(36) + struct.pack("<IQ", *place)
