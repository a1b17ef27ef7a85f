"""Ownership: companies that listed persons own become entries of their own, each with the chain that leads to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.beyond_lists.further import Further, joined
from screener.contracts import checked, columns
from screener.lists.model import Restricted
from screener.matching import match
from screener.matching.model import SECURITY_COLUMNS, Matches, Securities
from screener.rules.decision import Rules
from screener.rules.entries import Entry, entries_of
from screener.rules.ownership import Holder, Owned, Ownership, Party, active, owned_by
from screener.rules.programmes import Programme
from screener.rules.timeline import status

_THRESHOLDS: Final = {"at_least_50": "50 percent or more", "more_than_50": "more than 50 percent"}


@dataclass(frozen=True, slots=True)
class Added:
    """``restricted`` with further entries; ``doubts`` says of a listing what a person must find out first."""

    restricted: Restricted
    doubts: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def with_owned(restricted: Restricted, ownership: Ownership | None, rules: Rules) -> Added:
    """``restricted`` with the companies that its entities own, as each programme counts ownership on the day."""
    if ownership is None:
        return Added(restricted, {})
    stakes = active(ownership.stakes, rules.as_of)
    known = _identified({stake.owner for stake in stakes}, ownership, restricted)
    entries = _in_force(restricted, {entity for _, entity, _ in known}, rules)
    called = {key: party.names[0] for key, party in ownership.parties.items() if party.names}
    further, doubts = [], {}
    for code, programme in rules.programmes.by_code.items():
        holders, printed, unsure = _holders(known, entries.get(code, {}), restricted)
        lowest = rules.investor.thresholds.ownership_review
        found = owned_by(stakes, holders, programme, lowest, called)
        listed = _themselves_listed(found, code, (ownership, restricted, rules))
        for owned in (one for one in found if one.key not in listed):
            one = _entry_of(owned, code, programme, (ownership, printed))
            further.append(one)
            doubt = owned.doubt or ("the owner's name alone met the list" if owned.owners & unsure else "")
            if doubt:
                doubts[one.listing_id] = doubt
    source = (
        "ownership",
        f"Ownership file {ownership.file}, SHA-256 {ownership.sha256[:16]}",
        "",
        "",
        "secondary",
    )
    return Added(joined(restricted, further, [source] if further else []), doubts, ownership.warnings)


def _themselves_listed(
    found: Sequence[Owned], code: str, terms: tuple[Ownership, Restricted, Rules]
) -> set[str]:
    """Owned companies that stand on the same list by name: nothing is added to what it says of them."""
    ownership, restricted, rules = terms
    if not found:
        return set()
    known = _identified({one.key for one in found}, ownership, restricted)
    entries = _in_force(restricted, {entity for _, entity, _ in known}, rules).get(code, {})
    return {key for key, entity, tier in known if tier == "match" and entity in entries}


def doubted(matches: DataFrame[Matches], doubts: Mapping[str, str]) -> DataFrame[Matches]:
    """``matches`` with those on doubtful entries left to a person, who is told what to find out."""
    chosen = matches["listing_id"].isin(list(doubts))
    if not chosen.any():
        return matches
    told = matches["listing_id"].map(dict(doubts)).fillna("")
    why = matches["why"].where(~chosen, matches["why"] + "; " + told)
    return checked(Matches, matches.assign(tier=matches["tier"].where(~chosen, "review"), why=why))


def _identified(owners: set[str], ownership: Ownership, restricted: Restricted) -> list[tuple[str, str, str]]:
    """Owner, entity of the list, and tier, for every owner that is on a list."""
    entities = set(restricted.entities["entity_id"])
    direct = [(key, key, "match") for key in owners if key in entities]
    asked = [
        (key, name) for key in sorted(owners - entities) for name in _ways_to_ask(ownership.parties[key])
    ]
    if not asked:
        return direct
    frame = pd.DataFrame(
        [
            {**dict.fromkeys(SECURITY_COLUMNS, ""), **said, "security_id": number}
            for number, (_, said) in enumerate(asked)
        ]
    )
    found = match(checked(Securities, frame[columns(Securities)]), restricted)
    best = found.sort_values("tier").drop_duplicates(["security_id", "entity_id"])
    met = [
        (asked[int(number)][0], str(entity), str(tier))
        for number, entity, tier in zip(best["security_id"], best["entity_id"], best["tier"], strict=True)
    ]
    return direct + [one for one in met if one[2] == "match" or not _has_match(one[0], met)]


def _has_match(owner: str, met: Iterable[tuple[str, str, str]]) -> bool:
    return any(key == owner and tier == "match" for key, _, tier in met)


def _ways_to_ask(party: Party) -> Iterator[dict[str, str]]:
    yield from ({scheme: value} for scheme, value in party.identifiers if scheme in SECURITY_COLUMNS)
    yield from ({"name": name} for name in party.names)


def _in_force(
    restricted: Restricted, entity_ids: set[str], rules: Rules
) -> dict[str, dict[str, tuple[Entry, date | None]]]:
    """By programme and entity: the entry that is in force on the day, with the day it came into force."""
    rows = restricted.listings[restricted.listings["entity_id"].isin(list(entity_ids))]
    entries = entries_of(restricted, set(rows["listing_id"]), rules.as_of)
    found: dict[str, dict[str, tuple[Entry, date | None]]] = {}
    for listing_id, entity_id in zip(rows["listing_id"], rows["entity_id"], strict=True):
        entry = entries[str(listing_id)]
        now = status(entry.events, rules.programmes.get(entry.programme), rules.as_of)
        if now.state == "listed":
            found.setdefault(entry.programme, {})[str(entity_id)] = (entry, now.since)
    return found


def _holders(
    known: Iterable[tuple[str, str, str]],
    entries: Mapping[str, tuple[Entry, date | None]],
    restricted: Restricted,
) -> tuple[dict[str, Holder], dict[str, str], frozenset[str]]:
    """Owners listed under one programme, the list's words for each, and those of whom only a name is known."""
    names = restricted.entities.set_index("entity_id")["name"]
    holders, printed, unsure = dict[str, Holder](), dict[str, str](), set[str]()
    for owner, entity, tier in known:
        if entity in entries:
            entry, since = entries[entity]
            holders[owner] = Holder(str(names[entity]), since)
            printed[owner] = entry.printed
            unsure |= {owner} if tier == "review" else set()
    return holders, printed, frozenset(unsure)


def _entry_of(
    owned: Owned, code: str, programme: Programme, told: tuple[Ownership, Mapping[str, str]]
) -> Further:
    ownership, printed = told
    words = "; ".join(printed[owner] for owner in sorted(owned.owners))
    threshold = _THRESHOLDS[programme.ownership]
    return Further(
        party=ownership.parties[owned.key],
        programme=code,
        list=f"Ownership by persons on: {programme.title}",
        printed=f"Not itself on the list. {owned.chain}. The list prints: {words}",
        since=owned.since,
        note=f"not itself on the list; counted at {threshold}: {owned.chain}",
        source_id="ownership",
    )
