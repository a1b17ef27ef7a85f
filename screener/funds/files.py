"""Finding and reading the holdings files of funds: only those that a fund held, or a fund inside it, asks for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from screener.errors import HoldingsError, UsageError
from screener.funds.books import Book, Books, found_by_name, name_of
from screener.funds.model import MOST_LEVELS
from screener.holdings import read_file
from screener.identifiers import is_valid
from screener.matching.instruments import instruments_of
from screener.settings import shipped_toml

_SUFFIXES: Final = (
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".ods",
    ".csv",
    ".tsv",
    ".txt",
    ".html",
    ".htm",
    ".zip",
    ".gz",
)
_LONGEST_TICKER: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a folder of files that say what funds hold; ``fund`` is the ISIN, ticker or name if it was given."""

    path: Path
    fund: str = ""

    @classmethod
    def parse(cls, text: str) -> Source:
        """``FILE``, ``FOLDER`` or ``FUND=FILE``; raises UsageError for a path that is not there."""
        fund, sign, rest = text.partition("=")
        named = bool(sign) and not Path(text).exists()
        source = cls(Path(rest), fund.strip()) if named else cls(Path(text))
        if not source.path.exists():
            raise UsageError(f"--look-through: {source.path}: no such file or folder", "Check the path.")
        if source.fund and source.path.is_dir():
            raise UsageError(f"--look-through: {text}: a folder cannot belong to one fund", "Give a file.")
        return source


@dataclass(slots=True)
class _Shelf:
    """Files by the names of their funds, and the books read so far."""

    paths: dict[str, Path]
    read: dict[Path, Book | None]
    warnings: list[str]

    def book(self, path: Path) -> Book | None:
        if path not in self.read:
            self.read[path] = self._opened(path)
        return self.read[path]

    def _opened(self, path: Path) -> Book | None:
        try:
            holdings = read_file(path).holdings
        except HoldingsError as error:
            self.warnings.append(f"Look-through: {error}")
            return None
        taken = {book.file for book in self.read.values() if book}
        name = path.name if path.name not in taken else path.as_posix()
        return Book(name, hashlib.sha256(path.read_bytes()).hexdigest(), holdings)


def open_books(sources: Sequence[Source], holdings: pd.DataFrame) -> Books:
    """The books of the funds in ``holdings``, of the funds in those, and so on to the deepest level.

    A file that cannot be read, that fits no fund, or that is one of several for a fund is told in ``warnings``.
    """
    if not sources:
        return Books()
    shelf = _Shelf({}, {}, [])
    for source in sources:
        _put_on(shelf, source)
    level = holdings
    for _ in range(MOST_LEVELS):
        asked = sorted(set(found_by_name(funds_in(level), _as_texts(shelf))) - {""})
        new = [Path(text) for text in asked if Path(text) not in shelf.read]
        books = [book for path in new if (book := shelf.book(path))]
        if not books:
            break
        level = pd.concat([book.holdings for book in books], ignore_index=True)
    by_name = {name: book for name, path in shelf.paths.items() if (book := shelf.read.get(path))}
    return Books(by_name, (*shelf.warnings, *_unused(sources, shelf)))


def _as_texts(shelf: _Shelf) -> dict[str, str]:
    return {name: str(path) for name, path in shelf.paths.items()}


def funds_in(holdings: pd.DataFrame) -> pd.DataFrame:
    """Those holdings that are, or may be, funds."""
    kinds = instruments_of(holdings)["instrument"]
    return holdings[kinds.isin(["fund", "", "other"])]


def _put_on(shelf: _Shelf, source: Source) -> None:
    for path in _files(source.path):
        names = (
            [name_of(source.fund, "name"), name_of(source.fund, "ticker")]
            if source.fund
            else _names(path.stem)
        )
        for name in filter(None, names):
            before = shelf.paths.setdefault(name, path)
            if before != path and name == names[0]:
                shelf.warnings.append(
                    f"Look-through: {before.name} and {path.name} are both of the fund '{names[0].upper()}': the first is used"
                )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.iterdir()):
        if file.is_file() and file.suffix.lower() in _SUFFIXES and file.name[0] not in "~.":
            yield file


def _names(stem: str) -> list[str]:
    """What the fund of a file of this name may be called: its ISIN, the whole name, a word in capitals."""
    words = re.split(r"[^A-Za-z0-9]+", stem)
    isins = [word for word in words if is_valid("isin", word.upper())]
    plain = {*shipped_toml("vocabulary/funds.toml")["in_files"], *isins}
    tickers = [
        word for word in words if word.isupper() and word not in plain and 2 <= len(word) <= _LONGEST_TICKER
    ]
    named = isins or [name_of(stem, "name")]
    return list(dict.fromkeys(word.lower() for word in (*named, *tickers)))


def _unused(sources: Sequence[Source], shelf: _Shelf) -> list[str]:
    """Files that were given one by one and fit no fund; in a folder of many that is nothing to remark on."""
    return [
        f"Look-through: {source.path.name} fits no fund that is held and was not used: name it by the fund's ISIN or "
        "ticker, or give FUND=FILE"
        for source in sources
        if source.path.is_file() and source.path not in shelf.read
    ]
