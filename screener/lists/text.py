"""Reading the small things that all lists print: country names, days, cells, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import Final

from screener.errors import RestrictedListError
from screener.settings import shipped_toml

_MONTHS: Final = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_ISO = re.compile(r"^(\d{4})-(\d\d)-(\d\d)(?:$|[T+Z -])")
_WORDS = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})$")
_SLASHED = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_HTML = re.compile(rb"<!doctype\s+html|<(?:html|head|body)[\s>]", re.IGNORECASE)
_COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}


@cache
def _countries() -> dict[str, str]:
    table = shipped_toml("countries.toml")
    names = {name.casefold(): code for code, printed in table["names"].items() for name in printed}
    return names | {name.casefold(): "" for name in table["not_countries"]}


@lru_cache(maxsize=10_000)
def country(printed: str) -> str | None:
    """The ISO code of a printed country name (or code); "" when it names none; None when it is not known."""
    text = " ".join(printed.split())
    if not text:
        return ""
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return _countries().get(text.casefold())


def day(printed: str) -> str:
    """An ISO day from ``2021-06-03``, ``03 Jun 2021``, ``03-Jun-2021``, or day first ``03/06/2021``, ``3.6.2021``, ``3-6-2021``; "" if none."""
    text = printed.strip()
    if match := _ISO.match(text):
        year, month, number = (int(part) for part in match.groups())
    elif match := _WORDS.match(text):
        number, month, year = int(match[1]), _MONTHS.get(match[2].lower(), 0), int(match[3])
    elif match := _SLASHED.match(text):
        number, month, year = (int(part) for part in match.groups())
    else:
        return ""
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return ""


def joined(parts: Iterable[str]) -> str:
    """Parts of a name in their order, with single blanks."""
    return " ".join(" ".join(parts).split())


def refuse_html(source: str, name: str, content: bytes) -> None:
    """Raises when an error page, a compressed file or nothing came in place of a list."""
    kind = next((kind for mark, kind in _COMPRESSED.items() if content.startswith(mark)), "")
    if kind:
        raise RestrictedListError(source, f"{name} is a compressed file ({kind})", "Unpack it first.")
    if _HTML.search(content[:1000]):
        raise RestrictedListError(
            source, f"{name} is a web page, not a list", "Check the address or the proxy."
        )
    if not content.strip(b"\x1a\r\n\t \xef\xbb\xbf"):
        raise RestrictedListError(source, f"{name} is empty")


def decoded(source: str, name: str, content: bytes) -> str:
    """Text of a file that is UTF-8 (with or without a mark), or else Windows-1252; a UTF-16 file is refused."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RestrictedListError(
            source, f"{name} is UTF-16, not the publisher's encoding", "Download it again."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise RestrictedListError(source, f"{name} contains zero bytes: it is not a text file")
    return text
