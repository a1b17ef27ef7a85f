"""The restricted list: entities, what they are called, and the dated events of their listings.

A dataset is a set of small tables joined by ``entity_id``, ``listing_id`` and ``source_id``. Text columns are
never null. The status of a listing on a day is never stored: ``rules.timeline`` computes it from the events.

An event's ``at`` is an ISO day (``2021-01-14``) or a local instant with its zone
(``2021-08-02T00:01 America/New_York``), as the source states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd
import pandera.pandas as pa
from pandera.typing import DataFrame, Series

from screener.contracts import Frame, Model, checked

EVENTS: Final = (
    "proposed",
    "listed",
    "reached",  # a rule reaches the entity although no list names it
    "effective",
    "wind_down_end",
    "amended",
    "licence_from",
    "licence_to",
    "enjoined",
    "stay_lifted",
    "vacated",
    "withdrawn",
    "removed",
)
SCHEMES: Final = (
    "isin",
    "ticker",
    "cusip",
    "sedol",
    "figi",
    "lei",
    "wkn",
    "ric",
    "uscc",
    "registration",
    "cik",
)
KINDS: Final = ("company", "person", "vessel", "aircraft", "security", "state_body", "unknown")
MARKS: Final = ("primary", "secondary", "computed", "unverified")


class Entities(Frame):
    """One row a restricted entity; ``name`` is its first name, ``country`` ISO 3166 alpha-2 codes, ``;`` between."""

    entity_id: Series[str] = pa.Field(unique=True, str_length={"min_value": 1})
    name: Series[str] = pa.Field(str_length={"min_value": 1})
    kind: Series[str] = pa.Field(isin=KINDS)
    country: Series[str]
    note: Series[str]


class Names(Frame):
    """Every name of every entity, the first one included; ``weak`` ones are acronyms and nicknames."""

    entity_id: Series[str]
    name: Series[str] = pa.Field(str_length={"min_value": 1})
    quality: Series[str] = pa.Field(isin=("strong", "weak"))
    source_id: Series[str]


class Identifiers(Frame):
    """Identifiers exactly as the list prints them; validity is judged by whoever compares them."""

    entity_id: Series[str]
    scheme: Series[str] = pa.Field(isin=SCHEMES)
    value: Series[str] = pa.Field(str_length={"min_value": 1})
    source_id: Series[str]


class Listings(Frame):
    """An entity's place on one list; ``printed`` is the list's own words for it."""

    listing_id: Series[str] = pa.Field(unique=True)
    entity_id: Series[str]
    programme: Series[str]
    list: Series[str]
    printed: Series[str]
    source_id: Series[str]


class Events(Frame):
    """What happened to a listing, when, and which document says so."""

    listing_id: Series[str]
    event: Series[str] = pa.Field(isin=EVENTS)
    at: Series[str] = pa.Field(str_matches=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d [A-Za-z_]+/[A-Za-z_]+)?$")
    source_id: Series[str]
    note: Series[str]


class Links(Frame):
    """Relations a list states: ``relation`` such as ``linked_to`` or ``parent``, ``other`` an entity or a name."""

    entity_id: Series[str]
    relation: Series[str]
    other: Series[str]
    source_id: Series[str]


class Sources(Frame):
    """The documents behind names, identifiers and events."""

    source_id: Series[str] = pa.Field(unique=True)
    citation: Series[str] = pa.Field(str_length={"min_value": 1})
    url: Series[str]
    published: Series[str]
    mark: Series[str] = pa.Field(isin=MARKS)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One source that the restricted list was built from, as a report states it."""

    name: str
    title: str
    version: str  # content hash
    kept_to: date  # facts after this day are not in it
    entries: int
    programmes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restricted:
    """The restricted list as tables, with the datasets it was built from."""

    entities: DataFrame[Entities]
    names: DataFrame[Names]
    identifiers: DataFrame[Identifiers]
    listings: DataFrame[Listings]
    events: DataFrame[Events]
    links: DataFrame[Links]
    sources: DataFrame[Sources]
    datasets: tuple[Dataset, ...]

    def begun_by(self, as_of: date) -> Restricted:
        """The part that had any event on or before ``as_of``: the only part that can matter on that day.

        Leaving out later listings keeps a namesake that joined the list afterwards from taking the place of
        the entity that was on it.
        """
        begun = self.events["at"].str[:10] <= as_of.isoformat()
        return self._with_listings(self.listings["listing_id"].isin(self.events.loc[begun, "listing_id"]))

    def without(self, programmes: set[str]) -> Restricted:
        """The part that is not on the lists of ``programmes``."""
        return self._with_listings(~self.listings["programme"].isin(programmes))

    def _with_listings(self, chosen: pd.Series[bool]) -> Restricted:
        listings = self.listings[chosen].reset_index(drop=True)
        kept = listings["entity_id"].unique().tolist()
        return replace(
            self,
            entities=_of(Entities, self.entities, kept),
            names=_of(Names, self.names, kept),
            identifiers=_of(Identifiers, self.identifiers, kept),
            listings=checked(Listings, listings),
        )


def _of(model: type[Model], table: pd.DataFrame, entity_ids: Sequence[str]) -> DataFrame[Model]:
    return checked(model, table[table["entity_id"].isin(entity_ids)].reset_index(drop=True))
