"""Reference files: to which issuer a security belongs, by somebody's word (GLEIF, FIRDS, a data vendor).

Such a file has millions of rows of which a run needs a few hundred. It is read in blocks, two or three columns of it,
and only the rows of the securities that are asked for are kept. What it says is evidence with a source, never truth.
"""

from __future__ import annotations

import csv as plain_csv
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pandera.typing import DataFrame, Series
from pyarrow import csv

from screener.contracts import Frame, checked, empty
from screener.errors import UsageError
from screener.reference import firds
from screener.settings import shipped_toml

_COLUMNS: Final = ("isin", "lei", "name")
_DELIMITERS: Final = ",;\t|"
_TABLES: Final = (".csv", ".txt", ".tsv", ".xml")
_BLOCK: Final = 8 << 20  # bytes read at once
_HEAD: Final = 1 << 16  # bytes in which the headings are looked for
_OPTION: Final = "--reference"


class IssuerLinks(Frame):
    """A security and its issuer; ``lei`` or ``name`` may be "", ``source`` is the name of the file."""

    isin: Series[str]
    lei: Series[str]
    name: Series[str]
    source: Series[str]


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """One file as a report states it."""

    name: str
    sha256: str
    rows: int
    linked: int  # rows that were asked for
    skipped: int = 0  # rows with more or fewer values than there are headings

    def sentence(self) -> str:
        """The file in words."""
        skipped = f", {self.skipped:,} rows that do not fit the headings skipped" if self.skipped else ""
        return f"{self.name}, {self.linked:,} of {self.rows:,} rows used{skipped}, SHA-256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the reference files say of the securities that were asked for."""

    links: DataFrame[IssuerLinks]
    files: tuple[ReferenceFile, ...] = ()


def load_reference(paths: Sequence[Path], isins: Iterable[str]) -> Reference:
    """What ``paths`` (csv, FIRDS in XML, both also packed as gz or zip, or parquet) say of ``isins``.

    Raises UsageError that names file and reason where one cannot be read or has not the columns.
    """
    asked = pyarrow.array(sorted({isin for isin in isins if isin}), type=pyarrow.string())
    read = [_read(path, asked) for path in paths]
    links = [links for links, _ in read if len(links)]
    found = checked(IssuerLinks, pd.concat(links, ignore_index=True)) if links else empty(IssuerLinks)
    return Reference(found, tuple(file for _, file in read))


def _read(path: Path, asked: Any) -> tuple[pd.DataFrame, ReferenceFile]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            found, rows, skipped = _kept(path, "utf8", asked)
        except (UnicodeDecodeError, pyarrow.ArrowInvalid) as error:
            if "utf" not in str(error).casefold():
                raise
            found, rows, skipped = _kept(path, "latin-1", asked)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{_OPTION}: {path}: cannot be read ({reason})", "Check the path.") from None
    except (pyarrow.ArrowException, zipfile.BadZipFile, EOFError, firds.NotFirdsError) as error:
        reason = next(iter(str(error).splitlines()), "nothing in it")
        raise UsageError(
            f"{_OPTION}: {path}: cannot be read ({reason})",
            "Give a csv file or one of FIRDS in XML (both also as .gz or .zip), or a parquet file.",
        ) from None
    links = found.assign(source=path.name).drop_duplicates(ignore_index=True)
    return links, ReferenceFile(path.name, digest, rows, len(links), skipped)


def _kept(path: Path, encoding: str, asked: Any) -> tuple[pd.DataFrame, int, int]:
    """The rows of ``asked``, how many rows there were, and how many could not be read."""
    kept, rows, skipped = [], 0, list[int]()
    for block in _blocks(path, encoding, skipped):
        rows += block.num_rows
        isin = pc.utf8_upper(pc.utf8_trim_whitespace(block["isin"]))
        chosen = block.filter(pc.is_in(isin, value_set=asked))
        if chosen.num_rows:
            texts = {name: pc.fill_null(pc.utf8_trim_whitespace(chosen[name]), "") for name in _COLUMNS}
            kept.append(pyarrow.table({**texts, "isin": pc.utf8_upper(texts["isin"])}).to_pandas())
    frame = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(_COLUMNS), dtype="str")
    return frame[(frame["lei"] != "") | (frame["name"] != "")], rows, len(skipped)


def _blocks(path: Path, encoding: str, skipped: list[int]) -> Iterator[pyarrow.RecordBatch]:
    """Blocks of the columns isin, lei, name as text; a column that the file has not is empty."""
    if path.suffix.lower() in (".parquet", ".pq"):
        from pyarrow import parquet  # brings clients of cloud storage with it: only where such a file is read

        with parquet.ParquetFile(path) as table:
            columns = _columns(path, table.schema_arrow.names)
            for block in table.iter_batches(columns=sorted(set(columns.values()))):
                yield _named(block, columns)
        return
    if _is_xml(path):
        yield from firds.blocks(lambda: _opened(path))
        return
    with _opened(path) as file:
        head = file.read(_HEAD)
        heading = head.decode(encoding, "replace").removeprefix("\ufeff").splitlines()[:1]
        if not heading or not heading[0].strip():
            raise UsageError(f"{_OPTION}: {path}: is empty", "Give a file with the columns ISIN and LEI.")
        delimiter = max(_DELIMITERS, key=heading[0].count)
        columns = _columns(path, next(plain_csv.reader([heading[0]], delimiter=delimiter)))
    with _opened(path) as file:
        yield from (_named(block, columns) for block in _csv(file, (delimiter, encoding), columns, skipped))


def _csv(file: Any, written: tuple[str, str], columns: dict[str, str], skipped: list[int]) -> Any:
    wanted, (delimiter, encoding) = sorted(set(columns.values())), written

    def skip(row: Any) -> str:
        # A line that does not fit the headings cannot be trusted to have its values in place.
        skipped.append(row.number or 0)
        return "skip"

    return csv.open_csv(
        file,
        read_options=csv.ReadOptions(block_size=_BLOCK, encoding=encoding),
        parse_options=csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
        convert_options=csv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, pyarrow.string())
        ),
    )


def _is_xml(path: Path) -> bool:
    name = _inside(path) if path.suffix.lower() == ".zip" else path.name.lower().removesuffix(".gz")
    return name.lower().endswith(".xml")


def _opened(path: Path) -> Any:
    """The bytes of the file, unpacked; of a zip the first table in it."""
    if path.suffix.lower() == ".zip":
        return zipfile.ZipFile(path).open(_inside(path))
    return pyarrow.input_stream(str(path))


def _inside(path: Path) -> str:
    """The name of the first table in a zip."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    inside = [name for name in names if Path(name).suffix.lower() in _TABLES]
    if not inside:
        raise UsageError(f"{_OPTION}: {path}: no csv or XML in it", f"It holds: {', '.join(names[:3])}.")
    return inside[0]


def _columns(path: Path, headings: Sequence[str]) -> dict[str, str]:
    """Which heading of the file is which column."""
    known = shipped_toml("reference.toml")["headings"]
    folded = {re.sub(r"[^a-z0-9]+", " ", heading.casefold()).strip(): heading for heading in headings[::-1]}
    found = {
        column: next((folded[name] for name in known[column] if name in folded), "") for column in _COLUMNS
    }
    if not found["isin"] or not (found["lei"] or found["name"]):
        lacking = (
            "no column with the ISIN" if not found["isin"] else "no column with the issuer's LEI or name"
        )
        shown = ", ".join(headings[:12]) + (" …" if len(headings) > 12 else "")
        raise UsageError(
            f"{_OPTION}: {path}: {lacking}; its columns are: {shown}", "Name them ISIN, LEI, Issuer name."
        )
    return {column: heading for column, heading in found.items() if heading}


def _named(block: pyarrow.RecordBatch, columns: dict[str, str]) -> pyarrow.RecordBatch:
    nothing = pyarrow.array([""] * block.num_rows, type=pyarrow.string())
    texts = [
        block[columns[column]].cast(pyarrow.string()) if column in columns else nothing for column in _COLUMNS
    ]
    return pyarrow.record_batch(texts, names=list(_COLUMNS))
