"""Looking into the inbox: which files are there, which are whole, which belong to nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.errors import OutputError
from screener.inbox.folder import Inbox
from screener.inbox.patterns import Owner, owner_of

# What systems leave in folders; nobody would call it a file that came.
_LITTER: Final = {"thumbs.db", "desktop.ini", ".ds_store"}
# Names that programs give to a file until it is whole.
_PARTIAL_BEGINNINGS: Final = ("~$", ".", "~")
_PARTIAL_ENDINGS: Final = (
    ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", ".aside", ".lock", "~",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in the inbox; ``relative`` with forward slashes; ``owner`` None when no pattern fits it."""

    path: Path
    relative: str
    size: int
    changed: int  # nanoseconds since 1970, by the clock of the file system
    owner: Owner | None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look into the inbox found: whole files, and those that are still being written."""

    whole: tuple[Arrival, ...]
    unfinished: tuple[Arrival, ...]


def look(inbox: Inbox, now: float, wait: Callable[[float], None]) -> Look:
    """The files that are whole: not changed for ``stable_seconds``, with no name of an unfinished file.

    ``now`` is seconds since 1970. Where the file system's clock does not prove that a file is still, ``wait`` is
    called once and the file looked at again. Raises OutputError when the inbox cannot be read.
    """
    found = list(_arrivals(inbox))
    named_whole = [one for one in found if not _is_partial(one.path.name)]
    partial = tuple(one for one in found if _is_partial(one.path.name))
    young = [one for one in named_whole if not _proven_still(one, now, inbox.settings.stable_seconds)]
    if young:
        wait(inbox.settings.stable_seconds)
    moving = {one.path for one in young if not still(one)}
    return Look(
        tuple(one for one in named_whole if one.path not in moving),
        (*(one for one in young if one.path in moving), *partial),
    )


def still(arrival: Arrival) -> bool:
    """Whether the file is as it was seen, and nobody keeps it to themselves."""
    try:
        state = arrival.path.stat()
        if (state.st_size, state.st_mtime_ns) != (arrival.size, arrival.changed):
            return False
        if sys.platform == "win32":  # there a file that is being written cannot be opened by others
            arrival.path.open("rb").close()
    except OSError:
        return False
    return True


def _proven_still(arrival: Arrival, now: float, seconds: float) -> bool:
    """Whether the file system itself says that nothing was written for ``seconds``.

    A copied file keeps the old day of its source from the first byte on, but not the day of its entry in the folder
    (which Windows does not keep).
    """
    if sys.platform == "win32":
        return False
    try:
        state = arrival.path.stat()
    except OSError:
        return False
    return now - max(state.st_mtime, state.st_ctime) >= seconds


def _is_partial(name: str) -> bool:
    low = name.casefold()
    return low.startswith(_PARTIAL_BEGINNINGS) or low.endswith(_PARTIAL_ENDINGS)


def _arrivals(inbox: Inbox) -> Iterator[Arrival]:
    apart = {_absolute(inbox.processed), _absolute(inbox.failed)}
    for folder, inner, names in os.walk(inbox.folder, onerror=_unreadable):
        here = Path(folder)
        inner[:] = sorted(
            name for name in inner if _absolute(here / name) not in apart and not name.startswith(".")
        )
        for name in sorted(names):
            if name.casefold() not in _LITTER and (found := _arrival(inbox, here / name)):
                yield found


def _arrival(inbox: Inbox, path: Path) -> Arrival | None:
    relative = path.relative_to(inbox.folder).as_posix()
    try:
        state = path.stat()
    except FileNotFoundError:  # gone between the listing and the look
        return None
    return Arrival(path, relative, state.st_size, state.st_mtime_ns, owner_of(relative, inbox.patterns))


def _absolute(path: Path) -> Path:
    return Path(os.path.normcase(path.absolute()))


def _unreadable(error: OSError) -> None:
    raise OutputError(
        error.filename,
        f"the inbox cannot be read ({error.strerror or error})",
        "Check the folder and its rights.",
    ) from error
