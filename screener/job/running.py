"""The whole run in one short function: read, screen, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pandera.typing import DataFrame

from screener.errors import ExitCode, HoldingsError, ScreenerError, UsageError
from screener.findings import Findings
from screener.job.aids import aids_for, reference_for
from screener.job.inputs import read_inputs
from screener.job.recording import Record, recording
from screener.job.reporting import Terms, inputs_of, report_of
from screener.job.request import Progress, RunRequest, RunResult, Stopwatch
from screener.job.setting import books_for, gate, load_lists, ownership_for, rules_for
from screener.report import Report, write_report
from screener.rules.model import NEEDS_ACTION
from screener.screening import screen
from screener.settings import Settings


def run(request: RunRequest, settings: Settings, progress: Progress = lambda stage: None) -> RunResult:
    """Read the files, screen every holding, write the report into ``request.out``.

    One unreadable file does not stop the others; the report names it and the exit code says that the run is not
    complete. Raises UsageError, ConfigurationError, RestrictedListError or OutputError.
    """
    with recording(request, settings) as record:
        return _recorded(request, settings, record, Stopwatch(progress))


def _recorded(request: RunRequest, settings: Settings, record: Record, watch: Stopwatch) -> RunResult:
    watch.begin("Reading restricted lists")
    rules = rules_for(request, settings)
    ownership = ownership_for(request, settings)
    restricted = load_lists(settings, request.known_on)
    cautions = gate(restricted, request, settings)
    watch.begin("Reading holdings")
    reading, unread = read_inputs(request)
    _refuse_nothing(request, unread)
    books = books_for(request, settings, reading.holdings)
    watch.begin("Screening")
    held = [reading.holdings, *(book.holdings for book in books.files())]
    reference = reference_for(request, settings, held, restricted)
    aids = aids_for(settings, reference)
    screening = screen(reading.holdings, restricted, rules, ownership, books, aids)
    watch.begin("Writing the report")
    inputs = inputs_of(request, reading, unread)
    terms = Terms(request, settings, rules, cautions, ownership, books, record.warning, reference.files)
    report = report_of(inputs, reading, screening, restricted, terms)
    written = write_report(report, request.out, watch.seconds)
    watch.begin("Recording the run")
    code = exit_code_of(report)
    record.finish(report, code, reading.holdings)
    watch.end()
    return RunResult(report, written, code, record.id if record.store else "", record.warning)


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
