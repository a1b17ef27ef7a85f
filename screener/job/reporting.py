"""The report of a run: what came in, what became of it, and what a reader must know before relying on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener import __version__
from screener.contracts import checked
from screener.errors import HoldingsError
from screener.findings import Findings, Outcomes
from screener.funds import Books
from screener.holdings import Reading
from screener.job.grounds import Grounds
from screener.job.inputs import profiles_of
from screener.job.limits import books_line, investor_limits, known_on, names_line, ownership_line
from screener.job.request import RunRequest
from screener.lists import conflicts
from screener.lists.model import Restricted
from screener.lists.starter import NAME as STARTER
from screener.lists.starter import programme_notes
from screener.reference import ReferenceFile
from screener.report import InputFile, InvestorLine, Report
from screener.report.changes import Changes
from screener.reviews import Reviews, reasons
from screener.rules.days import in_words
from screener.screening import Screening, account_for
from screener.settings import Settings

OWNERSHIP_NOT_APPLIED: Final = (
    "Ownership was not applied: without an ownership file a company that listed persons own is found only where a list "
    "names it."
)


ONE_REVIEWER: Final = "one reviewer's decision counts"
TWO_REVIEWERS: Final = "a false positive counts only when two different reviewers decided it"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a run was made."""

    request: RunRequest
    settings: Settings
    grounds: Grounds
    unrecorded: str = ""  # why the history could not be used, in a sentence

    @property
    def investor_assumed(self) -> bool:
        return not (self.request.investor or self.settings.run.investor)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found out; ``findings`` with the decisions of reviewers applied to those of ``screening``."""

    inputs: tuple[InputFile, ...]
    books: Books
    reference: tuple[ReferenceFile, ...]
    reading: Reading
    screening: Screening
    findings: DataFrame[Findings]
    reviews: DataFrame[Reviews]
    changes: Changes
    fingerprint: str


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


def report_of(found: Found, terms: Terms) -> Report:
    """The report model from all that a run found out."""
    rules, restricted = terms.grounds.rules, terms.grounds.restricted
    return Report(
        run_id=_run_id(found),
        as_of=rules.as_of,
        # The day that the report is about, not the clock: the same inputs give the same bytes.
        created=datetime.combine(rules.as_of, time(), UTC),
        software=f"screener {__version__}",
        investor=InvestorLine(rules.investor.name, rules.investor.description, terms.investor_assumed),
        files=found.inputs,
        findings=found.findings,
        outcomes=_outcomes(found),
        issues=found.reading.issues,
        columns=found.reading.columns,
        totals=found.reading.totals,
        tables=found.reading.tables,
        datasets=restricted.datasets,
        warnings=tuple(_warnings(found, terms)),
        failures=tuple(_failures(found, terms)),
        thresholds=tuple(_thresholds(found, terms)),
        notes=_notes(restricted, terms),
        made=terms.request.now,
        conflicts=conflicts(restricted),
        funds=found.screening.funds,
        exposures=found.screening.exposures,
        fingerprint=found.fingerprint,
        reviews=found.reviews,
        changes=found.changes,
    )


def _warnings(found: Found, terms: Terms) -> Iterator[str]:
    """What a reader must know before relying on the report."""
    if terms.unrecorded:
        yield terms.unrecorded
    yield from terms.request.warnings
    yield from _of_the_starter(terms.grounds.restricted, terms)
    yield from terms.grounds.cautions.warnings
    yield from found.screening.remarks


def _failures(found: Found, terms: Terms) -> Iterator[str]:
    """Why the report is not complete."""
    yield from (one.failure for one in found.inputs if one.failure)
    yield from terms.request.failures
    yield from terms.grounds.cautions.failures
    yield from terms.grounds.cautions.refusals


def _thresholds(found: Found, terms: Terms) -> Iterator[tuple[str, str]]:
    """By which limits and with which files the run was made."""
    yield "Stale after", f"{terms.settings.lists.stale_after_days} days"
    yield "Ownership", ownership_line(terms.grounds.ownership)
    yield "Look-through", books_line(found.books)
    yield from (("Reference file", one.sentence()) for one in found.reference)
    yield from investor_limits(terms.grounds.rules.investor)
    yield "Names", names_line()
    yield "Lists known on", known_on(terms.request)
    yield "Reviews", TWO_REVIEWERS if terms.settings.review.four_eyes else ONE_REVIEWER


def _outcomes(found: Found) -> DataFrame[Outcomes]:
    """Every row in the order of the files; where a reviewer took a finding off the desk, what decides instead."""
    parts = [found.screening.outcomes, account_for(found.reading.other_rows)]
    place = ["file", "sheet", "row"]
    outcomes = pd.concat(parts, ignore_index=True).sort_values(place, kind="stable", ignore_index=True)
    told = reasons(found.findings, found.reviews)
    if told:
        keys = pd.Series(list(outcomes[place].itertuples(index=False, name=None)), index=outcomes.index)
        touched = keys.map({key: action for key, (action, _) in told.items()})
        said = keys.map({key: reason for key, (_, reason) in told.items()})
        outcomes["action"] = touched.where(touched.notna(), outcomes["action"]).astype("str")
        outcomes["reason"] = said.where(said.notna(), outcomes["reason"]).astype("str")
    return checked(Outcomes, outcomes)


def _run_id(found: Found) -> str:
    """The number that the report prints: another one where the history makes another report of the same inputs."""
    if not found.changes.found and not (found.reviews["decision"] != 0).any():
        return found.fingerprint[:12]
    parts = [found.fingerprint, repr(found.changes), found.reviews.to_csv(index=False)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def fingerprint_of(inputs: tuple[InputFile, ...], besides: Iterable[str], terms: Terms) -> str:
    """The same inputs, lists, investor, day, settings and software give the same hash; ``besides`` are those of other files."""
    rules, datasets = terms.grounds.rules, terms.grounds.restricted.datasets
    parts = [one.sha256 for one in inputs] + [one.version for one in datasets]
    parts += [rules.as_of.isoformat(), repr(rules.investor), repr(rules.programmes), __version__]
    parts += list(profiles_of(terms.request).values())
    parts += [terms.grounds.ownership.sha256] if terms.grounds.ownership else []
    parts += besides
    parts += ["four eyes"] if terms.settings.review.four_eyes else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _behind(restricted: Restricted, terms: Terms) -> Iterator[tuple[int, str]]:
    """For each part of the starter dataset in use that is kept to a day before the as-of day: how many days, and that."""
    rules = terms.grounds.rules
    from_starter = {code for one in restricted.datasets if one.name == STARTER for code in one.programmes}
    for note in programme_notes(terms.settings.starter_folder):
        age = (rules.as_of - note.kept_to).days
        programme = rules.programmes.get(note.programme)
        if age > 0 and note.programme in from_starter and programme and not programme.ended_by(rules.as_of):
            days = "1 day" if age == 1 else f"{age} days"
            yield (
                age,
                f"{programme.title}: the list in use is kept to {in_words(note.kept_to)}, {days} before the as-of day; "
                "later listings and releases are not in it",
            )


def _notes(restricted: Restricted, terms: Terms) -> tuple[str, ...]:
    """What this run did not look at, without turning the banner."""
    fresh = (told for age, told in _behind(restricted, terms) if age <= terms.settings.lists.stale_after_days)
    return (*fresh, *(() if terms.grounds.ownership else (OWNERSHIP_NOT_APPLIED,)))


def _of_the_starter(restricted: Restricted, terms: Terms) -> tuple[str, ...]:
    """Which of the shipped lists are old, and whether the as-of day is before all that is known."""
    rules = terms.grounds.rules
    told = [said for age, said in _behind(restricted, terms) if age > terms.settings.lists.stale_after_days]
    first = date.fromisoformat(restricted.events["at"].str[:10].min())
    if rules.as_of < first:
        told.append(f"The as-of day is before the first event on record ({in_words(first)})")
    return tuple(told)
