"""Files of holdings that several tests share, written by the test itself."""

from __future__ import annotations

import csv
import io
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
