"""The night, from beginning to end: lists, self-test, portfolios, mail, retention."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Final

from screener.errors import ExitCode, ScreenerError
from screener.history import Night, open_store
from screener.inbox import inbox_of
from screener.nightly import log, mailing
from screener.nightly.cron import JOBS
from screener.nightly.health import write_health
from screener.nightly.lock import WORK, only_one
from screener.nightly.pruning import prune
from screener.nightly.recovery import recover
from screener.nightly.screening import screen_all
from screener.nightly.selftest import self_test
from screener.nightly.updating import update_lists
from screener.nightly.work import StoppedError, Work, worst
from screener.settings import Settings

Clock = Callable[[], datetime]


def once(settings: Settings, clock: Clock, stop: Event) -> ExitCode:
    """Tonight's work, all of it, now; the worst exit code. Raises BusyError when another process is at it."""
    with working(settings, clock, stop) as work:
        codes = [perform(job, work) for job in JOBS if not stop.is_set()]
    write_health(settings, clock())
    return worst([*codes, ExitCode.NOT_FINISHED] if stop.is_set() else codes)


@contextmanager
def working(settings: Settings, clock: Clock, stop: Event) -> Iterator[Work]:
    """The store opened and the lock held; raises BusyError, HistoryError or ConfigurationError."""
    inbox = inbox_of(settings.inbox) if settings.inbox.folder else None
    with open_store(settings) as store:
        work = Work(settings, store, clock, stop, inbox)
        beside = work.nights.session_lock(zlib.crc32(b"screener nightly"))
        with only_one(WORK, settings.data_folder, beside):
            yield work


def perform(job: str, means: Work, due: datetime | None = None) -> ExitCode:
    """One job, on record from its beginning; what goes wrong in it is told and not raised.

    What an earlier process left under way is settled first. Raises HistoryError when nothing can be put on record.
    """
    work = means.fresh(due)
    night = Night(job, work.clock(), due)
    number = work.nights.begin_night(night)
    state = _tried(job, work, number)
    ended = replace(
        night,
        finished=work.clock(),
        state=state,
        exit_code=int(work.exit_code),
        sentence=_sentence(work, state),
        troubles=tuple(work.troubles),
    )
    mailing.tell_operator(work, ended)
    work.nights.end_night(number, ended)
    log.say("night", f"{job}: {ended.sentence}", exit=ended.exit_code)
    return work.exit_code


def _tried(job: str, work: Work, number: int) -> str:
    """How the job ended: done or stopped."""
    try:
        recover(work, number)
        _JOBS[job](work)
    except StoppedError as error:
        work.amber(job, str(error))
        return "stopped"
    except ScreenerError as error:
        work.red(job, str(error))
    except Exception as error:  # the night goes on with its other jobs, and the operator hears of this one
        work.red(job, f"stopped by a fault of the program ({type(error).__name__}: {error})")
    return "done"


def screen(work: Work) -> None:
    """The self-test, then every portfolio; after a wrong answer the reports are written and not mailed."""
    with log.stage("selftest", "every sentinel came out right") as counts:
        wrong = self_test(work.settings, work.today, work.clock())
        if wrong:
            counts["message"] = f"{len(wrong)} answers were wrong"
    for sentence in wrong:
        work.red(
            "selftest", f"Self-test: {sentence.rstrip('.')}. No report is mailed until it comes out right"
        )
    work.reports_held = bool(wrong)
    if work.inbox is None:
        log.say("screen", "no inbox is set: nothing to screen")
        return
    with log.stage("screen", "all portfolios"):
        screen_all(work, work.inbox)


def _sentence(work: Work, state: str) -> str:
    """The one sentence that matters."""
    reds = [sentence for colour, sentence in work.troubles if colour == "red"]
    ambers = [sentence for colour, sentence in work.troubles if colour == "amber"]
    worst_first = [*reds, *ambers]
    if not worst_first:
        return "finished" if state == "done" else state
    more = len(worst_first) - 1
    return worst_first[0] + (f" (and {more} more)" if more else "")


_JOBS: Final[dict[str, Callable[[Work], None]]] = {
    "update_lists": update_lists,
    "screen": screen,
    "send": mailing.send,
    "prune": prune,
}
