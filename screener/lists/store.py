"""What was fetched, kept for ten years: snapshots by content hash, and versions of each source as Parquet.

    <folder>/snapshots/ab/ab12...gz       bytes as downloaded, compressed, named by their SHA-256
    <folder>/versions/<source>/<instant>-<hash>/   manifest.json and one Parquet file a table
    <folder>/state/<source>.json          when the source was last checked, and what came of it
    <folder>/state/<source>.unfinished    there from the beginning of a check until what came of it is recorded
    <folder>/update.lock                  held while an update runs; the system lets go of it when the process ends

Everything is written aside and renamed into place, so that a process killed at any point leaves the last version
as it was. The name of a version begins with the instant it was fetched at: the newest name not after a day is what
was known on that day.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.model import Restricted
from screener.lists.writing import write_aside, writing

TABLES: Final = ("entities", "names", "identifiers", "listings", "events", "links", "sources")
_LOCK: Final = "update"
_INSTANT: Final = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file as downloaded."""

    sha256: str
    size: int
    address: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of one source: what it was made from, by which parser, and what is in it."""

    source: str
    name: str
    fetched: str  # ISO instant, UTC
    published: str  # ISO day
    parser: str
    snapshots: Mapping[str, Snapshot]
    previous: str
    entries: int
    counts: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # what was not understood, a sentence each
    dated: bool = True  # whether the file or its server stated ``published``

    @property
    def content_hash(self) -> str:
        """The hash that stands for this version in reports."""
        return self.name.partition("-")[2]


@dataclass(frozen=True, slots=True)
class State:
    """The last check of a source: ``confirmed`` is when the publisher last served or confirmed what we have."""

    source: str
    checked: str = ""
    confirmed: str = ""
    failure: str = ""  # "" or the sentence that says why the last check brought nothing


def content_hash(content: bytes) -> str:
    """The SHA-256 of ``content``, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class Store:
    """The folder of fetched lists. Raises OutputError when it cannot be written, with the system's reason."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save_snapshot(self, content: bytes) -> str:
        """Keeps ``content``; returns its hash."""
        name = content_hash(content)
        path = self._snapshot(name)
        if not path.exists():
            # Without a time stamp the same bytes give the same file.
            write_aside(path, gzip.compress(content, compresslevel=6, mtime=0))
        return name

    def snapshot(self, sha256: str) -> bytes | None:
        """The kept bytes, or None when they are missing or damaged."""
        try:
            content = gzip.decompress(self._snapshot(sha256).read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile):
            return None
        return content if content_hash(content) == sha256 else None

    def save_version(self, version: Version, restricted: Restricted) -> None:
        """Writes a version whole, or not at all."""
        home = self._home(version.source)
        with writing(home):
            home.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
            try:
                for table in TABLES:
                    getattr(restricted, table).to_parquet(
                        aside / f"{table}.parquet", index=False, compression="zstd"
                    )
                manifest = json.dumps(asdict(version), indent=1, sort_keys=True)
                (aside / "manifest.json").write_text(manifest, encoding="utf-8")
                if not (home / version.name).exists():
                    aside.replace(home / version.name)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def versions(self, source: str) -> list[str]:
        """Names of the versions of ``source``, oldest first."""
        home = self._home(source)
        found = home.iterdir() if home.is_dir() else ()
        return sorted(
            path.name
            for path in found
            if not path.name.startswith(".") and (path / "manifest.json").is_file()
        )

    def latest(self, source: str, known_on: date | None = None) -> Version | None:
        """The newest version, or the newest that had been fetched by the end of ``known_on`` (UTC)."""
        limit = f"{known_on:%Y%m%d}T~" if known_on else "~"
        names = [name for name in self.versions(source) if name <= limit]
        return self.version(source, names[-1]) if names else None

    def version(self, source: str, name: str) -> Version:
        """The manifest of one version; raises RestrictedListError when there is none."""
        path = self._home(source) / name / "manifest.json"
        try:
            given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            snapshots = {file: Snapshot(**snapshot) for file, snapshot in given["snapshots"].items()}
            told = {key: tuple(given.get(key, ())) for key in ("warnings", "unread")}
            return Version(**{**given, **told, "snapshots": snapshots})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RestrictedListError(
                source, f"version {name} cannot be read ({error})", "Run `lists update`."
            ) from None

    def tables(self, version: Version) -> Restricted:
        """The tables of a version; they were checked against their contracts before they were written."""
        home = self._home(version.source) / version.name
        try:
            frames: dict[str, Any] = {name: pd.read_parquet(home / f"{name}.parquet") for name in TABLES}
        except (OSError, ValueError) as error:
            reason = f"version {version.name} is damaged ({error})"
            raise RestrictedListError(
                version.source, reason, "Delete its folder and run `lists update`."
            ) from None
        return Restricted(**frames, datasets=())

    def state(self, source: str) -> State:
        """The last check; a state that cannot be read counts as none.

        A check that was broken off, or whose end could not be written down, is a failure like any other.
        """
        recorded = self._recorded(source)
        try:
            begun = datetime.fromtimestamp(self._unfinished(source).stat().st_mtime, tz=UTC)
        except OSError:
            return recorded
        from screener.locks import held_by_somebody

        if held_by_somebody(_LOCK, self.folder):
            return recorded
        reason = (
            f"the update of {begun:%Y-%m-%d %H:%M} UTC was broken off before it could record what came of it"
        )
        return replace(
            recorded, failure=str(RestrictedListError(source, reason, "Run `lists update` again."))
        )

    def begin(self, source: str, at: datetime) -> None:
        """Marks a check as begun: an empty file, so that even a full disk leaves the mark of what it broke off."""
        path = self._unfinished(source)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (at.timestamp(), at.timestamp()))

    def save_state(self, state: State) -> None:
        """Records a check, which is finished thereby."""
        write_aside(self._state(state.source), json.dumps(asdict(state), indent=1, sort_keys=True).encode())
        self._unfinished(state.source).unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Held by one update at a time; raises RestrictedListError when another one runs."""
        from screener.locks import BusyError, held  # what only reads lists does without the library of locks

        busy = "another update of the restricted lists is running"
        try:
            # Somebody who only looks whether an update is running has the lock for a moment.
            with held(_LOCK, self.folder, busy, wait=0.1):
                self._clear_leftovers()
                yield
        except BusyError as error:
            raise RestrictedListError("lists update", str(error), "Wait until it has finished.") from None

    def _clear_leftovers(self) -> None:
        """Removes what a killed update left half written; nobody else writes while the lock is held."""
        for path in (*self.folder.glob("versions/*/.new-*"), *self.folder.glob("**/.aside-*")):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def _recorded(self, source: str) -> State:
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            told = json.loads(self._state(source).read_text(encoding="utf-8"))
            return State(**{key: value for key, value in told.items() if key in State.__slots__})
        return State(source)

    def _snapshot(self, sha256: str) -> Path:
        return self.folder / "snapshots" / sha256[:2] / f"{sha256}.gz"

    def _home(self, source: str) -> Path:
        return self.folder / "versions" / source

    def _state(self, source: str) -> Path:
        return self.folder / "state" / f"{source}.json"

    def _unfinished(self, source: str) -> Path:
        return self.folder / "state" / f"{source}.unfinished"


def version_name(fetched: datetime, made_from: str) -> str:
    """A name that sorts by the instant fetched and ends in a hash of what the version was made from."""
    digest = hashlib.sha256(made_from.encode()).hexdigest()[:16]
    return f"{fetched.astimezone(UTC).strftime(_INSTANT)}-{digest}"
