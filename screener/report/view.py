"""A report as plain values (text, numbers, lists) that can be kept as JSON: what a page shows, whenever it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import pandas as pd

from screener.contracts import columns
from screener.funds import Exposures, Funds
from screener.report.changes import Changes
from screener.report.details import fields_that_met
from screener.report.facts import Summary
from screener.report.model import Report
from screener.report.summary import described, summarise
from screener.report.words import words

SHOWN: Final = 200  # findings of a kind, rows not screened, remarks: the files have them all
_TEXTS: Final = [
    "file",
    "sheet",
    "row",
    "portfolio",
    "security",
    "isin",
    "ticker",
    "action",
    "mandatory",
    "status",
    "programme",
    "list",
    "entity_id",
    "entity",
    "tier",
    "method",
    "printed",
    "basis",
    "why",
    "do",
    "day",
    "also",
    "currency",
    "told",
]


def view_of(report: Report, summary: Summary | None = None) -> dict[str, Any]:
    """What the result page shows of ``report``."""
    summary = summary or summarise(report)
    found = described(report.findings, report.as_of, report.reviews)
    found = found.assign(number=range(1, len(found) + 1))  # as the history counts them
    first = asdict(summary)
    first.pop("changes")  # told apart, and capped
    return {
        "summary": plain(first),
        "coverage": {
            "reconciles": summary.coverage.reconciles,
            "screened": summary.coverage.screened,
            "sentence": summary.coverage.sentence(),
            "checks": summary.coverage.told(),
        },
        "lists": [plain(asdict(line)) | {"sentence": line.sentence()} for line in summary.lists],
        "groups": {sheet: _group(found, sheet) for sheet in ("Action", "Review", "Information")},
        "not_screened": _unscreened(report.outcomes),
        "issues": _issues(report.issues),
        "tables": _tables(report.columns),
        "files": plain([asdict(file) for file in report.files]),
        "changes": _changed(summary.changes),
        "funds": _funds(report),
    }


def plain(value: Any) -> Any:
    """``value`` with days and instants as ISO text and tuples as lists, so that it can be kept as JSON."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _group(found: pd.DataFrame, sheet: str) -> dict[str, Any]:
    """The findings of a sheet of the workbook, in its order: the first SHOWN, and how many there are."""
    rows = found[found["action"].isin(words().on_sheet(sheet))]
    return {
        "total": len(rows),
        "findings": [finding_view(row) for row in rows.head(SHOWN).to_dict("records")],
    }


def finding_view(row: dict[Any, Any]) -> dict[str, Any]:
    """One finding (a row of :func:`described`) with both sides that met, field by field."""
    told: dict[str, Any] = {name: plain(row[name]) for name in _TEXTS}
    numbers = {name: plain(row[name]) for name in ("quantity", "market_value", "days_left", "score")}
    sides = [{"label": label, "ours": ours, "theirs": theirs} for label, ours, theirs in fields_that_met(row)]
    return (
        told
        | numbers
        | {
            "decisive": bool(row["decisive"]),
            "number": int(row.get("number", 0)),
            "sides": sides,
            "sources": [_source(line) for line in row["sources"].splitlines()],
        }
    )


def _source(citation: str) -> dict[str, str]:
    """A citation, with the first address in it (https or http only) apart, so that it can be followed."""
    for word in citation.split():
        address = word.strip("<>()[],.;")
        if address.startswith(("https://", "http://")):
            return {"text": citation, "url": address}
    return {"text": citation, "url": ""}


def _unscreened(outcomes: pd.DataFrame) -> dict[str, Any]:
    rows = outcomes[outcomes["outcome"] == "not_screened"]
    return _part(rows, ("file", "sheet", "row", "security", "reason"))


def _issues(issues: pd.DataFrame) -> dict[str, Any]:
    """Remarks on the input, those that matter first; notes are told only after them."""
    order = {"error": 0, "warning": 1, "note": 2}
    rows = issues.assign(order=issues["severity"].map(order)).sort_values("order", kind="stable")
    return _part(rows, ("file", "sheet", "row", "column", "value", "reason", "severity"))


def _changed(changes: Changes) -> dict[str, Any]:
    """What is new since the run before, each with its cause."""
    return {
        "found": changes.found,
        "sentence": changes.sentence(),
        "total": len(changes.rows),
        "rows": [plain(asdict(row)) for row in changes.rows[:SHOWN]],
        "between": list(changes.between),
    }


def _funds(report: Report) -> dict[str, Any]:
    """Funds held: those whose holdings are not known, those that were opened, and what was met inside."""
    shut = report.funds["book"] == ""
    return {
        "total": len(report.funds),
        "shut": _part(report.funds[shut], columns(Funds)),
        "opened": _part(report.funds[~shut], columns(Funds)),
        "inside": _part(report.exposures, columns(Exposures)),
    }


def _part(rows: pd.DataFrame, names: Iterable[str]) -> dict[str, Any]:
    return {"total": len(rows), "rows": _records(rows, names)}


def _records(rows: pd.DataFrame, names: Iterable[str]) -> list[dict[str, Any]]:
    return [plain(each) for each in rows.head(SHOWN)[list(names)].to_dict("records")]


def _tables(read: pd.DataFrame) -> list[dict[str, Any]]:
    """Each table found, with what its columns were taken for and the first value of each."""
    place, told = ["file", "sheet", "header_row"], ["column", "heading", "field", "by", "first_value"]
    return [
        dict(zip(place, plain(list(where)), strict=True))
        | {"columns": [plain(each) for each in part[told].to_dict("records")]}
        for where, part in read.groupby(place, sort=False)
    ]
