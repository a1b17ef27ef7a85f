"""One instance at a time: locks that the system lets go of when a process ends, however it ends.

A file lock keeps processes of one machine apart. Where the history is a PostgreSQL database, which several machines may
share, ``beside`` is a lock of the database session (it ends with the connection) that keeps those apart as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from screener.errors import OutputError, ScreenerError

WORK: Final = "nightly"  # held while a job runs
SCHEDULER: Final = "scheduler"  # held as long as `screener nightly` runs in the foreground


class BusyError(ScreenerError):
    """Another process holds the lock."""


@contextmanager
def only_one(
    name: str, folder: Path, beside: AbstractContextManager[bool] | None = None, *, wait: float = 0
) -> Iterator[None]:
    """Held by one process at a time; raises BusyError when another one has it for longer than ``wait`` seconds.

    ``beside`` gives whether it could be had as well.
    """
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(path, timeout=wait)
        held.acquire()
    except Timeout:
        raise BusyError(_busy(name, "on this machine")) from None
    except OSError as error:
        raise OutputError(
            path, f"cannot be locked ({error.strerror or error})", "Give the data folder to this user."
        ) from None
    try:
        if beside is None:
            yield
            return
        with beside as had:
            if not had:
                raise BusyError(_busy(name, "on another machine, with the same database"))
            yield
    finally:
        held.release()


def _busy(name: str, where: str) -> str:
    if name == SCHEDULER:
        return f"`screener nightly` is already running {where}. Stop it first, or leave the work to it."
    return f"Another nightly run is under way {where}. Wait until it has finished; nothing was done now."


def held_by_somebody(name: str, folder: Path) -> bool:
    """Whether a process of this machine holds the lock; asking does not keep anybody out for longer than a moment."""
    if not (folder / f"{name}.lock").exists():
        return False
    asked = FileLock(folder / f"{name}.lock", timeout=0)
    try:
        asked.acquire()
    except (Timeout, OSError):
        return True
    asked.release()
    return False
