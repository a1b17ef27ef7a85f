"""Security and company identifiers: what is valid, what the normal form is.

Check digits come from python-stdnum (ISIN: ISO 6166; CUSIP; SEDOL; FIGI; LEI: ISO 17442; WKN has none, only a
shape). All functions on columns work on distinct values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import pandas as pd
from stdnum import cusip, figi, isin, lei
from stdnum.gb import sedol

_VALIDATORS: Final[dict[str, Callable[[str], bool]]] = {
    "isin": isin.is_valid,
    "lei": lambda text: len(text) == 20 and lei.is_valid(text),  # stdnum does not look at the length
    "figi": figi.is_valid,
    "cusip": cusip.is_valid,
    "sedol": sedol.is_valid,
    "wkn": lambda text: bool(re.fullmatch(r"(?=.*\d)[A-HJ-NP-Z0-9]{6}", text)),
}
_PREFIX = re.compile(
    r"^(?:ISIN|CUSIP|SEDOL|FIGI|BBGID|LEI|WKN)(?:\s*(?:CODE|NO\.?|NR\.?))?\s*[:#=]?\s*(?=[A-Z0-9])"
)
_JUNK = re.compile(r"[\s\-.\u00a0\u200b\u200e\u200f]+")


@lru_cache(maxsize=200_000)
def normal(text: str) -> str:
    """The normal form of a printed identifier: upper case, no blanks, hyphens or leading word such as ``ISIN:``."""
    return _JUNK.sub("", _PREFIX.sub("", text.strip().upper()))


@lru_cache(maxsize=200_000)
def is_valid(scheme: str, text: str) -> bool:
    """Whether ``text`` (in normal form) is a valid identifier of ``scheme``, check digit included."""
    validator = _VALIDATORS.get(scheme)
    return validator is not None and text.isascii() and validator(text)


def schemes_of(text: str) -> tuple[str, ...]:
    """The schemes that ``text`` (in normal form) is a valid identifier of, most specific first."""
    return tuple(scheme for scheme in _VALIDATORS if is_valid(scheme, text))


def normal_column(values: pd.Series[str]) -> pd.Series[str]:
    """``values`` in normal form, computed once a distinct value."""
    return values.map({value: normal(value) for value in values.unique()}).astype(str)


def valid_column(scheme: str, values: pd.Series[str]) -> pd.Series[bool]:
    """Which ``values`` (in normal form) are valid identifiers of ``scheme``."""
    return values.map({value: is_valid(scheme, value) for value in values.unique()}).astype(bool)
