"""What can go wrong with the world, as opposed to the data, and the exit code each means.

Bad data is collected as rows of the ``Issues`` frame and shown in the report; a bad world raises one of these::

    ScreenerError
    ├── UsageError            2  an argument is wrong: unknown investor, missing file, day that is no day
    ├── ConfigurationError    2  a configuration file has a wrong or unknown key
    ├── HoldingsError         3  one holdings file cannot be read; the run goes on with the others
    ├── RestrictedListError   3  a restricted list is missing, broken or fails its gate
    ├── OutputError           3  a report cannot be written
    └── HistoryError          3  the history store cannot be opened, read or written

Each class composes its own sentence from what it is given: what is wrong, where, and what to do.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process tells its caller."""

    NOTHING_TO_DO = 0
    ACTION_NEEDED = 1
    WRONG_USAGE = 2
    NOT_FINISHED = 3


class ScreenerError(Exception):
    """Anything that stops a run, or a part of it, for a reason a person can act on."""

    exit_code = ExitCode.NOT_FINISHED


class UsageError(ScreenerError):
    """An argument is wrong: ``what`` says which and why, ``remedy`` what to give instead."""

    exit_code = ExitCode.WRONG_USAGE

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(_sentence(what, remedy))


class ConfigurationError(ScreenerError):
    """A configuration file is wrong at ``key``."""

    exit_code = ExitCode.WRONG_USAGE

    def __init__(self, file: Path | str, key: str, reason: str, remedy: str = "") -> None:
        place = f"{file}: {key}" if key else str(file)
        super().__init__(_sentence(f"{place}: {reason}", remedy))


class HoldingsError(ScreenerError):
    """A holdings file cannot be read at all; ``reason`` and ``remedy`` are kept for the report."""

    def __init__(self, file: Path | str, reason: str, remedy: str = "") -> None:
        self.file, self.reason, self.remedy = Path(file).name, reason, remedy
        super().__init__(_sentence(f"{self.file}: {reason}", remedy))


class RestrictedListError(ScreenerError):
    """A restricted list cannot be used: ``source`` names it, ``reason`` says why."""

    def __init__(self, source: str, reason: str, remedy: str = "") -> None:
        super().__init__(_sentence(f"{source}: {reason}", remedy))


class OutputError(ScreenerError):
    """A report cannot be written to ``path``."""

    def __init__(self, path: Path | str, reason: str, remedy: str = "") -> None:
        super().__init__(_sentence(f"{path}: {reason}", remedy))


class HistoryError(ScreenerError):
    """The history store at ``place`` cannot be used; a run by hand goes on without it and says so."""

    def __init__(self, place: str, reason: str, remedy: str = "") -> None:
        self.reason = reason
        remedy = remedy or "Free space, give the data folder to this user, or set [history] url."
        super().__init__(_sentence(f"history {place}: {reason}", remedy))


def _sentence(what: str, remedy: str) -> str:
    return f"{what.rstrip('.')}. {remedy}".strip()
