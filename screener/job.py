"""The whole run in one short function: read, screen, report.

Every face (command line, scheduler, page) calls :func:`run`. Time comes in as an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import perf_counter
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener import __version__
from screener.contracts import checked
from screener.errors import ExitCode, HoldingsError, RestrictedListError, ScreenerError, UsageError
from screener.findings import Findings, Outcomes
from screener.holdings import Reading, ReadOptions, read_files
from screener.lists import Cautions, ListsConfig, data_folder, load_restricted, read_config
from screener.lists import cautions as cautions_of
from screener.lists.model import Dataset, Restricted
from screener.lists.starter import NAME as STARTER
from screener.lists.starter import load_starter, programme_notes
from screener.report import InputFile, InvestorLine, Report, write_report
from screener.rules.days import in_words
from screener.rules.decision import Rules
from screener.rules.investors import load_investor
from screener.rules.model import NEEDS_ACTION
from screener.rules.programmes import load_programmes
from screener.screening import Screening, account_for, screen
from screener.settings import Settings

ASSUMED_INVESTOR: Final = "us"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a face asks for; ``investor`` "" means that nobody said who it is."""

    files: tuple[Path, ...]
    as_of: date
    out: Path
    investor: str = ""
    now: datetime | None = None  # the clock of the face: for the record, and for the age of fetched lists
    known_on: date | None = None  # use the lists as they had been fetched by that day
    accept_stale: bool = False  # go on with a list past its maximum age, and say so in red
    reading: ReadOptions = field(default_factory=ReadOptions)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The report, where its files are, and what the process should say to its caller."""

    report: Report
    written: dict[str, Path]
    exit_code: ExitCode


class _Stopwatch:
    """Tells each stage to the face as it begins, and keeps how many seconds it took."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._stage, self._since = progress, "", perf_counter()

    def begin(self, stage: str) -> None:
        self.end()
        self._progress(stage)
        self._stage, self._since = stage, perf_counter()

    def end(self) -> None:
        if self._stage:
            self.seconds[self._stage] = round(perf_counter() - self._since, 3)
        self._stage = ""


def run(request: RunRequest, settings: Settings, progress: Progress = lambda stage: None) -> RunResult:
    """Read the files, screen every holding, write the report into ``request.out``.

    One unreadable file does not stop the others; the report names it and the exit code says that the run is not
    complete. Raises UsageError, ConfigurationError, RestrictedListError or OutputError.
    """
    watch = _Stopwatch(progress)
    watch.begin("Reading restricted lists")
    rules = rules_for(request, settings)
    restricted = load_lists(settings, request.known_on)
    cautions = _gate(restricted, request, settings)
    watch.begin("Reading holdings")
    reading, unread = read_files(request.files, request.reading)
    _refuse_nothing(request, unread)
    watch.begin("Screening")
    screening = screen(reading.holdings, restricted, rules)
    watch.begin("Writing the report")
    inputs = _inputs(request.files, reading, unread)
    report = _report(inputs, reading, screening, restricted, _Terms(request, settings, rules, cautions))
    written = write_report(report, request.out, watch.seconds)
    watch.end()
    return RunResult(report, written, exit_code_of(report))


def rules_for(request: RunRequest, settings: Settings) -> Rules:
    """Programmes, investor and day of a request."""
    name = request.investor or settings.run.investor or ASSUMED_INVESTOR
    programmes = load_programmes()
    return Rules(programmes, load_investor(name, known=programmes.by_code), request.as_of)


def load_lists(settings: Settings, known_on: date | None = None) -> Restricted:
    """The restricted lists in force: fetched ones, and the starter dataset for what was not fetched."""
    return load_restricted(
        lists_config(settings), known_on, starter=lambda: load_starter(settings.starter_folder)
    )


def lists_config(settings: Settings) -> ListsConfig:
    """Where lists come from and where they are kept."""
    return read_config(data_folder(settings.data_folder), settings.sources_file)


def _gate(restricted: Restricted, request: RunRequest, settings: Settings) -> Cautions:
    """What is wrong with the lists; raises RestrictedListError where one is past its maximum age."""
    today = request.now.date() if request.now else request.as_of
    found = cautions_of(lists_config(settings), restricted, request.as_of, today, request.known_on)
    if found.refusals and not request.accept_stale:
        raise RestrictedListError(
            "restricted lists",
            " ".join(found.refusals),
            "Run `screener lists update`, or go on with --accept-stale.",
        )
    return found


def exit_code_of(report: Report) -> ExitCode:
    """3 when a file could not be read, 1 when somebody must act or decide, else 0."""
    if any(file.failure for file in report.files):
        return ExitCode.NOT_FINISHED
    unscreened = (report.outcomes["outcome"] == "not_screened").any()
    return ExitCode.ACTION_NEEDED if needs_action(report.findings) or unscreened else ExitCode.NOTHING_TO_DO


def needs_action(findings: DataFrame[Findings]) -> bool:
    """Whether any finding asks somebody to act or decide."""
    return bool(findings["action"].isin(NEEDS_ACTION).any())


def _refuse_nothing(request: RunRequest, unread: Sequence[tuple[Path, HoldingsError]]) -> None:
    """A run in which no file could be read writes no report: there is nothing to account for."""
    if len(unread) < len(request.files):
        return
    if all(not path.exists() for path, _ in unread):
        raise UsageError("; ".join(str(error) for _, error in unread))
    raise ScreenerError("\n".join(str(error) for _, error in unread))


@dataclass(frozen=True, slots=True)
class _Terms:
    """On what terms a run was made."""

    request: RunRequest
    settings: Settings
    rules: Rules
    cautions: Cautions

    @property
    def investor_assumed(self) -> bool:
        return not (self.request.investor or self.settings.run.investor)


def _inputs(
    paths: Sequence[Path], reading: Reading, unread: Sequence[tuple[Path, HoldingsError]]
) -> tuple[InputFile, ...]:
    failures = {path: str(error) for path, error in unread}
    counts = reading.holdings["file"].value_counts()
    return tuple(_input(path, failures.get(path, ""), int(counts.get(path.name, 0))) for path in paths)


def _input(path: Path, failure: str, holdings: int) -> InputFile:
    data = path.read_bytes() if path.is_file() else b""
    return InputFile(
        path.name, hashlib.sha256(data).hexdigest() if data else "", len(data), holdings, failure
    )


def _report(
    inputs: tuple[InputFile, ...],
    reading: Reading,
    screening: Screening,
    restricted: Restricted,
    terms: _Terms,
) -> Report:
    outcomes = pd.concat([screening.outcomes, account_for(reading.other_rows)], ignore_index=True)
    outcomes = outcomes.sort_values(["file", "sheet", "row"], kind="stable", ignore_index=True)
    rules = terms.rules
    return Report(
        run_id=_run_id(inputs, restricted.datasets, rules),
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
        datasets=restricted.datasets,
        warnings=_warnings(restricted, terms) + terms.cautions.warnings + screening.switched_off,
        failures=(
            *(one.failure for one in inputs if one.failure),
            *terms.cautions.failures,
            *terms.cautions.refusals,
        ),
        thresholds=(("Stale after", f"{terms.settings.lists.stale_after_days} days"),),
        made=terms.request.now,
    )


def _run_id(inputs: tuple[InputFile, ...], datasets: tuple[Dataset, ...], rules: Rules) -> str:
    """The same inputs, lists, investor, day and software give the same number."""
    parts = [one.sha256 for one in inputs] + [one.version for one in datasets]
    parts += [rules.as_of.isoformat(), repr(rules.investor), repr(rules.programmes), __version__]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _warnings(restricted: Restricted, terms: _Terms) -> tuple[str, ...]:
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
