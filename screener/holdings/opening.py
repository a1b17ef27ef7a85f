"""Any file becomes grids: what it is is told from its bytes, not from its name."""

from __future__ import annotations

from pathlib import Path

from screener.errors import HoldingsError
from screener.holdings.grid import Grid
from screener.holdings.markup import is_markup, markup_grids
from screener.holdings.options import ReadOptions
from screener.holdings.text_files import text_grid
from screener.holdings.workbooks import workbook_grids


def open_grids(path: Path, options: ReadOptions) -> list[Grid]:
    """The sheets of a file; raises HoldingsError where there is nothing to read."""
    data = _bytes(path, options)
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return list(workbook_grids(data, path, {}, options.limits))
    if is_markup(data):
        return markup_grids(data, path, options.limits)
    return [text_grid(data, path, options.limits)]


def _bytes(path: Path, options: ReadOptions) -> bytes:
    try:
        size = path.stat().st_size
        if size > options.limits.file_bytes:
            raise HoldingsError(path, f"is too large ({size / 1e6:.0f} MB)", "Split it into smaller files.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise HoldingsError(path, "does not exist", "Check the path.") from None
    except IsADirectoryError:
        raise HoldingsError(path, "is a folder", "Give the files in it.") from None
    except OSError as error:
        raise HoldingsError(
            path, f"cannot be opened ({error.strerror or error})", "Check its permissions."
        ) from None
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise HoldingsError(path, "is empty", "Export the holdings again.")
    return data
