"""What flows in and out of deciding: hits in, findings out, and the codes that other programs read."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa
from pandera.typing import Series

from screener.contracts import Frame

# Worst first: a holding's own action is the worst of its findings.
ACTIONS: Final = (
    "BLOCK",
    "HOLD",
    "DIVEST",
    "NO_BUY",
    "PENDING",
    "REVIEW",
    "INFO",
    "NOT_BOUND",
    "RELEASED",
    "CLEAR",
)
NEEDS_ACTION: Final = ("BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING", "REVIEW")


class Hits(Frame):
    """A holding that met an entry of the restricted list; ``instrument`` is one of ASSET_CLASSES of holdings.

    ``share`` is "" for what is held directly; for a fund that holds the listed security it is the part of its value
    that is restricted under the programme, as ``fund_shares.Share`` writes it.
    """

    holding: Series[int]  # position in the Holdings frame
    listing_id: Series[str]
    tier: Series[str] = pa.Field(isin=("match", "review"))
    instrument: Series[str]
    issue_date: Series[str]
    maturity: Series[str]
    share: Series[str]


class Decisions(Frame):
    """One row a hit and listing: what the investor may do with the holding because of that listing on that day.

    ``until`` is the last day on which a sale is allowed, ``effective`` the day the bar begins (ISO days or "").
    ``basis`` cites statute, order and list; ``why`` gives status and date arithmetic in words. The long texts are objects:
    a million rows share the few thousand texts of their cases, and none is copied.
    """

    holding: Series[int]
    listing_id: Series[str]
    action: Series[str] = pa.Field(isin=ACTIONS)
    mandatory: Series[str] = pa.Field(isin=("", "yes", "no"))
    until: Series[str]
    effective: Series[str]
    status: Series[str]
    since: Series[str]  # the day of the event that put the listing in this status
    programme: Series[str]
    list: Series[object]
    basis: Series[object]
    why: Series[object]
    printed: Series[object]  # the list's own words for the entity
    barred: Series[bool]  # another rule's bar on sale has taken the place of what this listing allowed
    sources: Series[object]  # citations with addresses, one a line
    possible: Series[str]  # what a REVIEW turns out to be once its doubt is settled, where that is known
