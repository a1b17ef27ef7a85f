"""Printed numbers: either decimal sign, any thousands sign, percent, parentheses, currency signs, "1.2m"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from screener.holdings.grid import NUMBER, TEXT, Column, Mask, Numbers, Objects
from screener.holdings.words import value_words

_COMMA: Final = re.compile(
    r"^\D*\d{1,3}(?:\.\d{3})+,\d+\D*$|^\D*\d*,\d{1,2}\D*$|^\D*\d*,\d{4,}\D*$|^\D*0,\d+\D*$|^\D*\d{1,3}(?:\.\d{3}){2,}\D*$|^\D*\d{4,},\d+\D*$"
)
_POINT: Final = re.compile(
    r"^\D*\d{1,3}(?:,\d{2,3})+\.\d*\D*$|^\D*\d*\.\d{1,2}\D*$|^\D*\d*\.\d{4,}\D*$|^\D*0\.\d+\D*$|^\D*\d{1,3}(?:,\d{2,3}){2,}\D*$|^\D*\d{4,}\.\d+\D*$"
)
_FOREIGN_DIGITS: Final = {
    ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９")
}
_MINUS: Final = {ord(c): "-" for c in "−–—‐‑﹣－"} | {
    ord("．"): ".",
    ord("，"): ",",
    ord("％"): "%",
    ord("（"): "(",
    ord("）"): ")",
}
_TRANSLATION: Final = _FOREIGN_DIGITS | _MINUS
_BLANKS: Final = re.compile(r"(?<=\d)[\s'’`´_](?=\d)")
_ROUND: Final = re.compile(r"(?<=\d)[.,]-(?=\s|$|[A-Za-z])")  # "100,-" and "1'000.-" have no decimals
_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?")
_PLAIN: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_MARKS: Final = re.compile(r"^[*†‡^]+|[*†‡^#]+$")


@dataclass(frozen=True, slots=True)
class Parsed:
    """``values`` (NaN where there is none), ``failed`` cells that hold text that is no number, ``percent`` cells."""

    values: Numbers
    failed: Mask
    percent: Mask


def evidence(texts: Objects) -> tuple[int, int]:
    """How many distinct texts can only be read with a decimal comma, and how many only with a decimal point."""
    distinct = pd.unique(texts)[:5_000]
    candidates = [text for text in distinct if 0 < len(text) < 40 and any(c.isdigit() for c in text)]
    return sum(bool(_COMMA.match(_joined(t))) for t in candidates), sum(
        bool(_POINT.match(_joined(t))) for t in candidates
    )


def style_of(columns: list[Column], hint: str) -> str:
    """The decimal sign of a table: what most of its printed numbers can only mean, else ``hint``, else a point."""
    comma = point = 0
    for column in columns:
        more_comma, more_point = evidence(column.texts)
        comma, point = comma + more_comma, point + more_point
    if comma == point:
        return hint or "."
    return "," if comma > point else "."


def parse(column: Column, decimal: str) -> Parsed:
    """The numbers of a column; its own evidence for a decimal sign wins over ``decimal``."""
    size = len(column)
    values = np.full(size, np.nan)
    failed, percent = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    typed = column.kinds == NUMBER
    if typed.any():
        values[typed] = _floats(column.values[typed])
    text = column.kinds == TEXT
    if text.any():
        codes, distinct = pd.factorize(column.texts[text])
        sign = _own_style(distinct, decimal)
        read = [number(item, sign) for item in distinct]
        values[text] = np.array([value for value, _ in read], dtype=float)[codes]
        missing = np.array([is_missing_number(item) for item in distinct])
        failed[text] = (np.isnan([value for value, _ in read]) & ~missing)[codes]
        percent[text] = np.array([is_percent for _, is_percent in read])[codes]
    failed |= column.filled & ~typed & ~text
    return Parsed(values, failed, percent)


def _floats(values: Objects) -> Numbers:
    floats = values.astype(float)
    floats[~np.isfinite(floats)] = np.nan
    return floats


def _own_style(distinct: Objects, decimal: str) -> str:
    comma, point = evidence(distinct)
    if comma == point:
        return decimal
    return "," if comma > point else "."


def is_missing_number(text: str) -> bool:
    """Whether ``text`` stands for no number."""
    words, plain = value_words(), text.strip().casefold()
    return plain in words.missing or plain in words.missing_numbers


def looks_numeric(text: str) -> bool:
    """Whether ``text`` is a number in some style."""
    return (
        bool(_PLAIN.fullmatch(text))
        or not np.isnan(number(text, ".")[0])
        or not np.isnan(number(text, ",")[0])
    )


def number(text: str, decimal: str) -> tuple[float, bool]:
    """The value of ``text`` with ``decimal`` as its decimal sign (NaN: no number), and whether it is in percent.

    A text that cannot be a number with that sign is tried with the other one.
    """
    if not 0 < len(text) < 60:
        return np.nan, False
    bare, sign, factor, percent = _core(text)
    for style in (decimal, "," if decimal == "." else "."):
        digits = _digits(bare, style)
        if digits:
            return sign * factor * float(digits), percent
    return np.nan, percent


def _core(text: str) -> tuple[str, int, float, bool]:
    """Digits and separators of ``text``, its sign, the factor of its suffix, and whether it is in percent."""
    bare = _joined(text)
    bare = _MARKS.sub("", bare).strip()
    sign = 1
    if bare.startswith("(") and bare.endswith(")"):
        sign, bare = -1, bare[1:-1].strip()
    percent = bare.endswith("%") or bare.startswith("%")
    bare = bare.strip("% ")
    bare = _without_signs(bare)
    if bare.startswith("(") and bare.endswith(")"):
        sign, bare = -sign, bare[1:-1].strip()
    sign, bare = _signed(bare, sign)
    factor, bare = _scaled(_without_signs(bare))
    sign, bare = _signed(bare, sign)
    return bare.casefold(), sign, factor, percent


def _joined(text: str) -> str:
    return _ROUND.sub("", _BLANKS.sub("", text.translate(_TRANSLATION).strip()))


def _signed(bare: str, sign: int) -> tuple[int, str]:
    if bare.startswith(("-", "+")):
        return (-sign if bare[0] == "-" else sign), bare[1:].strip()
    if bare.endswith(("-", "+")) and len(bare) > 1 and bare[-2].isdigit():
        return (-sign if bare[-1] == "-" else sign), bare[:-1].strip()
    if bare.endswith((" CR", " DR")):
        return (-sign if bare.endswith("DR") else sign), bare[:-3].strip()
    return sign, bare


@cache
def _sign_pattern() -> re.Pattern[str]:
    words = value_words()
    codes = "|".join(sorted(words.currencies))
    signs = "|".join(re.escape(sign) for sign in words.signs)
    return re.compile(
        rf"^(?:(?:{codes})(?![A-Za-z])|{signs})\s*|\s*(?:(?<![A-Za-z])(?:{codes})|{signs})(?:,-|\.-)?$"
    )


def _without_signs(bare: str) -> str:
    if bare[:1].isdigit() and bare[-1:].isdigit():
        return bare
    return _sign_pattern().sub("", bare).strip()


def _scaled(bare: str) -> tuple[float, str]:
    """The factor of a suffix such as "m" or "bn", and ``bare`` without it."""
    match = re.fullmatch(r"([+-]?[\d.,]*\d[.,]?)\s*([^\W\d_]{1,8}\.?)", bare)
    if match:
        factor = value_words().suffixes.get(match[2].casefold())
        if factor is not None:
            return factor, match[1]
    return 1.0, bare


def _digits(bare: str, decimal: str) -> str:
    """``bare`` as Python writes floats, or "" where its separators do not fit ``decimal``."""
    thousands = "," if decimal == "." else "."
    whole, separator, fraction = bare.partition(decimal)
    if decimal in fraction or thousands in fraction:
        return ""
    if thousands in whole:
        groups = whole.split(thousands)
        if not (
            1 <= len(groups[0]) <= 4 and all(2 <= len(g) <= 3 for g in groups[1:-1]) and len(groups[-1]) == 3
        ):
            return ""
        whole = "".join(groups)
    digits = whole + ("." + fraction if separator else "")
    return digits if _NUMBER.fullmatch(digits) else ""
