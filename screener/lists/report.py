"""Answers about the lists as frames, for whoever shows them: status, what changed."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pandas as pd

from screener.errors import UsageError
from screener.lists.config import ListsConfig, Source, no_such_source
from screener.lists.health import overdue
from screener.lists.model import Restricted
from screener.lists.store import Store, Version

STATUS: Final = (
    "source title enabled health entries published fetched confirmed age_days hash understood reasons "  # noqa: SIM905
    "unread addresses drop_folder versions".split()
)
DIFF: Final = ("source", "change", "entity_id", "name", "what", "before", "after")
_COMPARED: Final = ("listings", "names", "identifiers", "events", "entities")
_LONGEST_CELL: Final = 500
_VERSIONS_SHOWN: Final = 8


def status(config: ListsConfig, today: date, name: str = "") -> pd.DataFrame:
    """One row a source, columns STATUS. ``health`` is ``ok``, ``warning``, ``failed`` or ``never fetched``; ``failed``
    (red) means that the last update brought nothing or that the version in force is too old; ``age_days`` is days
    since the publisher last confirmed it; ``unread``, ``addresses`` and ``versions`` hold tuples of sentences. With
    ``name`` that source only; UsageError when there is none of that name."""
    chosen = [source for source in config.sources if name in ("", source.name)]
    if not chosen:
        raise no_such_source(config, name)
    store = Store(config.folder)
    rows = [(*_status(store, source, today), *_origin(config, store, source)) for source in chosen]
    return pd.DataFrame(rows, columns=list(STATUS))


def diff(config: ListsConfig, a: str, b: str, *, source: str = "") -> pd.DataFrame:
    """What changed from ``a`` to ``b``, each an ISO day (as known on it), a version's name, or the beginning of its hash.

    A row a change, columns DIFF; ``change`` is ``added``, ``removed`` or ``changed``, and ``what`` the table that says
    so. Raises UsageError when nothing answers to ``a`` or ``b``.
    """
    store, frames, found = Store(config.folder), [], False
    if source and config.source(source) is None:
        raise no_such_source(config, source)
    for one in config.sources:
        if source and one.name != source:
            continue
        left, right = _chosen(store, one, a), _chosen(store, one, b)
        found |= left is not None or right is not None
        if right is not None and left != right:
            frames.append(_diff(store, one, left, right))
    if not found:
        raise UsageError(
            f"no version of the lists answers to {a} or {b}", "Give days (2026-03-01) or names of versions."
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(DIFF), dtype=str)


def _status(store: Store, source: Source, today: date) -> tuple[Any, ...]:
    version, state = store.latest(source.name), store.state(source.name)
    if version is None:
        health = "failed" if state.failure else "never fetched"
        return (source.name, source.title, source.enabled, health, 0, "", "", "", -1, "", "", state.failure)
    confirmed = state.confirmed or version.fetched
    old = overdue(source, confirmed, version.published, today)
    errors = [one.sentence for one in old if one.severity == "error"]
    notes = [one.sentence for one in old if one.severity != "error"] + list(version.warnings)
    reasons = [reason for reason in (state.failure, *errors, *notes) if reason]
    health = "failed" if state.failure or errors else "warning" if notes else "ok"
    age = (today - date.fromisoformat(confirmed[:10])).days
    day = version.published
    row = (
        source.name,
        source.title,
        source.enabled,
        health,
        version.entries,
        day,
        version.fetched[:16],
        confirmed[:16],
    )
    return (*row, age, version.content_hash, _understood(version), " ".join(reasons))


def _origin(config: ListsConfig, store: Store, source: Source) -> tuple[Any, ...]:
    """What was not understood, where the files come from, and which versions are kept, newest first."""
    names = store.versions(source.name)
    kept = [store.version(source.name, name) for name in names[: -_VERSIONS_SHOWN - 1 : -1]]
    told = [
        f"{one.content_hash}, fetched {one.fetched[:16].replace('T', ' ')} UTC, file of {one.published}, {one.entries:,} entries"
        for one in kept
    ]
    if len(names) > _VERSIONS_SHOWN:
        told.append(f"and {len(names) - _VERSIONS_SHOWN:,} older ones, since {names[0][:8]}")
    addresses = tuple(address.partition("?")[0] for address in source.addresses.values())
    return (kept[0].unread if kept else (), addresses, str(config.drop_folder(source)), tuple(told))


def _understood(version: Version) -> str:
    """The share of fields and programme codes that were understood, as "60,091 of 60,099 fields; 17,411 of 17,411 codes"."""
    counts = version.counts
    told = [("fields", "understood", "fields"), ("codes", "codes_known", "codes")]
    parts = [
        f"{counts[known]:,} of {counts[all_]:,} {word}" for all_, known, word in told if counts.get(all_)
    ]
    return "; ".join(parts)


def _chosen(store: Store, source: Source, given: str) -> Version | None:
    try:
        return store.latest(source.name, date.fromisoformat(given))
    except ValueError:
        pass
    names = [
        name
        for name in store.versions(source.name)
        if name == given or name.partition("-")[2].startswith(given)
    ]
    return store.version(source.name, names[-1]) if names else None


def _diff(store: Store, source: Source, left: Version | None, right: Version) -> pd.DataFrame:
    new = _described(store.tables(right))
    old = _described(store.tables(left)) if left else new.iloc[:0]
    both = old.merge(new, on="entity_id", how="outer", suffixes=("_old", "_new"), indicator=True)
    rows = [
        *_rows(both[both["_merge"] == "right_only"], "added", "_new"),
        *_rows(both[both["_merge"] == "left_only"], "removed", "_old"),
    ]
    same = both[both["_merge"] == "both"]
    for what in _COMPARED:
        changed = same[same[f"{what}_old"] != same[f"{what}_new"]]
        for row in changed.to_dict("records"):
            before, after = _difference(row[f"{what}_old"], row[f"{what}_new"])
            rows.append(("changed", row["entity_id"], row["name_new"], what, before, after))
    return pd.DataFrame(rows, columns=list(DIFF[1:]), dtype=str).assign(source=source.name)[list(DIFF)]


def _rows(part: pd.DataFrame, change: str, suffix: str) -> list[tuple[str, ...]]:
    """Entities that only one side has, with the listings they have there."""
    columns = ("entity_id", f"name{suffix}", f"listings{suffix}")
    told = [tuple(str(row[column]) for column in columns) for row in part.to_dict("records")]
    if change == "added":
        return [(change, entity_id, name, "entity", "", listings) for entity_id, name, listings in told]
    return [(change, entity_id, name, "entity", listings, "") for entity_id, name, listings in told]


def _described(tables: Restricted) -> pd.DataFrame:
    """One row an entity that is still on a list: its name, and each of its tables as sorted lines."""
    events = tables.events
    ended = events.sort_values("at", kind="stable").drop_duplicates("listing_id", keep="last")
    gone = set(
        ended.loc[(ended["event"] == "removed") & ended["note"].str.startswith("no longer"), "listing_id"]
    )
    listings = tables.listings[~tables.listings["listing_id"].isin(gone)]
    owner = listings.set_index("listing_id")["entity_id"]
    dated = events[events["listing_id"].isin(set(owner.index))]
    lines = {
        "listings": (listings["entity_id"], listings["programme"] + ": " + listings["printed"]),
        "names": (tables.names["entity_id"], tables.names["name"] + " (" + tables.names["quality"] + ")"),
        "identifiers": (
            tables.identifiers["entity_id"],
            tables.identifiers["scheme"] + " " + tables.identifiers["value"],
        ),
        "events": (dated["listing_id"].map(owner), dated["event"] + " " + dated["at"]),
        "entities": (
            tables.entities["entity_id"],
            tables.entities["kind"] + " " + tables.entities["country"],
        ),
    }
    entities = tables.entities[tables.entities["entity_id"].isin(set(listings["entity_id"]))]
    frame = entities[["entity_id", "name"]].set_index("entity_id")
    for what, (ids, text) in lines.items():
        grouped = (
            pd.DataFrame({"id": ids, "text": text}).sort_values("text").groupby("id")["text"].agg("\n".join)
        )
        frame[what] = grouped.reindex(frame.index).fillna("")
    return frame.reset_index()


def _difference(old: str, new: str) -> tuple[str, str]:
    """The lines that only one side has."""
    left, right = old.split("\n"), new.split("\n")
    before = "; ".join(line for line in left if line not in set(right))
    after = "; ".join(line for line in right if line not in set(left))
    return before[:_LONGEST_CELL], after[:_LONGEST_CELL]
