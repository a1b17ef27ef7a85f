"""One child process that does one task at a time, watched from outside and killed when it oversteps.

A child is started afresh (spawned, so that nothing of the server is in it) and kept warm between tasks, because
reading the libraries takes longer than most screenings. After a kill the next task starts a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import monotonic
from typing import Any, Final

from screener.web.jobs.model import Ended

Told = Callable[[str], None]
Task = Callable[[Any, Told], Any]

_LOOK_EVERY: Final = 0.1  # seconds between two looks at the clock, the memory and the wish to cancel
_ADDRESS_SLACK: Final = 4_000_000_000  # libraries reserve address space that they never fill
_TASKS_EACH: Final = 200  # a child is replaced after so many tasks: what leaks in libraries does not add up


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may take: ``seconds`` on the clock, ``memory`` in bytes."""

    seconds: float
    memory: int


class Worker:
    """The parent's end of a child process that does tasks of ``task``."""

    def __init__(self, task: Task, limits: Limits) -> None:
        self._task, self._limits = task, limits
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None
        self._done = 0

    def run(
        self, payload: Any, told: Told = lambda stage: None, cancelled: Callable[[], bool] = lambda: False
    ) -> Ended:
        """Do the task with ``payload``; ``told`` gets each stage as it begins, ``cancelled`` is asked again and again."""
        line = self._ready()
        until = monotonic() + self._limits.seconds
        try:
            line.send(payload)
            while True:
                if line.poll(_LOOK_EVERY):
                    kind, content = line.recv()
                    if kind == "ended":
                        self._done += 1
                        return Ended(**content)
                    told(content)
                elif how := self._overstepped(until, cancelled):
                    self.stop()
                    return how
        except (EOFError, OSError):
            self.stop()
            return Ended("died")

    def warm(self) -> None:
        """Start the child before it is needed."""
        self._ready()

    def stop(self) -> None:
        """Kill the child, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        if self._line is not None:
            self._line.close()
        self._process, self._line, self._done = None, None, 0

    def _overstepped(self, until: float, cancelled: Callable[[], bool]) -> Ended | None:
        if cancelled():
            return Ended("cancelled")
        if monotonic() > until:
            return Ended("time")
        if self._process is None or not self._process.is_alive():
            # What the child said before it ended is still to be read.
            return None if self._line is not None and self._line.poll() else Ended("died")
        return Ended("memory") if _resident(self._process.pid) > self._limits.memory else None

    def _ready(self) -> Connection:
        fresh = self._done < _TASKS_EACH and self._process is not None and self._process.is_alive()
        if fresh and self._line is not None:
            return self._line
        self.stop()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=serve_tasks, args=(theirs, self._task, self._limits.memory), daemon=True
        )
        self._process.start()
        theirs.close()
        self._line = ours
        return ours


def _resident(pid: int | None) -> int:
    """Bytes of memory that a process has; 0 where the system does not tell (its own limit holds all the same)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError, AttributeError):
        return 0


def serve_tasks(line: Connection, task: Task, memory: int) -> None:
    """The child: do tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when a child ends
    _limit(memory)
    with suppress(EOFError, OSError):
        while True:
            payload = line.recv()
            line.send(("ended", _ended(task, payload, lambda stage: line.send(("stage", stage)))))


def _ended(task: Task, payload: Any, told: Told) -> dict[str, Any]:
    from screener.errors import ScreenerError

    try:
        return {"how": "done", "value": task(payload, told)}
    except ScreenerError as error:
        return {"how": "refused", "sentence": str(error)}
    except MemoryError:
        return {"how": "memory"}
    except Exception as error:  # a fault of the program: told in one line, the server goes on
        if os.environ.get("SCREENER_DEBUG"):
            import traceback

            traceback.print_exc()
        return {"how": "fault", "sentence": f"{type(error).__name__}: {error}".splitlines()[0][:300]}


def _limit(memory: int) -> None:
    """The system's own limit on memory, and a lower priority than the server's, where there are such things."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = memory + _ADDRESS_SLACK
        resource.setrlimit(resource.RLIMIT_AS, (wanted if most < 0 else min(wanted, most), most))
    with suppress(AttributeError, OSError):
        os.nice(2)
