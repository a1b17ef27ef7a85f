"""How the folder of lists is written: aside and renamed into place, by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from screener.errors import OutputError, RestrictedListError

_TRIES: Final = 5
_WAIT_SECONDS: Final = 0.02


def write_aside(path: Path, content: bytes) -> None:
    """Writes ``content`` beside ``path`` and renames it into place; raises OutputError."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        number, aside = tempfile.mkstemp(prefix=".aside-", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            Path(aside).replace(path)
        finally:
            Path(aside).unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system says against writing to ``path``, as an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, reason, "Free space, or give the data folder to this user.") from None


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """The lock at ``path``, which the system lets go of when the process ends, however that ends.

    Raises RestrictedListError when another process holds it. Somebody who only looks (`is_held`) has it for an
    instant, which a few tries outlast.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+", encoding="utf-8")
    with handle:
        for left in reversed(range(_TRIES)):
            if _taken(handle):
                break
            if not left:
                reason = "another update of the restricted lists is running"
                raise RestrictedListError("lists update", reason, "Wait until it has finished.")
            time.sleep(_WAIT_SECONDS)
        yield


def is_held(path: Path) -> bool:
    """Whether a process holds the lock at ``path``."""
    try:
        with path.open("a+", encoding="utf-8") as handle:
            return not _taken(handle)
    except OSError:
        return False


def _taken(handle: Any) -> bool:
    """Takes the lock on an open file, unless somebody has it; closing the file lets go of it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
