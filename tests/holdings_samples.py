"""Files of holdings that several tests share, written by the test itself."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msoffcrypto.format.ooxml
import openpyxl
import pandas as pd

from screener.holdings import Reading, ReadOptions, read_file

Rows = Sequence[Sequence[object]]

XIAOMI, MOBILE, CNOOC = "KYG9830T1067", "HK0941009539", "HK0883013259"
HEADINGS = ("Security name", "ISIN", "Quantity", "Market value", "Currency")
PLAIN: Rows = (
    HEADINGS,
    ("Xiaomi Corp", XIAOMI, 1000, 2780.5, "HKD"),
    ("China Mobile Ltd", MOBILE, 500, 37500, "HKD"),
    ("CNOOC Ltd", CNOOC, 200, 3000, "USD"),
)


def workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An .xlsx with the given sheets; None is a blank cell."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def text_file(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """A delimited text file."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\n").writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    path.write_bytes(target.getvalue().encode(encoding))
    return path


def locked(path: Path, plain: Path, password: str) -> Path:
    """``plain``, a workbook, encrypted as Excel does it."""
    with plain.open("rb") as source, path.open("wb") as target:
        msoffcrypto.format.ooxml.OOXMLFile(source).encrypt(password, target)
    return path


def zipped(path: Path, parts: Mapping[str, bytes]) -> Path:
    """A zip of ``parts`` by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def said(reading: Reading, severity: str = "") -> str:
    """All issues of a reading as one text."""
    issues = reading.issues if not severity else reading.issues[reading.issues["severity"] == severity]
    return "\n".join(issues["reason"])


def taken(reading: Reading) -> dict[str, str]:
    """The heading that was taken for each field, in the order of the columns; the first where two were."""
    used = reading.columns[reading.columns["field"] != ""]
    return dict(reversed(list(zip(used["field"], used["heading"], strict=True))))


def held(path: Path, rows: Rows, options: ReadOptions | None = None) -> pd.DataFrame:
    """The positions read from a csv of ``rows``."""
    return read_file(text_file(path, rows), options).holdings


def xlsb(path: Path, rows: Rows) -> Path:
    """A binary workbook of one sheet with its texts inline, the least that its format allows."""

    def record(kind: int, body: bytes = b"") -> bytes:
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, length = b"", len(body)
        while True:
            size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
            length >>= 7
            if not length:
                return head + size + body

    def wide(text: str) -> bytes:
        return len(text).to_bytes(4, "little") + text.encode("utf-16-le")

    cells = b""
    for r, row in enumerate(rows):
        cells += record(0, struct.pack("<IIHBBII", r, 0, 0x12C, 0, 0, 0, 0))
        for c, value in enumerate(row):
            place = struct.pack("<II", c, 0)
            text = isinstance(value, str)
            cells += (
                record(6, place + wide(str(value))) if text else record(5, place + struct.pack("<d", value))
            )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = record(129) + record(148, size) + record(145) + cells + record(146) + record(130)
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("Holdings")
    book = record(131) + record(143) + record(156, bundle) + record(144) + record(132)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = (
        f'<?xml version="1.0"?><Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    types = f'<?xml version="1.0"?><Types xmlns="{package}/content-types"></Types>'
    parts = {
        "[Content_Types].xml": types.encode(),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": links.encode(),
        "xl/worksheets/sheet1.bin": sheet,
    }
    return zipped(path, parts)
