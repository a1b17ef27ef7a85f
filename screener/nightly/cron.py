"""When work is due: five-field cron expressions with a time zone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from tzlocal import get_localzone

from screener.errors import ConfigurationError
from screener.night_settings import NightlySettings

JOBS: Final = ("update_lists", "screen", "send", "prune")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MOST_COUNTED: Final = 1_000


class OnceADay(CronTrigger):  # type: ignore[misc]
    """A cron trigger that does not fire again in the hour that comes twice when clocks go back.

    As in cron, that holds for times with an hour of their own; what is due every hour goes on as the clock does.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        due: datetime | None = super().get_next_fire_time(previous_fire_time, now.astimezone(UTC))
        while due is not None and due.fold and not self._every_hour():
            due = super().get_next_fire_time(None, due.astimezone(UTC) + timedelta(microseconds=1))
        return due

    def _every_hour(self) -> bool:
        return any(str(field).startswith("*") for field in self.fields if field.name == "hour")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one job is due."""

    job: str
    trigger: BaseTrigger

    def next(self, after: datetime) -> datetime | None:
        """The first time it is due later than ``after``."""
        due: datetime | None = self.trigger.get_next_fire_time(
            None, after.astimezone(UTC) + timedelta(microseconds=1)
        )
        return due

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """When it was due later than ``after`` and not later than ``until``, at most a thousand times."""
        return list(itertools.islice(self._between(after, until), _MOST_COUNTED))

    def _between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        due = self.next(after)
        while due is not None and due <= until:
            yield due
            due = self.next(due)


def schedules(settings: NightlySettings) -> dict[str, Schedule]:
    """The jobs that have a time; raises ConfigurationError for one that cannot be understood."""
    zone = zone_of(settings)
    given = {job: str(getattr(settings, job)).strip() for job in JOBS}
    return {job: Schedule(job, _trigger(job, text, zone)) for job, text in given.items() if text}


def zone_of(settings: NightlySettings) -> tzinfo:
    """The time zone of the settings, else that of the machine."""
    return ZoneInfo(settings.time_zone) if settings.time_zone else get_localzone()


def _trigger(job: str, text: str, zone: tzinfo) -> BaseTrigger:
    fields = text.lower().split()
    if len(fields) != 5:
        raise _wrong(job, text, f"has {len(fields)} fields in place of five")
    minute, hour, day, month, weekday = fields
    try:
        weekday = _weekdays(weekday)
        if "*" in (day, weekday):
            return OnceADay(
                minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone
            )
        # As cron has it: with both days given, either will do.
        by_day = OnceADay(minute=minute, hour=hour, day=day, month=month, timezone=zone)
        by_weekday = OnceADay(minute=minute, hour=hour, month=month, day_of_week=weekday, timezone=zone)
        return OrTrigger([by_day, by_weekday])
    except ValueError as error:
        raise _wrong(job, text, f"is no cron expression ({error})") from None


def _weekdays(text: str) -> str:
    """Days of the week by name: cron counts them from Sunday, the scheduler from Monday."""
    if text == "*":
        return text
    return ",".join(dict.fromkeys(day for part in text.split(",") for day in _weekday_range(part)))


def _weekday_range(part: str) -> list[str]:
    span, _, step = part.partition("/")
    if span == "*":
        span = "0-6"
    first, _, last = span.partition("-")
    begin = _weekday(first)
    end = _weekday(last) if last else begin
    if step and not last:
        end = 6
    length = 7 if last and begin == end and first != last else (end - begin) % 7 + 1
    return [_DAYS[(begin + offset) % 7] for offset in range(0, length, int(step or 1))]


def _weekday(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    number = int(text)
    if not 0 <= number <= 7:
        raise ValueError(f"there is no day of the week {number}")
    return number % 7


def _wrong(job: str, text: str, reason: str) -> ConfigurationError:
    remedy = 'Write minute, hour, day, month, day of the week: "30 1 * * *" is every day at 01:30.'
    return ConfigurationError("screener.toml", f"nightly.{job}", f"'{text}' {reason}", remedy)
