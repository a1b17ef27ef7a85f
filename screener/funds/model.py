"""Frames about funds: which were looked through, and what was met inside them."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa
from pandera.typing import Series

from screener.contracts import Frame
from screener.rules.model import ACTIONS

MOST_LEVELS: Final = 3  # a fund, a fund in it, and a fund in that


class Funds(Frame):
    """A row for every holding that is a fund; ``book`` is the file of what it holds, "" where there is none."""

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    security: Series[str]
    ticker: Series[str]
    isin: Series[str]
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]
    book: Series[str]
    holdings: Series[int]  # positions inside, over all levels
    known: Series[float] = pa.Field(nullable=True)  # percent of the value of which the positions are known
    note: Series[str]  # what was not opened, and why


class Exposures(Frame):
    """A listed security inside a fund that is held; ``chain`` leads from the holding to it.

    ``weight`` is its part of the value of the fund held in percent, ``market_value`` that part of the holding's value.
    """

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    security: Series[str]  # the fund that is held
    chain: Series[str]
    inside: Series[str]  # the security that met the list
    entity: Series[str]
    programme: Series[str]
    action: Series[str] = pa.Field(isin=ACTIONS)  # for the fund, because of this listing
    tier: Series[str]
    weight: Series[float] = pa.Field(nullable=True)
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]
