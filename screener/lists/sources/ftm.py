"""OpenSanctions' FollowTheMoney entities, JSON lines: ``entities.ftm.json`` and ``targets.nested.json``.

In the flat form sanctions, securities and ownership are entities of their own that point at others; in the nested
form they stand inside. Model: https://followthemoney.tech/explorer/schemata/
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import UNDATED, Parsed, Reading
from screener.lists.sources.formats import only_file
from screener.lists.sources.opensanctions import KINDS, identifier, kind_of
from screener.lists.text import day, decoded, refuse_html

# Property -> our scheme; "" is a number whose scheme its check digits tell.
_NUMBERS: Final = {
    "isin": "isin",
    "isinCode": "isin",
    "leiCode": "lei",
    "ticker": "ticker",
    "uscCode": "uscc",
    "cikCode": "cik",
    "figiCode": "figi",
    "ricCode": "ric",
    "registrationNumber": "registration",
    "innCode": "registration",
    "ogrnCode": "registration",
    "taxNumber": "registration",
    "idNumber": "",
    "imoNumber": "registration",
}
_NAMES: Final = {
    "name": False,
    "alias": False,
    "previousName": False,
    "weakAlias": True,
    "abbreviation": True,
}
_COUNTRIES: Final = ("country", "jurisdiction", "mainCountry", "nationality", "citizenship")
_RELATIONS: Final = {
    "Ownership": ("asset", "owner", "owned_by"),
    "Directorship": ("organization", "director", "director"),
    "UnknownLink": ("subject", "object", "linked_to"),
    "Representation": ("client", "agent", "linked_to"),
    "Membership": ("organization", "member", "member"),
    "Family": ("person", "relative", "family"),
    "Associate": ("person", "associate", "associate"),
    "Succession": ("predecessor", "successor", "successor"),
    "Employment": ("employer", "employee", "employee"),
}
_PLAIN: Final = frozenset(
    {"Address", "Passport", "Identification", "Occupancy", "Position", "Documentation", "Payment"}
)
_RESTRICTED_TOPICS: Final = ("sanction", "export.control", "debarment", "invest.ban", "invest.risk")


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One file of JSON lines."""
    name, content = only_file(reading.source, files)
    records = list(_lines(reading.source, name, content))
    newest = max((day(str(record.get("last_seen", ""))) for record in records), default="")
    collect = Collector(reading, date.fromisoformat(newest) if newest else reading.day)
    sanctions, securities = (
        _pointing_at(records, "Sanction", "entity"),
        _pointing_at(records, "Security", "issuer"),
    )
    captions = {record["id"]: str(record.get("caption", record["id"])) for record in records}
    for record in records:
        _read(collect, record, sanctions.get(record["id"], []), securities.get(record["id"], []))
    for record in records:
        _relation(collect, record, captions)
    return collect.done()


def _lines(source: str, name: str, content: bytes) -> Iterator[dict[str, Any]]:
    refuse_html(source, name, content)
    for number, line in enumerate(decoded(source, name, content).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not _well_formed(record):
            reason = f"{name} line {number} is no FollowTheMoney entity"
            raise RestrictedListError(source, reason, "The file is truncated or damaged.")
        yield record


def _well_formed(record: Any) -> bool:
    """An entity has an id, a schema, and properties that are lists; so have those that stand inside it."""
    if not isinstance(record, dict) or not isinstance(record.get("schema"), str):
        return False
    properties = record.get("properties")
    if not isinstance(record.get("id"), str) or not record["id"] or not isinstance(properties, dict):
        return False
    values = [
        value for values in properties.values() for value in (values if isinstance(values, list) else [None])
    ]
    told = record.get("datasets", [])
    named = isinstance(told, list) and all(isinstance(one, str) for one in told)
    return named and all(isinstance(value, str) or _well_formed(value) for value in values)


def _pointing_at(records: list[dict[str, Any]], schema: str, through: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record["schema"] == schema:
            for target in record["properties"].get(through, []):
                found[target["id"] if isinstance(target, dict) else target].append(record)
    return found


def _read(
    collect: Collector,
    record: dict[str, Any],
    sanctions: list[dict[str, Any]],
    securities: list[dict[str, Any]],
) -> None:
    properties = record["properties"]
    nested = [*properties.get("sanctions", []), *properties.get("sanctionEntity", [])]
    sanctions = sanctions + [item for item in nested if isinstance(item, dict)]
    restricted = any(topic.startswith(_RESTRICTED_TOPICS) for topic in properties.get("topics", []))
    if not (sanctions or restricted) or record["schema"] in ("Sanction", *_RELATIONS, *_PLAIN):
        if record["schema"] not in KINDS and record["schema"] not in ("Sanction", *_RELATIONS, *_PLAIN):
            collect.unread(
                "element", record["schema"], "this schema is not known and was not read", place=record["id"]
            )
        return
    entity_id = f"os:{record['id']}"
    name = str(record.get("caption") or next(iter(properties.get("name", [])), record["id"]))
    countries = {str(code)[:2].upper() for key in _COUNTRIES for code in properties.get(key, [])}
    collect.entity(Entry(entity_id, name, kind_of(collect, record["schema"], entity_id), countries))
    for key, weak in _NAMES.items():
        for alias in properties.get(key, []):
            collect.name(entity_id, str(alias), weak=weak)
    _numbers(collect, entity_id, properties)
    for security in [
        *securities,
        *(item for item in properties.get("securities", []) if isinstance(item, dict)),
    ]:
        _numbers(collect, entity_id, security["properties"])
    _claims(collect, entity_id, name, record, sanctions)


def _numbers(collect: Collector, entity_id: str, properties: Mapping[str, Any]) -> None:
    for key, scheme in _NUMBERS.items():
        for value in properties.get(key, []):
            if scheme:
                collect.identifier(entity_id, scheme, str(value))
            else:
                identifier(collect, entity_id, str(value))


def _claims(
    collect: Collector, entity_id: str, name: str, record: dict[str, Any], sanctions: list[dict[str, Any]]
) -> None:
    seen = day(str(record.get("first_seen", "")))
    undated = [("listed", seen, f"first seen by OpenSanctions; {UNDATED}")] if seen else []
    for sanction in sanctions:
        said = sanction["properties"]
        starts = [day(str(value)) for key in ("listingDate", "startDate") for value in said.get(key, [])]
        events = [("listed", min(filter(None, starts)), "")] if any(starts) else list(undated)
        events += [
            ("removed", at, "end of the sanction") for at in map(day, map(str, said.get("endDate", []))) if at
        ]
        datasets = sanction.get("datasets", record.get("datasets", []))
        authority = "; ".join(map(str, said.get("authority", datasets)))
        for code in said.get("programId") or said.get("program") or datasets or [""]:
            collect.claim(Claim(entity_id, str(code), f"OpenSanctions: {authority}", name, events))
    if not sanctions:
        for dataset in record.get("datasets", []) or [""]:
            collect.claim(Claim(entity_id, str(dataset), f"OpenSanctions: {dataset}", name, list(undated)))


def _relation(collect: Collector, record: dict[str, Any], captions: Mapping[str, str]) -> None:
    if record["schema"] not in _RELATIONS:
        return
    ours, other, relation = _RELATIONS[record["schema"]]
    for target in record["properties"].get(ours, []):
        for source in record["properties"].get(other, []):
            if f"os:{target}" in collect:
                collect.link(f"os:{target}", relation, captions.get(source, str(source)))
