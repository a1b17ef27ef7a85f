"""What a mail tells, as plain values: the delivery room knows nothing of how a report is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """Why a mail is sent; the value is the key of its words."""

    FINDINGS = "findings"  # a report in which something needs action or a decision
    CLEAR = "clear"  # a report in which nothing does
    HEARTBEAT = "heartbeat"  # the run was made and nothing changed: short, without the workbook
    FAILURE = "failure"  # a portfolio could not be screened
    ALERT = "alert"  # the operator must do something
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Chip:
    """A decision code on its colours, RRGGBB."""

    code: str
    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many holdings one decision code decides, and their market value in words."""

    chip: Chip
    holdings: int
    amounts: str


@dataclass(frozen=True, slots=True)
class Task:
    """A holding that needs action or a decision; ``do`` is the report's own sentence, ``day_left`` counts calendar days."""

    chip: Chip
    security: str
    identifier: str
    portfolio: str
    amount: str
    do: str
    day: date | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something ends or begins for ``holdings`` holdings."""

    chip: Chip
    day: date
    days_left: int
    event: str
    holdings: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A report as a mail tells it; sentences come from the report as they stand there.

    ``colour`` is red, amber or green and ``banner`` its code on its colours; ``to_do`` counts the holdings that need action
    or a decision, of which ``tasks`` holds the first; ``changes`` says what is new since the last report.
    """

    investor: str
    investor_assumed: bool
    colour: str
    banner: Chip
    reasons: tuple[str, ...]
    counts: tuple[Count, ...]
    to_do: int
    tasks: tuple[Task, ...]
    deadlines: tuple[Deadline, ...]
    coverage: tuple[str, ...]
    lists: tuple[str, ...]
    disclaimer: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What one mail is about. ``key`` makes it one of its kind: the same key and recipient are the same mail.

    ``sentence`` is the one that matters (of a failure or an alert), ``details`` stand below it; ``since`` is the day of
    the last report; ``folder`` is where the report's files are.
    """

    kind: Kind
    key: str
    portfolio: str
    as_of: date
    digest: Digest | None = None
    sentence: str = ""
    details: tuple[str, ...] = ()
    since: date | None = None
    folder: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
