"""What a fund holds, and how a holding finds the book of its fund: by ISIN, by ticker, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from pandera.typing import DataFrame

from screener.holdings.model import Holdings

_FRACTIONS_UP_TO = 1.5  # weights that add up to about one are fractions, not percent


@dataclass(frozen=True, slots=True)
class Book:
    """The holdings file of one fund."""

    file: str
    sha256: str
    holdings: DataFrame[Holdings]

    def weights(self) -> pd.Series[float]:
        """The part of each position in the fund's value in percent; NaN where the file does not tell."""
        stated = self.holdings["weight"]
        if stated.notna().any():
            return stated * 100 if stated.abs().sum() <= _FRACTIONS_UP_TO else stated
        values = self.holdings["market_value"]
        one_currency = self.holdings.loc[values.notna(), "value_currency"].nunique() <= 1
        if not one_currency or not values.sum():
            return values * float("nan")
        return values / values.sum() * 100


@dataclass(frozen=True, slots=True)
class Books:
    """The books at hand by what their funds are called; see :func:`names_of`."""

    by_name: Mapping[str, Book] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def files(self) -> list[Book]:
        """Each book once, by file name."""
        return sorted(
            {book.file: book for book in self.by_name.values()}.values(), key=lambda book: book.file
        )

    def of(self, holdings: pd.DataFrame) -> pd.Series[str]:
        """For each holding the file of its fund's book; "" where there is none."""
        files = {name: book.file for name, book in self.by_name.items()}
        return found_by_name(holdings, files)


def found_by_name(holdings: pd.DataFrame, known: Mapping[str, str]) -> pd.Series[str]:
    """For each holding what is ``known`` under its ISIN, else under its ticker, else under its name; else ""."""
    found = pd.Series("", index=holdings.index, dtype="str")
    if not known:
        return found
    for column in ("isin", "ticker", "name"):
        said = holdings[column]
        by_text = {text: known.get(name_of(text, column), "") for text in said.unique()}
        found = found.where(found != "", said.map(by_text).astype("str"))
    return found


def name_of(text: str, column: str) -> str:
    """``text`` as books are named: an ISIN, a ticker without its market, or a name in letters and figures only."""
    if column == "ticker":
        text = re.split(r"[ .:]", text.strip(), maxsplit=1)[0]
    return re.sub(r"[^0-9a-z]", "", text.casefold())
