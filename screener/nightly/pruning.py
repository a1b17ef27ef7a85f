"""The last stage of the night: what is past its retention goes, and nothing else does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from screener.history import Outbox
from screener.nightly import log
from screener.nightly.work import Work

# What a mail said is in its report, which is kept; that it was sent stays on record as long as the run.
_MAIL_TEXTS: Final = timedelta(days=90)


def prune(work: Work) -> None:
    """Deletes runs with their inputs, nights and deliveries from before the retention of ``[history]``.

    Decisions of reviewers, list snapshots and the files in the processed and failed folders are never deleted.
    """
    years = work.settings.history.retention_years
    before = _years_before(work.today, years)
    limit = datetime.combine(before, time(), UTC)
    runs = work.store.prune(before)
    others = work.nights.prune(limit)
    mails = Outbox(work.store.database).prune(work.clock() - _MAIL_TEXTS, limit)
    log.say("prune", f"kept what is younger than {years} years", runs=runs, nights=others, mail_texts=mails)


def _years_before(day: date, years: int) -> date:
    """The same day that many years before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
