"""Text from outside made safe for spreadsheets, and how much room it takes."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import Final

import pandas as pd

XLSX_LIMIT: Final = 32_767  # characters in a cell, counted in UTF-16 units
CUT_MARK: Final = " … (cut; the whole text is in findings.csv)"
# A cell whose text begins so is taken for a formula or a command by some spreadsheet; the wide forms by those
# of East Asian locales (OWASP, CSV injection).
FORMULA_START: Final = "=+-@\t\r\n＝＋－＠"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = r"[+-]?(\d{1,3}([,.'  ]\d{3})+|\d+)([.,]\d+)?([eE][+-]?\d+)?\s?%?"
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


def csv_safe(column: pd.Series[str]) -> pd.Series[str]:
    """``column`` with an apostrophe before every text that a spreadsheet could run; numbers stay as they are."""
    risky = column.str.match(_RISKY) & ~column.str.fullmatch(_NUMBER)
    return column.mask(risky, "'" + column) if risky.any() else column


@lru_cache(maxsize=100_000)
def width(text: str) -> int:
    """The room one line of ``text`` takes, in characters; Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@lru_cache(maxsize=100_000)
def lines(text: str, room: float) -> int:
    """The lines ``text`` fills when wrapped in a column ``room`` characters wide; words are not broken."""
    return sum(_wrapped(part, max(room, 4.0)) for part in text.split("\n")) if text else 1


def _wrapped(paragraph: str, room: float) -> int:
    taken, used = 1, 0.0
    for word in paragraph.split(" "):
        need = width(word)
        if used and used + 1 + need > room:
            taken, used = taken + 1, 0.0
        if need > room:
            # A long word is broken by the spreadsheet, Chinese text anywhere.
            taken += math.ceil((used + need) / room) - 1
            used = (used + need) % room
        else:
            used += need + (1 if used else 0)
    return taken


def split_to_fit(text: str, room: float, most: int) -> list[str]:
    """``text`` in parts of at most ``most`` lines of ``room`` characters, broken between words where there are any."""
    if lines(text, room) <= most:
        return [text]
    size, parts, rest = max(1, int(room * most * 0.45)), [], text
    while rest:
        end = len(rest) if len(rest) <= size else max(rest.rfind(" ", 1, size) + 1, 0) or size
        parts.append(rest[:end])
        rest = rest[end:]
    return parts
