"""What every stage of the night works with: settings, store, clock, and what went wrong so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Event
from typing import Final

from screener.errors import ExitCode, ScreenerError
from screener.history import Store
from screener.history.nightly import NightStore
from screener.inbox import Inbox
from screener.nightly import log
from screener.nightly.cron import Schedule, schedules, zone_of
from screener.settings import Settings

AMBER: Final = "amber"
RED: Final = "red"
Trouble = tuple[str, str]  # colour, sentence


class StoppedError(ScreenerError):
    """The work was asked to stop; what was under way is finished, the rest is left for the next time."""

    def __init__(self) -> None:
        super().__init__("Stopped on request before all was done; the rest is done next time")


@dataclass(slots=True)
class Work:
    """One round of unattended work. ``clock`` gives the moment, with its zone; ``stop`` is set when it must end."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    stop: Event = field(default_factory=Event)
    inbox: Inbox | None = None
    due: datetime | None = None
    troubles: list[Trouble] = field(default_factory=list)
    codes: list[ExitCode] = field(default_factory=list)
    told: set[str] = field(default_factory=set)  # troubles that a mail of their own tells
    reports_held: bool = False  # the self-test failed: reports are written and not mailed

    @property
    def nights(self) -> NightStore:
        """Where the night is on record."""
        return NightStore(self.store.database)

    @property
    def today(self) -> date:
        """The day of the night, in its own time zone."""
        return self.clock().astimezone(zone_of(self.settings.nightly)).date()

    @property
    def schedules(self) -> dict[str, Schedule]:
        """When each job is due."""
        return schedules(self.settings.nightly)

    def fresh(self, due: datetime | None) -> Work:
        """The same means for another piece of work."""
        return Work(self.settings, self.store, self.clock, self.stop, self.inbox, due)

    def wait(self, seconds: float) -> None:
        """Waits, unless the work must end before."""
        self.stop.wait(seconds)

    def trouble(self, colour: str, stage: str, sentence: str) -> None:
        """Something amber, that a person should look at, or red, that could not be done."""
        self.troubles.append((colour, sentence))
        (log.fail if colour == RED else log.warn)(stage, sentence)

    def amber(self, stage: str, sentence: str) -> None:
        """Something that a person should look at."""
        self.trouble(AMBER, stage, sentence)

    def red(self, stage: str, sentence: str) -> None:
        """Something that could not be done."""
        self.trouble(RED, stage, sentence)

    def go_on(self) -> None:
        """Raises StoppedError when the work must end: to be called between things that are whole."""
        if self.stop.is_set():
            raise StoppedError

    @property
    def exit_code(self) -> ExitCode:
        """The worst of everything: 3 for red troubles and unfinished runs, 1 for amber ones and findings."""
        return worst([*self.codes, *(code_of(colour) for colour, _ in self.troubles)])


def code_of(colour: str) -> ExitCode:
    """The exit code that stands for a colour."""
    codes = {RED: ExitCode.NOT_FINISHED, AMBER: ExitCode.ACTION_NEEDED}
    return codes.get(colour, ExitCode.NOTHING_TO_DO)


def worst(codes: Sequence[ExitCode]) -> ExitCode:
    """The highest code; wrong usage of one portfolio's settings leaves its work unfinished."""
    told = (ExitCode.NOT_FINISHED if code == ExitCode.WRONG_USAGE else code for code in codes)
    return max(told, default=ExitCode.NOTHING_TO_DO)
