"""Deciding: list, programme, investor, instrument and day give the consequence; never the hit alone.

A *ruling* is made once a distinct listing, in plain Python; hits are then joined to rulings, vectorised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, empty
from screener.lists.model import Restricted
from screener.rules.days import When, in_words
from screener.rules.investors import Investor, Policy
from screener.rules.model import Decisions, Hits
from screener.rules.programmes import Consequence, Programme, Programmes
from screener.rules.timeline import RELEASED, Event, Status, status

# Where the consequence asks nothing of the holder, a doubt about identity is stated but needs no decision.
_WEIGHTY: Final = ("BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING")
_NO_SALE: Final = ("BLOCK", "HOLD")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the programmes, whose holdings these are, and the day."""

    programmes: Programmes
    investor: Investor
    as_of: date


@dataclass(frozen=True, slots=True)
class Ruling:
    """The consequence of one listing for a certain holder of a certain security of the listed entity."""

    listing_id: str
    action: str
    mandatory: str = ""
    until: str = ""
    effective: str = ""
    status: str = ""
    since: str = ""
    programme: str = ""
    list: str = ""
    basis: str = ""
    why: str = ""
    printed: str = ""
    sources: str = ""


def decide(hits: DataFrame[Hits], restricted: Restricted, rules: Rules) -> DataFrame[Decisions]:
    """One decision a hit whose listing has begun by ``rules.as_of``; hits on later listings are left out."""
    met = set(hits["listing_id"])
    rulings = [ruling for ruling in rule_all(restricted, met, rules) if ruling is not None]
    if not rulings:
        return empty(Decisions)
    table = pd.DataFrame(rulings)
    joined = hits.merge(table, on="listing_id", how="inner", validate="many_to_one")
    decisions = _confine_to_instruments(joined, rules.programmes)
    return checked(Decisions, _leave_doubts_to_people(decisions))


def rule_all(restricted: Restricted, listing_ids: set[str], rules: Rules) -> list[Ruling | None]:
    """The ruling on each listing named; None for one that has not begun."""
    listings = restricted.listings[restricted.listings["listing_id"].isin(listing_ids)]
    events = events_of(restricted, listing_ids)
    citations = _Citations.of(restricted)
    rulings = []
    for listing in listings.itertuples(index=False):
        of_listing = events.get(str(listing.listing_id), [])
        ruling = rule(str(listing.listing_id), str(listing.programme), of_listing, rules)
        if ruling is not None:
            sources = citations.lines([str(listing.source_id), *(event.source_id for event in of_listing)])
            ruling = replace(ruling, list=str(listing.list), printed=str(listing.printed), sources=sources)
        rulings.append(ruling)
    return rulings


def events_of(restricted: Restricted, listing_ids: set[str]) -> dict[str, list[Event]]:
    """The events of each listing, in the order of the list."""
    events: dict[str, list[Event]] = defaultdict(list)
    chosen = restricted.events[restricted.events["listing_id"].isin(listing_ids)]
    for row in chosen.itertuples(index=False):
        event = Event(str(row.event), When.parse(str(row.at)), str(row.source_id), str(row.note))
        events[str(row.listing_id)].append(event)
    return events


def rule(listing_id: str, code: str, events: Sequence[Event], rules: Rules) -> Ruling | None:
    """The consequence of a listing under programme ``code`` for the investor on the day; None if it has not begun."""
    programme = rules.programmes.get(code)
    now = status(events, programme, rules.as_of)
    if now.state == "unlisted":
        return None
    base = Ruling(
        listing_id,
        "REVIEW",
        status=now.state,
        since=_iso(now.since),
        programme=code,
        why=now.story[:1].upper() + now.story[1:],
    )
    if programme is None:
        return _told(base, f"No table of rules covers the programme '{code}': a person must decide")
    base = replace(base, basis=programme.authority)
    if now.state in RELEASED:
        return replace(base, action="RELEASED")
    if now.state == "proposed":
        return _told(replace(base, action="INFO"), "Proposed only: no duty on the holding yet")
    return _in_force(base, programme, now, rules)


def _in_force(base: Ruling, programme: Programme, now: Status, rules: Rules) -> Ruling:
    version = programme.version_on(rules.as_of)
    if version is None:
        return _told(base, f"No version of {programme.title} is on record for {in_words(rules.as_of)}")
    base = replace(base, basis=version.basis)
    consequence = version.consequence(now.phase)
    if consequence.action == "RELEASED" or rules.investor.is_bound_by(programme):
        ruling = _dated(base, consequence, now)
    else:
        ruling = _not_bound(base, programme, rules.investor)
    policy = rules.investor.policy_on(base.programme, rules.as_of)
    return _under_policy(ruling, policy, now) if policy else ruling


def _dated(base: Ruling, consequence: Consequence, now: Status) -> Ruling:
    """The decision of the table, with the dates that belong to it."""
    ruling = replace(
        base,
        action=consequence.action,
        mandatory=consequence.mandatory,
        effective=_iso(now.effective) if consequence.action in ("PENDING", "DIVEST") else "",
        until=_iso(now.until) if consequence.action == "DIVEST" else "",
        status=_status_words(consequence.action, now),
    )
    return _told(ruling, consequence.note) if consequence.note else ruling


def _status_words(action: str, now: Status) -> str:
    if action == "INFO":
        return "listed"
    return {"before": "listed, not yet in effect", "window": "in effect, window open", "after": "in effect"}[
        now.phase
    ]


def _not_bound(ruling: Ruling, programme: Programme, investor: Investor) -> Ruling:
    told = (
        f"In force, but {programme.title} binds {_whom(programme)}, not {investor.name} as such; "
        "contracts, a U.S. manager or own policy may bind all the same"
    )
    return _told(replace(ruling, action="NOT_BOUND"), told)


def _whom(programme: Programme) -> str:
    words = {"us_person": "U.S. persons only", "nl_financial_enterprise": "Dutch financial enterprises"}
    return ", ".join(
        words.get(capacity, f"investors under {capacity} jurisdiction") for capacity in programme.binds
    )


def _under_policy(ruling: Ruling, policy: Policy, now: Status) -> Ruling:
    """The investor's own policy beside the rule: a bar on sale in a binding rule always wins."""
    if ruling.action in _NO_SALE:
        return _told(
            ruling, f"Own policy ({policy.basis}) asks for {policy.action}; the binding rule prevails"
        )
    if _rank(ruling.action) < _rank(policy.action):
        return _told(ruling, f"Own policy ({policy.basis}) asks for {policy.action}; the rule goes further")
    start = max(day for day in (now.effective, policy.since) if day) if now.effective else policy.since
    last = start + timedelta(days=policy.grace_days) if policy.grace_days and start > date.min else None
    ends = sorted(day for day in (ruling.until, last.isoformat() if last else "") if day)
    adopted = replace(
        ruling,
        action=policy.action,
        mandatory=policy.mandatory if policy.action == "DIVEST" else "",
        until=ends[0] if ends and policy.action == "DIVEST" else "",
        basis=f"Own policy, not law: {policy.basis}. Beside it: {ruling.basis}",
    )
    return _told(adopted, f"Own policy: {policy.action}")


def _rank(action: str) -> int:
    return ("BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING", "REVIEW", "INFO", "NOT_BOUND", "RELEASED").index(
        action
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _told(ruling: Ruling, sentence: str) -> Ruling:
    """``ruling`` with a sentence before what it says already."""
    return replace(ruling, why=f"{sentence.rstrip('.')}. {ruling.why}".strip())


def _confine_to_instruments(decisions: pd.DataFrame, programmes: Programmes) -> pd.DataFrame:
    """INFO where a programme does not reach the instrument; an instrument that is not stated counts as reached."""
    reach = {code: programmes.by_code[code].instruments for code in programmes.by_code}
    limited = [code for code, instruments in reach.items() if instruments]
    decisions = decisions.copy()
    for code in limited:
        outside = (
            (decisions["programme"] == code)
            & ~decisions["instrument"].isin(["", *reach[code]])
            & decisions["action"].isin(_WEIGHTY)
        )
        decisions.loc[outside, ["action", "mandatory", "until", "effective"]] = ["INFO", "", "", ""]
        decisions.loc[outside, "why"] = "The rule does not reach this kind of instrument. " + decisions["why"]
    return decisions


def _leave_doubts_to_people(decisions: pd.DataFrame) -> pd.DataFrame:
    """REVIEW in place of any consequence of weight, where the match itself is in doubt."""
    unsure = decisions["tier"] == "review"
    doubt = unsure & decisions["action"].isin(_WEIGHTY)
    decisions = decisions.copy()
    if_confirmed = "If the issuer is the listed one: " + decisions["action"] + ". " + decisions["why"]
    decisions["why"] = decisions["why"].where(~unsure, if_confirmed)
    decisions.loc[doubt, "action"] = "REVIEW"
    decisions.loc[doubt, ["mandatory", "until", "effective"]] = ""
    return decisions


@dataclass(frozen=True, slots=True)
class _Citations:
    """Source documents by id, as lines for the report."""

    by_id: Mapping[str, str]

    @classmethod
    def of(cls, restricted: Restricted) -> _Citations:
        rows = restricted.sources.itertuples(index=False)
        marks = {"secondary": " (secondary source)", "unverified": " (not verified)"}
        return cls(
            {
                str(row.source_id): f"{row.citation}{marks.get(str(row.mark), '')} {row.url}".strip()
                for row in rows
            }
        )

    def lines(self, source_ids: Sequence[str]) -> str:
        found = dict.fromkeys(self.by_id[one] for one in source_ids if one in self.by_id)
        return "\n".join(found)
