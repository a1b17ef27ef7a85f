"""What a new file means beside the last one: who left the list, who joined, and what the days of that are.

A publisher's file is a state, not a history. Two files give what neither says: an entry that is gone was removed
between the two; an entry without a day of designation that was not in the last file was designated between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from screener.lists.model import Restricted
from screener.lists.parsed import UNDATED, Parsed

_GONE: Final = "no longer in the file of"
_KEYS: Final = {
    "entities": ["entity_id"],
    "names": ["entity_id", "name"],
    "identifiers": ["entity_id", "scheme", "value"],
    "links": ["entity_id", "relation", "other"],
    "listings": ["listing_id"],
    "sources": ["source_id"],
}


@dataclass(frozen=True, slots=True)
class Before:
    """The tables of the last version and the day it was published; ``dated`` when file or server stated that day."""

    tables: Restricted
    published: date
    dated: bool = True


def succeeded(parsed: Parsed, before: Before | None) -> Restricted:
    """The tables of a new version: what ``parsed`` says, and what ``before`` adds to it.

    Entries that are no longer in the file stay, with an event ``removed`` on the day of the file; an undated entry
    keeps the day on which it was first seen.
    """
    frames: dict[str, Any] = {name: getattr(parsed, name) for name in _KEYS} | {"events": parsed.events}
    if before is None:
        return Restricted(**frames, datasets=())
    frames["events"] = _events(parsed, before)
    for name in ("entities", "listings", "names", "identifiers", "links"):
        frames[name] = _with_gone(frames[name], getattr(before.tables, name), parsed, name)
    used = {
        value
        for name in ("names", "identifiers", "listings", "events", "links")
        for value in frames[name]["source_id"]
    }
    both = pd.concat([frames["sources"], before.tables.sources]).drop_duplicates("source_id")
    frames["sources"] = both[both["source_id"].isin(used)].reset_index(drop=True)
    return Restricted(**frames, datasets=())


def removed_now(parsed: Parsed, before: Before) -> pd.Series[str]:
    """Listings of the last version, not yet ended, that are not in the new file."""
    old = before.tables.listings["listing_id"]
    gone = old[~old.isin(set(parsed.listings["listing_id"]))]
    return gone[~gone.isin(_ended(before.tables.events))]


def added_now(parsed: Parsed, before: Before) -> pd.Series[str]:
    """Listings of the new file that were not in the last one, or had ended there."""
    old = before.tables.listings["listing_id"]
    live = set(old) - _ended(before.tables.events)
    return parsed.listings.loc[~parsed.listings["listing_id"].isin(live), "listing_id"]


def _ended(events: pd.DataFrame) -> set[str]:
    """Listings that an earlier succession found gone and that have not come back since."""
    derived = events[
        events["note"].str.startswith(_GONE) | events["note"].str.startswith("again in the file of")
    ]
    last = derived.sort_values("at", kind="stable").drop_duplicates("listing_id", keep="last")
    return set(last.loc[last["event"] == "removed", "listing_id"])


def _with_gone(new: pd.DataFrame, old: pd.DataFrame, parsed: Parsed, name: str) -> pd.DataFrame:
    """Rows of entities and listings that the new file no longer has, beside the new rows."""
    if name == "listings":
        kept = old[~old["listing_id"].isin(set(new["listing_id"]))]
    else:
        kept = old[~old["entity_id"].isin(set(parsed.entities["entity_id"]))]
    both = pd.concat([new, kept], ignore_index=True)
    return both.drop_duplicates(_KEYS[name]).reset_index(drop=True)


def _events(parsed: Parsed, before: Before) -> pd.DataFrame:
    new, old = parsed.events, before.tables.events
    live = set(parsed.listings["listing_id"])
    ended = _ended(old)
    undated = new["note"].str.contains(UNDATED, regex=False) & (new["event"] == "listed")
    seen_before = new["listing_id"].isin(set(old["listing_id"]))
    told = old[old["listing_id"].isin(live)]
    # An undated entry that we have seen before began when we first saw it, not today.
    first_seen = told[
        told["listing_id"].isin(set(new.loc[undated, "listing_id"])) & (told["event"] == "listed")
    ]
    derived = told[told["note"].str.startswith(_GONE) | told["note"].str.startswith("again in the file of")]
    joined = new[undated & ~seen_before].assign(note=_between(parsed, before))
    kept = new[~undated]
    back = _rows(parsed, sorted(live & ended), "listed", f"again in the file of {parsed.published}")
    gone = old[~old["listing_id"].isin(live)]
    note = f"{_GONE} {parsed.published}; it was in that of {before.published}"
    left = _rows(parsed, list(removed_now(parsed, before)), "removed", note)
    parts = [kept, joined, first_seen, derived, back, gone, left]
    both = (
        pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else new
    )
    return both.drop_duplicates(["listing_id", "event", "at", "note"]).reset_index(drop=True)


def _between(parsed: Parsed, before: Before) -> str:
    return (
        f"in the file of {parsed.published} and not in that of {before.published}: designated between the two"
    )


def _rows(parsed: Parsed, listing_ids: list[str], event: str, note: str) -> pd.DataFrame:
    source = parsed.sources["source_id"].iloc[0]
    at = parsed.published.isoformat()
    columns = ["listing_id", "event", "at", "source_id", "note"]
    return pd.DataFrame([(one, event, at, source, note) for one in listing_ids], columns=columns, dtype=str)
