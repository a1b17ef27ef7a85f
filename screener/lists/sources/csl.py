"""The Consolidated Screening List of the U.S. International Trade Administration, CSV or JSON.

It repeats lists of three departments with one row an entry. Treasury's rows keep OFAC's number, so that the same
entity has the same id from either source; other rows are known by list, name and start date.
Format: https://developer.trade.gov/consolidated-screening-list.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.formats import known_columns, only_file
from screener.lists.sources.ofac_csv import events_of, kind_of, take_country, take_fields
from screener.lists.sources.remarks import Field, feature, field
from screener.lists.sources.tables import check_columns, headed
from screener.lists.text import country, day, decoded, refuse_html

_NEEDED: Final = ("source", "entity_number", "type", "name", "start_date", "programs", "ids", "alt_names")
_KINDS: Final = {
    "Individual": "person",
    "Entity": "company",
    "Vessel": "vessel",
    "Aircraft": "aircraft",
    "": "unknown",
}
_ABBREVIATION = re.compile(r"\(([^()]+)\)")
_COUNTRY_CODE = re.compile(r"(?:^|, )([A-Z]{2})$")


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One file."""
    name, content = only_file(reading.source, files)
    collect = Collector(reading, reading.day)
    is_json = content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
    table = (
        _json_table(reading.source, name, content) if is_json else headed(reading.source, name, content)[0]
    )
    known = known_columns("csl")
    check_columns(
        collect, name, table, (*known, *(known_columns("csl_json_only") if is_json else ())), _NEEDED
    )
    table = table.reindex(columns=known, fill_value="")
    seen: Counter[str] = Counter()
    for row in table.to_dict("records"):
        _read(collect, {str(key): str(value).strip() for key, value in row.items()}, seen)
    return collect.done()


def _read(collect: Collector, row: dict[str, str], seen: Counter[str]) -> None:
    abbreviation = match[1] if (match := _ABBREVIATION.search(row["source"])) else row["source"]
    entity_id = _entity_id(row, abbreviation, seen)
    if not row["name"]:
        collect.unread("row", "", "an entry without a name was left out", place=entity_id, severity="error")
        return
    fields = [_identifier(text) for text in row["ids"].split("; ") if text]
    fields += [field(text.strip("() ")) for text in row["remarks"].split("; ") if "Linked To:" in text]
    if row["type"] not in _KINDS:
        collect.unread("value", row["type"], "this type of party is not known", place=entity_id)
    kind = kind_of(_KINDS.get(row["type"], "unknown"), fields)
    collect.entity(Entry(entity_id, row["name"], kind, _countries(row), note=row["title"]))
    for alias in row["alt_names"].split("; "):
        collect.name(entity_id, alias)
    for printed in filter(None, (*row["nationalities"].split("; "), *row["citizenships"].split("; "))):
        take_country(collect, entity_id, printed)
    take_fields(collect, entity_id, fields, place=entity_id)
    _claim(collect, entity_id, row, abbreviation, fields)


def _claim(
    collect: Collector, entity_id: str, row: dict[str, str], abbreviation: str, fields: list[Field]
) -> None:
    events = []
    notice = row["federal_register_notice"]
    for event, column in (("listed", "start_date"), ("removed", "end_date")):
        if at := day(row[column]):
            events.append((event, at, notice if event == "listed" else "end of the order"))
        elif row[column]:
            collect.unread("value", row[column], f"{column} is no day", place=entity_id)
    codes = collect.reading.codes
    for code, dated in events_of(fields).items():
        if codes.programme(code) == codes.programme(abbreviation):
            events += dated
    shown = "; ".join(filter(None, (row["programs"] or abbreviation, notice)))
    directives = dict.fromkeys(
        item.value for item in fields if item.what == "directive" and "link:" not in item.value
    )
    printed = "; ".join([row["name"], *directives])
    collect.claim(Claim(entity_id, abbreviation, row["source"].partition(" - ")[0], printed, events, shown))


def _entity_id(row: dict[str, str], abbreviation: str, seen: Counter[str]) -> str:
    if row["entity_number"]:
        return f"ofac:{row['entity_number']}"
    key = f"{abbreviation}|{row['name']}|{row['start_date']}"
    seen[key] += 1
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()[:16]
    return f"csl:{digest}" + (f"-{seen[key]}" if seen[key] > 1 else "")


def _countries(row: dict[str, str]) -> list[str]:
    found = (_COUNTRY_CODE.search(address.strip()) for address in row["addresses"].split("; "))
    return [match[1] for match in found if match and country(match[1])]


def _identifier(text: str) -> Field:
    """One of ``ids``: ``CN, 9111..., Label`` until 2022 and ``Label, 9111..., CN`` after."""
    parts = text.split(", ")
    for cut in range(1, len(parts)):
        for label, value in ((parts[cut:], parts[:cut]), (parts[:cut], parts[cut:])):
            understood = feature(", ".join(label), _value(value))
            if understood.what not in ("unread", "text"):
                return understood
    return field(text)


def _value(parts: list[str]) -> str:
    """The number, with the country in brackets as OFAC's remarks print it."""
    if len(parts) > 1 and len(parts[0]) == 2 and parts[0].isupper():
        return f"{', '.join(parts[1:])} ({parts[0]})"
    if len(parts) > 1 and len(parts[-1]) == 2 and parts[-1].isupper():
        return f"{', '.join(parts[:-1])} ({parts[-1]})"
    return ", ".join(parts)


def _json_table(source: str, name: str, content: bytes) -> pd.DataFrame:
    refuse_html(source, name, content)
    try:
        results = json.loads(decoded(source, name, content))["results"]
        return pd.DataFrame(
            [{key: _flat(key, value) for key, value in entry.items()} for entry in results]
        ).fillna("")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{name} is not the JSON form of the list ({type(error).__name__}: {error})"
        raise RestrictedListError(source, reason, "The file is truncated or damaged.") from None


def _flat(key: str, value: Any) -> str:
    """A JSON value as the CSV prints it."""
    if isinstance(value, list):
        return "; ".join(_flat(key, item) for item in value)
    if isinstance(value, dict):
        order = (
            ("type", "number", "country")
            if key == "ids"
            else ("address", "city", "state", "postal_code", "country")
        )
        return ", ".join(str(value[part]) for part in order if value.get(part))
    return "" if value is None else str(value)
