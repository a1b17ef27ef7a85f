"""One instance at a time: locks that the system lets go of when a process ends, however it ends.

A file lock keeps processes of one machine apart. Where the history is a PostgreSQL database, which several machines may
share, ``beside`` is a lock of the database session (it ends with the connection) that keeps those apart as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from screener.locks import BusyError, held

WORK: Final = "nightly"  # held while a job runs
SCHEDULER: Final = "scheduler"  # held as long as `screener nightly` runs in the foreground


@contextmanager
def only_one(
    name: str, folder: Path, beside: AbstractContextManager[bool] | None = None, *, wait: float = 0
) -> Iterator[None]:
    """Held by one process at a time; raises BusyError when another one has it for longer than ``wait`` seconds.

    ``beside`` gives whether it could be had as well.
    """
    with held(name, folder, _busy(name, "on this machine"), wait=wait):
        if beside is None:
            yield
            return
        with beside as had:
            if not had:
                raise BusyError(_busy(name, "on another machine, with the same database"))
            yield


def _busy(name: str, where: str) -> str:
    if name == SCHEDULER:
        return f"`screener nightly` is already running {where}. Stop it first, or leave the work to it."
    return f"Another nightly run is under way {where}. Wait until it has finished; nothing was done now."
