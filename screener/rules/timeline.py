"""The status of a listing on a day, computed from its dated events; never stored.

A listing is ``unlisted`` until it is listed, ``proposed`` while only proposed, ``listed`` while in force, and
released once ``enjoined``, ``vacated``, ``withdrawn`` or ``removed``; a stay that lifts puts it back in force.
In force it is in a phase: ``before`` it takes effect, in the ``window`` for divestment, or ``after``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from screener.lists.parsed import UNDATED
from screener.rules.days import When, in_words
from screener.rules.programmes import Phase, Programme, Timing

RELEASED: Final = ("enjoined", "vacated", "withdrawn", "removed")
_BEGINS: Final = ("listed", "reached")  # the second where a rule reaches somebody whom no list names
_FINAL: Final = ("vacated", "withdrawn", "removed")
_WORDS: Final = {
    "proposed": "proposed",
    "listed": "listed",
    "reached": "in force since",
    "enjoined": "enjoined",
    "stay_lifted": "injunction lifted",
    "vacated": "listing vacated",
    "withdrawn": "withdrawn",
    "removed": "removed from the list",
    "amended": "entry amended",
}
_ORDER: Final = {event: place for place, event in enumerate(_WORDS)}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a listing, when, and the document that says so."""

    event: str
    when: When
    source_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A listing on a day.

    ``until`` is the last full day of an open window for divestment; ``story`` says in words how it came to this.
    """

    state: str  # unlisted, proposed, listed, or one of RELEASED
    phase: Phase
    effective: date | None
    until: date | None
    story: str
    since: date | None = None  # the day of the event that put it in this state
    listed: date | None = (
        None  # the day of the listing that is in force; None when the list does not print it
    )


UNLISTED: Final = Status("unlisted", "before", None, None, "")


def status(events: Sequence[Event], programme: Programme | None, as_of: date) -> Status:
    """The status of the listing with ``events`` at the end of ``as_of`` under ``programme``'s timing."""
    past = [event for event in _turns(events) if event.when.day <= as_of]
    if not past:
        return UNLISTED
    state, listed, since = _walk(past)
    story = _story(past)
    if state != "listed" or listed is None:
        return Status(state, "after", None, None, story, since)
    dates = _Dates.of(_of_this_listing(events, listed), programme, listed.when.day)
    return Status(
        state,
        dates.phase(as_of),
        dates.effective_day,
        dates.last_day(as_of),
        _join(story, dates.words),
        since,
        None if UNDATED in listed.note else listed.when.day,
    )


def _turns(events: Sequence[Event]) -> list[Event]:
    """Events that turn the state, in order of time; on one day, in the order in which such things happen."""
    turns = [event for event in events if event.event in _ORDER]
    return sorted(turns, key=lambda event: (event.when.day, _ORDER[event.event]))


def _walk(past: Sequence[Event]) -> tuple[str, Event | None, date | None]:
    """State after ``past``, the listing that is in force or was last, and the day of the last turn."""
    state, listed, since = "unlisted", None, None
    for event in past:
        before = state
        if event.event in _BEGINS:
            state, listed = "listed", event
        elif event.event == "stay_lifted":
            state = "listed" if state == "enjoined" else state
        elif event.event == "proposed":
            state = "proposed" if state == "unlisted" else state
        elif event.event in RELEASED and state not in _FINAL:
            # What ended a listing first keeps its name: vacated stays vacated when the list is later cleared.
            state = event.event
        since = event.when.day if state != before else since
    return state, listed, since


def _of_this_listing(events: Sequence[Event], listed: Event) -> list[Event]:
    """``events`` without those of an earlier listing that had ended when the entity was listed again."""
    ended = [event.when.day for event in events if event.event in _FINAL and event.when.day < listed.when.day]
    return [event for event in events if not ended or event.when.day > max(ended)]


def _story(past: Sequence[Event]) -> str:
    told = []
    for event in past:
        note = f" ({event.note})" if event.note else ""
        told.append(f"{_WORDS[event.event]} {in_words(event.when.day)}{note}")
    return ", ".join(told)


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Dates:
    """Effective date and end of the window of a listing in force, printed by the list or computed."""

    effective: When | None
    window_end: When | None
    licences: tuple[tuple[date, date], ...]
    words: str
    stays_open: bool

    @classmethod
    def of(cls, events: Sequence[Event], programme: Programme | None, listed: date) -> _Dates:
        timing = programme.timing_for(listed) if programme else None
        effective = _printed(events, "effective") or (timing.effective(listed) if timing else None)
        window_end = _printed(events, "wind_down_end") or (timing.window_end(listed) if timing else None)
        printed = _printed(events, "effective") is not None
        words = _arithmetic(listed, effective, window_end, None if printed else timing)
        return cls(effective, window_end, _licences(events), words, bool(timing and timing.window_stays_open))

    @property
    def effective_day(self) -> date | None:
        return self.effective.day if self.effective else None

    def last_day(self, as_of: date) -> date | None:
        """The last full day of the window, or of the licence that holds it open on ``as_of``; None without an end."""
        licensed = [last for first, last in self.licences if first <= as_of <= last]
        closing = [self.window_end.last_full_day] if self.window_end else []
        last = max(licensed + closing, default=None)
        return None if last == date.max else last

    def phase(self, as_of: date) -> Phase:
        if self.effective and as_of < self.effective.day:
            return "before"
        licensed = any(first <= as_of <= last for first, last in self.licences)
        in_window = self.window_end is not None and as_of <= self.window_end.last_full_day
        always = self.stays_open and self.window_end is None
        return "window" if licensed or in_window or always else "after"


def _printed(events: Sequence[Event], kind: str) -> When | None:
    """The date that the list prints; an amended one comes later in the list's own order."""
    found = [event.when for event in events if event.event == kind]
    return found[-1] if found else None


def _licences(events: Sequence[Event]) -> tuple[tuple[date, date], ...]:
    """First and last full day of each licence; one that prints no end stays open."""
    starts = sorted(event.when.day for event in events if event.event == "licence_from")
    ends = sorted(event.when.last_full_day for event in events if event.event == "licence_to")
    return tuple((start, next((end for end in ends if end >= start), date.max)) for start in starts)


def _arithmetic(listed: date, effective: When | None, window_end: When | None, timing: Timing | None) -> str:
    """The dates in words: ``listed 14 Jan 2021 + 60 days = 15 Mar 2021``, or as the list prints them."""
    parts = []
    for meaning, when, days in (
        ("purchases barred", effective, timing.effective_days if timing else None),
        ("end of the window for divestment", window_end, timing.window_days if timing else None),
    ):
        if when is None:
            continue
        origin = f"listed {in_words(listed)} + {days} days = {when}" if days is not None else str(when)
        parts.append(f"{origin}: {meaning}")
    if window_end:
        parts.append(f"last full day {in_words(window_end.last_full_day)}")
    return "; ".join(parts) + (f" ({timing.basis})" if timing and parts else "")
