"""The last stage of the night: what is past its retention goes, and nothing else does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from screener.nightly import log
from screener.nightly.work import Work


def prune(work: Work) -> None:
    """Deletes runs with their inputs, nights and deliveries from before the retention of ``[history]``.

    Decisions of reviewers, list snapshots and the files in the processed and failed folders are never deleted.
    """
    years = work.settings.history.retention_years
    before = _years_before(work.today, years)
    runs = work.store.prune(before)
    others = work.nights.prune(datetime.combine(before, time(), UTC))
    log.say("prune", f"kept what is younger than {years} years", runs=runs, nights=others)


def _years_before(day: date, years: int) -> date:
    """The same day that many years before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
