"""What goes into the store and what comes out of it: plain values, so that no caller touches the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run: kept under ``sha256`` ("" when it could not be read from the disk)."""

    name: str
    sha256: str
    size: int
    holdings: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as it begins; ``request`` is JSON and holds all that a replay needs."""

    portfolio: str
    started: datetime
    as_of: date
    investor: str
    software: str
    request: Mapping[str, Any]
    folder: str = ""
    kind: str = "manual"
    owner: str = ""
    known_on: date | None = None
    files: tuple[RunFile, ...] = ()
    id: str = ""  # 32 hexadecimal digits where the caller has chosen it; "" for a new one


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run as it ended; ``findings`` has the columns of the table, ``facts`` are kept by hash under their names."""

    run_id: str
    fingerprint: str
    finished: datetime
    exit_code: int
    verdict: str
    banner: str
    manifest: Mapping[str, Any]
    datasets: Mapping[str, str]
    request: Mapping[str, Any]
    files: tuple[RunFile, ...]
    findings: pd.DataFrame
    facts: Mapping[str, bytes] = field(default_factory=dict)
    previous: str | None = None
    decisions_upto: int | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run on record. ``state`` is running, finished, failed or cancelled; what is not known yet is None."""

    id: str
    run_id: str | None
    fingerprint: str | None
    portfolio: str
    kind: str
    owner: str
    state: str
    started: datetime
    finished: datetime | None
    as_of: date
    known_on: date | None
    investor: str
    exit_code: int | None
    verdict: str | None
    banner: str | None
    error: str | None
    software: str
    datasets: Mapping[str, str] | None
    manifest: Mapping[str, Any] | None
    request: Mapping[str, Any]
    folder: str
    previous: str | None
    decisions_upto: int | None


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs to list, the newest first; None leaves a field open. ``limit`` and ``offset`` make pages.

    ``seen_by`` asks for the runs of one person and those of the nights, which belong to nobody.
    """

    portfolio: str | None = None
    owner: str | None = None
    kind: str | None = None
    state: str | None = None
    seen_by: str | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class PreviousOf:
    """The run that an earlier one is looked for: same portfolio, owner and investor, other content, not later.

    A look into the past with the lists ``known_on`` a day compares with others of the same day of knowledge only.
    """

    portfolio: str
    owner: str
    investor: str
    as_of: date
    fingerprint: str
    known_on: date | None = None
