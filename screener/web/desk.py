"""The desk that answers questions about the lists: a warm worker, so that the server itself never computes."""

from __future__ import annotations

import threading
from typing import Final

from screener.web.jobs import Ended, Limits, Worker
from screener.web.tasks import Question, answer

_SECONDS: Final = 30.0  # for one answer, and for the wait before it
_WAITING: Final = 20  # questions at most; one more is turned away


class Desk:
    """Answers one question after the other."""

    def __init__(self, memory: int) -> None:
        self._worker = Worker(answer, Limits(_SECONDS, memory))
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)

    def ask(self, question: Question) -> Ended:
        """The answer, or why there is none; "busy" where too many ask at once."""
        if not self._places.acquire(blocking=False):
            return Ended("busy")
        try:
            if not self._turn.acquire(timeout=_SECONDS):
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
