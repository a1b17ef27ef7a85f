"""Any file becomes grids: what it is is told from its bytes, not from its name."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msoffcrypto
import numpy as np
import numpy.typing as npt
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from screener.errors import HoldingsError
from screener.holdings.containers import fresh_container, workbook_stream
from screener.holdings.grid import Grid
from screener.holdings.markup import is_markup, markup_grids
from screener.holdings.options import ReadOptions
from screener.holdings.other_extents import xls_extents
from screener.holdings.package import SPREAD, inspect, members, unpacked
from screener.holdings.text_files import text_grid
from screener.holdings.workbooks import workbook_grids

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READ: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".htm", ".html", ".xml")
_NOT_TABLES: Final = {
    b"%PDF": "is a PDF document",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"GIF8": "is a picture",
    b"Rar!": "is a RAR archive",
    b"7z\xbc\xaf": "is a 7-Zip archive",
    b"\x1f\x8b": "is a gzip archive",
    b"MZ": "is a program",
    b"SQLite format 3": "is a database",
    b"PAR1": "is a Parquet file",
    b"{\\rtf": "is a text document",
}


def open_grids(path: Path, options: ReadOptions) -> list[Grid]:
    """The sheets of a file; raises HoldingsError where there is nothing to read."""
    return list(_grids(_bytes(path, options), path, options, depth=0))


def _grids(data: bytes, path: Path, options: ReadOptions, depth: int) -> Iterator[Grid]:
    if data[:8] == _OLE:
        data = _decrypted(data, path, options.password)
    if data[:4] == _ZIP:
        yield from _packed(data, path, options, depth)
    elif data[:8] == _OLE:
        yield from _old_workbook(data, path, options)
    elif is_markup(data):
        yield from markup_grids(data, path, options.limits)
    else:
        yield _text(data, path, options)


def _old_workbook(data: bytes, path: Path, options: ReadOptions) -> Iterator[Grid]:
    stream = workbook_stream(data, path)
    if any(extent.too_large(options.limits) for extent in xls_extents(stream)):
        raise HoldingsError(path, SPREAD, "Delete the stray cells and save it again as .xlsx.")
    yield from workbook_grids(fresh_container(stream), path, {}, options.limits)


def _text(data: bytes, path: Path, options: ReadOptions) -> Grid:
    for mark, said in _NOT_TABLES.items():
        if data.startswith(mark):
            raise HoldingsError(path, f"{said}, not a spreadsheet", "Export the holdings as .xlsx or .csv.")
    return text_grid(data, path, options.limits)


def _packed(data: bytes, path: Path, options: ReadOptions, depth: int) -> Iterator[Grid]:
    """A zipped workbook, or a zip of files."""
    names = {part.filename for part in members(data, path, options.limits)}
    if "[Content_Types].xml" in names or "content.xml" in names or any(n.startswith("xl/") for n in names):
        safe, facts = inspect(data, path, options.limits)
        yield from workbook_grids(safe, path, facts, options.limits)
    elif depth:
        raise HoldingsError(path, "holds an archive within an archive", "Unpack it and give the files in it.")
    else:
        yield from _archive(data, path, options)


def _archive(data: bytes, path: Path, options: ReadOptions) -> Iterator[Grid]:
    """The files of a zip; each is named "archive.zip/file.csv"."""
    parts = [part for part in members(data, path, options.limits) if _is_table(part)]
    if not parts:
        raise HoldingsError(
            path, "is an archive without a spreadsheet or text file", "Unpack it and give the right file."
        )
    for part in parts[: options.limits.archive_members]:
        if part.flag_bits & 1:
            raise HoldingsError(
                path, "is an archive protected with a password", "Unpack it and give the files in it."
            )
        name = f"{path.name}/{part.filename}"
        inner = unpacked(data, part, options.limits.file_bytes)
        try:
            for grid in _grids(inner, Path(part.filename), options, depth=1):
                yield dataclasses.replace(grid, file=name)
        except HoldingsError as error:
            remark = (0, "", "", f"this file of the archive {error.reason}; it was not read", "error")
            yield Grid(name, "", [], _no_rows(), remarks=[remark])


def _no_rows() -> npt.NDArray[np.int64]:

    return np.array([], dtype=np.int64)


def _is_table(part: zipfile.ZipInfo) -> bool:
    name = part.filename.casefold()
    return (
        name.endswith(
            _READ
        )  # which no folder does, nor a member that a damaged archive leaves without a name
        and "__macosx" not in name
        and not Path(name).name.startswith((".", "~$"))
    )


def _decrypted(data: bytes, path: Path, password: str | None) -> bytes:
    """The workbook inside an encrypted one; other OLE files as they are."""
    source = io.BytesIO(data)
    try:
        office = msoffcrypto.OfficeFile(source)
        if not office.is_encrypted():
            return data
        if password is None:
            raise HoldingsError(
                path,
                "is protected with a password",
                "Give it with --password-prompt or in SCREENER_PASSWORD, or save the file without one.",
            )
        target = io.BytesIO()
        office.load_key(password=password)
        office.decrypt(target)
        return target.getvalue()
    except (InvalidKeyError, DecryptionError):
        raise HoldingsError(path, "cannot be opened with the given password", "Check the password.") from None
    except HoldingsError:
        raise
    except (FileFormatError, ParseError):
        return data  # no Office file that could be encrypted: calamine says what is wrong with it
    except Exception:  # msoffcrypto meets hostile bytes with many classes
        return data


def needs_password(path: Path) -> bool:
    """Whether ``path`` is a workbook that opens with a password only; False for all else, files that are not there too."""
    try:
        with path.open("rb") as file:
            return file.read(8) == _OLE and bool(msoffcrypto.OfficeFile(file).is_encrypted())
    except Exception:  # not an Office file, or a damaged one: opening it says what is wrong
        return False


def _bytes(path: Path, options: ReadOptions) -> bytes:
    try:
        before = path.stat()
        if before.st_size > options.limits.file_bytes:
            size = f"{before.st_size / 1e6:.0f} MB"
            raise HoldingsError(path, f"is too large ({size})", "Split it into smaller files.")
        data = path.read_bytes()
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(
            data
        ) != after.st_size:
            raise HoldingsError(path, "changed while it was read", "Wait until it is written, and run again.")
    except FileNotFoundError:
        raise HoldingsError(path, "does not exist", "Check the path.") from None
    except IsADirectoryError:
        raise HoldingsError(path, "is a folder", "Give the files in it.") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise HoldingsError(path, f"cannot be opened ({said})", "Check its path and permissions.") from None
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise HoldingsError(path, "is empty", "Export the holdings again.")
    return data
