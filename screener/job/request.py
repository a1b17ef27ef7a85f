"""What a face asks for, what it gets back, and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

from screener.errors import ExitCode
from screener.funds import Source
from screener.holdings import ReadOptions
from screener.report import Report, Summary

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a face asks for; ``investor`` "" means that nobody said who it is.

    ``names`` are the names by which the owner knows files that are kept under another one; ``profiles`` are saved
    ways of reading single files, in place of that of ``reading``.
    """

    files: tuple[Path, ...]
    as_of: date
    out: Path
    investor: str = ""
    now: datetime | None = None  # the clock of the face: for the record, and for the age of fetched lists
    known_on: date | None = None  # use the lists as they had been fetched by that day
    accept_stale: bool = False  # go on with a list past its maximum age, and say so in red
    reading: ReadOptions = field(default_factory=ReadOptions)
    names: Mapping[Path, str] = field(default_factory=dict)
    profiles: Mapping[Path, Path] = field(default_factory=dict)
    ownership: Path | None = None  # who owns whom; the file of the settings when not given
    look_through: tuple[Source, ...] = ()  # what funds hold; the sources of the settings when not given
    reference: tuple[Path, ...] = ()  # files that say whose a security is; those of the settings when none
    portfolio: str = ""  # its runs are compared with each other; "" goes by the names of the files
    kind: str = "manual"  # manual, nightly or upload: only a run by hand goes on when it cannot be recorded
    owner: str = ""  # who may see it, where several people share a store
    id: str = ""  # its number in the history where the face has chosen one; "" for a new one
    record: bool = True
    folder: Path | None = None  # where the report will be, when ``out`` is only where it is made
    warnings: tuple[str, ...] = ()  # amber sentences that the face adds to the report
    failures: tuple[str, ...] = ()  # and red ones

    def name_of(self, path: Path) -> str:
        """The name that the report gives a file."""
        return self.names.get(path, path.name)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The report, where its files are, and what the process should say to its caller."""

    report: Report
    summary: Summary  # of the report
    written: dict[str, Path]
    exit_code: ExitCode
    run: str = ""  # its id in the history; "" when it is not recorded
    unrecorded: str = ""  # why it is not, in a sentence


class Stopwatch:
    """Tells each stage to the face as it begins, and keeps how many seconds it took."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._stage, self._since = progress, "", perf_counter()

    def begin(self, stage: str) -> None:
        self.end()
        self._progress(stage)
        self._stage, self._since = stage, perf_counter()

    def end(self) -> None:
        if self._stage:
            self.seconds[self._stage] = round(perf_counter() - self._since, 3)
        self._stage = ""
