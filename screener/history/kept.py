"""Contents kept by their hash, compressed: inputs of runs, and what later runs compare with."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from screener.errors import HistoryError, OutputError
from screener.lists.store import content_hash
from screener.lists.writing import write_aside

# Spreadsheets are compressed already: a higher level costs time and gains nothing.
_LEVEL: Final = 1


class Kept:
    """The folder ``inputs`` of the data folder: ``ab/abcdef….gz``, named by the SHA-256 of what is inside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes) -> str:
        """Keep ``content``; gives its hash. The same content is kept once. Raises HistoryError."""
        name = content_hash(content)
        path = self._path(name)
        if not path.exists():
            try:
                write_aside(path, gzip.compress(content, compresslevel=_LEVEL, mtime=0))
            except OutputError as error:
                raise HistoryError(str(self.folder), str(error)) from None
        return name

    def content(self, sha256: str) -> bytes:
        """The kept bytes; raises HistoryError when they are missing or no longer what their name says."""
        try:
            found = gzip.decompress(self._path(sha256).read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise HistoryError(str(self._path(sha256)), f"cannot be read ({error})") from None
        if content_hash(found) != sha256:
            raise HistoryError(str(self._path(sha256)), "is damaged: its content does not have its hash")
        return found

    def has(self, sha256: str) -> bool:
        """Whether the content is here."""
        return bool(sha256) and self._path(sha256).is_file()

    def all(self) -> set[str]:
        """The hashes of everything kept."""
        return {path.name.removesuffix(".gz") for path in self.folder.glob("??/*.gz")}

    def forget(self, sha256: str) -> None:
        """Delete one content; only pruning by retention does."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.gz"
