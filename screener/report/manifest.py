"""run.json: what ran on what, so that the run can be repeated and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from screener.report.changes import Changes
from screener.report.facts import Summary
from screener.report.model import Report


def manifest(
    report: Report,
    summary: Summary,
    timings: Mapping[str, float] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> bytes:
    """The manifest as UTF-8 JSON; ``timings`` are seconds by stage and the only part that differs between equal runs.

    Of the files ``beside`` it the hashes are told, by which a reader sees that all are of one run, and as they were.
    """
    tables = manifest_tables(report, summary, timings)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in (beside or {}).items()}
    tables |= {"written": hashes} if hashes else {}
    return (json.dumps(tables, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def manifest_tables(
    report: Report, summary: Summary, timings: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """The manifest as plain values, as it is kept in the history too."""
    tables: dict[str, Any] = {
        "run_id": report.run_id,
        "as_of": report.as_of.isoformat(),
        "created": (report.made or report.created).isoformat(),
        "versions": {
            "screener": report.software,
            "datasets": {each.name: each.version for each in report.datasets},
        },
        "investor": {
            "name": report.investor.name,
            "description": report.investor.description,
            "assumed": report.investor.assumed,
        },
        "verdict": summary.verdict,
        "banner": summary.banner.colour,
        "counts": _counts(report, summary),
        "files": [
            {
                "name": f.name,
                "sha256": f.sha256,
                "bytes": f.size,
                "holdings": f.holdings,
                "failure": f.failure,
            }
            for f in report.files
        ],
        "datasets": _datasets(summary),
        "thresholds": dict(report.thresholds),
        "warnings": list(report.warnings),
        "notes": list(report.notes),
        "failures": list(report.failures),
        "changes": _changes(report.changes),
        "decisions": _decisions(report),
    }
    return tables | ({"timings": dict(timings)} if timings is not None else {})


def _changes(changes: Changes) -> dict[str, Any]:
    return {
        "compared": changes.compared,
        "found": changes.found,
        "causes": dict(changes.counted()),
        "between": list(changes.between),
        "rows": [asdict(row) for row in changes.rows],
    }


def _decisions(report: Report) -> list[dict[str, Any]]:
    """Every finding that a reviewer decided upon, and whether that takes it off the desk."""
    if report.reviews is None:
        return []
    rows = report.reviews[report.reviews["decision"] != 0]
    findings = report.findings.reset_index(drop=True)
    return [
        {
            "security": findings.at[place, "security"],
            "programme": findings.at[place, "programme"],
            "entity": findings.at[place, "entity"],
            **{name: row[name] for name in ("choice", "reviewer", "valid_until", "reopened", "told")},
            "suppressed": bool(row["suppressed"]),
        }
        for place, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]


def _counts(report: Report, summary: Summary) -> dict[str, Any]:
    """Holdings by deciding action, rows by outcome, and both totals."""
    return {
        "rows": summary.coverage.rows_in,
        "findings": len(report.findings),
        "actions": {line.action: line.holdings for line in summary.actions},
        "outcomes": dict(summary.coverage.outcomes),
        "issues": {
            str(severity): int(number)
            for severity, number in report.issues["severity"].value_counts().sort_index().items()
        },
    }


def _datasets(summary: Summary) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "title": each.title,
            "version": each.version,
            "kept_to": each.kept_to.isoformat(),
            "entries": each.entries,
            "programmes": each.programmes.split(", ") if each.programmes else [],
        }
        for each in summary.lists
    ]
