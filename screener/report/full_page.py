"""The whole report as HTML: the first page, then every finding with both sides, changes, and how the files were read.

Self-contained like the first page: no script, no picture, nothing is fetched; links lead to the sources only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import pandas as pd

from screener.report.changes import CAUSES, Changes
from screener.report.details import fields_that_met
from screener.report.facts import Summary
from screener.report.funds_page import funds_section
from screener.report.markup import chip, document, section, table
from screener.report.model import Report
from screener.report.page import first_page
from screener.report.summary import described, summarise
from screener.report.words import day_in_words, words

SHOWN: Final = 200  # of a kind: the workbook and the csv files have them all
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)\]]")
_SHEETS: Final = {
    "Action": "Findings that restrict what may be done",
    "Review": "For a person to decide",
    "Information": "For information",
}


def report_page(report: Report, summary: Summary | None = None) -> str:
    """``report`` as a complete HTML document."""
    summary = summary or summarise(report)
    title = f"{summary.title}, {day_in_words(summary.as_of)}"
    return document(title, report_fragment(report, summary))


def report_fragment(report: Report, summary: Summary | None = None) -> str:
    """The inside of :func:`report_page`, for a page that has a head of its own (see ``markup.STYLE``)."""
    summary = summary or summarise(report)
    found = described(report.findings, report.as_of, report.reviews)
    parts = [
        first_page(summary),
        section("Changes", _changes(summary.changes)),
        *(_findings(found, sheet, title) for sheet, title in _SHEETS.items()),
        funds_section(report),
        section("Not screened", _not_screened(report)),
        section("How we read your file", _reading(report)),
        section("Method", _method(report)),
        f"<footer>{escape(summary.disclaimer)}</footer>",
    ]
    return f'<div class="report">{"".join(parts)}</div>'


def _capped(rows: Sequence[str], total: int, where: str) -> str:
    more = f"<p><strong>{total - len(rows):,} more in {where}.</strong></p>" if total > len(rows) else ""
    return "".join(rows) + more


def _changes(changes: Changes) -> str:
    said = f"<p><strong>{escape(changes.sentence())}</strong></p>"
    rows = [
        (
            chip(row.action),
            f"<strong>{escape(row.security)}</strong><br>{escape(row.identifier)}",
            escape(f"{row.entity} ({row.programme})"),
            escape(row.before or "no finding"),
            escape(row.after or "no finding"),
            f"<strong>{escape(CAUSES[row.cause])}</strong><br>{escape(row.told)}",
        )
        for row in changes.rows[:SHOWN]
    ]
    titles = ["Action", "Security", "Restricted entity", "Before", "Now", "Cause"]
    listed = table(titles, rows) if rows else ""
    listed += _capped([], 0, "") if len(changes.rows) <= SHOWN else _more(len(changes.rows), "run.json")
    between = "".join(f"<li>{escape(line)}</li>" for line in changes.between)
    return said + listed + (f"<p>Between the two runs:</p><ul>{between}</ul>" if between else "")


def _more(total: int, where: str) -> str:
    return f"<p><strong>{total - SHOWN:,} more in {where}.</strong></p>"


def _findings(found: pd.DataFrame, sheet: str, title: str) -> str:
    rows = found[found["action"].isin(words().on_sheet(sheet))]
    if rows.empty:
        return ""
    cards = [_card(row) for row in rows.head(SHOWN).to_dict("records")]
    return section(title, _capped(cards, len(rows), "the workbook and findings.csv"))


def _card(row: dict[Any, Any]) -> str:
    """One finding: what to do, why, both sides field by field, the list's own words, basis and sources."""
    sides = [(escape(label), escape(ours), escape(theirs)) for label, ours, theirs in fields_that_met(row)]
    place = f"{row['file']}{', sheet ' + row['sheet'] if row['sheet'] else ''}, row {row['row']}"
    sides.append(("As printed", escape(place), escape(f"{row['printed']} (entry {row['entity_id']})")))
    facts = [
        ("What to do", row["do"]),
        ("Why", row["why"]),
        ("Decided so far", row["told"]),
        ("Legal basis", row["basis"]),
        ("Evidence", f"{row['method']}, score {row['score']:.2f}, tier {row['tier']}"),
        ("Also found", row["also"]),
    ]
    told = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in facts if text)
    sources = "".join(f"<li>{_linked(line)}</li>" for line in row["sources"].splitlines() if line.strip())
    title = f"{row['security']} · {row['entity']} · {row['list'] or row['programme']}"
    return (
        f"<article><h3>{chip(row['action'])} {escape(title)}</h3><dl>{told}</dl>"
        + table(["", "Your holding", "The list"], sides)
        + (f"<ul>{sources}</ul>" if sources else "")
        + "</article>"
    )


def _linked(citation: str) -> str:
    found = _URL.search(citation)
    if not found:
        return escape(citation)
    before, address, after = citation[: found.start()], found.group(), citation[found.end() :]
    return (
        f'{escape(before)}<a href="{escape(address)}" rel="noreferrer">{escape(address)}</a>{escape(after)}'
    )


def _not_screened(report: Report) -> str:
    rows = report.outcomes[report.outcomes["outcome"] == "not_screened"]
    issues = report.issues[report.issues["severity"] != "note"]
    if rows.empty and issues.empty:
        return "<p>Every holding was screened, and nothing of note was found in the files.</p>"
    shown = [
        (escape(_where(row)), escape(str(row["security"])), escape(str(row["reason"])))
        for row in rows.head(SHOWN).to_dict("records")
    ]
    told = [
        (escape(_where(row)), escape(str(row["value"])), escape(str(row["reason"])))
        for row in issues.head(SHOWN).to_dict("records")
    ]
    parts = [
        table(["Row", "Security", "Why it was not screened"], shown) if shown else "",
        _more(len(rows), "rows.csv") if len(rows) > SHOWN else "",
        table(["Place", "Value", "What is wrong and what to do"], told) if told else "",
        _more(len(issues), "the workbook") if len(issues) > SHOWN else "",
    ]
    return "".join(parts)


def _where(row: dict[Any, Any]) -> str:
    parts = [str(row["file"]), str(row["sheet"]), f"row {row['row']}" if row["row"] else ""]
    return ", ".join(part for part in parts if part)


def _reading(report: Report) -> str:
    files = [
        (escape(one.name), f"{one.holdings:,}", escape(one.failure or "read"), escape(one.sha256))
        for one in report.files
    ]
    columns = [
        (
            escape(", ".join(part for part in (row["file"], row["sheet"]) if part)),
            escape(f"{row['column']}: {row['heading']}"),
            escape(str(row["field"]).replace("_", " ") or "not used"),
        )
        for row in report.columns.head(SHOWN).to_dict("records")
    ]
    read = table(["File", "Holdings", "State", "SHA-256"], files, (1,))
    return read + (table(["Table", "Column", "Taken for"], columns) if columns else "")


def _method(report: Report) -> str:
    facts = [("Run", report.run_id), ("Software", report.software), *report.thresholds]
    facts.insert(2, ("Investor", f"{report.investor.name}: {report.investor.description}"))
    facts += [(f"List {one.name}", f"version {one.version}") for one in report.datasets]
    said = "".join(f"<p>{escape(text)}</p>" for text in words().method)
    return said + "<dl>" + "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in facts) + "</dl>"
