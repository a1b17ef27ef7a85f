"""Events of a listing that cannot have happened in the order of their days: said, never put right in silence."""

from __future__ import annotations

from typing import Final

import pandas as pd

from screener.lists.model import Restricted

_MOST_NAMED: Final = 5
# What must not come before what. The first of each kind is compared, so a second listing is no remark.
_AFTER: Final = (
    ("effective", "listed"),
    ("wind_down_end", "effective"),
    ("wind_down_end", "listed"),
    ("enjoined", "listed"),
    ("stay_lifted", "enjoined"),
    ("vacated", "listed"),
    ("removed", "listed"),
    ("licence_to", "licence_from"),
)


def out_of_order(restricted: Restricted) -> tuple[str, ...]:
    """A sentence for each listing with an event before another that it follows; the first few, then how many more."""
    events = restricted.events[restricted.events["listing_id"].isin(restricted.listings["listing_id"])]
    known = [name for pair in _AFTER for name in pair]
    days = events[events["event"].isin(known)].assign(day=events["at"].str[:10])
    first = days.groupby(["listing_id", "event"])["day"].min().unstack()
    told = [sentence for later, earlier in _AFTER for sentence in _told(first, later, earlier)]
    more = (
        [f"{len(told) - _MOST_NAMED:,} more listings have events out of order"]
        if len(told) > _MOST_NAMED
        else []
    )
    return (*told[:_MOST_NAMED], *more)


def _told(first: pd.DataFrame, later: str, earlier: str) -> list[str]:
    if later not in first or earlier not in first:
        return []
    wrong = first[(first[later] < first[earlier]).fillna(False)]
    words = [name.replace("_", " ") for name in (later, earlier)]
    return [
        f"List entry {listing}: {words[0]} on {row[later]} is before {words[1]} on {row[earlier]}; the dates that follow "
        "from it may be wrong, check them with the publisher"
        for listing, row in wrong.sort_index().iterrows()
    ]
