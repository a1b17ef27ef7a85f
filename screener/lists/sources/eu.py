"""The European Union's consolidated financial sanctions list, XML 1.1 (``xmlFullSanctionsList_1_1``).

Namespace http://eu.europa.ec/fpi/fsd/export. An entity carries the regulation that put it on the list in its
present form; its day of designation, where the Commission prints one, is older and is preferred.
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

_KINDS: Final = {"P": "person", "E": "company", "V": "vessel"}
# identificationTypeCode -> our scheme; "" is understood and not needed.
_DOCUMENTS: Final = {
    "regnumber": "registration",
    "fiscalcode": "registration",
    "swiftbic": "",
    "passport": "",
    "id": "",
    "ssn": "",
    "taxid": "registration",
    "imo": "registration",
    "birthcert": "",
    "driverlic": "",
    "travel": "",
    "residentperm": "",
    "electoral": "",
    "other": "registration",
}
_UNKNOWN_COUNTRY: Final = "00"


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """One XML file."""
    name, content = only_file(reading.source, files)
    root = root_of(reading.source, name, content)
    if root.tag != "export":
        raise RestrictedListError(reading.source, f"{name} begins with <{root.tag}>, not <export>")
    generated = day(root.get("generationDate", ""))
    collect = Collector(reading, date.fromisoformat(generated) if generated else reading.day)
    for element in elements(reading.source, name, content, frozenset({"sanctionEntity"})):
        _read(collect, element)
    return collect.done()


def _read(collect: Collector, element: Element) -> None:
    reference = element.get("euReferenceNumber") or element.get("logicalId", "")
    entity_id = f"eu:{element.get('logicalId', reference)}"
    check_tree(collect, element, known_elements("eu"), place=entity_id)
    names = [(_whole(alias), alias.get("strong") != "false") for alias in element.findall("nameAlias")]
    names = [(name, strong) for name, strong in names if name]
    if not names:
        collect.unread("row", "", "an entry without a name was left out", place=entity_id, severity="error")
        return
    first = next((name for name, strong in names if strong), names[0][0])
    note = words(element, "remark")
    collect.entity(Entry(entity_id, first, _kind(collect, element, entity_id), _countries(element), note))
    for name, strong in names:
        collect.name(entity_id, name, weak=not strong)
    _documents(collect, element, entity_id)
    _claims(collect, element, entity_id, f"{first} ({reference})")


def _whole(alias: Element) -> str:
    parts = (alias.get(part, "") for part in ("firstName", "middleName", "lastName"))
    return joined([alias.get("wholeName", "")]) or joined(parts)


def _kind(collect: Collector, element: Element, entity_id: str) -> str:
    subject = element.find("subjectType")
    code = subject.get("classificationCode", "") if subject is not None else ""
    if code not in _KINDS:
        collect.unread("value", code, "this classification of a subject is not known", place=entity_id)
    return _KINDS.get(code, "unknown")


def _countries(element: Element) -> list[str]:
    printed = [item.get("countryIso2Code", "") for item in element.findall("citizenship")]
    printed += [item.get("countryIso2Code", "") for item in element.findall("address")]
    return [code for code in printed if code and code != _UNKNOWN_COUNTRY and country(code)]


def _documents(collect: Collector, element: Element, entity_id: str) -> None:
    for document in element.findall("identification"):
        code = document.get("identificationTypeCode", "")
        collect.fields += 1
        collect.understood += code in _DOCUMENTS
        if code not in _DOCUMENTS:
            collect.unread("value", code, "this type of identification is not known", place=entity_id)
        elif scheme := _DOCUMENTS[code]:
            collect.identifier(
                entity_id, scheme, document.get("latinNumber", "") or document.get("number", "")
            )


def _claims(collect: Collector, element: Element, entity_id: str, printed: str) -> None:
    designated = day(element.get("designationDate", ""))
    for regulation in element.findall("regulation"):
        force = day(regulation.get("entryIntoForceDate", "")) or day(regulation.get("publicationDate", ""))
        title, number = regulation.get("programme", ""), regulation.get("numberTitle", "")
        events = [("listed", designated, "day of designation")] if designated else []
        if force and force != designated:
            events.append(("amended" if designated else "listed", force, f"entry into force of {number}"))
        shown = "; ".join(filter(None, (title, number)))
        collect.claim(Claim(entity_id, title, f"EU financial sanctions ({title})", printed, events, shown))
