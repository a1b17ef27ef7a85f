"""What a piece of work is, how far it is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

JobState = Literal["queued", "running", "finished", "failed", "cancelled"]
How = Literal["done", "refused", "cancelled", "time", "memory", "died", "fault", "busy", "stopped"]
OVER: frozenset[JobState] = frozenset({"finished", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended: its value when done, the sentence of the program when it refused, else only how."""

    how: How
    value: Any = None
    sentence: str = ""


@dataclass(slots=True)
class Job:
    """A screening on its way; ``payload`` is what the worker is given and is never shown."""

    id: str
    payload: Any = field(repr=False)
    created: datetime
    state: JobState = "queued"
    stages: list[str] = field(default_factory=list)  # begun, the last one is going on
    wants_cancel: bool = False
    ended: Ended | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in OVER
