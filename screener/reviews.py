"""What reviewers decided about findings, and whether it still stands: pure, over frames and plain values.

A decision is about one security and one entry of a list. A false positive takes a finding off the desk only while
nothing that it rested on has changed: what identifies the security, what the list says of the entry, and its term.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pandas as pd
import pandera.pandas as pa
from pandera.typing import DataFrame, Series

from screener.contracts import Frame, checked, columns
from screener.findings import Findings
from screener.rules.days import in_words

CONFIRMED: Final = "confirmed"
FALSE_POSITIVE: Final = "false_positive"
NEEDS_INFORMATION: Final = "needs_information"
# What stands in the drop-down of the report, by the code that is kept.
CHOICES: Final = {
    CONFIRMED: "Confirmed",
    FALSE_POSITIVE: "False positive",
    NEEDS_INFORMATION: "Needs information",
}
# Why a decision no longer stands.
EXPIRED, ENTRY_CHANGED, HOLDING_CHANGED = "expired", "entry", "holding"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided about a security and a list entry, and from which file it was taken."""

    recorded: datetime
    recorded_by: str
    reviewer: str
    decision: str  # a key of CHOICES
    note: str
    valid_until: date | None
    security_key: str
    security_hash: str
    security: str
    listing_id: str
    entry_hash: str
    entity: str
    programme: str
    action: str
    run: str
    file: str
    file_sha256: str
    id: int = 0  # given by the store, in the order of recording


class Reviews(Frame):
    """One row a finding, in the order of the findings: the decision on it, if there is one, and whether it counts."""

    decision: Series[int] = pa.Field(ge=0)  # its number in the log, 0 for none
    choice: Series[str] = pa.Field(isin=("", *CHOICES))  # "" too where it no longer stands
    reviewer: Series[str]
    note: Series[str]
    valid_until: Series[str]
    reopened: Series[str] = pa.Field(isin=("", EXPIRED, ENTRY_CHANGED, HOLDING_CHANGED))
    suppressed: Series[bool]
    told: Series[str]  # all of it in a sentence, "" where nothing was decided


def keys_of(run_id: str, findings: pd.DataFrame) -> pd.Series[str]:
    """What identifies each finding of a report in the report itself: its number, and a check on what it is about."""
    names = ["security_key", "security_hash", "listing_id", "entry_hash"]
    rows = enumerate(findings[names].itertuples(index=False, name=None), 1)
    return pd.Series([_key(run_id, number, row) for number, row in rows], index=findings.index, dtype="str")


def _key(run_id: str, number: int, about: tuple[str, ...]) -> str:
    said = "\x1f".join((run_id, str(number), *about))
    return f"{run_id}-{number}-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:10]}"


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the log says of one security and entry."""

    decision: Decision
    reopened: str
    second: Decision | None  # another reviewer who decided the same


def reviews_of(
    findings: DataFrame[Findings], decisions: Sequence[Decision], as_of: date, four_eyes: bool = False
) -> DataFrame[Reviews]:
    """The decisions of the log on ``findings`` on the day ``as_of``; with ``four_eyes`` it takes two reviewers."""
    told: dict[tuple[str, str], list[Decision]] = {}
    for one in decisions:
        told.setdefault((one.security_key, one.listing_id), []).append(one)
    keys = ["security_key", "listing_id", "security_hash", "entry_hash"]
    made: dict[tuple[str, ...], dict[str, object]] = {}
    rows = []
    for key in findings[keys].itertuples(index=False, name=None):
        if key not in made:
            standing = _standing(told.get(key[:2], []), key[2:], as_of)
            made[key] = _row(standing, as_of, four_eyes)
        rows.append(made[key])
    return checked(Reviews, pd.DataFrame(rows, columns=columns(Reviews)))


def _standing(decisions: Sequence[Decision], hashes: tuple[str, ...], as_of: date) -> _Standing | None:
    """The last decision on exactly what is there today; else the last one at all, and why it no longer stands."""
    if not decisions:
        return None
    same = [one for one in decisions if (one.security_hash, one.entry_hash) == hashes]
    last = (same or list(decisions))[-1]
    reopened = _why_reopened(last, hashes, as_of)
    return _Standing(last, reopened, _second(same, last, as_of) if not reopened else None)


def _why_reopened(one: Decision, hashes: tuple[str, ...], as_of: date) -> str:
    if one.entry_hash != hashes[1]:
        return ENTRY_CHANGED
    if one.security_hash != hashes[0]:
        return HOLDING_CHANGED
    return EXPIRED if one.valid_until is not None and one.valid_until < as_of else ""


def _second(same: Sequence[Decision], last: Decision, as_of: date) -> Decision | None:
    """The latest other reviewer who decided the same before, with nobody who decided otherwise in between."""
    for one in reversed(same[:-1]):
        if one.decision != last.decision:
            return None
        lapsed = one.valid_until is not None and one.valid_until < as_of
        if not lapsed and _name(one) != _name(last):
            return one
    return None


def _name(one: Decision) -> str:
    """Who it was, however capitals and blanks were set."""
    return "".join(one.reviewer.casefold().split()).replace(".", "")


def _row(standing: _Standing | None, as_of: date, four_eyes: bool) -> dict[str, object]:
    if standing is None:
        return _blank()
    one, waits = standing.decision, four_eyes and standing.second is None
    counts = one.decision == FALSE_POSITIVE and not standing.reopened and not waits
    told = _reopened(standing) if standing.reopened else _decided(standing, waits)
    return {
        "decision": one.id,
        "choice": "" if standing.reopened else one.decision,
        "reviewer": one.reviewer,
        "note": one.note,
        "valid_until": one.valid_until.isoformat() if one.valid_until else "",
        "reopened": standing.reopened,
        "suppressed": counts,
        "told": told,
    }


def _blank() -> dict[str, object]:
    texts = dict.fromkeys(("choice", "reviewer", "note", "valid_until", "reopened", "told"), "")
    return {"decision": 0, **texts, "suppressed": False}


def _decided(standing: _Standing, waits: bool) -> str:
    one = standing.decision
    both = f" and {standing.second.reviewer}" if standing.second and not waits else ""
    term = f", valid until {in_words(one.valid_until)}" if one.valid_until else ""
    wait = ""
    if one.decision == FALSE_POSITIVE and waits:
        wait = " A second, different reviewer must decide the same before it counts."
    note = f" Note: {one.note.rstrip('.')}." if one.note else ""
    return f"{_what(one)} by {one.reviewer}{both}, {in_words(one.recorded.date())}{term}.{wait}{note}"


def _reopened(standing: _Standing) -> str:
    one = standing.decision
    why = {
        EXPIRED: f"it was valid until {in_words(one.valid_until)}" if one.valid_until else "",
        ENTRY_CHANGED: "the entry of the list has changed since",
        HOLDING_CHANGED: "the name or an identifier of the holding has changed since",
    }[standing.reopened]
    return f"Open again: {why}. Decided before: {_what(one).lower()} by {one.reviewer}, {in_words(one.recorded.date())}."


def _what(one: Decision) -> str:
    return CHOICES.get(one.decision, one.decision)


def with_reviews(findings: DataFrame[Findings], reviews: pd.DataFrame) -> DataFrame[Findings]:
    """``findings`` in which, of each holding, the worst that is not taken off the desk decides; ``why`` tells of decisions."""
    if not (reviews["told"] != "").any():
        return findings
    place = ["file", "sheet", "row"]
    suppressed = reviews["suppressed"].to_numpy()
    told = pd.Series(reviews["told"].to_numpy(), index=findings.index)
    order = findings.assign(suppressed=suppressed, late=~findings["decisive"])
    touched = order.groupby(place)["suppressed"].transform("any")
    first = order[touched].sort_values(["suppressed", "late"], kind="stable").drop_duplicates(place).index
    decisive = findings["decisive"].where(~touched, findings.index.isin(first))
    why = findings["why"].where(told == "", findings["why"] + " " + told)
    return checked(Findings, findings.assign(decisive=decisive.astype(bool), why=why))


def reasons(findings: pd.DataFrame, reviews: pd.DataFrame) -> Mapping[tuple[str, str, int], tuple[str, str]]:
    """For each holding of which a finding is off the desk: the action that decides now, and its reason for rows.csv."""
    chosen = findings.assign(told=reviews["told"].to_numpy(), suppressed=reviews["suppressed"].to_numpy())
    place = ["file", "sheet", "row"]
    touched = chosen.groupby(place)["suppressed"].transform("any")
    rows = chosen[chosen["decisive"] & touched]
    return {
        (str(row.file), str(row.sheet), int(str(row.row))): (
            str(row.action),
            f"{row.action} under {row.programme}: {row.status}" + (f"; {row.told}" if row.suppressed else ""),
        )
        for row in rows.itertuples(index=False)
    }
