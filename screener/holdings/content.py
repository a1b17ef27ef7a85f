"""What the values of a column look like, whatever its heading says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from screener import identifiers
from screener.holdings.folding import fold
from screener.holdings.grid import Column, Mask, Objects
from screener.holdings.numbers import looks_numeric
from screener.holdings.words import value_words

SURE: Final = ("isin", "figi", "lei", "cusip", "sedol")  # schemes with a check digit, most specific first
_SAMPLE: Final = 400  # distinct values that are judged
_ROWS: Final = 4_000
_BLOOMBERG: Final = re.compile(
    r"[A-Z0-9/\-]{1,10}[ \u00a0]+[A-Z]{2}(?:[ \u00a0]+(?:Equity|EQUITY|Corp|Govt|Index))?"
)
_RIC: Final = re.compile(r"[A-Z0-9]{1,8}[a-z]{0,2}\.[A-Z]{1,3}")
_CODE: Final = re.compile(r"[A-Z0-9]*\d{4,}[A-Z0-9]*|(?=[A-Z]*\d[A-Z\d]*[A-Z\d])(?=\d*[A-Z])[A-Z0-9]{6,12}")
_SHORT_CUSIP: Final = re.compile(r"(?=.*\d)[A-Z0-9]{8}")
_SHORT_WORD: Final = re.compile(r"[A-Z]{2,4}")
_TICKER: Final = re.compile(r"[A-Z0-9]{1,6}(?:[./ -][A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Look:
    """Shares (0 to 1) of the distinct filled values of a column that are valid or shaped in some way."""

    valid: dict[str, float]
    numeric: float
    currencies: float
    id_types: float
    bloomberg: float
    rics: float
    tickers: float
    short_cusips: float  # shaped like a CUSIP without its check digit
    codes: float  # short words in capitals, as kinds and units are
    wordy: float  # texts of several words, as names are
    size: int  # distinct values looked at
    distinct: float  # distinct values for each filled cell
    filled: float

    @property
    def identifiers(self) -> float:
        """The share valid in any scheme that has a check digit."""
        return min(1.0, sum(self.valid.values()))


def look(column: Column) -> Look:
    """How the values of ``column`` look."""
    texts = sampled(column).shown
    values = _values(texts)
    sample = _sample(values)
    schemes = [_scheme(identifiers.normal(text)) for text in sample]
    size = max(1, len(sample))
    words = value_words()
    return Look(
        valid={scheme: schemes.count(scheme) / size for scheme in SURE},
        numeric=sum(map(looks_numeric, sample)) / size,
        currencies=sum(text in words.currencies for text in sample) / size,
        id_types=sum(fold(text) in words.id_types for text in sample) / size,
        bloomberg=sum(bool(_BLOOMBERG.fullmatch(text)) for text in sample) / size,
        rics=sum(bool(_RIC.fullmatch(text)) for text in sample) / size,
        tickers=sum(bool(_TICKER.fullmatch(text)) for text in sample) / size,
        short_cusips=sum(bool(_SHORT_CUSIP.fullmatch(text)) for text in sample) / size,
        codes=sum(bool(_SHORT_WORD.fullmatch(text)) for text in sample) / size,
        wordy=sum(_wordy(text) for text in sample) / size,
        size=len(sample),
        distinct=len(values) / max(1, int((texts != "").sum())),
        filled=float((texts != "").mean()) if len(texts) else 0.0,
    )


def looks_like_identifiers(column: Column) -> Mask | None:
    """Where a column of mostly valid identifiers holds them; None for any other column."""
    sample = _sample(_values(sampled(column).shown))
    if not sample:
        return None
    valid = {text: bool(_scheme(identifiers.normal(text))) for text in sample if not _plain_number(text)}
    if sum(valid.values()) < max(1, 0.6 * len(sample)) or (
        len(sample) < 3 and not any(map(_is_isin, sample))
    ):
        return None
    texts = column.shown
    memory = {
        text: _is_isin(text) or bool(_scheme(identifiers.normal(text))) for text in pd.unique(texts[:50_000])
    }
    mask = np.fromiter((memory.get(text, False) for text in texts), dtype=bool, count=len(texts))
    return mask if mask.any() else None


def sampled(column: Column) -> Column:
    """Some thousand rows of a long column, evenly spread; a short column as it is."""
    if len(column) <= _ROWS:
        return column
    return column.rows(np.linspace(0, len(column) - 1, _ROWS).astype(np.intp))


def _values(texts: Objects) -> list[str]:
    missing = value_words().missing
    return [text for text in pd.unique(texts) if text.casefold() not in missing]


def _sample(values: list[str]) -> list[str]:
    if len(values) <= _SAMPLE:
        return values
    return [values[int(i)] for i in np.linspace(0, len(values) - 1, _SAMPLE)]


def _scheme(text: str) -> str:
    """The scheme that ``text`` is surely an identifier of; pure numbers of seven digits are no SEDOL here unless valid."""
    if not text[-1:].isdigit():
        return ""
    return next((scheme for scheme in SURE if identifiers.is_valid(scheme, text)), "")


def _is_isin(text: str) -> bool:
    return identifiers.is_valid("isin", identifiers.normal(text))


def is_code(text: str) -> bool:
    """Whether ``text`` is an identifier or built like one: digits among capitals without a blank."""
    if not any(c.isdigit() for c in text):
        return False
    return bool(_CODE.fullmatch(text)) or bool(7 <= len(text) <= 30 and _scheme(identifiers.normal(text)))


def _plain_number(text: str) -> bool:
    """A number with a decimal or thousands sign is no identifier though its digits may pass a check."""
    return any(c in ".,'" for c in text) and looks_numeric(text)


def _wordy(text: str) -> bool:
    return (" " in text and sum(c.isalpha() for c in text) >= 5) or any(
        "\u3040" <= c <= "\u9fff" for c in text
    )
