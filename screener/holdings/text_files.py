"""Text files with any delimiter and encoding become a grid."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from charset_normalizer import from_bytes

from screener.errors import HoldingsError
from screener.holdings.grid import Grid, columns_of
from screener.holdings.headings import heading
from screener.holdings.options import Limits, too_long, too_wide

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS: Final = (
    "cp1252",
    "gb18030",
    "big5",
    "cp932",
    "cp949",
    "cp850",
    "mac_roman",
    "cp1250",
)  # the likelier first
_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 65_536


def decoded(data: bytes) -> tuple[str, str]:
    """The text of ``data`` and the encoding it was read in; undecodable bytes become the replacement character."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace").lstrip("\ufeff"), encoding
    if encoding := _wide(data):
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        encoding = _guessed(data)
        return data.decode(encoding, errors="replace"), encoding


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    sample = data[:4_000]
    if len(sample) < 4:
        return ""
    odd, even = sample[1::2].count(0) / len(sample[1::2]), sample[::2].count(0) / len(sample[::2])
    if odd > 0.4 > even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 > odd else ""


def _guessed(data: bytes) -> str:
    """The likeliest encoding of text that is not UTF-8: the one in which its headings are words; else by its bytes."""
    best = max(_ENCODINGS, key=lambda encoding: _known_words(data[:_SAMPLE], encoding))
    if _known_words(data[:_SAMPLE], best):
        return best
    lines = [line for line in data[: 16 * _SAMPLE].splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    if _east_asian(sample):
        found = from_bytes(sample, cp_isolation=["gb18030", "big5", "cp932", "cp949"]).best()
        if found is not None:
            return found.encoding
    return "cp1252"


def _known_words(sample: bytes, encoding: str) -> int:
    """How many cells beyond ASCII in the first lines are known headings when read in ``encoding``."""
    cells = {
        cell.strip(' "')
        for line in sample.splitlines()[:60]
        if not line.isascii()
        for cell in re.split(r"[,;\t|]", line.decode(encoding, errors="replace"))
    }
    return sum(
        not cell.isascii() and "\ufffd" not in cell and heading(cell).exact
        for cell in cells
        if len(cell) < 60
    )


def _east_asian(sample: bytes) -> bool:
    """Whether bytes beyond ASCII come in pairs, as in GBK, Big5 and Shift-JIS, and not singly as in Western text."""
    high = np.frombuffer(sample, dtype=np.uint8) >= 0x80
    if not high.any():
        return False
    starts = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(np.int8)))
    lengths = starts[1::2] - starts[::2]
    return bool((lengths >= 2).mean() > 0.6)


def delimiter_of(text: str) -> str:
    """The delimiter that cuts the most lines into the same number of fields; a comma where none does."""
    lines = text[:_SAMPLE].splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) >= 5:
        return lines[0][4]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = _widths(text[:_SAMPLE], delimiter)
        score = _consistency(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error:
        rows = [line.split(delimiter) for line in sample.splitlines()]
    if len(rows) > 1 and len(sample) >= _SAMPLE:
        rows = rows[:-1]
    return [len(row) for row in rows if any(cell.strip() for cell in row)]


def _consistency(widths: list[int]) -> float:
    """How many lines share the most common width above one, weighted a little by that width."""
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0
    width, lines = max(counts.items(), key=lambda item: (item[1] * min(item[0], 4), item[0]))
    return lines / len(widths) * math.sqrt(min(width, 4)) + 0.001 * width


def text_grid(data: bytes, path: Path, limits: Limits) -> Grid:
    """The grid of a delimited text file; raises HoldingsError where it is no text."""
    text, encoding = decoded(data)
    sample = text[:20_000]
    odd = sum((ord(c) < 32 and c not in "\t\n\r\x0b\x0c\x1a") or c == "\ufffd" for c in sample)
    if odd > max(10, len(sample) // 50):
        raise HoldingsError(
            path, "is not a spreadsheet or text file", "Save it as .xlsx or .csv and try again."
        )
    delimiter = delimiter_of(text)
    records, lines, broken = _records(text, delimiter, limits)
    if not records:
        raise HoldingsError(path, "is empty", "Export the holdings again.")
    widest = max(len(record) for record in records)
    width = min(widest, limits.columns)
    padded = [(*record, *("",) * (width - len(record)))[:width] for record in records]
    grid = Grid(path.name, "", columns_of(padded, width, limits.text_length), np.array(lines, dtype=np.int64))
    grid.decimal_hint = "," if delimiter == ";" else ""
    if widest > width:
        grid.remarks.append((0, "", "", too_wide(widest, width), "warning"))
    if len(records) >= limits.rows:
        grid.remarks.append((0, "", "", too_long(limits.rows), "error"))
    if broken:
        reason = "a quotation mark is never closed, so quotation marks were read as plain text; check the rows around it"
        grid.remarks.append((broken, "", "", reason, "warning"))
    if encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        reason = f"the text was read as {encoding}; if accents or Chinese look wrong, save the file as UTF-8"
        grid.remarks.append((0, "", "", reason, "note"))
    return grid


def _records(text: str, delimiter: str, limits: Limits) -> tuple[list[list[str]], list[int], int]:
    """Records, the line each begins on, and the line of a quotation mark that is never closed (0: none)."""
    records, lines, broken = _parsed(text, delimiter, limits)
    if broken:
        plain = [line.split(delimiter) for line in text.splitlines()]
        kept = [(i, [cell.strip('" ') for cell in record]) for i, record in enumerate(plain, 1)][
            : limits.rows
        ]
        return [record for _, record in kept], [i for i, _ in kept], broken
    return records, lines, 0


def _parsed(text: str, delimiter: str, limits: Limits) -> tuple[list[list[str]], list[int], int]:
    records: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(
        io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter, skipinitialspace=True
    )
    line = 1
    try:
        for record in reader:
            if reader.line_num - line > 30:
                return [], [], line
            records.append(record)
            lines.append(line)
            line = reader.line_num + 1
            if len(records) >= limits.rows:
                break
    except csv.Error:
        return [], [], line
    return records, lines, 0
