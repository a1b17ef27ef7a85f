"""Entries beside those of the lists: how they are joined to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from screener.contracts import columns
from screener.lists.model import Entities, Events, Identifiers, Listings, Names, Restricted, Sources
from screener.rules.ownership import Party


@dataclass(frozen=True, slots=True)
class Further:
    """An entry to be added; ``source_id`` names its document, and its first part what it follows from."""

    party: Party
    programme: str
    list: str
    printed: str
    since: date
    note: str
    source_id: str

    @property
    def entity_id(self) -> str:
        """The same for every programme that reaches the party."""
        return f"{self.source_id.partition(':')[0]}:{self.party.key}"

    @property
    def listing_id(self) -> str:
        """One a programme."""
        return f"{self.entity_id}/{self.programme}"


def joined(
    restricted: Restricted, further: list[Further], sources: Sequence[tuple[str, ...]], *, named: bool = True
) -> Restricted:
    """``restricted`` with the rows of ``further``; entries that are not ``named`` are never met by name."""
    if not further:
        return restricted
    # One company may be owned by persons of several lists: it is one entity with several listings.
    parties = {one.entity_id: one.party for one in further}
    firsts = [(key, (party.names or (party.key,))[0], "company", "", "") for key, party in parties.items()]
    source = further[0].source_id
    names = [(key, name, "strong", source) for key, party in parties.items() for name in party.names]
    identifiers = [(key, *code, source) for key, party in parties.items() for code in party.identifiers]
    listings = [
        (one.listing_id, one.entity_id, one.programme, one.list, one.printed, one.source_id)
        for one in further
    ]
    events = [(one.listing_id, "reached", one.since.isoformat(), one.source_id, one.note) for one in further]
    return replace(
        restricted,
        entities=_more(Entities, restricted.entities, firsts),
        names=_more(Names, restricted.names, names if named else []),
        identifiers=_more(Identifiers, restricted.identifiers, identifiers if named else []),
        listings=_more(Listings, restricted.listings, listings),
        events=_more(Events, restricted.events, events),
        sources=_more(Sources, restricted.sources, sources),
    )


def _more(model: type[Any], table: pd.DataFrame, rows: Sequence[Any]) -> Any:
    if not rows:
        return table
    return pd.concat(
        [table, pd.DataFrame(list(rows), columns=columns(model), dtype="str")], ignore_index=True
    )
