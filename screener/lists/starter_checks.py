"""What must hold within and between the tables of the starter dataset; every breach names its cell.

Rows are counted as a spreadsheet does: the headings are row 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from screener.contracts import Frame, checked
from screener.lists.model import Entities, Events, Identifiers, Links, Listings, Names, Sources

TABLES: Final[dict[str, type[Frame]]] = {
    "entities": Entities,
    "names": Names,
    "identifiers": Identifiers,
    "listings": Listings,
    "events": Events,
    "links": Links,
    "sources": Sources,
}
# Which column of which table must be found in which column of which other table.
_REFERENCES: Final = (
    ("names", "entity_id", "entities"),
    ("identifiers", "entity_id", "entities"),
    ("listings", "entity_id", "entities"),
    ("links", "entity_id", "entities"),
    ("events", "listing_id", "listings"),
    ("names", "source_id", "sources"),
    ("identifiers", "source_id", "sources"),
    ("listings", "source_id", "sources"),
    ("events", "source_id", "sources"),
    ("links", "source_id", "sources"),
)
# What must have at least one row elsewhere: a listing without an event can never be in force.
_COMPLETE: Final = (
    ("entities", "entity_id", "names"),
    ("entities", "entity_id", "listings"),
    ("listings", "listing_id", "events"),
)

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong cell: ``row`` counts as a spreadsheet does, with the headings in row 1."""

    table: str
    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.table}.csv, row {self.row}, column {self.column}, value {self.value!r}: {self.reason}"


def faults(tables: Tables) -> Iterator[Fault]:
    for name, model in TABLES.items():
        yield from _wrong_cells(name, model, tables[name])
    for name, column, other in _REFERENCES:
        yield from _not_in(tables, (name, column, other), f"not in {other}.csv")
    for name, column, other in _COMPLETE:
        yield from _not_in(tables, (name, column, other), f"has no row in {other}.csv")
    yield from _repeated(tables)
    yield from _no_days(tables["events"])
    yield from _rounded_codes(tables["identifiers"])
    yield from _blank_ends(tables)


def _wrong_cells(name: str, model: type[Frame], frame: pd.DataFrame) -> Iterator[Fault]:
    """Cells that break the table's contract, in the order of the rows."""
    try:
        checked(model, frame)
    except SchemaErrors as errors:
        for case in errors.failure_cases.sort_values("index").itertuples():
            row = 0 if pd.isna(case.index) else int(case.index) + 2
            yield Fault(name, row, str(case.column), str(case.failure_case), f"breaks the rule {case.check}")


def _not_in(tables: Tables, reference: tuple[str, str, str], reason: str) -> Iterator[Fault]:
    name, column, other = reference
    values = tables[name][column]
    strangers = set(values.tolist()) - set(tables[other][column].tolist())
    if strangers:
        yield from _at(name, column, values[values.isin(strangers)], reason)


def _repeated(tables: Tables) -> Iterator[Fault]:
    """Rows of names, identifiers, events and links that say the same thing twice."""
    for name, same in (
        ("names", ["entity_id", "name"]),
        ("identifiers", ["entity_id", "scheme", "value"]),
        ("events", ["listing_id", "event", "at"]),
        ("links", ["entity_id", "relation", "other"]),
    ):
        frame = tables[name]
        yield from _at(
            name, same[-1], frame.loc[frame.duplicated(same), same[-1]], "said twice of this entry"
        )


def _no_days(events: pd.DataFrame) -> Iterator[Fault]:
    """Days that the calendar does not have, and time zones that the world does not have."""
    wrong = {value for value in events["at"].unique() if not _is_instant(value)}
    yield from _at(
        "events", "at", events.loc[events["at"].isin(wrong), "at"], "no such day, hour or time zone"
    )


def _is_instant(text: str) -> bool:
    at, _, zone = text.partition(" ")
    try:
        datetime.fromisoformat(at)
        return not zone or bool(ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        return False


def _rounded_codes(identifiers: pd.DataFrame) -> Iterator[Fault]:
    """Unified social credit codes that lost characters: a spreadsheet rounds long numbers."""
    codes = identifiers.loc[identifiers["scheme"] == "uscc", "value"]
    yield from _at("identifiers", "value", codes[~codes.str.fullmatch(r"[0-9A-Z]{18}")], "not 18 characters")


def _blank_ends(tables: Tables) -> Iterator[Fault]:
    """Cells with blanks before or after the text: invisible, and enough to miss a match."""
    for name, frame in tables.items():
        for column in frame.columns:
            values = frame[column]
            yield from _at(
                name, column, values[values != values.str.strip()], "blank before or after the text"
            )


def _at(name: str, column: str, values: pd.Series[str], reason: str) -> Iterator[Fault]:
    for index, value in zip(np.asarray(values.index), values, strict=True):
        yield Fault(name, int(index) + 2, column, value, reason)
