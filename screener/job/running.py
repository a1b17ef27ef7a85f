"""A run from beginning to end: make the report, write it, put it on record."""

from __future__ import annotations

from pandera.typing import DataFrame

from screener.errors import ExitCode
from screener.findings import Findings
from screener.job.grounds import grounds_for
from screener.job.making import make
from screener.job.memory import Memory
from screener.job.recording import Record, recording
from screener.job.repeatable import Ended
from screener.job.reporting import Terms
from screener.job.request import Progress, RunRequest, RunResult, Stopwatch
from screener.job.setting import investor_name
from screener.report import Report, summarise, write_report
from screener.rules.model import NEEDS_ACTION
from screener.settings import Settings


def run(request: RunRequest, settings: Settings, progress: Progress = lambda stage: None) -> RunResult:
    """Read the files, screen every holding, write the report into ``request.out``, put the run on record.

    One unreadable file does not stop the others; the report names it and the exit code says that the run is not
    complete. Raises UsageError, ConfigurationError, RestrictedListError or OutputError.
    """
    with recording(request, settings) as record:
        return _recorded(request, settings, record, Stopwatch(progress))


def _recorded(request: RunRequest, settings: Settings, record: Record, watch: Stopwatch) -> RunResult:
    watch.begin("Reading restricted lists")
    grounds = grounds_for(request, settings)
    memory = Memory(record.store, request, investor_name(request, settings))
    terms = Terms(request, settings, grounds, record.warning)
    made = make(terms, memory, watch)
    seconds = dict(watch.seconds)
    summary = summarise(made.report)
    written = write_report(made.report, request.out, seconds, summary)
    watch.begin("Recording the run")
    code = exit_code_of(made.report)
    record.finish(Ended(made, summary, terms, memory, code, (seconds, written)))
    watch.end()
    return RunResult(made.report, summary, written, code, record.id if record.store else "", record.warning)


def exit_code_of(report: Report) -> ExitCode:
    """3 when a file could not be read, 1 when somebody must act or decide, else 0."""
    if any(file.failure for file in report.files):
        return ExitCode.NOT_FINISHED
    unscreened = (report.outcomes["outcome"] == "not_screened").any()
    open_ones = report.findings[~report.suppressed.to_numpy()]
    return ExitCode.ACTION_NEEDED if needs_action(open_ones) or unscreened else ExitCode.NOTHING_TO_DO


def needs_action(findings: DataFrame[Findings]) -> bool:
    """Whether any finding asks somebody to act or decide."""
    return bool(findings["action"].isin(NEEDS_ACTION).any())
