"""The facts of the first page: counted once, reconciled, dated, and coloured for a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import isclose, nan

import pytest
from hypothesis import given, settings

from screener.holdings.model import Issues, StatedTotals
from screener.report import InputFile, InvestorLine, Report, summarise
from screener.report.facts import CHECKS_TOLD, TotalCheck
from screener.report.summary import TO_DO_CAP
from screener.rules.model import NEEDS_ACTION
from tests.report_samples import AS_OF, STARTER, build, finding, frame, many, mixed, outcome, reports


@settings(max_examples=30, deadline=None)
@given(reports())
def test_every_row_and_every_amount_is_counted_once(report: Report) -> None:
    summary = summarise(report)
    assert summary.coverage.reconciles
    assert summary.coverage.accounted == len(report.outcomes)
    assert sum(line.holdings for line in summary.actions) == summary.coverage.count("finding")
    by_action = sum(amount.value for line in summary.actions for amount in line.amounts)
    assert isclose(by_action, sum(line.with_finding for line in summary.coverage.values), abs_tol=1e-2)
    needing = report.findings[report.findings["decisive"] & report.findings["action"].isin(NEEDS_ACTION)]
    assert summary.to_do_total == len(needing)


@settings(max_examples=30, deadline=None)
@given(reports())
def test_deadlines_are_in_order_with_days_left(report: Report) -> None:
    deadlines = summarise(report).deadlines
    assert [line.day for line in deadlines] == sorted(line.day for line in deadlines)
    assert all(report.as_of + timedelta(days=line.days_left) == line.day for line in deadlines)


def test_a_holding_on_two_lists_is_counted_by_its_worst_finding_and_the_other_is_named() -> None:
    report = build(
        [
            finding(row=2, action="HOLD", market_value=100.0),
            finding(row=2, action="INFO", programme="1260H", market_value=100.0, decisive=False),
        ]
    )
    summary = summarise(report)
    assert [(line.action, line.holdings) for line in summary.actions] == [("HOLD", 1)]
    assert [str(amount) for amount in summary.actions[0].amounts] == ["USD 100"]
    assert summary.to_do[0].also == "INFO (1260H)"
    assert dict(summary.programmes) == {"NS-CMIC": 1, "1260H": 1}


def test_a_deadline_of_a_second_finding_is_not_lost() -> None:
    report = build(
        [
            finding(row=2, action="HOLD"),
            finding(row=2, action="PENDING", effective="2022-02-08", programme="X", decisive=False),
        ]
    )
    assert [(line.day, line.action, line.days_left) for line in summarise(report).deadlines] == [
        (date(2022, 2, 8), "PENDING", 24)
    ]


def test_currencies_are_never_added_and_a_missing_value_is_said() -> None:
    report = build(
        [
            finding(row=2, market_value=10.0, currency="EUR"),
            finding(row=3, market_value=5.0, currency="USD"),
            finding(row=4, market_value=nan, currency="USD"),
        ]
    )
    (line,) = summarise(report).actions
    assert [str(amount) for amount in line.amounts] == ["EUR 10", "USD 5"]
    assert (line.holdings, line.without_value) == (3, 1)


def test_the_verdict_names_what_is_needed_and_by_when() -> None:
    verdict = summarise(mixed()).verdict
    assert "6 of 38 holdings screened need action or a decision" in verdict
    assert "1 to hold as they are (no purchase, no sale)" in verdict
    assert "earliest last day 2 Jun 2022" in verdict
    assert verdict.endswith("1 row could not be screened.")


def test_nothing_found_is_green_and_needs_no_action() -> None:
    summary = summarise(build((), [outcome(row=2)]))
    assert summary.banner.colour == "green"
    assert not summary.needs_action
    assert "none of the 1 holdings screened needs action" in summary.verdict


def _reasons(report: Report, colour: str) -> str:
    return " ".join(reason.text for reason in summarise(report).banner.reasons if reason.colour == colour)


CLEAR = build((), [outcome(row=2)])


def test_a_failure_is_red_before_anything_else() -> None:
    report = replace(CLEAR, failures=("other.xlsx: is encrypted",), warnings=("The list is old",))
    banner = summarise(report).banner
    assert banner.colour == "red"
    assert [reason.text for reason in banner.reasons] == ["other.xlsx: is encrypted.", "The list is old."]


def test_an_unread_file_is_red_and_named_once() -> None:
    unread = InputFile("other.xlsx", "", 0, 0, "other.xlsx: is encrypted")
    report = replace(CLEAR, files=(*CLEAR.files, unread))
    assert _reasons(report, "red") == "other.xlsx: is encrypted."
    assert (
        _reasons(replace(report, failures=("other.xlsx: is encrypted",)), "red")
        == "other.xlsx: is encrypted."
    )


def test_a_run_that_screened_nothing_is_red() -> None:
    assert "No holding was screened" in _reasons(build(), "red")


def test_an_assumed_investor_is_amber_and_named() -> None:
    report = replace(CLEAR, investor=InvestorLine("us", "U.S. person", assumed=True))
    assert "us was assumed" in _reasons(report, "amber")


def test_unscreened_rows_and_remarks_are_amber_and_notes_are_not() -> None:
    issue = {"file": "f", "sheet": "", "row": 0, "column": "", "value": "", "reason": "r"}
    report = build((), [outcome(row=2), outcome(row=3, outcome="not_screened", action="")])
    assert "1 row could not be screened" in _reasons(report, "amber")
    warned = replace(CLEAR, issues=frame(Issues, [issue | {"severity": "warning"}]))
    assert "1 remark" in _reasons(warned, "amber")
    noted = replace(CLEAR, issues=frame(Issues, [issue | {"severity": "note"}]))
    assert summarise(noted).banner.colour == "green"


def _with_totals(*stated: float, cash: float = 0.0) -> Report:
    cash_row = outcome(row=9, outcome="not_a_holding", action="", reason="cash", market_value=cash)
    report = build((), [outcome(row=2), outcome(row=3), cash_row])
    rows = [
        {
            "file": "portfolio.xlsx",
            "sheet": "Holdings",
            "row": 9,
            "label": "Total",
            "currency": "USD",
            "market_value": each,
            "read": float("nan"),
        }
        for each in stated
    ]
    return replace(report, totals=frame(StatedTotals, rows))


@pytest.mark.parametrize(
    ("stated", "cash"), [((200_000.0,), 0.0), ((150_000.0, 200_100.0), 0.0), ((80_000.0, 120_000.0), 0.0), ((250_000.0,), 50_000.0), ((200_000.0,), 50_000.0)]
)  # fmt: skip
def test_totals_agree_when_one_of_them_or_all_together_do_with_or_without_cash(
    stated: tuple[float, ...], cash: float
) -> None:
    assert all(check.agrees for check in summarise(_with_totals(*stated, cash=cash)).coverage.checks)


def test_the_totals_of_many_sheets_are_told_in_a_line_and_those_that_differ_first() -> None:
    checks = [TotalCheck("fund.xls", f"S{n}", "Total", "INR", 1000.0, 1000.0) for n in range(20)]
    checks.append(TotalCheck("fund.xls", "S20", "Total", "INR", 1000.0, 900.0))
    told = replace(summarise(mixed()).coverage, checks=tuple(checks)).told()
    assert len(told) == CHECKS_TOLD + 1
    assert "S20" in told[0] and "DIFFERS by 100" in told[0]
    assert told[-1].startswith("16 further totals of the files were compared: all agree.")


def test_a_holding_without_a_portfolio_is_told_by_its_sheet_where_there_are_several() -> None:
    rows = [finding(row=2, sheet="Fund A", portfolio=""), finding(row=2, sheet="Fund B", portfolio="P1")]
    assert [item.portfolio for item in summarise(build(rows)).to_do] == ["sheet Fund A", "P1"]
    assert [item.portfolio for item in summarise(build(rows[:1])).to_do] == [""]


def test_a_total_that_differs_is_amber_with_both_sides() -> None:
    reasons = _reasons(_with_totals(300_000.0), "amber")
    assert "USD 200,000" in reasons
    assert "USD 300,000" in reasons
    assert "-100,000" in reasons


def test_findings_without_rows_and_lost_holdings_are_red() -> None:
    report = build([finding(row=2)], [outcome(row=3)])
    assert "The counts do not meet" in _reasons(replace(report, findings=report.findings.head(0)), "red")
    more = replace(report.files[0], holdings=40)
    assert "40 holdings were read" in _reasons(replace(report, files=(more,)), "red")


def test_a_sale_offered_after_its_last_day_is_red() -> None:
    report = build([finding(action="DIVEST", until="2022-01-14")])
    assert "treat them as Hold" in _reasons(report, "red")
    assert summarise(build([finding(action="DIVEST", until="2022-01-15")])).banner.colour == "green"


def test_an_explanation_that_calls_for_a_sale_outside_a_window_is_red() -> None:
    assert "speaks of selling" in _reasons(build([finding(why="It must be sold today.")]), "red")


def test_a_question_may_say_that_its_answer_would_allow_a_sale() -> None:
    why = "If the issuer is the listed one: NO_BUY. It may be kept, and may be sold to a non-U.S. person."
    asked = finding(action="REVIEW", possible="NO_BUY", why=why)
    assert "speaks of selling" not in _reasons(build([asked]), "red")
    barred = finding(action="REVIEW", possible="HOLD", why=why)
    assert "speaks of selling" in _reasons(build([barred]), "red")


def test_the_list_of_holdings_is_capped_and_says_so() -> None:
    summary = summarise(many(90))
    assert len(summary.to_do) == TO_DO_CAP
    assert summary.to_do_left_out == summary.to_do_total - TO_DO_CAP > 0


def test_each_list_says_how_far_it_stops_before_the_day() -> None:
    report = replace(CLEAR, datasets=(STARTER, replace(STARTER, kept_to=AS_OF)))
    assert [line.days_behind for line in summarise(report).lists] == [30, 0]
