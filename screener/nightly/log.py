"""The log of the unattended program: a line a stage, with counts and seconds, as text or as JSON lines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, TextIO

_LOG: Final = logging.getLogger("screener.nightly")


def configure(kind: str, stream: TextIO | None = None) -> None:
    """Logs to ``stream`` (standard output by default), as ``text`` or ``json``."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_Json() if kind == "json" else _Text())
    _LOG.handlers[:] = [handler]
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False


def say(stage: str, message: str, level: int = logging.INFO, **counts: Any) -> None:
    """One line."""
    _LOG.log(level, message, extra={"stage": stage, "counts": counts})


def warn(stage: str, message: str, **counts: Any) -> None:
    """One line about something that an operator should know."""
    say(stage, message, logging.WARNING, **counts)


def fail(stage: str, message: str, **counts: Any) -> None:
    """One line about something that went wrong."""
    say(stage, message, logging.ERROR, **counts)


@contextmanager
def stage(name: str, message: str = "done") -> Iterator[dict[str, Any]]:
    """Says when a stage is over, how long it took, and the counts that were put into the dictionary it gives."""
    counts: dict[str, Any] = {}
    started = perf_counter()
    yield counts
    say(name, str(counts.pop("message", message)), seconds=round(perf_counter() - started, 2), **counts)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        counts = "".join(f" {key}={value}" for key, value in getattr(record, "counts", {}).items())
        where = getattr(record, "stage", "")
        message = record.getMessage().replace("\n", " ")
        return f"{_instant(record)} {record.levelname:7} {where:8} {message}{' |' if counts else ''}{counts}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": _instant(record),
            "level": record.levelname.lower(),
            "stage": getattr(record, "stage", ""),
            "message": record.getMessage(),
            **getattr(record, "counts", {}),
        }
        return json.dumps(told, ensure_ascii=False, default=str)


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
