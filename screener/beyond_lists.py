"""What is restricted though no list names it: issuers of a country, and companies that listed persons own.

Both become entries beside those of the lists, so that matching, deciding and reporting treat them alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, columns, empty
from screener.lists.model import Entities, Events, Identifiers, Listings, Names, Restricted, Sources
from screener.matching import match
from screener.matching.model import SECURITY_COLUMNS, Matches, Securities
from screener.rules.decision import Entry, Rules, entries_of
from screener.rules.ownership import Holder, Owned, Ownership, Party, active, owned_by
from screener.rules.programmes import Programme
from screener.rules.timeline import status
from screener.settings import shipped_toml

_ISIN_COUNTRY: Final = 2
_BY_COUNTRY: Final = "the order took effect; it attaches to the issuer's country and names nobody"
_FOREIGN_PAPER: Final = ("receipt",)  # its ISIN is that of the depositary's country


@dataclass(frozen=True, slots=True)
class Added:
    """``restricted`` with further entries; ``doubts`` says of a listing what a person must find out first."""

    restricted: Restricted
    doubts: Mapping[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Further:
    """An entry to be added."""

    party: Party
    programme: str
    list: str
    printed: str
    since: date
    note: str
    source_id: str

    @property
    def entity_id(self) -> str:
        return f"{self.source_id}:{self.party.key}"

    @property
    def listing_id(self) -> str:
        return f"{self.entity_id}/{self.programme}"


def with_countries(restricted: Restricted, rules: Rules) -> Restricted:
    """``restricted`` with one entry a country whose issuers a programme reaches by itself."""
    further, sources = [], []
    for code, programme, country in _country_rules(rules):
        first = programme.version[0]
        if first.since > rules.as_of:
            continue
        name = f"Issuers in {_country_name(country)}"
        party = Party(country, (name,))
        further.append(
            _Further(
                party,
                code,
                programme.title,
                f"Any entity in {_country_name(country)}",
                first.since,
                _BY_COUNTRY,
                "country",
            )
        )
        sources.append(("country", programme.version_on(rules.as_of), programme))
    rows = [(one[0], one[1].basis, one[2].url, "", "primary") for one in sources if one[1]]
    return _joined(restricted, further, rows[:1], named=False)


def of_countries(securities: DataFrame[Securities], rules: Rules) -> pd.Series[bool]:
    """Which securities have an ISIN or a stated country of those that a programme reaches as a whole."""
    countries = {country for _, _, country in _country_rules(rules)}
    return securities["isin"].str[:_ISIN_COUNTRY].isin(countries) | securities["country"].isin(countries)


def by_country(
    securities: DataFrame[Securities], instruments: pd.Series[str], rules: Rules
) -> DataFrame[Matches]:
    """Securities whose issuer is in a country that a programme reaches, by ISIN or by the country stated.

    ``instruments`` has the kind of instrument by ``security_id``. Where ISIN and country contradict each other a person
    decides, except for receipts, whose ISIN is that of the depositary.
    """
    found = []
    for code, programme, country in _country_rules(rules):
        if programme.version[0].since > rules.as_of:
            continue
        prefix = securities["isin"].str[:_ISIN_COUNTRY]
        by_isin, stated = prefix == country, securities["country"] == country
        foreign = stated & ~by_isin & (prefix != "")
        receipt = securities["security_id"].map(instruments).isin(_FOREIGN_PAPER)
        elsewhere = by_isin & (securities["country"] != "") & ~stated
        chosen = securities[by_isin | stated]
        doubtful = ((foreign & ~receipt) | elsewhere)[chosen.index]
        found.append(_country_matches(chosen, doubtful, code, country))
    frames = [frame for frame in found if len(frame)]
    return checked(Matches, pd.concat(frames, ignore_index=True)) if frames else empty(Matches)


def _country_matches(
    chosen: pd.DataFrame, doubtful: pd.Series[bool], code: str, country: str
) -> pd.DataFrame:
    name = _country_name(country)
    by_isin = chosen["isin"].str[:_ISIN_COUNTRY] == country
    ours = ("ISIN " + chosen["isin"]).where(by_isin, "country " + chosen["country"])
    clear = f"the issuer is in {name}, by its ISIN"
    why = pd.Series(clear, index=chosen.index, dtype="str").where(
        by_isin, f"the file states {name} as the country"
    )
    told = "ISIN and stated country contradict each other: find out where the issuer is organised"
    return pd.DataFrame(
        {
            "security_id": chosen["security_id"],
            "entity_id": f"country:{country}",
            "listing_id": f"country:{country}/{code}",
            "tier": doubtful.map({True: "review", False: "match"}),
            "score": doubtful.map({True: 0.6, False: 1.0}),
            "method": "country",
            "ours": ours,
            "theirs": f"any issuer in {name}",
            "why": why.where(~doubtful, told),
        }
    )


def _country_rules(rules: Rules) -> Iterator[tuple[str, Programme, str]]:
    off = {one.programme for one in rules.investor.switched_off}
    for code, programme in rules.programmes.by_code.items():
        if code not in off:
            yield from ((code, programme, country) for country in programme.countries)


def _country_name(code: str) -> str:
    return str(shipped_toml("countries.toml")["names"].get(code, [code])[0])


def with_owned(restricted: Restricted, ownership: Ownership | None, rules: Rules) -> Added:
    """``restricted`` with the companies that its entities own, as each programme counts ownership on the day."""
    if ownership is None:
        return Added(restricted, {})
    stakes = active(ownership.stakes, rules.as_of)
    known = _identified({stake.owner for stake in stakes}, ownership, restricted)
    entries = _in_force(restricted, {entity for _, entity, _ in known}, rules)
    further, doubts = [], {}
    for code, programme in rules.programmes.by_code.items():
        holders, printed, unsure = _holders(known, entries.get(code, {}), restricted)
        for owned in owned_by(stakes, holders, programme, rules.investor.thresholds.ownership_review):
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
    return Added(_joined(restricted, further, [source] if further else []), doubts, ownership.warnings)


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
    entries = entries_of(restricted, set(rows["listing_id"]))
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
) -> _Further:
    ownership, printed = told
    words = "; ".join(printed[owner] for owner in sorted(owned.owners))
    threshold = {"at_least_50": "50 percent or more", "more_than_50": "more than 50 percent"}[
        programme.ownership
    ]
    return _Further(
        party=ownership.parties[owned.key],
        programme=code,
        list=f"Ownership by persons on: {programme.title}",
        printed=f"Not itself on the list. {owned.chain}. The list prints: {words}",
        since=owned.since,
        note=f"not itself on the list; counted at {threshold}: {owned.chain}",
        source_id="ownership",
    )


def _joined(
    restricted: Restricted, further: list[_Further], sources: Sequence[tuple[str, ...]], *, named: bool = True
) -> Restricted:
    """``restricted`` with the rows of ``further``; entries that are not ``named`` are never met by name."""
    if not further:
        return restricted
    # One company may be owned by persons of several lists: it is one entity with several listings.
    parties = {one.entity_id: one.party for one in further}
    firsts = [(key, (party.names or (party.key,))[0], "company", "", "") for key, party in parties.items()]
    names, identifiers = [], []
    for key, party in parties.items() if named else ():
        names += [(key, name, "strong", further[0].source_id) for name in party.names]
        identifiers += [(key, scheme, value, further[0].source_id) for scheme, value in party.identifiers]
    listings = [
        (one.listing_id, one.entity_id, one.programme, one.list, one.printed, one.source_id)
        for one in further
    ]
    events = [(one.listing_id, "listed", one.since.isoformat(), one.source_id, one.note) for one in further]
    return replace(
        restricted,
        entities=_more(Entities, restricted.entities, firsts),
        names=_more(Names, restricted.names, names),
        identifiers=_more(Identifiers, restricted.identifiers, identifiers),
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
