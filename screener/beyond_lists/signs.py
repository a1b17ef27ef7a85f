"""What points to the country of an issuer where the file states neither a country nor an ISIN of its own.

A sign is no fact: what it reaches is left to a person, with the sign in words.
"""

from __future__ import annotations

import re

import pandas as pd
from pandera.typing import DataFrame

from screener import tickers
from screener.matching.model import Securities
from screener.settings import shipped_toml


def market_signs(securities: DataFrame[Securities], country: str) -> pd.Series[str]:
    """The ticker or RIC of each security that is of a market in ``country``, "" for the others."""
    nowhere = pd.Series("", index=securities.index, dtype="str")
    by_ticker = tickers.parse_columns(securities["ticker"], securities["exchange"], nowhere)
    by_ric = tickers.parse_columns(securities["ric"], nowhere, nowhere)
    printed = (securities["ticker"] + " " + securities["exchange"]).str.strip()
    found = printed.where(by_ticker.str.endswith(f"|{country}"), "")
    return found.where(found != "", securities["ric"].where(by_ric.str.endswith(f"|{country}"), ""))


def form_signs(names: pd.Series[str], country: str) -> pd.Series[str]:
    """The legal form in each name that points to ``country``, "" where there is none."""
    forms = shipped_toml("countries.toml")["legal_forms"].get(country, ())
    if not forms:
        return pd.Series("", index=names.index, dtype="str")
    either = "|".join(map(re.escape, forms))
    return names.str.upper().str.extract(rf"(?<!\w)({either})(?!\w)", expand=False).fillna("").astype("str")
