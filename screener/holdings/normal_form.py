"""Holdings in the normal form that other programs read: the columns of ``holdings.csv``."""

from __future__ import annotations

from typing import Final

import pandas as pd

COLUMNS: Final = (
    "file", "sheet", "row", "portfolio", "name", "ticker", "exchange", "isin", "cusip", "sedol", "figi", "lei",
    "asset_class", "country", "quantity", "price", "market_value", "currency", "weight",
)  # fmt: skip


def to_csv_frame(holdings: pd.DataFrame) -> pd.DataFrame:
    """``holdings`` with the columns of ``holdings.csv``; where there is no ticker the RIC or the WKN stands in for it."""
    frame = holdings.copy()
    for spare in ("ric", "wkn"):
        frame["ticker"] = frame["ticker"].where(frame["ticker"] != "", frame[spare])
    return frame.loc[:, list(COLUMNS)]
