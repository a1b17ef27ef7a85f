"""Deciding: list, programme, investor, instrument and day give the consequence; never the hit alone.

A *ruling* is made once a distinct case (a listing and the facts of the security that its programme asks for), in
plain Python; hits then take the decision of their case, vectorised.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, columns, empty
from screener.lists.model import Restricted
from screener.rules.bars import bar_sales
from screener.rules.days import in_words
from screener.rules.entries import Entry, entries_of
from screener.rules.fund_shares import Share, through_fund
from screener.rules.investors import Investor, Policy
from screener.rules.model import Decisions, Hits
from screener.rules.policy import under_policy
from screener.rules.programmes import Consequence, Programme, Programmes
from screener.rules.ruling import Ruling
from screener.rules.securities import Reach, Security, reach
from screener.rules.timeline import RELEASED, Status, status

# Where the consequence asks nothing of the holder, a doubt about identity is stated but needs no decision.
WEIGHTY: Final = ("BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING")
_FACTS: Final = ["instrument", "issue_date", "maturity", "share"]
CASE: Final = ["listing_id", "tier", *_FACTS]
_ASKED: Final = _FACTS[:-1]  # a fund's share matters under every programme
_PHASES: Final = {
    "before": "listed, not yet in effect",
    "window": "in effect, window open",
    "after": "in effect",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the programmes, whose holdings these are, and the day."""

    programmes: Programmes
    investor: Investor
    as_of: date


ANY_SECURITY: Final = Security()


def decide(hits: DataFrame[Hits], restricted: Restricted, rules: Rules) -> DataFrame[Decisions]:
    """One decision a hit whose listing has begun by ``rules.as_of``; hits on later listings are left out."""
    entries = entries_of(restricted, set(hits["listing_id"].unique()), rules.as_of)
    facts = _facts_that_matter(hits, entries, rules.programmes)
    number, cases = distinct(facts)
    rulings = [_row(case, entries, rules) for case in cases.to_dict("records")]
    begun = [place for place, row in enumerate(rulings) if row is not None]
    if not begun:
        return empty(Decisions)
    place_of = np.full(len(rulings), -1)
    place_of[begun] = range(len(begun))
    table = pd.DataFrame([row for row in rulings if row is not None])
    table["holding"] = 0
    where = place_of[number]
    taken = pd.DataFrame({"holding": hits["holding"].to_numpy(), "case": where})[where >= 0]
    taken, table = bar_sales(taken.reset_index(drop=True), table)
    return _take(checked(Decisions, table), taken)


def _facts_that_matter(
    hits: pd.DataFrame, entries: Mapping[str, Entry], programmes: Programmes
) -> pd.DataFrame:
    """The case of each hit; facts of the security are blank where the programme does not ask for them."""
    asks = {code for code, one in programmes.by_code.items() if one.instruments or one.scope}
    asking = [listing for listing, entry in entries.items() if entry.programme in asks]
    facts = hits[CASE]
    if len(asking) == len(entries):
        return facts
    asked = facts["listing_id"].isin(asking)
    return facts.assign(**({name: facts[name].where(asked, "") for name in _ASKED}))


def distinct(table: pd.DataFrame) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], pd.DataFrame]:
    """For each row the number of its distinct value, and the distinct values in that order."""
    number = np.zeros(len(table), dtype=np.int64)
    for name in table:
        codes, values = pd.factorize(table[name])
        number = pd.factorize(number * max(len(values), 1) + codes)[0]
    first = pd.Series(number).drop_duplicates().index
    return number, table.iloc[first].reset_index(drop=True)


def _row(
    case: Mapping[Hashable, str], entries: Mapping[str, Entry], rules: Rules
) -> dict[str, object] | None:
    entry = entries.get(case["listing_id"])
    if entry is None:
        return None
    security = Security(**{name: case[name] for name in _FACTS})
    ruling = rule(entry, rules, security)
    if ruling is None:
        return None
    if case["tier"] == "review" and ruling.action in WEIGHTY:
        ruling = _left_to_a_person(ruling)
    told = {name: getattr(ruling, name) for name in Ruling.__dataclass_fields__}
    further = {"listing_id": case["listing_id"], "why": ruling.why}
    return told | further | {"list": entry.list, "printed": entry.printed, "sources": entry.sources}


def _left_to_a_person(ruling: Ruling) -> Ruling:
    """REVIEW in place of any consequence of weight, where the match itself is in doubt."""
    told = ruling.told(f"If the issuer is the listed one: {ruling.action}")
    return replace(told, action="REVIEW", mandatory="", until="", effective="", possible=ruling.action)


def _take(table: DataFrame[Decisions], taken: pd.DataFrame) -> DataFrame[Decisions]:
    """The decision of each hit; a checked table stays checked when its rows are repeated."""
    decisions = table.take(taken["case"].to_numpy()).reset_index(drop=True)
    decisions["holding"] = taken["holding"].to_numpy()
    return decisions.loc[:, columns(Decisions)]


def rule(entry: Entry, rules: Rules, security: Security = ANY_SECURITY) -> Ruling | None:
    """The consequence of a listing for the investor on the day; None if it has not begun."""
    programme = rules.programmes.get(entry.programme)
    now = status(entry.events, programme, rules.as_of)
    if now.state == "unlisted":
        return None
    base = Ruling(
        "REVIEW",
        status=now.state,
        since=_iso(_since(now)),
        programme=entry.programme,
        story=now.story[:1].upper() + now.story[1:],
    )
    if programme is None:
        return base.told(f"No table of rules covers the programme '{entry.programme}': a person must decide")
    base = replace(base, basis=programme.authority)
    if now.state in RELEASED:
        return replace(base, action="RELEASED")
    if now.state == "proposed":
        return replace(base, action="INFO").told("Proposed only: no duty on the holding yet")
    ruling = _in_force(base, programme, now, rules)
    share = Share.parse(security.share) if security.share else None
    if ruling.binding and ruling.action in (*WEIGHTY, *(("REVIEW",) if share else ())):
        reached = through_fund(programme, share) if share else reach(programme, security, entry.printed, now)
        ruling = _confined(ruling, reached)
    return _with_policy(ruling, now, rules, share)


def _with_policy(ruling: Ruling, now: Status, rules: Rules, share: Share | None) -> Ruling:
    policy = rules.investor.policy_on(ruling.programme, rules.as_of)
    if policy is None:
        return ruling
    if share and share.at_most < rules.investor.thresholds.fund_share:
        return ruling.told(_under_own_threshold(policy, share, rules.investor))
    return under_policy(ruling, policy, now, rules.as_of)


def _under_own_threshold(policy: Policy, share: Share, investor: Investor) -> str:
    least = investor.thresholds.fund_share
    return (
        f"Own policy ({policy.basis}) asks for {policy.action} from {least:g} percent of a fund's value on, "
        f"and {share.in_words()}"
    )


def _in_force(base: Ruling, programme: Programme, now: Status, rules: Rules) -> Ruling:
    version = programme.version_on(rules.as_of)
    if version is None:
        return base.told(f"No version of {programme.title} is on record for {in_words(rules.as_of)}")
    base = replace(base, basis=version.basis)
    consequence = version.consequence(now.phase)
    if consequence.action == "RELEASED":
        return _dated(base, consequence, now)
    if rules.investor.is_bound_by(programme):
        return replace(_dated(base, consequence, now), binding=True)
    return _not_bound(base, programme, rules.investor)


def _dated(base: Ruling, consequence: Consequence, now: Status) -> Ruling:
    """The decision of the table, with the dates that belong to it."""
    ruling = replace(
        base,
        action=consequence.action,
        mandatory=consequence.mandatory,
        effective=_iso(now.effective) if consequence.action in ("PENDING", "DIVEST") else "",
        until=_iso(now.until) if consequence.action == "DIVEST" else "",
        status="listed" if consequence.action == "INFO" else _PHASES[now.phase],
    )
    return ruling.told(consequence.note) if consequence.note else ruling


def _confined(ruling: Ruling, reached: Reach) -> Ruling:
    """INFO where the rule does not reach the security, REVIEW where that cannot be told."""
    if reached.answer == "yes":
        return ruling.told(reached.why) if reached.why else ruling
    blank = replace(ruling, mandatory="", until="", effective="")
    if reached.answer == "no":
        return replace(blank, action="INFO", advice=f"{reached.why}.")
    asked = replace(blank, action="REVIEW", possible=ruling.action)
    return replace(asked, advice=f"{reached.why}. If the rule reaches it: {ruling.action}.")


def _not_bound(ruling: Ruling, programme: Programme, investor: Investor) -> Ruling:
    told = (
        f"In force, but {programme.title} binds {_whom(programme)}, not {investor.name} as such; "
        "contracts, a U.S. manager or own policy may bind all the same"
    )
    return replace(ruling, action="NOT_BOUND").told(told)


def _whom(programme: Programme) -> str:
    words = {
        "us_person": "U.S. persons only",
        "nl_financial_enterprise": "Dutch financial enterprises",
        "adopters": "only those who adopt it as their own policy",
    }
    return ", ".join(
        words.get(capacity, f"investors under {capacity} jurisdiction") for capacity in programme.binds
    )


def _since(now: Status) -> date | None:
    """The day of the last turn; None where that is a listing whose day the list does not print.

    The day on which an undated entry was first read is no fact about the entry: it would pass for the latest of all.
    """
    return None if now.state == "listed" and now.listed is None else now.since


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
