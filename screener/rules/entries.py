"""Listings as rules look at them: each with its programme, the list's own words, its dated events and its sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from screener.lists.model import Restricted
from screener.rules.days import When
from screener.rules.timeline import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """A listing as the list prints it: its programme's code, the list's own words, its dated events."""

    programme: str
    events: Sequence[Event]
    printed: str = ""
    list: str = ""
    sources: str = ""


def entries_of(restricted: Restricted, listing_ids: set[str], as_of: date) -> dict[str, Entry]:
    """The listings named, each with its events and the citations of its sources.

    A document about what happened after ``as_of``, and published after it, proves nothing of that day: it is not cited.
    """
    listings = restricted.listings[restricted.listings["listing_id"].isin(listing_ids)]
    events = events_of(restricted, listing_ids)
    citations = _Citations.of(restricted)
    entries = {}
    for row in listings.itertuples(index=False):
        told = events.get(str(row.listing_id), [])
        proving = (one.source_id for one in told if one.when.day <= as_of or citations.out_by(one, as_of))
        sources = citations.lines([str(row.source_id), *proving])
        entries[str(row.listing_id)] = Entry(
            str(row.programme), told, str(row.printed), str(row.list), sources
        )
    return entries


def events_of(restricted: Restricted, listing_ids: set[str]) -> dict[str, list[Event]]:
    """The events of each listing, in the order of the list."""
    events: dict[str, list[Event]] = defaultdict(list)
    chosen = restricted.events[restricted.events["listing_id"].isin(listing_ids)]
    for row in chosen.itertuples(index=False):
        event = Event(str(row.event), When.parse(str(row.at)), str(row.source_id), str(row.note))
        events[str(row.listing_id)].append(event)
    return events


@dataclass(frozen=True, slots=True)
class _Citations:
    """Source documents by id, as lines for the report."""

    by_id: Mapping[str, str]
    published: Mapping[str, str]

    @classmethod
    def of(cls, restricted: Restricted) -> _Citations:
        rows = list(restricted.sources.itertuples(index=False))
        marks = {"secondary": " (secondary source)", "unverified": " (not verified)"}
        return cls(
            {
                str(row.source_id): f"{row.citation}{marks.get(str(row.mark), '')} {row.url}".strip()
                for row in rows
            },
            {str(row.source_id): str(row.published) for row in rows},
        )

    def out_by(self, event: Event, day: date) -> bool:
        """Whether the document behind ``event`` was published by ``day``; one without a day is taken to be."""
        return self.published.get(event.source_id, "") <= day.isoformat()

    def lines(self, source_ids: Sequence[str]) -> str:
        found = dict.fromkeys(self.by_id[one] for one in source_ids if one in self.by_id)
        return "\n".join(found)
