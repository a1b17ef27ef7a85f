"""What must be said of a portfolio's holdings: how old they are, whether they came, and what they were screened with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from screener import __version__, job
from screener.history.nightly import Delivery, Portfolio
from screener.lists.store import Store as ListStore
from screener.nightly.cron import zone_of
from screener.nightly.work import Work
from screener.rules.days import in_words
from screener.settings import Settings, shipped_config

_SINCE_THE_NIGHT_BEFORE: Final = timedelta(hours=23)
_LATE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Remarks:
    """Sentences for a report: amber and red."""

    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    def __add__(self, other: Remarks) -> Remarks:
        return Remarks(self.warnings + other.warnings, self.failures + other.failures)


def of_age(portfolio: Portfolio, today: date, settings: Settings) -> Remarks:
    """How old the holdings are, where that is worth a colour."""
    days = (today - portfolio.dated).days
    inbox = settings.inbox
    if days <= inbox.amber_after_days:
        return Remarks()
    what = "the file's name says so" if portfolio.by_name else "the day on which the file was last changed"
    sentence = (
        f"The holdings are {days} days old: they are of {in_words(portfolio.dated)} ({what}), and no newer file has "
        "come. What was bought or sold since is not in this report"
    )
    if days > inbox.red_after_days:
        return Remarks(
            failures=(f"{sentence}; more than {inbox.red_after_days} days are too old to rely on",)
        )
    return Remarks(warnings=(sentence,))


def not_come(work: Work, deliveries: Iterable[Delivery]) -> list[str]:
    """Expected portfolios of which no file has come since the night before; none on nights on which none must come."""
    inbox = work.settings.inbox
    if f"{work.today:%a}".lower() not in inbox.expected_nights:
        return []
    since = work.clock() - _SINCE_THE_NIGHT_BEFORE
    came = {one.portfolio.casefold() for one in deliveries if one.begun >= since and one.came}
    return [name for name in inbox.expected if name.casefold() not in came]


def made_up_for(work: Work) -> Remarks:
    """What to say when nights did not happen: the machine was off, or nobody started the program."""
    schedule, now = work.schedules.get("screen"), work.clock()
    last = work.nights.last_night("screen", "done")
    if schedule is None or last is None:
        return Remarks()
    due = schedule.between(last.started, now)
    missed = [one for one in due if now - one > _LATE]
    if not missed:
        return Remarks()
    zone = zone_of(work.settings.nightly)
    when = [
        f"{in_words(one.astimezone(zone).date())}, {one.astimezone(zone):%H:%M}"
        for one in (missed[0], missed[-1])
    ]
    span = when[0] if len(missed) == 1 else f"{when[0]} to {when[1]} ({len(missed)} runs)"
    return Remarks((f"The nightly run due on {span} did not happen at its time; this run makes up for it",))


def basis_of(work: Work, files: Iterable[tuple[str, str]], investor: str) -> str:
    """A hash of all that a report about these files would be made from tonight: when it is the same as the last one's,
    screening again would say nothing new. The day is part of it, because rules take effect on days."""
    lists = job.lists_config(work.settings)
    kept = ListStore(lists.folder)
    versions = {one.name: (kept.versions(one.name) or [""])[-1] for one in lists.sources}
    own = [work.settings.starter_folder, Path(investor) if investor.endswith(".toml") else None]
    told = {
        "files": sorted(sha256 for _, sha256 in files),
        "day": work.today.isoformat(),
        "investor": investor or work.settings.run.investor,
        "lists": versions,
        "rules": [_digest(folder) for folder in (shipped_config(), *own) if folder],
        "decisions": max((one.id for one in work.store.decisions()), default=0),
        "run": work.settings.run.model_dump(mode="json"),
        "software": __version__,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _digest(place: Path) -> str:
    """A hash of a file, or of the files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def day_of(changed: int, work: Work) -> date:
    """The day of a moment in nanoseconds since 1970."""
    return datetime.fromtimestamp(changed / 1e9, UTC).astimezone(zone_of(work.settings.nightly)).date()
