"""The restricted list in force: the fetched lists and the shipped starter dataset as one, and what to warn of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.contracts import columns
from screener.errors import RestrictedListError
from screener.lists.config import ListsConfig
from screener.lists.health import overdue
from screener.lists.linking import linked
from screener.lists.model import (
    Dataset,
    Entities,
    Events,
    Identifiers,
    Links,
    Listings,
    Names,
    Restricted,
    Sources,
)
from screener.lists.parsed import UNDATED
from screener.lists.starter import load_starter
from screener.lists.store import Store, Version

_KEYS: Final[dict[str, tuple[type[Any], list[str]]]] = {
    "entities": (Entities, ["entity_id"]),
    "names": (Names, ["entity_id", "name"]),
    "identifiers": (Identifiers, ["entity_id", "scheme", "value"]),
    "listings": (Listings, ["listing_id"]),
    "events": (Events, ["listing_id", "event", "at", "note"]),
    "links": (Links, ["entity_id", "relation", "other"]),
    "sources": (Sources, ["source_id"]),
}


@dataclass(frozen=True, slots=True)
class Cautions:
    """What a report must say about the lists it used: amber, red, and what should stop the run (exit code 3)."""

    warnings: tuple[str, ...]
    failures: tuple[str, ...]
    refusals: tuple[str, ...]


def load_restricted(
    config: ListsConfig,
    as_known_on: date | None = None,
    *,
    starter: Callable[[], Restricted] = load_starter,
    versions: Mapping[str, str] | None = None,
) -> Restricted:
    """The lists in force, or those that had been fetched by the end of ``as_known_on``.

    With ``versions`` (content hash by source) exactly those are taken, and no source that is not named.

    Sources come in their order in the configuration, the starter dataset last. A programme that an earlier source
    covers is not taken from a later one; ``datasets`` says which programmes each source was used for. Companies on
    several lists are one entity with several listings.
    """
    store, covered = Store(config.folder), set[str]()
    parts: list[Restricted] = []
    for source in config.sources:
        version = _version(store, source.name, as_known_on, versions)
        if version is None:
            continue
        tables = _without(store.tables(version), covered)
        parts.append(replace(tables, datasets=(_dataset(source.title, version, tables),)))
        covered |= set(source.covers)
    shipped = starter()
    kept = _without(shipped, covered)
    programmes = tuple(sorted(set(kept.listings["programme"])))
    entries = kept.listings["entity_id"].nunique()
    datasets = tuple(replace(one, programmes=programmes, entries=entries) for one in shipped.datasets)
    parts.append(replace(kept, datasets=datasets))
    return linked(_joined(parts)) if len(parts) > 1 else shipped


def _version(
    store: Store, source: str, as_known_on: date | None, versions: Mapping[str, str] | None
) -> Version | None:
    if versions is None:
        return store.latest(source, as_known_on)
    wanted = versions.get(source)
    if wanted is None:
        return None
    for name in store.versions(source):
        if name.partition("-")[2] == wanted:
            return store.version(source, name)
    raise RestrictedListError(source, f"version {wanted} is no longer kept", "Restore the data folder.")


def cautions(
    config: ListsConfig, restricted: Restricted, as_of: date, today: date, as_known_on: date | None = None
) -> Cautions:
    """What is wrong or uncertain about ``restricted`` for a run as of ``as_of``, made on ``today``.

    A replay ``as_known_on`` an earlier day is not held to the age of its lists.
    """
    store = Store(config.folder)
    warnings, failures, refusals = list(_undated(restricted, as_of)), list[str](), list[str]()
    never = list[str]()
    for source in config.sources:
        version, state = store.latest(source.name, as_known_on), store.state(source.name)
        if version is None:
            if source.enabled and state.failure and as_known_on is None:
                failures.append(f"{state.failure} No version of this list is in force.")
            elif source.enabled:
                never.append(source.title)
            continue
        warnings += [f"{source.title}: {sentence}." for sentence in version.warnings]
        if as_known_on is not None:
            continue
        if state.failure:
            failures.append(f"{state.failure} The version of {version.published} stays in force.")
        for failing in overdue(source, state.confirmed or version.fetched, version.published, today):
            sentence = f"{source.title}: {failing.sentence}."
            (refusals if failing.severity == "error" else warnings).append(sentence)
    return Cautions((*_never_fetched(never, as_known_on), *warnings), tuple(failures), tuple(refusals))


def _never_fetched(titles: list[str], as_known_on: date | None) -> Iterator[str]:
    """Being on no list says nothing about lists that nobody has fetched."""
    if titles:
        when = f"had been fetched by {as_known_on}" if as_known_on else "was ever fetched"
        remedy = "" if as_known_on else ": run `screener lists update`"
        yield (
            f"None of these lists {when}, so CLEAR does not speak of them beyond what the starter dataset holds: "
            f"{'; '.join(titles)}{remedy}."
        )


def data_folder(base: Path) -> Path:
    """Where the lists are kept below the program's data folder."""
    return base / "lists"


def _undated(restricted: Restricted, as_of: date) -> Iterator[str]:
    """A list without days of designation cannot say who was on it before we first read it."""
    events = restricted.events
    listed = events[(events["event"] == "listed") & events["note"].str.contains(UNDATED, regex=False)]
    later = listed[listed["at"].str[:10] > as_of.isoformat()]
    if later.empty:
        return
    programme = restricted.listings.set_index("listing_id")["programme"]
    told = (
        later.assign(programme=later["listing_id"].map(programme))
        .groupby("programme")["at"]
        .agg(["count", "min"])
    )
    for name, row in told.iterrows():
        yield (
            f"{name}: {row['count']} listings are on the file of {str(row['min'])[:10]} without their day of designation; "
            f"whether they were listed on {as_of} cannot be told, and CLEAR does not speak of them."
        )


def _dataset(title: str, version: Version, tables: Restricted) -> Dataset:
    return Dataset(
        name=version.source,
        title=title,
        version=version.content_hash,
        kept_to=date.fromisoformat(version.published),
        entries=version.entries,
        programmes=tuple(sorted(set(tables.listings["programme"]))),
    )


def _without(tables: Restricted, covered: set[str]) -> Restricted:
    """The part that no earlier source covers; entities that lose all their listings go with them."""
    if not covered & set(tables.listings["programme"]):
        return tables
    listings = tables.listings[~tables.listings["programme"].isin(covered)]
    kept, ids = set(listings["entity_id"]), set(listings["listing_id"])
    return replace(
        tables,
        entities=tables.entities[tables.entities["entity_id"].isin(kept)],
        names=tables.names[tables.names["entity_id"].isin(kept)],
        identifiers=tables.identifiers[tables.identifiers["entity_id"].isin(kept)],
        links=tables.links[tables.links["entity_id"].isin(kept)],
        listings=listings,
        events=tables.events[tables.events["listing_id"].isin(ids)],
    )


def _joined(parts: list[Restricted]) -> Restricted:
    frames: dict[str, Any] = {}
    for name, (model, key) in _KEYS.items():
        tables = [getattr(part, name) for part in parts]
        both = pd.concat(tables, ignore_index=True)[columns(model)]
        frames[name] = both.drop_duplicates(key).reset_index(drop=True)
    datasets = tuple(dataset for part in parts for dataset in part.datasets)
    names = [dataset.name for dataset in datasets]
    if len(names) != len(set(names)):
        raise RestrictedListError("lists", f"two datasets have one name: {', '.join(names)}")
    return Restricted(**frames, datasets=datasets)
