"""The report as plain values: the facts of the first page, and both sides of every finding."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given, settings

from screener.report import Report, summarise, view_of
from screener.report.view import SHOWN
from tests.report_samples import build, finding, mixed, reports


@settings(max_examples=30, deadline=None)
@given(reports())
def test_any_report_can_be_kept_as_json(report: Report) -> None:
    view = view_of(report)
    assert json.loads(json.dumps(view, allow_nan=False)) == view


def test_it_states_the_facts_of_the_first_page() -> None:
    summary, view = summarise(mixed()), view_of(mixed())
    assert view["summary"]["verdict"] == summary.verdict
    assert view["coverage"]["sentence"] == summary.coverage.sentence()
    assert [line["holdings"] for line in view["summary"]["actions"]] == [
        one.holdings for one in summary.actions
    ]
    assert date.fromisoformat(view["summary"]["as_of"]) == summary.as_of


def test_findings_stand_under_the_sheet_of_the_workbook_and_beyond_the_cap_are_counted() -> None:
    many = [finding(action="REVIEW", row=row) for row in range(2, SHOWN + 12)]
    groups = view_of(build(many))["groups"]
    assert (groups["Review"]["total"], len(groups["Review"]["findings"])) == (SHOWN + 10, SHOWN)
    assert groups["Action"] == {"total": 0, "findings": []}


def test_only_addresses_of_the_web_can_be_followed() -> None:
    sources = "FAQ 857 (https://ofac.treasury.gov/faqs/857).\njavascript:alert(1) data:text/html,x"
    found = view_of(build([finding(sources=sources)]))["groups"]["Action"]["findings"][0]["sources"]
    assert [one["url"] for one in found] == ["https://ofac.treasury.gov/faqs/857", ""]
