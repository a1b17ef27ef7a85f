"""OFAC's Enhanced XML (``SDN_ENHANCED.XML``, ``CONS_ENHANCED.XML``) of the Sanctions List Service.

Unlike the legacy files it names each list an entry is on, with the day of its publication there.
Schema: https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML.xsd
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.formats import known_elements, only_file
from screener.lists.sources.ofac_csv import events_of, kind_of, prefix, take_country, take_fields
from screener.lists.sources.remarks import Field, feature
from screener.lists.sources.xml import check_tree, elements, printed, words
from screener.lists.text import day

_UMBRELLA: Final = "Consolidated List"
_KINDS: Final = {"Entity": "company", "Individual": "person", "Vessel": "vessel", "Aircraft": "aircraft"}
_WANTED: Final = frozenset({"entity", "dataAsOf"})


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One XML file."""
    name, content = only_file(reading.source, files)
    collect = Collector(reading, reading.day)
    for element in elements(reading.source, name, content, _WANTED):
        if element.tag == "dataAsOf":
            collect.published = date.fromisoformat(day(words(element)) or reading.day.isoformat())
        else:
            _read(collect, element)
    return collect.done()


def _read(collect: Collector, element: Element) -> None:
    entity_id = f"{prefix(collect.reading)}:{element.get('id')}"
    check_tree(collect, element, known_elements("ofac_enhanced"), place=entity_id)
    kind = words(element, "generalInfo/entityType")
    if kind not in _KINDS:
        collect.unread("value", kind, "this type of party is not known", place=entity_id)
    fields = _fields(element)
    name = _primary_name(element)
    note = words(element, "generalInfo/title")
    collect.entity(Entry(entity_id, name, kind_of(_KINDS.get(kind, "unknown"), fields), note=note))
    _names(collect, element, entity_id)
    take_fields(collect, entity_id, fields, place=entity_id)
    for place in element.findall("addresses/address/country"):
        take_country(collect, entity_id, words(place))
    for related in element.findall("relationships/relationship/relatedEntity"):
        collect.link(entity_id, "linked_to", words(related))
    _claims(collect, element, Entry(entity_id, name, kind), fields)


def _fields(element: Element) -> list[Field]:
    pairs = [(words(item, "type"), printed(item, "value")) for item in element.findall("features/feature")]
    pairs += [
        (words(item, "type"), printed(item, "documentNumber"))
        for item in element.findall("identityDocuments/identityDocument")
    ]
    return [feature(label, value) for label, value in pairs]


def _primary_name(element: Element) -> str:
    for name in element.findall("names/name"):
        if words(name, "isPrimary") == "true":
            for translation in name.findall("translations/translation"):
                if words(translation, "isPrimary") == "true":
                    return words(translation, "formattedFullName")
    return words(element, "names/name/translations/translation/formattedFullName")


def _names(collect: Collector, element: Element, entity_id: str) -> None:
    for name in element.findall("names/name"):
        weak = words(name, "isLowQuality") == "true"
        for translation in name.findall("translations/translation"):
            collect.name(entity_id, words(translation, "formattedFullName"), weak=weak)


def _claims(collect: Collector, element: Element, entry: Entry, fields: list[Field]) -> None:
    tags = [words(item) for item in element.findall("sanctionsPrograms/sanctionsProgram")]
    for tag in tags:
        collect.code(tag, entry.entity_id)
    lists = {
        words(item): day(item.get("datePublished", ""))
        for item in element.findall("sanctionsLists/sanctionsList")
    }
    lists.pop(_UMBRELLA, None)
    directives = [item.value for item in fields if item.what == "directive" and "link:" not in item.value]
    words_of_list = "; ".join([entry.name, *dict.fromkeys(directives)])
    codes = collect.reading.codes
    programmes = {codes.programme(title) for title in lists}
    for title, published in lists.items():
        events = [("listed", published, f"published on the {title}")] if published else []
        collect.claim(Claim(entry.entity_id, title, title, words_of_list, events, "; ".join(tags)))
    for code, events in events_of(fields).items():
        if codes.programme(code) in programmes:
            collect.claim(
                Claim(entry.entity_id, code, collect.reading.title, words_of_list, events, "; ".join(tags))
            )
