"""What a publisher's parser is given and what it returns, and how programme codes are translated.

A parser is a function ``parse(files, reading) -> Parsed``: bytes in, tables of the restricted list out, and
beside them a report of everything that it did not understand. It opens no file and asks for no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

import pandera.pandas as pa
from pandera.typing import DataFrame, Series

from screener.contracts import Frame
from screener.lists.model import Entities, Events, Identifiers, Links, Listings, Names, Sources

PARSER_VERSION: Final = "2"  # raised when the same bytes are read differently: kept files are read anew
CUT_SHORT: Final = "end"  # the kind of unread thing that says that a file may be truncated
MOST_UNREAD_TOLD: Final = 100
UNDATED: Final = "the day of designation is not in the file"


class Unread(Frame):
    """Something a file says that the parser does not understand: reported, never ignored.

    ``what`` is ``column``, ``element``, ``programme``, ``remark``, ``country``, ``value``, ``row`` or
    ``end``; the same thing met several times is one row with the first place and the number of times.
    """

    file: Series[str]
    place: Series[str]
    what: Series[str]
    value: Series[str]
    reason: Series[str]
    severity: Series[str] = pa.Field(isin=("error", "warning", "note"))
    times: Series[int] = pa.Field(ge=1)


@dataclass(frozen=True, slots=True)
class Codes:
    """Publisher's programme codes as the program's own (``[codes.*]`` of lists.toml).

    ``default`` is what being on the list means whatever the code says; without it an unknown code is kept as it is.
    """

    known: Mapping[str, str]
    default: str = ""

    def programme(self, code: str) -> str:
        """The program's own code for the publisher's ``code``."""
        return self.known.get(code) or self.default or code


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read one source: its name (which begins every id), its title and address, its codes.

    ``day`` is the day of publication to assume when the files do not say; ``options`` are the source's own
    settings in lists.toml (column words of a house list, ...).
    """

    source: str
    title: str
    url: str
    codes: Codes
    day: date
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tables of one source, what was not understood, and how many fields were seen and understood."""

    entities: DataFrame[Entities]
    names: DataFrame[Names]
    identifiers: DataFrame[Identifiers]
    listings: DataFrame[Listings]
    events: DataFrame[Events]
    links: DataFrame[Links]
    sources: DataFrame[Sources]
    unread: DataFrame[Unread]
    published: date
    fields: int = 0
    understood: int = 0
    codes: int = 0
    codes_known: int = 0


def sentences(unread: DataFrame[Unread]) -> tuple[str, ...]:
    """What was not understood, a sentence each, the gravest and commonest first; notes are left out."""
    rows = unread[unread["severity"] != "note"].sort_values(
        ["severity", "times"], ascending=[True, False], kind="stable"
    )
    told = [_sentence(*row) for row in rows[["what", "value", "reason", "file", "place", "times"]].to_numpy()]
    more = len(told) - MOST_UNREAD_TOLD
    return (*told[:MOST_UNREAD_TOLD], *((f"and {more:,} more",) if more > 0 else ()))


def lost(unread: DataFrame[Unread]) -> tuple[str, ...]:
    """A warning where entries of the list could not be taken: a report must say it."""
    number = int(unread.loc[unread["severity"] == "error", "times"].sum())
    return (
        (f"{number:,} entries of the file could not be read as they should (see `lists status`)",)
        if number
        else ()
    )


def _sentence(what: str, value: str, reason: str, file: str, place: str, times: int) -> str:
    where = ", ".join(part for part in (file, place) if part)
    often = f", {times:,} times" if times > 1 else ""
    return f"{what} '{value}'{f' ({where}{often})' if where or often else ''}: {reason}"


class Parser(Protocol):
    """A publisher's parser."""

    def __call__(self, files: Mapping[str, bytes], reading: Reading) -> Parsed:
        """``files`` by name, as downloaded; raises RestrictedListError when they are not this publisher's list."""
        ...
