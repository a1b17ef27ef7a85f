"""The report of a run: what came in, what became of it, and what a reader must know before relying on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import pandas as pd

from screener import __version__
from screener.contracts import checked
from screener.errors import HoldingsError
from screener.findings import Outcomes
from screener.funds import Books
from screener.holdings import Reading
from screener.job.inputs import profiles_of
from screener.job.request import RunRequest
from screener.lists import Cautions, conflicts
from screener.lists.model import Dataset, Restricted
from screener.lists.starter import NAME as STARTER
from screener.lists.starter import programme_notes
from screener.reference import ReferenceFile
from screener.report import InputFile, InvestorLine, Report
from screener.rules.days import in_words
from screener.rules.decision import Rules
from screener.rules.ownership import Ownership
from screener.screening import Screening, account_for
from screener.settings import Settings

OWNERSHIP_NOT_APPLIED: Final = (
    "Ownership was not applied: without an ownership file a company that listed persons own is found only where a list "
    "names it."
)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a run was made."""

    request: RunRequest
    settings: Settings
    rules: Rules
    cautions: Cautions
    ownership: Ownership | None = None
    books: Books = field(default_factory=Books)
    unrecorded: str = ""  # why the history could not be used, in a sentence
    reference: tuple[ReferenceFile, ...] = ()

    @property
    def investor_assumed(self) -> bool:
        return not (self.request.investor or self.settings.run.investor)


def inputs_of(
    request: RunRequest, reading: Reading, unread: Sequence[tuple[Path, HoldingsError]]
) -> tuple[InputFile, ...]:
    """The files of a run with their hashes, and why one could not be read."""
    failures = {path: str(error) for path, error in unread}
    counts = reading.holdings["file"].value_counts()
    return tuple(
        _input(path, request.name_of(path), failures.get(path, ""), counts) for path in request.files
    )


def _input(path: Path, name: str, failure: str, counts: pd.Series[int]) -> InputFile:
    data = path.read_bytes() if path.is_file() else b""
    own = (counts.index == name) | counts.index.str.startswith(
        f"{name}/"
    )  # files of an archive are named behind it
    holdings = int(counts[own].sum())
    return InputFile(name, hashlib.sha256(data).hexdigest() if data else "", len(data), holdings, failure)


def report_of(
    inputs: tuple[InputFile, ...],
    reading: Reading,
    screening: Screening,
    restricted: Restricted,
    terms: Terms,
) -> Report:
    """The report model from all that a run found out."""
    outcomes = pd.concat([screening.outcomes, account_for(reading.other_rows)], ignore_index=True)
    outcomes = outcomes.sort_values(["file", "sheet", "row"], kind="stable", ignore_index=True)
    rules = terms.rules
    fingerprint = _fingerprint(inputs, restricted.datasets, terms)
    return Report(
        run_id=fingerprint[:12],
        as_of=rules.as_of,
        # The day that the report is about, not the clock: the same inputs give the same bytes.
        created=datetime.combine(rules.as_of, time(), UTC),
        software=f"screener {__version__}",
        investor=InvestorLine(rules.investor.name, rules.investor.description, terms.investor_assumed),
        files=inputs,
        findings=screening.findings,
        outcomes=checked(Outcomes, outcomes),
        issues=reading.issues,
        columns=reading.columns,
        totals=reading.totals,
        tables=reading.tables,
        datasets=restricted.datasets,
        warnings=(
            *((terms.unrecorded,) if terms.unrecorded else ()),
            *terms.request.warnings,
            *_warnings(restricted, terms),
            *terms.cautions.warnings,
            *screening.remarks,
        ),
        failures=(
            *(one.failure for one in inputs if one.failure),
            *terms.request.failures,
            *terms.cautions.failures,
            *terms.cautions.refusals,
        ),
        thresholds=(
            ("Stale after", f"{terms.settings.lists.stale_after_days} days"),
            ("Ownership", ownership_line(terms.ownership)),
            ("Look-through", _books_line(terms.books)),
            *(("Reference file", one.sentence()) for one in terms.reference),
        ),
        notes=() if terms.ownership else (OWNERSHIP_NOT_APPLIED,),
        made=terms.request.now,
        fingerprint=fingerprint,
        conflicts=conflicts(restricted),
        funds=screening.funds,
        exposures=screening.exposures,
    )


def ownership_line(ownership: Ownership | None) -> str:
    """Which ownership file was applied, in words."""
    if ownership is None:
        return "not applied: no ownership file was given"
    return f"{ownership.file}, {len(ownership.stakes):,} stakes, SHA-256 {ownership.sha256}"


def _books_line(books: Books) -> str:
    """Which holdings files of funds were used, in words."""
    said = [f"{book.file}, SHA-256 {book.sha256}" for book in books.files()]
    return "; ".join(said) or "no holdings file of a fund was used"


def _fingerprint(inputs: tuple[InputFile, ...], datasets: tuple[Dataset, ...], terms: Terms) -> str:
    """The same inputs, lists, investor, day and software give the same hash."""
    rules = terms.rules
    parts = [one.sha256 for one in inputs] + [one.version for one in datasets]
    parts += [rules.as_of.isoformat(), repr(rules.investor), repr(rules.programmes), __version__]
    parts += [terms.ownership.sha256] if terms.ownership else []
    parts += [book.sha256 for book in terms.books.files()]
    parts += [one.sha256 for one in terms.reference]
    parts += list(profiles_of(terms.request).values())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _warnings(restricted: Restricted, terms: Terms) -> tuple[str, ...]:
    """What a reader must know before relying on the report."""
    rules, told = terms.rules, []
    from_starter = {code for one in restricted.datasets if one.name == STARTER for code in one.programmes}
    for note in programme_notes(terms.settings.starter_folder):
        age = (rules.as_of - note.kept_to).days
        programme = rules.programmes.get(note.programme)
        used = note.programme in from_starter and programme and not programme.ended_by(rules.as_of)
        if programme and used and age > terms.settings.lists.stale_after_days:
            told.append(
                f"{programme.title}: the list in use is kept to {in_words(note.kept_to)}, {age} days before the "
                "as-of day; later listings and releases are not in it"
            )
    first = date.fromisoformat(restricted.events["at"].str[:10].min())
    if rules.as_of < first:
        told.append(f"The as-of day is before the first event on record ({in_words(first)})")
    return tuple(told)
