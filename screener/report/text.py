"""Text from outside made safe for spreadsheets, and how much room it takes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import pandas as pd

XLSX_LIMIT: Final = 32_767  # characters in a cell, counted in UTF-16 units
CUT_MARK: Final = " … (cut; the whole text is in findings.csv)"
# A cell whose text begins so is taken for a formula or a command by some spreadsheet; the wide forms by those
# of East Asian locales (OWASP, CSV injection).
FORMULA_START: Final = "=+-@\t\r\n＝＋－＠"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_GROUP: Final = ",.' \u00a0\u202f"  # between thousands
_NUMBER = rf"[+-]?(\d{{1,3}}([{_GROUP}]\d{{3}})+|\d+)([.,]\d+)?([eE][+-]?\d+)?\s?%?"
_RISKY = f"^[{re.escape(FORMULA_START)}]"


def clean(text: str) -> str:
    """``text`` without the characters XML cannot carry, each replaced by U+FFFD, and no longer than a cell may be."""
    safe = _ILLEGAL.sub("\ufffd", text)
    return _cut(safe) if len(safe) > XLSX_LIMIT // 2 else safe


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * XLSX_LIMIT:
        return text
    return units[: 2 * (XLSX_LIMIT - len(CUT_MARK))].decode("utf-16-le", "ignore") + CUT_MARK


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could take ``text`` for a formula."""
    return text[:1] in FORMULA_START if text else False


def is_small(value: float) -> bool:
    """Whether whole units would hide what ``value`` is: some files state values in millions."""
    return 0 < abs(value) < 10 and value != int(value)


def money(value: float) -> str:
    """``1,234,567``; a small value with two decimals."""
    return f"{value:,.2f}" if is_small(value) else f"{value:,.0f}"


def csv_safe(column: pd.Series[str]) -> pd.Series[str]:
    """``column`` with an apostrophe before every text that a spreadsheet could run; numbers stay as they are.

    Carriage returns become line feeds and zero bytes U+FFFD: readers take the one for the end of a row and the
    other for the end of the file.
    """
    torn = column.str.contains("[\r\x00]", regex=True)
    if torn.any():
        column = column.mask(torn, column[torn].map(_whole))
    risky = column.str.match(_RISKY) & ~column.str.fullmatch(_NUMBER)
    return column.mask(risky, "'" + column) if risky.any() else column


# Advance widths of Arial (and of Liberation Sans and Helvetica, which share them) in thousandths of the size.
_ADVANCE: Final = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_WIDTHS: Final = {char: wide for wide, chars in _ADVANCE.items() for char in chars}
_ORDINARY: Final = 556  # digits, most small letters; letters of other alphabets are about as wide
_SAFETY: Final = 1.05  # bold type, and screens that round each letter up


def _whole(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


@lru_cache(maxsize=100_000)
def points(text: str, size: float) -> float:
    """The width of one line of ``text`` in Arial of ``size`` points, on the safe side."""
    return sum(_WIDTHS.get(char) or _other(char) for char in text) * size / 1000 * _SAFETY


def _other(char: str) -> int:
    return 1000 if unicodedata.east_asian_width(char) in "WF" else _ORDINARY


@lru_cache(maxsize=100_000)
def lines(text: str, room: float, size: float = 9) -> int:
    """The lines ``text`` fills when wrapped in ``room`` points; a word longer than a line is broken."""
    if points(text, size) <= room and "\n" not in text:
        return 1
    return sum(_wrapped(part, max(room, size), size) for part in text.split("\n"))


def _wrapped(paragraph: str, room: float, size: float) -> int:
    taken, used, blank = 1, 0.0, points(" ", size)
    for word in paragraph.split(" "):
        need = points(word, size)
        if used and used + blank + need > room:
            taken, used = taken + 1, 0.0
        if need > room:
            # Chinese text is broken anywhere, a long word where the line ends.
            taken += math.ceil((used + need) / room) - 1
            used = (used + need) % room
        else:
            used += need + (blank if used else 0)
    return taken


def split_to_fit(text: str, room: float, most: int) -> list[str]:
    """``text`` in parts of at most ``most`` lines of ``room`` points, broken between words where there are any."""
    if lines(text, room) <= most:
        return [text]
    size, parts, rest = max(1, int(room / 9 * most * 0.9)), [], text
    while rest:
        end = len(rest) if len(rest) <= size else rest.rfind(" ", 1, size) + 1 or size
        parts.append(rest[:end])
        rest = rest[end:]
    return parts


def digits(numbers: Iterable[float | None]) -> int:
    """The characters a column needs for the longest of ``numbers``, with separators and decimals where there are any."""
    known = [abs(number) for number in numbers if number is not None and math.isfinite(number)]
    if not known:
        return 0
    fraction = 0 if all(number == number // 1 for number in known) else 4
    return len(f"{max(known):,.0f}") + fraction + 3
