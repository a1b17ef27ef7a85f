"""Days and instants of the rules: local instants become whole days, and are said in words.

A rule's instants carry a time zone, but a report speaks of days. A bar on purchases governs the day in which it
begins. A window that ends at 00:01 *on* a day has the day before as its last full day; one that ends at 23:59
includes the day itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class When:
    """A day, or a local instant with its zone, as a source states it."""

    day: date
    at: time | None = None
    zone: str = ""

    @classmethod
    def parse(cls, text: str, zone: str = "") -> Self:
        """Read ``2021-03-12``, ``2021-08-02T00:01 America/New_York`` or, with ``zone`` given, ``2021-01-11T09:30``."""
        stamp, _, printed_zone = text.partition(" ")
        day, _, clock = stamp.partition("T")
        if not clock:
            return cls(date.fromisoformat(day))
        place = printed_zone or zone
        ZoneInfo(place)  # an unknown zone is an error here, not later
        return cls(date.fromisoformat(day), time.fromisoformat(clock), place)

    @property
    def last_full_day(self) -> date:
        """The last day that lies wholly before this instant; a bare day is included whole."""
        if self.at is None:
            return self.day
        # The minute closes the gap between "11:59 p.m." and midnight.
        closes = datetime.combine(self.day, self.at) + timedelta(minutes=1)
        return closes.date() - timedelta(days=1)

    def __str__(self) -> str:
        clock = f" {self.at:%H:%M} {self.zone.split('/')[-1].replace('_', ' ')} time" if self.at else ""
        return in_words(self.day) + clock


def in_words(day: date) -> str:
    """``2 Aug 2021``: the same in every locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
