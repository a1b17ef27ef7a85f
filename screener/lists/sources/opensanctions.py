"""OpenSanctions' tables: ``targets.simple.csv`` of any collection, and the securities export.

Formats: https://www.opensanctions.org/docs/bulk/csv/ and https://www.opensanctions.org/docs/securities/.
Lists inside a cell are joined by ``;``. Neither table says when an entry was designated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import pandas as pd

from screener.identifiers import is_valid, normal
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import UNDATED, Parsed, Reading
from screener.lists.sources.formats import known_columns, only_file
from screener.lists.sources.tables import check_columns, headed
from screener.lists.text import day

KINDS: Final = {
    "Person": "person",
    "Company": "company",
    "Organization": "company",
    "LegalEntity": "company",
    "PublicBody": "state_body",
    "Vessel": "vessel",
    "Airplane": "aircraft",
    "Vehicle": "unknown",
    "Security": "security",
    "CryptoWallet": "unknown",
    "Address": "unknown",
    "Asset": "unknown",
    "RealEstate": "unknown",
}
_TRUE: Final = frozenset({"t", "true", "True", "1"})
EO_14071: Final = "eo_14071"


def parse_simple(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """``targets.simple.csv``: one row an entity."""
    name, content = only_file(reading.source, files)
    table, _ = headed(reading.source, name, content)
    collect = Collector(reading, _newest(table, reading))
    known = known_columns("opensanctions_simple")
    check_columns(collect, name, table, known, ("id", "schema", "name"))
    for row in table.reindex(columns=known, fill_value="").to_dict("records"):
        _simple(collect, {str(key): str(value) for key, value in row.items()})
    return collect.done()


def parse_securities(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """The securities export: one row an issuer, with all its ISINs."""
    name, content = only_file(reading.source, files)
    table, _ = headed(reading.source, name, content)
    collect = Collector(reading, reading.day)
    known = known_columns("opensanctions_securities")
    check_columns(collect, name, table, known, ("caption", "isins", "id", "sanctioned"))
    for row in table.reindex(columns=known, fill_value="").to_dict("records"):
        _security(collect, {str(key): str(value) for key, value in row.items()})
    return collect.done()


def kind_of(collect: Collector, schema: str, entity_id: str) -> str:
    """Our kind for a FollowTheMoney schema; an unknown schema is reported."""
    if schema not in KINDS:
        collect.unread("value", schema, "this schema is not known", place=entity_id)
    return KINDS.get(schema, "unknown")


def several(cell: str) -> list[str]:
    """The parts of a cell; ``\"\"`` (an empty list, quoted) has none."""
    return [part.strip() for part in cell.split(";") if part.strip(' "')]


def identifier(collect: Collector, entity_id: str, value: str) -> None:
    """A number without a stated scheme: an ISIN or LEI by its check digits, otherwise a registration."""
    text = normal(value)
    scheme = next((scheme for scheme in ("isin", "lei") if is_valid(scheme, text)), "registration")
    collect.identifier(entity_id, scheme, value)


def _newest(table: pd.DataFrame, reading: Reading) -> date:
    seen = max((day(str(cell)) for cell in table.get("last_seen", pd.Series(dtype=str)).unique()), default="")
    return date.fromisoformat(seen) if seen else reading.day


def _simple(collect: Collector, row: dict[str, str]) -> None:
    entity_id = f"os:{row['id']}"
    if not row["name"].strip():
        collect.unread("row", "", "an entry without a name was left out", place=entity_id, severity="error")
        return
    countries = [code.upper() for code in several(row["countries"]) if len(code) == 2]
    note = "; ".join(several(row["sanctions"]))
    collect.entity(Entry(entity_id, row["name"], kind_of(collect, row["schema"], entity_id), countries, note))
    for alias in several(row["aliases"]):
        collect.name(entity_id, alias)
    for number in several(row["identifiers"]):
        identifier(collect, entity_id, number)
    _claims(collect, entity_id, row)


def _claims(collect: Collector, entity_id: str, row: dict[str, str]) -> None:
    """A place on each list that the entry comes from; a known programme id says more than the list's title."""
    seen = day(row["first_seen"])
    events = [("listed", seen, f"first seen by OpenSanctions; {UNDATED}")] if seen else []
    lists, ids, codes = several(row["dataset"]), several(row["program_ids"]), collect.reading.codes
    known = [one for one in ids if one in codes.known]
    for code in dict.fromkeys([*lists, *known] if lists else ids):
        title = f"OpenSanctions: {code if code in lists else '; '.join(lists)}"
        collect.claim(Claim(entity_id, code, title, row["name"], list(events), "; ".join(ids) or code))
    for one in ids if lists else ():
        if one not in codes.known:
            taken = dict.fromkeys(codes.programme(code) for code in (*lists, *known))
            collect.code(one, entity_id, taken_as=", ".join(taken))


def _security(collect: Collector, row: dict[str, str]) -> None:
    entity_id = f"os:{row['id']}"
    countries = [code.upper() for code in several(row["countries"]) if len(code) == 2]
    collect.entity(Entry(entity_id, row["caption"] or row["id"], "company", countries))
    for alias in several(row["aliases"]):
        collect.name(entity_id, alias)
    for scheme, column in (("isin", "isins"), ("lei", "lei"), ("ric", "ric")):
        for value in several(row[column]):
            collect.identifier(entity_id, scheme, value)
    codes = several(row["risk_datasets"]) or several(row["datasets"]) if row["sanctioned"] in _TRUE else []
    if row["eo_14071"] in _TRUE:
        codes.append(EO_14071)
    for code in codes:
        collect.claim(Claim(entity_id, code, f"OpenSanctions securities: {code}", row["caption"]))
