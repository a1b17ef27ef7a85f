"""The UK Sanctions List of the Foreign, Commonwealth & Development Office, CSV.

The only official list since OFSI's consolidated list was retired on 28 January 2026. A line with the report's date
comes before the header; an entry has a row for each of its names, addresses and numbers.
Format: https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.formats import known_columns, only_file
from screener.lists.sources.tables import check_columns, headed
from screener.lists.text import country, day, joined

_NEEDED: Final = (
    "Unique ID",
    "Name 6",
    "Name type",
    "Regime Name",
    "Designation Type",
    "Sanctions Imposed",
    "Date Designated",
)
_KINDS: Final = {"individual": "person", "entity": "company", "ship": "vessel"}
_NAME_TYPES: Final = {"primary name": 0, "primary name variation": 1, "alias": 2}
_STRENGTHS: Final = {
    "": False,
    "good quality a.k.a": False,
    "good quality": False,
    "low quality a.k.a": True,
    "low quality": True,
}
_PARTS: Final = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
_RETIRED: Final = b"Group Type"  # a column that only the retired list has
_REPORT_DATE = re.compile(r"Report Date:\s*(\S+)")
_MEASURES = re.compile(r"[|;]")
_SPLIT = re.compile(r"\(\d+\)|\|")


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One CSV file."""
    name, content = only_file(reading.source, files)
    top = content[:300].decode("utf-8", errors="replace")
    report = _REPORT_DATE.search(top)
    if _RETIRED in content[:2000] and _NEEDED[0].encode() not in content[:2000]:
        reason = f"{name} is OFSI's consolidated list, retired on 28 January 2026"
        raise RestrictedListError(reading.source, reason, "Point the address at the UK Sanctions List.")
    table, _ = headed(reading.source, name, content, skip=1 if report else 0)
    published = day(report[1].strip('",')) if report else ""
    collect = Collector(reading, date.fromisoformat(published) if published else reading.day)
    check_columns(collect, name, table, known_columns("uk"), _NEEDED)
    table = table.reindex(columns=known_columns("uk"), fill_value="").map(str.strip)
    for unique_id, rows in table.groupby("Unique ID", sort=False):
        _read(collect, str(unique_id), rows)
    return collect.done()


def _read(collect: Collector, unique_id: str, rows: pd.DataFrame) -> None:
    entity_id = f"uk:{unique_id}"
    names = rows.assign(
        whole=rows[list(_PARTS)].agg(joined, axis=1), rank=rows["Name type"].str.lower().map(_NAME_TYPES)
    )
    for unknown in names.loc[names["rank"].isna(), "Name type"].unique():
        collect.unread(
            "value", str(unknown), "this name type is not known; taken as an alias", place=entity_id
        )
    names = names[names["whole"] != ""].sort_values("rank", kind="stable")
    if names.empty:
        collect.unread("row", "", "an entry without a name was left out", place=entity_id, severity="error")
        return
    first = str(names["whole"].iloc[0])
    collect.entity(
        Entry(entity_id, first, _kind(collect, rows, entity_id), _countries(collect, rows, entity_id))
    )
    for name, strength in zip(
        names["whole"], names["Alias strength"].str.lower().str.rstrip("."), strict=True
    ):
        if strength not in _STRENGTHS:
            collect.unread(
                "value", strength, "this alias strength is not known; taken as strong", place=entity_id
            )
        collect.name(entity_id, name, weak=_STRENGTHS.get(strength, False))
    for name in rows["Name non-latin script"].unique():
        collect.name(entity_id, str(name))
    _numbers(collect, rows, entity_id)
    _claims(collect, rows, entity_id, f"{first} ({unique_id})")


def _kind(collect: Collector, rows: pd.DataFrame, entity_id: str) -> str:
    printed = str(rows["Designation Type"].iloc[0])
    if printed.lower() not in _KINDS:
        collect.unread("value", printed, "this designation type is not known", place=entity_id)
    return _KINDS.get(printed.lower(), "unknown")


def _countries(collect: Collector, rows: pd.DataFrame, entity_id: str) -> list[str]:
    cells = [*rows["Address Country"].unique(), *rows["Nationality(/ies)"].unique()]
    printed = [part.strip() for cell in cells for part in _SPLIT.split(str(cell))]
    for text in printed:
        if country(text) is None:
            collect.unread("country", text, "this country name is not in countries.toml", place=entity_id)
    return [code for code in map(country, printed) if code]


def _numbers(collect: Collector, rows: pd.DataFrame, entity_id: str) -> None:
    for column in ("Business registration number (s)", "IMO number"):
        for cell in rows[column].unique():
            for number in _SPLIT.split(str(cell)):
                collect.identifier(entity_id, "registration", number)
    for column, relation in (("Parent company", "parent"), ("Subsidiaries", "subsidiary")):
        for cell in rows[column].unique():
            for other in _SPLIT.split(str(cell)):
                collect.link(entity_id, relation, other)


def _claims(collect: Collector, rows: pd.DataFrame, entity_id: str, printed: str) -> None:
    """A claim a measure: an asset freeze and, say, a ban on investment are not the same programme."""
    row = rows.iloc[0]
    designated, regime = day(str(row["Date Designated"])), str(row["Regime Name"])
    if not designated and row["Date Designated"]:
        collect.unread("value", str(row["Date Designated"]), "Date Designated is no day", place=entity_id)
    events = [("listed", designated, "")] if designated else []
    updated = max((day(str(cell)) for cell in rows["Last Updated"].unique()), default="")
    if designated and updated > designated:
        events.append(("amended", updated, "last updated"))
    measures = [part.strip() for part in _MEASURES.split(str(row["Sanctions Imposed"])) if part.strip()]
    for measure in measures or [""]:
        shown = "; ".join(filter(None, (measure, regime)))
        collect.claim(
            Claim(entity_id, measure, f"UK Sanctions List ({regime})", printed, list(events), shown)
        )
