"""Where things are: the inbox, and the folders in which its files end up with their reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from screener.errors import ConfigurationError
from screener.inbox.patterns import Pattern, patterns_of
from screener.night_settings import InboxSettings

_UNSAFE: Final = re.compile(r"[^\w.,+@() -]")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folders of an inbox and its patterns."""

    folder: Path
    processed: Path
    failed: Path
    patterns: tuple[Pattern, ...]
    settings: InboxSettings

    def outcome_folder(self, *, good: bool, day: date, portfolio: str, run: str) -> Path:
        """Where a run's files and its report go together: one folder a run, by day and portfolio."""
        base = self.processed if good else self.failed
        return base / day.isoformat() / folder_name(portfolio) / run[:12]


def inbox_of(settings: InboxSettings) -> Inbox:
    """The inbox of the settings; raises ConfigurationError when no folder is set or a pattern is wrong."""
    if not settings.folder:
        raise ConfigurationError(
            "screener.toml", "inbox.folder", "is not set", "Name the folder in which holdings arrive."
        )
    folder = Path(settings.folder).absolute()
    return Inbox(
        folder,
        Path(settings.processed).absolute() if settings.processed else folder / "processed",
        Path(settings.failed).absolute() if settings.failed else folder / "failed",
        patterns_of(settings.match),
        settings,
    )


def folder_name(portfolio: str) -> str:
    """A portfolio's name as every file system takes it."""
    name = _UNSAFE.sub("_", portfolio).strip(" .") or "_"
    return f"_{name}" if _RESERVED.fullmatch(name) else name
