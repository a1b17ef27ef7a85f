"""What flows in and out of matching.

Matching works on *distinct* securities: a security held in four hundred portfolios is matched once.
"""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa
from pandera.typing import Series

from screener.contracts import Frame

SECURITY_COLUMNS: Final = (
    "name",
    "ticker",
    "exchange",
    "isin",
    "cusip",
    "sedol",
    "figi",
    "lei",
    "wkn",
    "ric",
    "country",
)


class Securities(Frame):
    """Distinct securities to be matched; ``security_id`` numbers them within one run."""

    security_id: Series[int] = pa.Field(unique=True, ge=0)
    name: Series[str]
    ticker: Series[str]
    exchange: Series[str]
    isin: Series[str]
    cusip: Series[str]
    sedol: Series[str]
    figi: Series[str]
    lei: Series[str]
    wkn: Series[str]
    ric: Series[str]
    country: Series[str]


class Matches(Frame):
    """A security that met an entry (a listing) of the list, with both sides and the reason in words.

    ``tier`` is ``match`` (act on it) or ``review`` (a person must decide); ``score`` is in [0, 1];
    ``method`` names the evidence (``isin``, ``ticker``, ``name`` ...), ``+`` between several.
    """

    security_id: Series[int]
    entity_id: Series[str]
    listing_id: Series[str]
    tier: Series[str] = pa.Field(isin=("match", "review"))
    score: Series[float] = pa.Field(ge=0, le=1)
    method: Series[str]
    ours: Series[str]
    theirs: Series[str]
    why: Series[str]


class NameMatches(Frame):
    """A printed security name that met an entity by one of its names.

    Several rows a query are possible; the best comes first within a query.
    """

    query: Series[str]
    entity_id: Series[str]
    name: Series[str]
    score: Series[float] = pa.Field(ge=0, le=1)
    tier: Series[str] = pa.Field(isin=("match", "review"))
    why: Series[str]
