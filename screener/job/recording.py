"""The record of a run in the history store: written as it begins, completed as it ends, however it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Final

import pandas as pd

from screener import __version__
from screener.errors import ExitCode, HistoryError, ScreenerError
from screener.identity import pack
from screener.job.bookkeeping import pack_books, pack_reference
from screener.job.portfolio import portfolio_of
from screener.job.repeatable import BOOKS, REFERENCE, Ended, asked, asked_at_first, profile_contents
from screener.job.request import RunRequest
from screener.job.setting import investor_name
from screener.report import Report, manifest_tables, view_of
from screener.settings import Settings

if TYPE_CHECKING:  # the database is imported only where a run is recorded
    from screener.history import FinishedRun, RunFile, Store

_UNRECORDED: Final = (
    "This run is not recorded, what changed since the last one cannot be told, and decisions of reviewers are not "
    "applied: {reason}"
)


@dataclass(slots=True)
class Record:
    """The record of one run; without a store it takes everything and keeps nothing, and ``warning`` says why."""

    request: RunRequest
    store: Store | None = None
    id: str = ""
    warning: str = ""
    _since: float = field(default_factory=perf_counter)

    @property
    def started(self) -> datetime:
        """When the run began by the clock of the face; the as-of day where the face gave none."""
        return self.request.now or datetime.combine(self.request.as_of, time(), UTC)

    def now(self) -> datetime:
        """The moment by the clock of the face, moved on by what the run took."""
        return self.started + timedelta(seconds=round(perf_counter() - self._since))

    def finish(self, ended: Ended) -> None:
        """Complete the record; a run by hand that cannot be recorded says so and goes on."""
        if self.store is None:
            return
        with self._optional():
            self.store.finish_run(self.id, self._finished(ended))

    def _finished(self, ended: Ended) -> FinishedRun:
        from screener.history import FinishedRun, RunFile

        report, grounds = ended.made.report, ended.terms.grounds
        summary = ended.summary
        files = (RunFile(one.name, one.sha256, one.size, one.holdings, one.failure) for one in report.files)
        books = pack_books(ended.made.books)
        facts = {BOOKS: books} if books else {}
        reference = pack_reference(ended.made.reference)
        facts |= {REFERENCE: reference} if reference else {}
        facts |= {"held": pack(ended.made.held), "entries": ended.made.entries}
        return FinishedRun(
            run_id=report.run_id,
            fingerprint=report.fingerprint,
            finished=self.now(),
            exit_code=ended.code,
            verdict=summary.verdict,
            banner=summary.banner.colour,
            manifest=manifest_tables(report, summary),
            datasets=grounds.datasets,
            request=asked(ended),
            files=tuple(files),
            findings=_findings(report),
            facts=facts
            | {"page": json.dumps(view_of(report, summary)).encode()}
            | dict(grounds.files)
            | profile_contents(self.request),
            previous=ended.memory.previous,
            decisions_upto=ended.memory.decisions_upto,
        )

    def fail(self, error: str, exit_code: int, state: str = "failed") -> None:
        """Record why there is no report. Nothing may hide the first failure behind a second one."""
        if self.store is None:
            return
        try:
            self.store.fail_run(self.id, error, self.now(), exit_code, state)
        except HistoryError as second:
            self.warning = str(second)

    @contextmanager
    def _optional(self) -> Iterator[None]:
        try:
            yield
        except HistoryError as error:
            if self.request.kind != "manual":
                raise
            self.warning = _UNRECORDED.format(reason=str(error))
            self.store = None


@contextmanager
def recording(request: RunRequest, settings: Settings) -> Iterator[Record]:
    """A record that is running inside, and finished, failed or cancelled afterwards."""
    record = Record(request)
    if not request.record:
        yield record
        return
    with record._optional():
        _begin(record, settings)
    try:
        yield record
    except ScreenerError as error:
        record.fail(str(error), error.exit_code)
        raise
    except KeyboardInterrupt:
        record.fail("stopped by hand", ExitCode.NOT_FINISHED, "cancelled")
        raise
    except Exception as error:
        record.fail(f"a fault of the program: {type(error).__name__}: {error}", ExitCode.NOT_FINISHED)
        raise
    finally:
        if record.store:
            record.store.database.close()


def _begin(record: Record, settings: Settings) -> None:
    from screener.history import NewRun, open_store

    request = record.request
    record.store = open_store(settings)
    record.id = record.store.begin_run(
        NewRun(
            id=request.id,
            portfolio=portfolio_of(request),
            started=record.started,
            as_of=request.as_of,
            investor=investor_name(request, settings),
            software=f"screener {__version__}",
            request=asked_at_first(request),
            folder=str((request.folder or request.out).absolute()),
            kind=request.kind,
            owner=request.owner,
            known_on=request.known_on,
            files=_kept(record.store, request),
        )
    )


def _kept(store: Store, request: RunRequest) -> tuple[RunFile, ...]:
    """The files of the run, their contents kept; one that cannot be read is named all the same."""
    from screener.history import RunFile

    files = []
    for path in request.files:
        try:
            content = path.read_bytes()
        except OSError:
            files.append(RunFile(request.name_of(path), "", 0))
            continue
        files.append(RunFile(request.name_of(path), store.kept.keep(content), len(content)))
    return tuple(files)


def _findings(report: Report) -> pd.DataFrame:
    """The findings as they are kept: each with the decision that stands on it."""
    if report.reviews is None:
        return report.findings.assign(decision=None, suppressed=False)
    numbers = report.reviews["decision"].to_numpy()
    found = report.findings.assign(suppressed=report.suppressed.to_numpy())
    return found.assign(decision=pd.Series(numbers, index=found.index, dtype="object").replace(0, None))
