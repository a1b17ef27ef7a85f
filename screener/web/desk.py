"""A desk where one waits for an answer: a worker of its own, so that the server itself never computes."""

from __future__ import annotations

import threading
from typing import Any, Final

from screener.web.jobs import Ended, Limits, Worker
from screener.web.jobs.worker import Task

_WAITING: Final = 20  # questions at most; one more is turned away


class Desk:
    """Does one task after the other for those who wait."""

    def __init__(self, task: Task, limits: Limits) -> None:
        self._worker, self._seconds = Worker(task, limits), limits.seconds
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)

    def ask(self, question: Any) -> Ended:
        """The answer, or why there is none; "busy" where too many ask at once."""
        if not self._places.acquire(blocking=False):
            return Ended("busy")
        try:
            if not self._turn.acquire(timeout=self._seconds):
                return Ended("busy")
            try:
                return self._worker.run(question)
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def open(self) -> None:
        """Start the worker before somebody asks."""
        with self._turn:
            self._worker.warm()

    def close(self) -> None:
        """End the worker."""
        self._worker.stop()
