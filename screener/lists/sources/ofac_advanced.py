"""OFAC's Advanced XML (``SDN_ADVANCED.XML``, ``CONS_ADVANCED.XML``): names, documents and entries apart, by number.

Schema: http://www.un.org/sanctions/1.0 (sdn_advanced.xsd). Reference values come first in the file, then places,
documents, parties, relations and at last the entries that say which list a party is on and since when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.formats import known_elements, only_file
from screener.lists.sources.ofac_csv import events_of, kind_of, prefix, take_country, take_fields
from screener.lists.sources.remarks import Field, feature
from screener.lists.sources.xml import check_tree, elements, printed, words

_KINDS: Final = {
    ("Individual", "Unknown"): "person",
    ("Entity", "Unknown"): "company",
    ("Transport", "Vessel"): "vessel",
    ("Transport", "Aircraft"): "aircraft",
}
_UMBRELLA: Final = "Consolidated List"


@dataclass(slots=True)
class _References:
    """What the numbers of the file stand for: (kind of reference, number) -> text; parties and places by number."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    party_types: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    documents: dict[str, list[Field]] = field(default_factory=lambda: defaultdict(list))
    fields: dict[str, list[Field]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    relations: list[tuple[str, str]] = field(default_factory=list)

    def text(self, kind: str, number: str | None) -> str:
        return self.values.get((kind, number or ""), "")


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One XML file."""
    name, content = only_file(reading.source, files)
    collect, known = Collector(reading, reading.day), _References()
    tree = known_elements("ofac_advanced")
    for element in elements(reading.source, name, content, frozenset(_READERS)):
        if element.tag in tree:
            check_tree(collect, element, tree, place=element.get("ID") or element.get("FixedRef") or "")
        _READERS[element.tag](collect, known, element)
    for ours, other in known.relations:
        collect.link(
            f"{prefix(reading)}:{ours}", "linked_to", known.names.get(other, f"{prefix(reading)}:{other}")
        )
    return collect.done()


def _issued(collect: Collector, known: _References, element: Element) -> None:
    if issued := _date(element):
        collect.published = date.fromisoformat(issued)


def _document(collect: Collector, known: _References, element: Element) -> None:
    label = known.text("IDRegDocType", element.get("IDRegDocTypeID"))
    known.documents[element.get("IdentityID", "")].append(
        feature(label, printed(element, "IDRegistrationNo"))
    )


def _relation(collect: Collector, known: _References, element: Element) -> None:
    known.relations.append((element.get("From-ProfileID", ""), element.get("To-ProfileID", "")))


def _references(collect: Collector, known: _References, element: Element) -> None:
    for value in element.iter():
        if number := value.get("ID"):
            known.values[value.tag, number] = words(value)
        if value.tag == "PartySubType":
            known.party_types[value.get("ID", "")] = value.get("PartyTypeID", "")
        if value.tag == "AreaCode":
            known.countries[value.get("CountryID", "")] = words(value)


def _location(collect: Collector, known: _References, element: Element) -> None:
    place = element.find("LocationCountry")
    if place is not None:
        known.values["Location", element.get("ID", "")] = known.countries.get(place.get("CountryID", ""), "")


def _party(collect: Collector, known: _References, element: Element) -> None:
    number = element.get("FixedRef", "")
    entity_id = f"{prefix(collect.reading)}:{number}"
    profile = element.find("Profile")
    if profile is None:
        collect.unread("row", "", "a party without a profile was left out", place=entity_id, severity="error")
        return
    fields, places = _features(known, profile)
    names = [(_name(known, alias), alias) for alias in profile.iterfind("Identity/Alias")]
    first = next((name for name, alias in names if alias.get("Primary") == "true"), "")
    known.names[number], known.fields[number] = first, fields
    collect.entity(Entry(entity_id, first, kind_of(_kind(collect, known, profile, entity_id), fields)))
    for name, alias in names:
        collect.name(entity_id, name, weak=alias.get("LowQuality") == "true")
    for place in places:
        take_country(collect, entity_id, place)
    take_fields(collect, entity_id, fields, place=entity_id)


def _kind(collect: Collector, known: _References, profile: Element, entity_id: str) -> str:
    sub = profile.get("PartySubTypeID", "")
    words_of = (known.text("PartyType", known.party_types.get(sub)), known.text("PartySubType", sub))
    if words_of not in _KINDS:
        collect.unread("value", " ".join(words_of), "this type of party is not known", place=entity_id)
    return _KINDS.get(words_of, "unknown")


def _name(known: _References, alias: Element) -> str:
    """The Latin (first) documented name; a person's last name comes first, as OFAC prints it."""
    documented = alias.find("DocumentedName")
    if documented is None:
        return ""
    return ", ".join(words(part) for part in documented.iterfind("DocumentedNamePart/NamePartValue"))


def _features(known: _References, profile: Element) -> tuple[list[Field], list[str]]:
    fields, places = [], []
    for item in profile.iterfind("Feature"):
        label = known.text("FeatureType", item.get("FeatureTypeID"))
        for version in item.iterfind("FeatureVersion"):
            for location in version.iterfind("VersionLocation"):
                places.append(known.text("Location", location.get("LocationID")))
            if version.find("VersionLocation") is None:
                fields.append(feature(label, _value(known, version)))
    for identity in profile.iterfind("Identity"):
        fields += known.documents.get(identity.get("ID", ""), [])
    return fields, [place for place in places if place]


def _value(known: _References, version: Element) -> str:
    detail = version.find("VersionDetail")
    text = printed(version, "VersionDetail")
    if not text and detail is not None:
        text = known.text("DetailReference", detail.get("DetailReferenceID"))
    start = version.find("DatePeriod/Start/From")
    return text or (_date(start) if start is not None else "")


def _entry(collect: Collector, known: _References, element: Element) -> None:
    number = element.get("ProfileID", "")
    entity_id, title = f"{prefix(collect.reading)}:{number}", known.text("List", element.get("ListID"))
    if entity_id not in collect:
        collect.unread(
            "row", title, "an entry on a list names no party of the file", place=entity_id, severity="error"
        )
        return
    tags = [words(measure) for measure in element.iterfind("SanctionsMeasure/Comment") if words(measure)]
    for tag in tags:
        collect.code(tag, entity_id)
    if title == _UMBRELLA:
        return
    listed = min((_date(found) for found in element.iterfind("EntryEvent/Date")), default="")
    events = [("listed", listed, f"entered on the {title}")] if listed else []
    fields = known.fields[number]
    directives = [item.value for item in fields if item.what == "directive" and "link:" not in item.value]
    words_of_list = "; ".join([known.names[number], *dict.fromkeys(directives)])
    collect.claim(Claim(entity_id, title, title, words_of_list, events, "; ".join(tags)))
    codes = collect.reading.codes
    for code, dated in events_of(fields).items():
        if codes.programme(code) == codes.programme(title):
            collect.claim(Claim(entity_id, code, title, words_of_list, dated, "; ".join(tags)))


def _date(element: Element) -> str:
    parts = [words(element, name) for name in ("Year", "Month", "Day")]
    return "-".join([parts[0], parts[1].zfill(2), parts[2].zfill(2)]) if all(parts) else ""


_READERS: Final[dict[str, Callable[[Collector, _References, Element], None]]] = {
    "DateOfIssue": _issued,
    "ReferenceValueSets": _references,
    "Location": _location,
    "IDRegDocument": _document,
    "DistinctParty": _party,
    "ProfileRelationship": _relation,
    "SanctionsEntry": _entry,
}
