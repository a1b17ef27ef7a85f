"""Identifiers met: what a holding and an entry of the list both carry.

Both sides become *keys* (scheme and normal form), and are joined. One printed identifier gives several keys: a
U.S. ISIN contains a CUSIP, a British one a SEDOL, a German one a WKN, and the first six characters of a CUSIP (or
of the CINS number inside a Cayman or Bermuda ISIN) name the issuer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd
from pandera.typing import DataFrame, Series

from screener import tickers
from screener.contracts import Frame, checked, empty
from screener.identifiers import is_valid, normal
from screener.lists.model import Identifiers
from screener.matching.model import Securities

# Where the national number sits inside an ISIN (ISO 6166 annexes; the CINS convention of CUSIP Global Services
# for issuers whose country code is followed by a letter).
_INSIDE: Final = {
    "US": ("cusip", 2, 11),
    "CA": ("cusip", 2, 11),
    "GB": ("sedol", 4, 11),
    "DE": ("wkn", 5, 11),
}
_CINS: Final = (
    "KYG",
    "BMG",
    "VGG",
    "JEG",
    "GGG",
    "IMG",
    "MHY",
    "NLN",
    "LUL",
    "CHH",
    "ILM",
    "PAP",
    "SGY",
    "LRV",
)
_COLUMNS: Final = ("isin", "cusip", "sedol", "figi", "lei", "wkn")


class Evidence(Frame):
    """A security and an entity that carry the same identifier; ``ours`` and ``theirs`` as printed."""

    security_id: Series[int]
    entity_id: Series[str]
    kind: Series[str]  # a table [evidence.KIND] of config/matching.toml
    ours: Series[str]
    theirs: Series[str]
    source: Series[str]  # the reference file that says so; "" where both sides print it
    factor: Series[float]  # what the score of the kind is multiplied by


def identify(securities: DataFrame[Securities], identifiers: DataFrame[Identifiers]) -> DataFrame[Evidence]:
    """Every identifier that a security shares with an entity."""
    ours, theirs = security_keys(securities), entity_keys(identifiers)
    met = ours.merge(theirs, on=["kind", "key"])
    if met.empty:
        return empty(Evidence)
    met = met.drop_duplicates(["security_id", "entity_id", "kind", "key"])
    unchecked = (met["kind"] == "isin") & ~met["key"].map(lambda key: is_valid("isin", key)).astype(bool)
    met["kind"] = met["kind"].where(~unchecked, "isin_unchecked")
    return checked(Evidence, met.assign(source="", factor=1.0))


def security_keys(securities: DataFrame[Securities]) -> pd.DataFrame:
    """Columns security_id, kind, key, ours."""
    parts = [
        _exploded(securities["security_id"], securities[column], column, "security_id") for column in _COLUMNS
    ]
    for column in ("ticker", "ric"):
        keys = tickers.parse_columns(securities[column], securities["exchange"], securities["country"])
        parts.append(_ticker_rows(securities["security_id"], securities[column], keys, "security_id"))
    return pd.concat(parts, ignore_index=True).rename(columns={"printed": "ours"})


def entity_keys(identifiers: DataFrame[Identifiers]) -> pd.DataFrame:
    """Columns entity_id, kind, key, theirs."""
    parts = []
    for scheme, rows in identifiers.groupby("scheme"):
        if scheme in ("ticker", "ric"):
            none = pd.Series("", index=rows.index, dtype="str")
            keys = tickers.parse_columns(rows["value"], none, none)
            parts.append(_ticker_rows(rows["entity_id"], rows["value"], keys, "entity_id"))
        elif scheme in _COLUMNS:
            parts.append(_exploded(rows["entity_id"], rows["value"], str(scheme), "entity_id"))
    columns = ["entity_id", "kind", "key", "printed"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns, dtype="str")
    return table.rename(columns={"printed": "theirs"})


def keys_of(scheme: str, printed: str) -> Iterator[tuple[str, str]]:
    """The keys (kind, normal form) that one printed identifier gives."""
    value = normal(printed)
    if not value:
        return
    yield scheme, value
    if scheme == "isin":
        yield from _keys_inside(value)
    if scheme == "cusip" and len(value) == 9:
        yield "issuer_number", value[:6]


def _keys_inside(isin: str) -> Iterator[tuple[str, str]]:
    if isin[:2] in _INSIDE:
        scheme, start, stop = _INSIDE[isin[:2]]
        inside = isin[start:stop]
        yield scheme, inside
        if scheme == "cusip":
            yield "issuer_number", inside[:6]
    elif isin[:3] in _CINS:
        yield "issuer_number", isin[2:8]


def _exploded(owners: pd.Series, printed: pd.Series[str], scheme: str, owner: str) -> pd.DataFrame:
    rows = pd.DataFrame({owner: owners, "printed": printed})
    rows = rows[rows["printed"] != ""]
    keys = {value: list(keys_of(scheme, value)) for value in rows["printed"].unique()}
    rows = rows.assign(found=rows["printed"].map(keys)).explode("found").dropna(subset="found")
    pairs = pd.DataFrame(rows["found"].tolist(), columns=["kind", "key"], index=rows.index, dtype="str")
    return pd.concat([rows[[owner, "printed"]], pairs], axis=1)


def _ticker_rows(
    owners: pd.Series, printed: pd.Series[str], keys: pd.Series[str], owner: str
) -> pd.DataFrame:
    """A code with its market is a ticker; besides, every code is known by itself, as a weak hint."""
    rows = pd.DataFrame({owner: owners, "printed": printed, "key": keys})
    rows = rows[rows["key"] != ""]
    full = rows[~rows["key"].str.endswith("|")].assign(kind="ticker")
    if owner == "entity_id":
        return pd.concat([full, _bare(rows)])
    return pd.concat([full, _bare(rows[rows["key"].str.endswith("|")])])


def _bare(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(kind="bare_code", key=rows["key"].str.replace(r"\|.*$", "", regex=True))
