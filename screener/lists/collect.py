"""The collector that all parsers fill: entities, names and claims in, checked tables out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from screener.contracts import checked, columns
from screener.lists.model import Entities, Events, Identifiers, Links, Listings, Names, Sources
from screener.lists.parsed import UNDATED, Parsed, Reading, Unread


@dataclass(slots=True)
class Entry:
    """One entity as a parser hands it to the collector."""

    entity_id: str
    name: str
    kind: str
    countries: Iterable[str] = ()
    note: str = ""


@dataclass(slots=True)
class Claim:
    """That an entity is on a list: the publisher's code, the list's title, its own words, and the dated events.

    ``events`` are (event, at, note); a claim without any begins on the day of the file, and says so.
    """

    entity_id: str
    code: str
    title: str
    printed: str
    events: list[tuple[str, str, str]] = field(default_factory=list)
    shown: str = ""  # the publisher's codes to print beside the name, when not just ``code``


class Collector:
    """Collects the rows of one source and turns them into checked tables."""

    def __init__(self, reading: Reading, published: date) -> None:
        self.reading, self.published = reading, published
        self._entities: dict[str, tuple[str, str, set[str], str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._identifiers: dict[tuple[str, str, str], None] = {}
        self._claims: dict[tuple[str, str], list[Claim]] = {}
        self._links: dict[tuple[str, str, str], None] = {}
        self._unread: Counter[tuple[str, str, str, str, str]] = Counter()
        self._places: dict[tuple[str, str, str, str, str], str] = {}
        self.fields = self.understood = self.codes = self.codes_known = 0

    def entity(self, entry: Entry) -> None:
        """Takes an entity and its first name; a second entry of the same id adds its countries.

        An entry without a name keeps its place under its number, and is reported as an error.
        """
        name = " ".join(entry.name.split())
        if not name:
            reason = "this entry has no name; its number stands for it"
            self.unread("row", "", reason, place=entry.entity_id, severity="error")
            name = entry.entity_id
        found = self._entities.setdefault(entry.entity_id, (name, entry.kind, set(), entry.note))
        found[2].update(entry.countries)
        self.name(entry.entity_id, name)

    def name(self, entity_id: str, name: str, *, weak: bool = False) -> None:
        """Takes a name; a name that is printed both weak and strong is strong."""
        text = " ".join(name.split())
        if not text:
            return
        if weak:
            self._names.setdefault((entity_id, text), "weak")
        else:
            self._names[entity_id, text] = "strong"

    def identifier(self, entity_id: str, scheme: str, value: str) -> None:
        """Takes an identifier exactly as printed, without surrounding blanks."""
        if value.strip():
            self._identifiers[entity_id, scheme, value.strip()] = None

    def country(self, entity_id: str, countries: Iterable[str]) -> None:
        """Adds countries to an entity already taken."""
        self._entities[entity_id][2].update(countries)

    def link(self, entity_id: str, relation: str, other: str) -> None:
        """Takes a relation that the list states."""
        if other.strip():
            self._links[entity_id, relation, other.strip()] = None

    def mend_links(self) -> None:
        """Gives back the full stop that ends a name (``CO., LTD.``) where the end of the remarks took it."""
        firsts = {name for name, *_ in self._entities.values()}
        self._links = {
            (ours, relation, f"{other}." if other not in firsts and f"{other}." in firsts else other): None
            for ours, relation, other in self._links
        }

    def claim(self, claim: Claim) -> None:
        """Takes a place on a list; codes of one programme become one listing."""
        self.code(claim.code, claim.entity_id)
        programme = self.reading.codes.programme(claim.code)
        self._claims.setdefault((claim.entity_id, programme), []).append(claim)

    def code(self, code: str, place: str, taken_as: str = "") -> None:
        """Counts a publisher's programme code, and reports one that is not known, with what it was ``taken_as``."""
        codes = self.reading.codes
        self.codes += 1
        self.codes_known += not code or code in codes.known
        if code and code not in codes.known:
            taken_as = taken_as or codes.programme(code)
            reason = f"this programme code is not in [codes] of lists.toml; taken as {taken_as}"
            self.unread("programme", code, reason, place=place)

    def unread(
        self,
        what: str,
        value: str,
        reason: str,
        *,
        place: str = "",
        file: str = "",
        severity: str = "warning",
    ) -> None:
        """Reports something that was not understood."""
        key = (file, what, value[:300], reason, severity)
        self._unread[key] += 1
        self._places.setdefault(key, place)

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._entities

    def __len__(self) -> int:
        return len(self._entities)

    def done(self) -> Parsed:
        """The tables, checked against their contracts."""
        source = self._source_id()
        return Parsed(
            entities=_table(Entities, self._entity_rows()),
            names=_table(Names, [(*key, quality, source) for key, quality in self._names.items()]),
            identifiers=_table(Identifiers, [(*key, source) for key in self._identifiers]),
            listings=_table(Listings, [self._listing(key, claims) for key, claims in self._claims.items()]),
            events=_table(Events, [row for item in self._claims.items() for row in self._events(*item)]),
            links=_table(Links, [(*key, source) for key in self._links]),
            sources=_table(Sources, [self._source_row()]),
            unread=_table(Unread, self._unread_rows()),
            published=self.published,
            fields=self.fields,
            understood=self.understood,
            codes=self.codes,
            codes_known=self.codes_known,
        )

    def _source_id(self) -> str:
        return f"{self.reading.source}@{self.published}"

    def _source_row(self) -> tuple[str, str, str, str, str]:
        day = self.published.isoformat()
        citation = f"{self.reading.title}, file of {day}"
        return (self._source_id(), citation, self.reading.url, day, "primary")

    def _entity_rows(self) -> list[tuple[str, ...]]:
        return [
            (entity_id, name, kind, ";".join(sorted(countries)), note)
            for entity_id, (name, kind, countries, note) in self._entities.items()
        ]

    def _listing(self, key: tuple[str, str], claims: list[Claim]) -> tuple[str, ...]:
        entity_id, programme = key
        codes = "; ".join(dict.fromkeys(filter(str.strip, (claim.shown or claim.code for claim in claims))))
        printed = claims[0].printed + (f" [{codes}]" if codes else "")
        return (_listing_id(*key), entity_id, programme, claims[0].title, printed, self._source_id())

    def _events(self, key: tuple[str, str], claims: list[Claim]) -> list[tuple[str, ...]]:
        dated = dict.fromkeys(event for claim in claims for event in claim.events)
        begun = any(event == "listed" for event, _, _ in dated)
        rows = _earliest_listing(list(dated))
        if not begun:
            rows.insert(0, ("listed", self.published.isoformat(), self._undated_note()))
        return [(_listing_id(*key), event, at, self._source_id(), note) for event, at, note in rows]

    def _undated_note(self) -> str:
        return f"on the list in the file of {self.published}; {UNDATED}"

    def _unread_rows(self) -> list[tuple[Any, ...]]:
        return [
            (file, self._places[file, what, value, reason, severity], what, value, reason, severity, times)
            for (file, what, value, reason, severity), times in self._unread.items()
        ]


def _earliest_listing(events: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The first ``listed`` event stays one; later ones (further codes of the same programme) are ``amended``."""
    first = min((at for event, at, _ in events if event == "listed"), default="")
    kept = [
        ("amended" if event == "listed" and at != first else event, at, note) for event, at, note in events
    ]
    once = {
        (event, at) if event == "listed" else (event, at, note): (event, at, note) for event, at, note in kept
    }
    return sorted(once.values(), key=lambda row: (row[1][:10], row[0] != "listed"))


def _listing_id(entity_id: str, programme: str) -> str:
    return f"{entity_id}/{programme}"


def _table(model: type[Any], rows: list[Any]) -> Any:
    frame = pd.DataFrame(rows, columns=columns(model))
    if model is Unread:
        return checked(model, frame.astype({name: int if name == "times" else str for name in frame}))
    return checked(model, frame.astype(str))
