"""A decision counts while nothing it rested on has changed, for exactly the security and entry that it was about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

from screener.findings import Findings
from screener.reviews import Decision, keys_of, reasons, reviews_of, with_reviews
from tests.report_samples import finding, frame

DAY = date(2026, 8, 1)
ONE = Decision(
    recorded=datetime(2026, 7, 1, 9, tzinfo=UTC),
    recorded_by="ops",
    reviewer="A. Reviewer",
    decision="false_positive",
    note="another company",
    valid_until=date(2026, 12, 31),
    security_key="isin:HK0883013259",
    security_hash="a1",
    security="CNOOC LTD",
    listing_id="cmic-cnooc/NS-CMIC",
    entry_hash="b2",
    entity="CHINA NATIONAL OFFSHORE OIL CORPORATION",
    programme="NS-CMIC",
    action="REVIEW",
    run="r",
    file="back.xlsx",
    file_sha256="0" * 64,
    id=1,
)


def _row(*decisions: Decision, as_of: date = DAY, four_eyes: bool = False, **fields: Any) -> dict[str, Any]:
    findings = frame(Findings, [finding(action="REVIEW", **fields)])
    told = reviews_of(findings, [replace(one, id=n) for n, one in enumerate(decisions, 1)], as_of, four_eyes)
    return {str(name): value for name, value in told.to_dict("records")[0].items()}


def test_nothing_decided() -> None:
    row = _row()
    assert (row["decision"], row["choice"], row["suppressed"], row["told"]) == (0, "", False, "")


def test_a_false_positive_is_off_the_desk_and_says_why() -> None:
    row = _row(ONE)
    assert (row["choice"], row["suppressed"]) == ("false_positive", True)
    assert row["told"] == (
        "False positive by A. Reviewer, 1 Jul 2026, valid until 31 Dec 2026. Note: another company."
    )


@pytest.mark.parametrize("choice", ["confirmed", "needs_information"])
def test_other_decisions_are_shown_and_leave_it_on_the_desk(choice: str) -> None:
    row = _row(replace(ONE, decision=choice))
    assert (row["choice"], row["suppressed"]) == (choice, False)


@pytest.mark.parametrize(
    ("fields", "as_of", "reopened", "why"),
    [
        ({"entry_hash": "new"}, DAY, "entry", "the entry of the list has changed since"),
        (
            {"security_hash": "new"},
            DAY,
            "holding",
            "the name or an identifier of the holding has changed since",
        ),
        ({}, date(2027, 1, 1), "expired", "it was valid until 31 Dec 2026"),
    ],
)
def test_what_changed_opens_it_again(fields: dict[str, Any], as_of: date, reopened: str, why: str) -> None:
    row = _row(ONE, as_of=as_of, **fields)
    assert (row["reopened"], row["suppressed"], row["choice"]) == (reopened, False, "")
    assert row["told"].startswith(f"Open again: {why}. Decided before: false positive by A. Reviewer")


def test_it_is_valid_on_its_last_day() -> None:
    assert _row(ONE, as_of=date(2026, 12, 31))["suppressed"]


@pytest.mark.parametrize("other", [{"listing_id": "other/NS-CMIC"}, {"security_key": "isin:US0000000000"}])
def test_it_never_hides_another_entry_or_security(other: dict[str, Any]) -> None:
    assert _row(ONE, **other)["decision"] == 0


def test_the_last_decision_counts() -> None:
    confirmed = replace(ONE, decision="confirmed", reviewer="B. Second")
    assert not _row(ONE, confirmed)["suppressed"]
    assert _row(confirmed, ONE)["suppressed"]


def test_a_decision_on_what_is_there_today_counts_over_a_later_one_on_something_else() -> None:
    elsewhere = replace(ONE, security_hash="other spelling", decision="confirmed")
    assert _row(ONE, elsewhere)["suppressed"]


def test_four_eyes_needs_a_second_and_different_reviewer() -> None:
    second = replace(ONE, reviewer="B. Second")
    alone = _row(ONE, four_eyes=True)
    assert not alone["suppressed"]
    assert "A second, different reviewer must decide the same" in alone["told"]
    assert not _row(ONE, replace(ONE, reviewer="a  REVIEWER", note="x"), four_eyes=True)["suppressed"]
    both = _row(ONE, second, four_eyes=True)
    assert both["suppressed"]
    assert "by B. Second and A. Reviewer" in both["told"]


@pytest.mark.parametrize(
    "first",
    [
        {"valid_until": date(2026, 7, 31)},
        {"entry_hash": "old"},
        {"security_hash": "old"},
        {"decision": "needs_information"},
    ],
)
def test_four_eyes_must_have_looked_at_the_same(first: dict[str, Any]) -> None:
    second = replace(ONE, reviewer="B. Second")
    assert not _row(replace(ONE, **first), second, four_eyes=True)["suppressed"]


def test_somebody_who_disagrees_in_between_breaks_the_pair() -> None:
    second, between = replace(ONE, reviewer="B. Second"), replace(ONE, reviewer="C", decision="confirmed")
    assert not _row(ONE, between, second, four_eyes=True)["suppressed"]


def test_the_next_worst_finding_of_the_holding_decides() -> None:
    rows = [
        finding(action="REVIEW"),
        finding(action="INFO", programme="1260H", listing_id="other", decisive=False, status="listed"),
    ]
    findings = frame(Findings, rows)
    reviews = reviews_of(findings, [ONE], DAY)
    decided = with_reviews(findings, reviews)
    assert decided["decisive"].tolist() == [False, True]
    assert reasons(decided, reviews)["portfolio.xlsx", "Holdings", 2] == ("INFO", "INFO under 1260H: listed")
    assert "False positive by A. Reviewer" in decided["why"].iloc[0]


def test_a_holding_whose_findings_are_all_decided_keeps_one_that_decides() -> None:
    findings = frame(Findings, [finding(action="REVIEW")])
    reviews = reviews_of(findings, [ONE], DAY)
    decided = with_reviews(findings, reviews)
    assert decided["decisive"].tolist() == [True]
    assert "False positive by A. Reviewer" in reasons(decided, reviews)["portfolio.xlsx", "Holdings", 2][1]


def test_keys_differ_by_run_and_by_what_they_are_about() -> None:
    rows = frame(Findings, [finding(), finding(row=3), finding(row=4, entry_hash="x")])
    keys = pd.concat([keys_of("one", rows), keys_of("two", rows)])
    assert keys.is_unique
    assert keys_of("one", rows).tolist() == keys_of("one", rows).tolist()
