"""The United Nations Security Council consolidated list (``consolidated.xml``).

Format: https://www.un.org/sc/resources/sc-sanctions.xsd. Every entry carries the day it was listed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources.formats import known_elements, only_file
from screener.lists.sources.xml import check_tree, elements, root_of, words
from screener.lists.text import country, day, joined

_ENTRIES: Final = frozenset({"INDIVIDUAL", "ENTITY"})
_KINDS: Final = {"INDIVIDUAL": "person", "ENTITY": "company"}
# Only "Low" is the committee's word for a weak alias; an alias without a quality is taken as strong.
_QUALITIES: Final = {"Good": False, "Low": True, "a.k.a.": False, "f.k.a.": False, "": False}
_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One XML file."""
    name, content = only_file(reading.source, files)
    root = root_of(reading.source, name, content)
    if root.tag != "CONSOLIDATED_LIST":
        raise RestrictedListError(reading.source, f"{name} begins with <{root.tag}>, not <CONSOLIDATED_LIST>")
    generated = day(root.get("dateGenerated", ""))
    collect = Collector(reading, date.fromisoformat(generated) if generated else reading.day)
    for element in elements(reading.source, name, content, _ENTRIES):
        _read(collect, element)
    return collect.done()


def _read(collect: Collector, element: Element) -> None:
    reference = words(element, "REFERENCE_NUMBER") or words(element, "DATAID")
    entity_id = f"un:{reference}"
    check_tree(collect, element, known_elements("un"), place=entity_id)
    name = joined(words(element, part) for part in _PARTS)
    if not name:
        collect.unread("row", "", "an entry without a name was left out", place=entity_id, severity="error")
        return
    collect.entity(Entry(entity_id, name, _KINDS[element.tag], _countries(collect, element, entity_id)))
    collect.name(entity_id, words(element, "NAME_ORIGINAL_SCRIPT"))
    _aliases(collect, element, entity_id)
    code = words(element, "UN_LIST_TYPE")
    title = f"UN Security Council Consolidated List ({code})"
    collect.claim(Claim(entity_id, code, title, f"{name} ({reference})", _events(element)))


def _events(element: Element) -> list[tuple[str, str, str]]:
    listed, delisted = day(words(element, "LISTED_ON")), day(words(element, "DELISTED_ON"))
    updates = [day(words(value)) for value in element.findall("LAST_DAY_UPDATED/VALUE")]
    events = [("listed", listed, "")] if listed else []
    events += [("amended", at, "") for at in sorted(set(updates)) if at and at > listed]
    return events + ([("removed", delisted, "")] if delisted else [])


def _aliases(collect: Collector, element: Element, entity_id: str) -> None:
    for alias in element.findall(f"{element.tag}_ALIAS"):
        quality = words(alias, "QUALITY")
        if quality not in _QUALITIES:
            collect.unread(
                "value", quality, "this alias quality is not known; taken as strong", place=entity_id
            )
        collect.name(entity_id, words(alias, "ALIAS_NAME"), weak=_QUALITIES.get(quality, False))


def _countries(collect: Collector, element: Element, entity_id: str) -> list[str]:
    printed = [words(value) for value in element.findall("NATIONALITY/VALUE")]
    if element.tag == "ENTITY":
        printed += [words(value) for value in element.findall("ENTITY_ADDRESS/COUNTRY")]
    for text in printed:
        if country(text) is None:
            collect.unread("country", text, "this country name is not in countries.toml", place=entity_id)
    return [code for code in map(country, printed) if code]
