"""Taking back a report: what reviewers decided in it goes into the log, what cannot be taken is said row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screener.errors import UsageError
from screener.report.returned import ReturnedRow, read_returned
from screener.report.text import clean
from screener.reviews import CHOICES, Decision, keys_of

if TYPE_CHECKING:
    from screener.history import Store

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a returned report: ``new`` and ``known`` decisions, and a sentence for every row refused."""

    new: int
    known: int
    refused: tuple[str, ...]


def import_reviews(path: Path, store: Store, now: datetime, by: str) -> Imported:
    """Record the decisions in the report at ``path``, handed in by ``by``.

    Rows may have been sorted, filtered, moved or deleted: each has its own key. A row whose key is not that of a finding
    of a recorded run, or that shows another security than its key, is refused. Raises UsageError for a file that is no
    report, HistoryError when the log cannot be written.
    """
    rows = read_returned(path)
    told = _Findings(store)
    taken: dict[tuple[str, str], tuple[str, Decision]] = {}
    refused = []
    file = path.name, hashlib.sha256(path.read_bytes()).hexdigest()
    for row in rows:
        fault = row.fault or _incomplete(row, now) or told.fault(row)
        if fault:
            refused.append(f"{row.place}: {fault}.")
            continue
        one = _decision(row, told.about(row), (now, by), file)
        about = (one.security_key, one.listing_id)
        before = taken.setdefault(about, (row.place, one))
        if _said(before[1]) != _said(one):
            refused.append(f"{row.place}: says otherwise than {before[0]} of the same security and entry.")
    kept = _without_contradictions(taken, refused)
    new = store.record_decisions(kept)
    return Imported(new, len(kept) - new, tuple(refused))


def _without_contradictions(
    taken: Mapping[tuple[str, str], tuple[str, Decision]], refused: Sequence[str]
) -> list[Decision]:
    """Where two rows about the same contradict each other, neither is taken."""
    said = [
        text.split(": says otherwise than ", 1)[1] for text in refused if ": says otherwise than " in text
    ]
    against = {text.removesuffix(" of the same security and entry.") for text in said}
    return [one for place, one in taken.values() if place not in against]


def _said(one: Decision) -> tuple[Any, ...]:
    return one.decision, one.reviewer, one.note, one.valid_until


def _incomplete(row: ReturnedRow, now: datetime) -> str:
    if not row.reviewer:
        return f"'{CHOICES[row.choice]}' without a reviewer: fill the column Reviewer"
    if row.valid_until is not None and row.valid_until < now.date():
        return f"it was valid until {row.valid_until}, which has passed"
    return ""


class _Findings:
    """The findings that the keys of a returned report speak of, read once a run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {}

    def fault(self, row: ReturnedRow) -> str:
        """Why the key of ``row`` cannot be followed, or ""."""
        number = self._number(row)
        if not number:
            return "the hidden column Key is empty or was changed: hand in the report as it was written"
        run, by_key = self._run(number)
        if not run:
            return (
                f"it is of report {number}, which is not on record here: hand it in where that run was made"
            )
        finding = by_key.get(row.key)
        if finding is None:
            return f"its key is none of report {number}: it was changed, or belongs to another report"
        for shown, own, what in (
            (row.security, finding["security"], "security"),
            (row.entity, finding["entity"], "entity"),
        ):
            if shown and shown != " ".join(clean(own).split()):
                return f"it shows the {what} '{shown}' but its key is that of '{own}': sort whole rows, with all columns"
        return ""

    def about(self, row: ReturnedRow) -> dict[str, Any]:
        """The finding of a row without a fault, with the id of its run."""
        run, by_key = self._run(self._number(row))
        return by_key[row.key] | {"run": run}

    def _number(self, row: ReturnedRow) -> str:
        parts = row.key.split("-")
        return parts[0] if len(parts) == _PARTS and all(parts) else ""

    def _run(self, number: str) -> tuple[str, dict[str, dict[str, Any]]]:
        if number not in self._runs:
            self._runs[number] = self._looked_up(number)
        return self._runs[number]

    def _looked_up(self, number: str) -> tuple[str, dict[str, dict[str, Any]]]:
        try:
            run = self._store.run(number)
        except UsageError:
            return "", {}
        if run.run_id != number:
            return "", {}
        findings = self._store.findings_of(run.id)
        rows = [{str(name): value for name, value in row.items()} for row in findings.to_dict("records")]
        return run.id, dict(zip(keys_of(number, findings), rows, strict=True))


def _decision(
    row: ReturnedRow, about: dict[str, Any], recorded: tuple[datetime, str], file: tuple[str, str]
) -> Decision:
    names = ("security_key", "security_hash", "security", "listing_id", "entry_hash", "entity", "programme")
    told = {name: str(about[name]) for name in (*names, "action", "run")}
    return Decision(
        recorded=recorded[0],
        recorded_by=recorded[1],
        reviewer=row.reviewer,
        decision=row.choice,
        note=row.note,
        valid_until=row.valid_until,
        file=file[0],
        file_sha256=file[1],
        security_key=told["security_key"],
        security_hash=told["security_hash"],
        security=told["security"],
        listing_id=told["listing_id"],
        entry_hash=told["entry_hash"],
        entity=told["entity"],
        programme=told["programme"],
        action=told["action"],
        run=told["run"],
    )
