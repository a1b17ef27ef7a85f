"""The funds of a report as HTML: what was met inside, what was looked through, and what was not."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import pandas as pd

from screener.report.funds import ABOUT, shut_note
from screener.report.markup import chip, section, table
from screener.report.model import Report

SHOWN: Final = 200  # of a kind: the workbook has more


def funds_section(report: Report) -> str:
    """The section Funds; "" where no holding is a fund."""
    if report.funds.empty:
        return ""
    shut = report.funds["book"] == ""
    parts = [
        f"<p>{escape(ABOUT)}</p>",
        _part("Met inside funds", _INSIDE, [_inside(row) for row in _shown(report.exposures)]),
        _part("Not looked through", _SHUT, [_shut(row) for row in _shown(report.funds[shut])]),
        f"<p>{escape(shut_note(int(shut.sum())))}</p>" if shut.any() else "",
        _part("Looked through", _OPENED, [_opened(row) for row in _shown(report.funds[~shut])]),
    ]
    return section("Funds", "".join(parts))


_INSIDE: Final = [
    "Action",
    "Fund held, and the way down",
    "Security inside",
    "Restricted entity",
    "Percent",
    "Value",
]
_SHUT: Final = ["Fund", "Market value", "Why"]
_OPENED: Final = ["Fund", "Market value", "Its holdings file", "Known, percent", "What was not opened"]


def _part(title: str, titles: list[str], rows: list[tuple[str, ...]]) -> str:
    return f"<h3>{escape(title)}</h3>{table(titles, rows)}" if rows else ""


def _shown(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    return rows.head(SHOWN).to_dict("records")


def _inside(row: dict[Any, Any]) -> tuple[str, ...]:
    entity = escape(f"{row['entity']} ({row['programme']})")
    return (
        chip(row["action"]),
        escape(row["chain"]),
        escape(row["inside"]),
        entity,
        _number(row["weight"], 2),
        _value(row),
    )


def _shut(row: dict[Any, Any]) -> tuple[str, ...]:
    return _fund(row), _value(row), escape(row["note"])


def _opened(row: dict[Any, Any]) -> tuple[str, ...]:
    return _fund(row), _value(row), escape(row["book"]), _number(row["known"], 1), escape(row["note"])


def _fund(row: dict[Any, Any]) -> str:
    return f"<strong>{escape(row['security'])}</strong><br>{escape(row['isin'] or row['ticker'])}"


def _value(row: dict[Any, Any]) -> str:
    amount = _number(row["market_value"], 0)
    return escape(f"{row['currency']} {amount}".strip()) if amount else ""


def _number(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:,.{digits}f}"
