"""How the folder of lists is written: aside and renamed into place, and what the system says against it in words."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from screener.errors import OutputError


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
