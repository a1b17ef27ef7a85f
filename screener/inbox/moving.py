"""Taking files out of the inbox without ever losing one.

A file is first copied into the folder that will hold its report, the folder is put in place whole, and only then, when
all is recorded, the original is removed, and only if it is still the file that was copied.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from pathlib import Path

from screener.errors import OutputError
from screener.inbox.watching import Arrival


def copy_in(arrival: Arrival, folder: Path) -> tuple[Path, str]:
    """Copies the file into ``folder`` (made when absent); gives the copy and the SHA-256 of what was copied.

    Raises OutputError when the file cannot be read or the copy not written.
    """
    digest = hashlib.sha256()
    target = folder / arrival.path.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(target)
        with arrival.path.open("rb") as source, target.open("xb") as copy:
            while block := source.read(1 << 20):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(arrival.path, target)
    except OSError as error:
        raise OutputError(
            error.filename or target,
            f"cannot be copied ({error.strerror or error})",
            "Check rights and free space.",
        ) from error
    return target, digest.hexdigest()


def put_folder_in_place(aside: Path, folder: Path) -> None:
    """Gives a finished folder its name; raises OutputError. A folder is there whole, or not at all."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _rename(aside, folder)
        _sync(folder.parent)
    except OSError as error:
        raise OutputError(
            folder, f"cannot be put in place ({error.strerror or error})", "Check rights and free space."
        ) from error


def take_out(path: Path, sha256: str) -> str:
    """Removes the original of a kept copy; gives "" or why it stays.

    A file that is not what was copied is another one: it stays and is screened next time.
    """
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            return ""
        path.unlink()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path.name} cannot be taken out of the inbox ({error.strerror or error}); its copy is kept"
    return ""


def _rename(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = folder.with_name(f".{folder.name}.part")  # the failed files may be kept on another disk
        shutil.copytree(aside, near, dirs_exist_ok=True)
        near.rename(folder)
        shutil.rmtree(aside)


def _free(path: Path) -> Path:
    """The path itself, or a numbered one where two files of one name meet in one folder."""
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return free


def _sync(folder: Path) -> None:
    """Makes a rename last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
