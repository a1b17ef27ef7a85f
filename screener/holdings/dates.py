"""Printed days in any common form and Excel serials become ISO days."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import pandas as pd

from screener.holdings.folding import fold
from screener.holdings.grid import Column, Objects, objects
from screener.holdings.words import value_words

_ISO: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")
_NUMERIC: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ].*)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_FIRST: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([^\W\d_]{3,10})\.?[-/., ]*(\d{4}|\d{2})(?:[T ].*)?"
)
_MONTH_FIRST: Final = re.compile(
    r"([^\W\d_]{3,10})\.?[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})(?:[T ].*)?"
)
_EPOCH: Final = dt.date(1899, 12, 30)
_SERIALS: Final = (10_000, 110_000)  # 1927 to 2201


def parse_days(column: Column, american: bool = False) -> tuple[Objects, list[int]]:
    """ISO days of a column ("" where missing) and the positions of texts that are no day.

    ``american`` says that "6/3/30" is in June where no other date of the column settles it.
    """
    codes, distinct = pd.factorize(column.values)
    month_first = _month_first([value for value in distinct if isinstance(value, str)], american)
    days = [_day(value, month_first) for value in distinct]
    parsed = objects([day or "" for day in days])[codes] if len(distinct) else column.texts.copy()
    parsed[codes < 0] = ""
    wrong = [code for code, day in enumerate(days) if day is None]
    return parsed, [int(i) for i in pd.Series(codes).isin(wrong).to_numpy().nonzero()[0]] if wrong else []


def _month_first(texts: list[str], american: bool) -> bool:
    """Whether numeric dates can only be month before day: a second number above 12, and no first one."""
    first = second = 0
    for text in texts:
        match = _NUMERIC.fullmatch(text.strip())
        if match:
            first, second = first + (int(match[1]) > 12), second + (int(match[2]) > 12)
    return american if first == second == 0 else second > first


def _day(value: Any, month_first: bool) -> str | None:
    """The ISO day of a cell, "" where missing, None where it is no day."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _serial(float(value))
    text = str(value).strip()
    if text.casefold() in value_words().missing or fold(text) in (
        "perpetual",
        "perp",
        "open",
        "open end",
        "na",
    ):
        return ""
    return _printed_day(text, month_first)


def _serial(value: float) -> str | None:
    if _SERIALS[0] < value < _SERIALS[1]:
        return (_EPOCH + dt.timedelta(days=int(value))).isoformat()
    match = _COMPACT.fullmatch(str(int(value))) if value.is_integer() else None
    if match:
        return _checked(int(match[1]), int(match[2]), int(match[3]))
    return "" if value == 0 else None


def _printed_day(text: str, month_first: bool) -> str | None:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _checked(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.fullmatch(text):
        day, month = (match[2], match[1]) if month_first else (match[1], match[2])
        if int(month) > 12:
            day, month = month, day
        return _checked(_year(match[3]), int(month), int(day))
    if match := _DAY_FIRST.fullmatch(text):
        return _named(match[3], match[2], match[1])
    if match := _MONTH_FIRST.fullmatch(text):
        return _named(match[3], match[1], match[2])
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _serial(float(text))
    return None


def _named(year: str, month: str, day: str) -> str | None:
    number = value_words().months.get(fold(month))
    return _checked(_year(year), number, int(day)) if number else None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 80 else 1900)


def _checked(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
