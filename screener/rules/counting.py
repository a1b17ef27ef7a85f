"""What counts as restricted inside a fund: the hits of its own holdings, each judged as if it were held directly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd
from pandera.typing import DataFrame

from screener.lists.model import Restricted
from screener.rules.decision import CASE, WEIGHTY, Rules, distinct
from screener.rules.entries import Entry, entries_of
from screener.rules.model import Hits
from screener.rules.securities import Security, reach
from screener.rules.timeline import status


def counted(hits: DataFrame[Hits], restricted: Restricted, rules: Rules) -> pd.Series[str]:
    """For each hit ``yes`` (restricted), ``unknown``, ``no`` (the rule does not reach it), or ``past``.

    ``past`` are listings that ask nothing any more, or not yet: released, or proposed only. A listing of a kind that
    does not concern securities counts all the same, because own policy may.
    """
    entries = entries_of(restricted, set(hits["listing_id"].unique()), rules.as_of)
    number, cases = distinct(hits[CASE])
    answers = pd.Series([_answer(case, entries, rules) for case in cases.to_dict("records")], dtype="str")
    return answers.iloc[number].set_axis(hits.index)


def _answer(case: Mapping[Hashable, str], entries: Mapping[str, Entry], rules: Rules) -> str:
    entry = entries.get(case["listing_id"])
    if entry is None:
        return "no"
    programme = rules.programmes.get(entry.programme)
    now = status(entry.events, programme, rules.as_of)
    if now.state != "listed":
        return "no" if now.state == "unlisted" else "past"
    version = programme.version_on(rules.as_of) if programme else None
    if programme is None or version is None:
        return "unknown"
    action = version.consequence(now.phase).action
    if action == "RELEASED":
        return "past"
    security = Security(case["instrument"], case["issue_date"], case["maturity"])
    reached = reach(programme, security, entry.printed, now).answer if action in WEIGHTY else "yes"
    return "unknown" if reached == "yes" and case["tier"] == "review" else reached
