"""Locks between the processes of one machine, which the system lets go of when a process ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from screener.errors import OutputError, ScreenerError


class BusyError(ScreenerError):
    """Another process holds the lock."""


@contextmanager
def held(name: str, folder: Path, busy: str, *, wait: float = 0) -> Iterator[None]:
    """Held by one process at a time.

    Raises BusyError with the sentence ``busy`` when another one has it for longer than ``wait`` seconds, OutputError where
    ``folder`` cannot be written to.
    """
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=wait)
        lock.acquire()
    except Timeout:
        raise BusyError(busy) from None
    except OSError as error:
        raise OutputError(
            path, f"cannot be locked ({error.strerror or error})", "Give the data folder to this user."
        ) from None
    try:
        yield
    finally:
        lock.release()


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
