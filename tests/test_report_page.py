"""The HTML page: the same facts as the workbook, safe and self-contained."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from screener.report import Report, html_page, summarise
from tests.report_samples import build, finding, mixed, outcome, reports


class _Reader(HTMLParser):
    """Tags opened and closed, and attributes seen."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


@settings(max_examples=30, deadline=None)
@given(reports())
def test_the_page_is_well_formed_and_fetches_nothing(report: Report) -> None:
    reader = _read(html_page(summarise(report)))
    assert not reader.open
    assert not reader.fetched
    assert not reader.seen & {"script", "img", "link", "iframe", "form"}


def test_what_a_holding_is_called_cannot_become_markup() -> None:
    text = html_page(summarise(build([finding(security="<script>alert(1)</script>", portfolio='"><b>')])))
    assert "script" not in _read(text).seen
    assert escape("<script>alert(1)</script>") in text


def test_the_page_prints_the_facts_of_the_first_page() -> None:
    summary = summarise(mixed())
    text = html_page(summary)
    sentences = [summary.verdict, summary.coverage.sentence(), summary.disclaimer]
    sentences += [reason.text for reason in summary.banner.reasons]
    sentences += [line.sentence() for line in summary.lists] + [item.do for item in summary.to_do]
    assert all(escape(sentence) in text for sentence in sentences)


@pytest.mark.parametrize("action", ["BLOCK", "HOLD", "PENDING", "REVIEW", "INFO", "NOT_BOUND", "RELEASED"])
def test_the_word_sell_is_not_on_the_page_when_no_finding_allows_a_sale(action: str) -> None:
    text = html_page(summarise(build([finding(action=action, until="2022-03-01")])))
    assert not re.search(r"\b(sell|selling|sold)\b", text, re.IGNORECASE)


def test_a_clear_portfolio_has_a_page_too() -> None:
    text = html_page(summarise(build((), [outcome(row=2)])))
    assert "No holding met a restricted entity." in text
    assert "Action needed" not in text
