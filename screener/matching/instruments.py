"""What kind of paper a holding is: what its file says, else what its description says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import pandas as pd

from screener.matching.description import parse
from screener.settings import shipped_toml

# "Equity" in a file covers receipts and funds too; a description that says ADR or ETF is the more exact of the two.
_LOOSE: Final = ("", "equity")


def instruments_of(holdings: pd.DataFrame) -> pd.DataFrame:
    """Columns instrument, issue_date, maturity of ``holdings`` (a frame of Holdings), with its index."""
    described = parse(holdings["name"].drop_duplicates())
    by_name = described.set_index("name") if "name" in described else described
    said, names = holdings["asset_class"], holdings["name"]
    guessed = names.map(by_name["instrument"]).fillna("")
    maturity = names.map(by_name["maturity"]).fillna("")
    # Units are often shares bundled together: the word alone makes no fund of what the file calls a share.
    guessed = guessed.mask((said == "equity") & (guessed == "fund"), "")
    exact = guessed.where(said.isin(_LOOSE) & (guessed != ""), said)
    fund = _has_word(names, "always") | ((said == "") & _has_word(names, "alone"))
    return pd.DataFrame(
        {
            "instrument": exact.mask(fund & exact.isin(_LOOSE), "fund"),
            "issue_date": holdings["issue_date"],
            "maturity": holdings["maturity"].where(holdings["maturity"] != "", maturity),
        }
    )


def _has_word(names: pd.Series[str], key: str) -> pd.Series[bool]:
    distinct = names.drop_duplicates()
    return names.isin(distinct[distinct.str.contains(_words(key))])


@cache
def _words(key: str) -> re.Pattern[str]:
    table = shipped_toml("vocabulary/funds.toml")
    words, after = _either(table[key]), _either(table["not_before"])
    return re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])(?! (?:{after}))", re.IGNORECASE)


def _either(words: Sequence[str]) -> str:
    return "|".join(map(re.escape, words))
