"""How the unattended program stands: what ran, what is next, what waits, and a colour for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from screener import job
from screener.errors import ExitCode, ScreenerError
from screener.history import Night, NightStore, Portfolio, Store, open_store
from screener.inbox import inbox_of, look
from screener.lists import status as lists_status
from screener.lists.health import overdue
from screener.lists.store import Store as ListStore
from screener.locks import held_by_somebody
from screener.nightly import mailing
from screener.nightly.cron import JOBS, schedules, zone_of
from screener.nightly.lock import SCHEDULER, WORK
from screener.nightly.screening import still_failed
from screener.nightly.work import code_of
from screener.rules.days import in_words
from screener.settings import Settings

GREEN: Final = "green"
_ORDER: Final = ("green", "amber", "red")
# A night may take its time; after this it has not happened.
_OVERDUE: Final = timedelta(hours=2)
_MOST_SENTENCES: Final = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that an operator looks at: its colour, and what is to be said of it."""

    part: str
    colour: str
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The state of health; ``colour`` is the worst of its lines."""

    at: datetime
    lines: tuple[Line, ...]

    @property
    def colour(self) -> str:
        return max((line.colour for line in self.lines), key=_ORDER.index, default=GREEN)

    @property
    def exit_code(self) -> ExitCode:
        return code_of(self.colour)

    def as_json(self) -> str:
        """The state for machines."""
        lines = [asdict(line) for line in self.lines]
        told = {"colour": self.colour, "at": self.at.isoformat(timespec="seconds"), "lines": lines}
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def status(settings: Settings, now: datetime) -> Status:
    """How things stand at ``now``. What cannot be asked is red and says why; nothing is raised."""
    lines = list(_lists(settings, now))
    try:
        with open_store(settings) as store:
            lines = [*_nights(settings, store, now), *lines, *_inbox(settings, store, now)]
            lines.append(Line("outbox", *mailing.outbox_state(settings, store, now)))
    except ScreenerError as error:
        lines.insert(0, Line("history", "red", str(error)))
    return Status(now, tuple(lines))


def _nights(settings: Settings, store: Store, now: datetime) -> Iterator[Line]:
    nights, zone = NightStore(store.database), zone_of(settings.nightly)
    yield _next(settings, now)
    for name in JOBS:
        last = nights.last_night(name)
        if last is None:
            colour = "amber" if name == "screen" and settings.inbox.folder else GREEN
            yield Line(name, colour, "has never run")
            continue
        colour, sentence = _of_last(last, settings, now)
        when = f"{in_words(last.started.astimezone(zone).date())}, {last.started.astimezone(zone):%H:%M}"
        details = tuple(f"{colour}: {text}" for colour, text in last.troubles[:_MOST_SENTENCES])
        yield Line(name, colour, f"{when}: {sentence}", details if len(last.troubles) > 1 else ())


def _of_last(last: Night, settings: Settings, now: datetime) -> tuple[str, str]:
    """Colour and sentence of the last time a job ran."""
    schedule = schedules(settings.nightly).get(last.job)
    missed = schedule.between(last.started, now - _OVERDUE) if schedule else []
    if missed:
        return "red", f"{len(missed)} runs are overdue since then; before that: {last.sentence or last.state}"
    if last.state == "running":
        return GREEN, "under way"
    if last.state != "done":
        return "amber", last.sentence or last.state
    colours = [colour for colour, _ in last.troubles]
    return max(colours, key=_ORDER.index, default=GREEN), f"{last.sentence} (exit code {last.exit_code})"


def _next(settings: Settings, now: datetime) -> Line:
    zone = zone_of(settings.nightly)
    times = {name: due for name, one in schedules(settings.nightly).items() if (due := one.next(now))}
    told = ", ".join(f"{name} {due.astimezone(zone):%a %d %b %H:%M}" for name, due in times.items())
    runs = held_by_somebody(SCHEDULER, settings.data_folder)
    who = (
        "`screener nightly` runs here"
        if runs
        else "`screener nightly` does not run here; `--once` is left to others"
    )
    work = "; work is under way" if held_by_somebody(WORK, settings.data_folder) else ""
    return Line("next", GREEN, f"{told or 'nothing is scheduled'} ({who}{work})")


def _lists(settings: Settings, now: datetime) -> Iterator[Line]:
    """Amber: the last update brought nothing, an earlier version is in force. Red: it is too old, or there is none."""
    try:
        config = job.lists_config(settings)
        table = lists_status(config, now.date())
    except ScreenerError as error:
        yield Line("lists", "red", str(error))
        return
    store, enabled = ListStore(config.folder), table[table["enabled"].astype(bool)]
    colour, details = GREEN, list[str]()
    for row in enabled.itertuples(index=False):
        source, version = config.source(str(row.source)), store.latest(str(row.source))
        if row.health == "ok" or source is None:
            continue
        state = store.state(source.name)
        confirmed = state.confirmed or (version.fetched if version else "")
        old = overdue(source, confirmed, version.published, now.date()) if version else ()
        red = (version is None and bool(state.failure)) or any(one.severity == "error" for one in old)
        colour = max(colour, "red" if red else "amber", key=_ORDER.index)
        details.append(f"{source.name}: {row.reasons or row.health!s}")
    good = int((enabled["health"] == "ok").sum())
    yield Line("lists", colour, f"{good} of {len(enabled)} are up to date", tuple(details))


def _inbox(settings: Settings, store: Store, now: datetime) -> Iterator[Line]:
    if not settings.inbox.folder:
        yield Line("inbox", GREEN, "no inbox is set ([inbox] folder)")
        return
    nights = NightStore(store.database)
    try:
        seen = look(inbox_of(settings.inbox), now.timestamp(), lambda seconds: None)
    except ScreenerError as error:
        yield Line("inbox", "red", str(error))
    else:
        waiting = [one.relative for one in (*seen.whole, *seen.unfinished)]
        yield Line("inbox", GREEN, f"{_files(len(waiting))} waiting", tuple(waiting[:_MOST_SENTENCES]))
    left = nights.deliveries("begun") + nights.deliveries("placed")
    if left and not held_by_somebody(WORK, settings.data_folder):
        sentence = f"{len(left)} were left under way; the next run settles them"
        yield Line("deliveries", "amber", sentence, tuple(one.portfolio for one in left[:_MOST_SENTENCES]))
    failed = still_failed(nights)
    yield from (_portfolio(one, settings, now) for one in nights.portfolios())
    for name, delivery in failed.items():
        first = delivery.trouble.splitlines()[0]
        yield Line(f"portfolio {name}", "red", f"its last file failed: {first} See {delivery.folder}")


def _portfolio(one: Portfolio, settings: Settings, now: datetime) -> Line:
    days = (now.astimezone(zone_of(settings.nightly)).date() - one.dated).days
    inbox = settings.inbox
    colour = "red" if days > inbox.red_after_days else "amber" if days > inbox.amber_after_days else GREEN
    told = {0: "nothing needs action", 1: "something needs action or review"}.get(
        one.exit_code, "not complete"
    )
    held = f"holdings of {in_words(one.dated)} ({days} days old)"
    colour = max(colour, "red" if one.exit_code > 1 else GREEN, key=_ORDER.index)
    return Line(f"portfolio {one.name}", colour, f"{held}: {told}; run {one.run[:12]}")


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
