"""The sheet Funds: what was not looked through, what was, and what was met inside."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from screener.report.facts import Summary
from screener.report.look import Look
from screener.report.model import Report
from screener.report.sheet import close_page, open_page
from screener.report.table import Column, write_table

ABOUT: Final = (
    "A rule can reach a fund by what it holds: under NS-CMIC whatever the share (OFAC FAQ 861), under others from a share "
    "of its value on (SDN: half, FAQ 982). A fund whose holdings are not known is not clear by itself."
)
_WIDTHS = [30, 36, 30, 16, 10, 10, 14, 6, 22, 7]


def write_funds(look: Look, report: Report, summary: Summary) -> None:
    """Nothing where no holding is a fund."""
    if report.funds.empty:
        return
    page = open_page(look, "Funds", _WIDTHS, summary)
    page.paragraph(ABOUT)
    shut = report.funds["book"] == ""
    page.section("Not looked through", shut_note(int(shut.sum())))
    write_table(page, _SHUT, _identified(report.funds[shut]), "NotLookedThrough")
    page.section(
        "Looked through",
        "Each with the file of what it holds; known is the part of its value that the file states.",
    )
    write_table(page, _OPENED, _identified(report.funds[~shut]), "LookedThrough")
    page.section(
        "What was met inside",
        "The action is that of the fund held because of this entry. Weights are percent of the value of the fund held.",
    )
    write_table(page, _INSIDE, report.exposures, "MetInside")
    close_page(page)


def shut_note(number: int) -> str:
    """What to do about funds whose holdings are not known."""
    if not number:
        return "None."
    return "Get the fund's own holdings from its manager and run again with --look-through."


def _identified(funds: pd.DataFrame) -> pd.DataFrame:
    return funds.assign(identifier=funds["isin"].where(funds["isin"] != "", funds["ticker"]))


_FUND: Final = Column("security", "Fund", wrap=True)
_IDENTIFIER: Final = Column("identifier", "ISIN or ticker", wrap=True)
_VALUE: Final = (Column("market_value", "Market value", "money"), Column("currency", "Ccy"))
_FILE: Final = Column("file", "File", wrap=True)
_ROW: Final = Column("row", "Row", "int")
_SHUT: Final = (
    _FUND,
    Column("note", "Why", wrap=True),
    _FILE,
    _IDENTIFIER,
    _ROW,
    Column("sheet", "Sheet", wrap=True),
    *_VALUE,
)
_OPENED: Final = (
    _FUND,
    Column("note", "What was not opened", wrap=True),
    Column("book", "Its holdings file", wrap=True),
    _IDENTIFIER,
    Column("known", "Known, percent", "quantity"),
    Column("holdings", "Positions", "int"),
    *_VALUE,
    _FILE,
    _ROW,
)
_INSIDE: Final = (
    Column("chain", "Fund held, and the way down", wrap=True),
    Column("entity", "Restricted entity", wrap=True),
    Column("inside", "Security inside", wrap=True),
    Column("programme", "Programme", wrap=True),
    Column("action", "Action", "chip"),
    Column("weight", "Weight, percent", "quantity"),
    replace(_VALUE[0], title="Value"),
    _VALUE[1],
    _FILE,
    _ROW,
)
