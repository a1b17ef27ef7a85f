"""The sheet Changes: what came, went or changed since the previous run, each with its cause."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from screener.report.changes import CAUSES, Change
from screener.report.facts import Summary
from screener.report.look import Look, Style
from screener.report.sheet import close_page, open_page
from screener.report.table import Column, write_table

_COLUMNS = [
    Column("action", "Action", "chip"),
    Column("security", "Security", wrap=True),
    Column("identifier", "ISIN or ticker", wrap=True),
    Column("portfolio", "Portfolio", wrap=True),
    Column("entity", "Restricted entity", wrap=True),
    Column("programme", "Programme", wrap=True),
    Column("before", "Before", wrap=True),
    Column("after", "Now", wrap=True),
    Column("cause", "Cause", wrap=True),
    Column("told", "Because", wrap=True),
]


def write_changes(look: Look, summary: Summary) -> None:
    """Every change of ``summary.changes``, and what differs between the two runs."""
    changes = summary.changes
    page = open_page(look, "Changes", [11, 24, 14, 12, 24, 10, 18, 18, 14, 32], summary)
    page.paragraph(changes.sentence(), Style(bold=True, wrap=True))
    page.gap(4)
    header = page.row
    write_table(page, _COLUMNS, _frame(changes.rows), "Changes", "run.json")
    if changes.found:
        page.section("What differs between the two runs")
        for line in changes.between or ("Nothing that the program knows of.",):
            page.paragraph(line)
    close_page(page, header=header)


def _frame(rows: tuple[Change, ...]) -> pd.DataFrame:
    shown = [
        asdict(row)
        | {
            "cause": CAUSES[row.cause],
            "before": row.before or "no finding",
            "after": row.after or "no finding",
        }
        for row in rows
    ]
    return pd.DataFrame(shown, columns=[column.name for column in _COLUMNS])
