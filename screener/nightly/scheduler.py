"""`screener nightly` in the foreground: jobs when they are due, one at a time, until it is told to stop."""

from __future__ import annotations

import logging
import zlib
from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any, Final

from apscheduler.events import EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from screener.errors import ExitCode, ScreenerError
from screener.history import NightStore, Store, open_store
from screener.history.night_tables import NIGHTLY_JOBS
from screener.locks import BusyError
from screener.nightly import log
from screener.nightly.cron import JOBS, Schedule, schedules, zone_of
from screener.nightly.health import answering, write_health
from screener.nightly.lock import SCHEDULER, only_one
from screener.nightly.night import Clock, perform, working
from screener.settings import Settings

_PATIENCE_SECONDS: Final = 1.0
_SCHEDULED: Final = "screener.nightly.scheduler:due"


class Foreground:
    """What the scheduled jobs of this process work with: a job in the database can only name a function."""

    current: Foreground | None = None

    def __init__(self, settings: Settings, clock: Clock, stop: Event) -> None:
        self.settings, self.clock, self.stop = settings, clock, stop
        self.one_at_a_time = Lock()

    def run(self, job: str) -> None:
        """One job; another process at work is waited for until the next time, and nothing ends the scheduler."""
        if self.stop.is_set():
            return
        try:
            with self.one_at_a_time, working(self.settings, self.clock, self.stop) as work:
                perform(job, work, due=_last_due(self.settings, job, self.clock()))
        except BusyError as error:
            log.warn(job, str(error))
        except ScreenerError as error:
            log.fail(job, str(error))
        except Exception as error:  # the scheduler goes on: the next time may be better
            log.fail(job, f"stopped by a fault of the program ({type(error).__name__}: {error})")
        write_health(self.settings, self.clock())


def due(job: str) -> None:
    """What the scheduler calls."""
    if Foreground.current is not None:
        Foreground.current.run(job)


def serve(settings: Settings, clock: Clock, stop: Event) -> ExitCode:
    """Runs jobs when they are due until ``stop`` is set; what is under way then is finished or undone.

    Raises BusyError when `screener nightly` runs already, ConfigurationError for a time that is none.
    """
    wanted = schedules(settings.nightly)
    with ExitStack() as held:
        store = held.enter_context(open_store(settings))
        beside = NightStore(store.database).session_lock(zlib.crc32(b"screener scheduler"))
        held.enter_context(only_one(SCHEDULER, settings.data_folder, beside))
        Foreground.current = Foreground(settings, clock, stop)
        held.enter_context(answering(settings, clock))
        scheduler = _scheduler(settings, store)
        scheduler.start(paused=True)
        _put_in(scheduler, wanted, NightStore(store.database), settings, clock())
        scheduler.resume()
        write_health(settings, clock())
        code = _wait(scheduler, stop)
        log.say("nightly", "stopping: what is under way is finished first")
        scheduler.shutdown(wait=True)
        Foreground.current = None
        write_health(settings, clock())
    return code


def _wait(scheduler: BackgroundScheduler, stop: Event) -> ExitCode:
    """Until told to stop, or until the scheduler's own thread is gone: that must not pass for quiet."""
    while not stop.wait(_PATIENCE_SECONDS):
        thread = scheduler._thread
        if thread is None or not thread.is_alive():
            log.fail("nightly", "the scheduler came to an end by itself; start `screener nightly` again")
            return ExitCode.NOT_FINISHED
    return ExitCode.NOTHING_TO_DO


def _scheduler(settings: Settings, store: Store) -> BackgroundScheduler:
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what matters of it is said here
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=store.database.engine, tablename=NIGHTLY_JOBS.name)},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": int(settings.nightly.grace_hours * 3600),
        },
        timezone=zone_of(settings.nightly),
    )
    scheduler.add_listener(_missed, EVENT_JOB_MISSED)
    return scheduler


def _missed(event: JobExecutionEvent) -> None:
    log.warn(
        "nightly", f"{event.job_id}: due at {event.scheduled_run_time:%Y-%m-%d %H:%M}, too late to begin now"
    )


def _put_in(
    scheduler: BackgroundScheduler,
    wanted: dict[str, Schedule],
    nights: NightStore,
    settings: Settings,
    now: datetime,
) -> None:
    """The jobs of the settings in place of those in the store; one that was missed within the grace begins at once."""
    for known in scheduler.get_jobs():
        if known.id not in wanted:
            known.remove()
    for name in JOBS:
        if name not in wanted:
            continue
        begin = now if _missed_since(wanted[name], nights, settings, now) else wanted[name].next(now)
        kept: Job | None = scheduler.get_job(name)
        terms: dict[str, Any] = {"trigger": wanted[name].trigger, "args": [name], "next_run_time": begin}
        if kept is None:
            scheduler.add_job(_SCHEDULED, id=name, **terms)
        else:
            kept.modify(func=_SCHEDULED, **terms)
        log.say("nightly", f"{name}: next at {begin:%Y-%m-%d %H:%M %Z}" if begin else f"{name}: never")


def _missed_since(schedule: Schedule, nights: NightStore, settings: Settings, now: datetime) -> bool:
    """Whether the job was due since it last ran, or did not come to its end, and not too long ago."""
    last = nights.last_night(schedule.job)
    if last is None:
        return False
    grace = timedelta(hours=settings.nightly.grace_hours)
    if last.state != "done":
        return now - last.started <= grace
    due_at = schedule.next(max(last.started, now - grace))
    return due_at is not None and due_at <= now


def _last_due(settings: Settings, job: str, now: datetime) -> datetime | None:
    schedule = schedules(settings.nightly).get(job)
    times = schedule.between(now - timedelta(hours=25), now) if schedule else []
    return times[-1] if times else None
