"""Looking things up: one security by hand, one entity of the list with its whole story."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from screener.contracts import checked, columns
from screener.errors import UsageError
from screener.holdings.model import Holdings
from screener.identifiers import normal
from screener.lists import conflicts, mentioned
from screener.lists import find_entities as named
from screener.lists.linking import SAME_AS
from screener.lists.model import Restricted
from screener.matching import Aids, NameIndex
from screener.rules.days import in_words
from screener.rules.decision import Rules
from screener.rules.entries import events_of
from screener.rules.ownership import Ownership
from screener.rules.programmes import Programme
from screener.rules.timeline import Event, Status, status
from screener.screening import Screening, screen

__all__ = ["check", "closest", "find_entities", "mentioned", "story"]

_IDENTIFIERS = ("isin", "cusip", "sedol", "figi", "lei", "wkn")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of an entity's story; ``computed`` when a rule gives the day and no document prints it."""

    day: date
    what: str
    source: str
    computed: bool


@dataclass(frozen=True, slots=True)
class Span:
    """How a listing stood from ``since`` up to the day before ``until`` (None: to this day and on).

    ``phase`` is ``proposed``, ``before`` it took effect, in the ``window`` for divestment, ``after``, or ``released``.
    """

    phase: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class ListingStory:
    """One listing of an entity from beginning to end, and how it stands on the day asked for."""

    programme: str
    list: str
    printed: str
    entries: tuple[TimelineEntry, ...]
    stands: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityStory:
    """An entity as the list holds it."""

    entity_id: str
    name: str
    names: tuple[str, ...]
    identifiers: tuple[str, ...]
    links: tuple[str, ...]
    note: str
    conflicts: tuple[str, ...]
    listings: tuple[ListingStory, ...]


def check(
    said: Mapping[str, str],
    restricted: Restricted,
    rules: Rules,
    ownership: Ownership | None = None,
    aids: Aids | None = None,
) -> Screening:
    """Screen one security from what is known of it (``name``, ``isin``, ``ticker`` ... as columns of Holdings)."""
    holding: dict[str, object] = dict.fromkeys(columns(Holdings), "")
    holding.update(file="check", sheet="", row=1, hidden=False)
    holding.update(dict.fromkeys(("quantity", "price", "market_value", "weight")))
    holding.update({key: normal(value) if key in _IDENTIFIERS else value for key, value in said.items()})
    return screen(checked(Holdings, pd.DataFrame([holding])), restricted, rules, ownership, aids=aids)


def closest(name: str, restricted: Restricted, as_of: date, aids: Aids | None = None) -> pd.DataFrame:
    """Listed names nearest to ``name`` although none of them is a match: columns name, score, why."""
    begun = restricted.begun_by(as_of)
    return (aids or Aids()).index_of(begun.names).explain(name)


def find_entities(restricted: Restricted, text: str) -> list[str]:
    """Ids of the entities that ``text`` names: an id, an identifier in any form, or part of a name.

    Raises UsageError with the nearest names when there is none.
    """
    found = named(restricted, text)
    if not found:
        near = NameIndex.build(restricted.names).explain(text)["name"].head(3).tolist()
        hint = f"Nearest names: {'; '.join(near)}." if near else ""
        raise UsageError(f"No listed entity is called '{text}'", hint)
    return found


def story(restricted: Restricted, entity_id: str, rules: Rules) -> EntityStory:
    """The whole story of one entity: names, identifiers, and every listing with its dated events."""
    entity = restricted.entities.set_index("entity_id").loc[entity_id]
    names = restricted.names[restricted.names["entity_id"] == entity_id]
    identifiers = restricted.identifiers[restricted.identifiers["entity_id"] == entity_id]
    weak = names["quality"].map({"weak": " (weak alias)", "strong": ""})
    return EntityStory(
        entity_id=entity_id,
        name=str(entity["name"]),
        names=tuple(_once(names["name"] + weak)),
        identifiers=tuple(identifiers["scheme"].str.upper() + " " + identifiers["value"]),
        links=tuple(_links(restricted, entity_id)),
        note=str(entity["note"]),
        conflicts=tuple(_conflicts(restricted, entity_id)),
        listings=tuple(_listings(restricted, entity_id, rules)),
    )


def _once(names: pd.Series[str]) -> list[str]:
    """Names that differ in more than capitals."""
    return names[~names.str.casefold().duplicated()].tolist()


def _links(restricted: Restricted, entity_id: str) -> list[str]:
    """Relations in words, with the names of entities that are linked by their ids."""
    links = restricted.links[restricted.links["entity_id"] == entity_id]
    names = restricted.entities.set_index("entity_id")["name"]
    by_id = links["other"].map(names)
    others = (by_id + " [" + links["other"] + "]").where(by_id.notna(), links["other"])
    others = others.where(links["relation"] != SAME_AS, links["other"])
    told = pd.DataFrame(
        {"text": links["relation"].str.replace("_", " ") + ": " + others, "by_id": by_id.notna()}
    )
    # A relation that is printed as a name and again as an id is told once, with the id.
    plain = told["text"].str.replace(r" \[[^\]]*\]$", "", regex=True)
    told = told.assign(key=plain.str.casefold()).sort_values("by_id", ascending=False, kind="stable")
    return told.drop_duplicates("key").sort_index()["text"].tolist()


def _conflicts(restricted: Restricted, entity_id: str) -> Iterator[str]:
    """Identifiers of the entity that another one claims as well."""
    found = conflicts(restricted)
    ours = found.loc[found["entity_id"] == entity_id, ["scheme", "value"]]
    others = found[found["entity_id"] != entity_id].merge(ours, on=["scheme", "value"])
    columns = (others[name] for name in ("scheme", "printed", "name", "entity_id", "lists"))
    for scheme, printed, name, other, lists in zip(*columns, strict=True):
        yield f"{str(scheme).upper()} {printed} is also printed for {name} [{other}], on {lists}"


def _listings(restricted: Restricted, entity_id: str, rules: Rules) -> list[ListingStory]:
    citations = restricted.sources.set_index("source_id")["citation"]
    told = []
    rows = restricted.listings[restricted.listings["entity_id"] == entity_id]
    events = events_of(restricted, set(rows["listing_id"]))
    for row in rows.itertuples(index=False):
        programme = rules.programmes.get(str(row.programme))
        of_listing = events.get(str(row.listing_id), [])
        entries = [
            TimelineEntry(one.when.day, _what(one), str(citations.get(one.source_id, "")), computed=False)
            for one in of_listing
        ]
        entries += _computed(of_listing, programme)
        now = status(of_listing, programme, rules.as_of)
        told.append(
            ListingStory(
                programme=str(row.programme),
                list=str(row.list),
                printed=str(row.printed),
                entries=tuple(sorted(entries, key=lambda entry: entry.day)),
                stands=f"On {in_words(rules.as_of)}: {_standing(now)}",
                spans=_spans(of_listing, programme, {entry.day for entry in entries}),
            )
        )
    return sorted(told, key=lambda listing: listing.entries[0].day)


def _spans(events: Sequence[Event], programme: Programme | None, days: Collection[date]) -> tuple[Span, ...]:
    """The phases of a listing one after the other; they change only on the days of its events and the days between."""
    turns = sorted({*days, *(day + timedelta(days=1) for day in days)})
    phases = [(day, _phase(status(events, programme, day))) for day in turns]
    changed = [
        (day, phase)
        for (day, phase), before in zip(phases, ["", *(phase for _, phase in phases)], strict=False)
        if phase != before
    ]
    ends = [*(day for day, _ in changed[1:]), None]
    return tuple(Span(phase, day, end) for (day, phase), end in zip(changed, ends, strict=True) if phase)


def _phase(stands: Status) -> str:
    if stands.state == "listed":
        return stands.phase
    return {"unlisted": "", "proposed": "proposed"}.get(stands.state, "released")


def _standing(now: Status) -> str:
    if now.state != "listed":
        return now.state
    if now.phase == "before" and now.effective:
        return f"listed, in effect from {in_words(now.effective)}"
    if now.phase == "window" and now.until:
        return f"in effect, window for divestment open to {in_words(now.until)}"
    return "in effect" + (", window for divestment closed" if now.until else "")


def _what(event: Event) -> str:
    words = {"effective": "purchases barred", "wind_down_end": "end of the window for divestment"}
    name = words.get(event.event, event.event.replace("_", " "))
    clock = (
        f" at {event.when.at:%H:%M} {event.when.zone.split('/')[-1].replace('_', ' ')} time"
        if event.when.at
        else ""
    )
    return f"{name}{clock}" + (f": {event.note}" if event.note else "")


def _computed(events: Sequence[Event], programme: Programme | None) -> list[TimelineEntry]:
    """Days that follow from a listing by the programme's day counts where the list prints none."""
    if programme is None or any(event.event == "effective" for event in events):
        return []
    entries = []
    for listed in (event.when.day for event in events if event.event == "listed"):
        timing = programme.timing_for(listed)
        for what, when in (
            ("purchases due to be barred", timing.effective(listed) if timing else None),
            ("window for divestment due to end", timing.window_end(listed) if timing else None),
        ):
            if when and timing:
                entries.append(TimelineEntry(when.day, what, timing.basis, computed=True))
    return entries
