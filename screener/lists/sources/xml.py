"""XML lists element by element: hostile input refused, memory bounded, unknown elements noticed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse as hardened

from screener.errors import RestrictedListError
from screener.lists.collect import Collector
from screener.lists.text import refuse_html

_HOSTILE: Final = "declares a document type or entities, which no publisher's list does"


def elements(source: str, name: str, content: bytes, wanted: frozenset[str]) -> Iterator[Element]:
    """The elements called one of ``wanted`` (names without namespace, which is removed), as they are completed.

    Each is emptied after use, so that memory holds one entry at a time. Raises RestrictedListError when the file
    is not well-formed to its end, or declares entities.
    """
    _first(source, name, content)
    depth: list[Element] = []
    names: dict[str, str] = {}  # a few hundred tags, each with its namespace and without
    try:
        # Once the root has begun no entity can be declared any more, so that from here on the quick parser is as safe.
        for event, element in iterparse(io.BytesIO(content), events=("start", "end")):
            if event == "start":
                tag = element.tag
                element.tag = names.get(tag) or names.setdefault(tag, local(tag))
                depth.append(element)
                continue
            depth.pop()
            if element.tag in wanted and not any(outer.tag in wanted for outer in depth):
                yield element
                element.clear()
                if depth:
                    depth[-1].remove(element)
    except ParseError as error:
        reason = f"{name} is not well-formed XML ({error})"
        raise RestrictedListError(source, reason, "The file is truncated or damaged.") from None


def root_of(source: str, name: str, content: bytes) -> Element:
    """The root element with its attributes only."""
    root = _first(source, name, content)
    root.tag = local(root.tag)
    return root


def _first(source: str, name: str, content: bytes) -> Element:
    """The root element as it begins, after everything before it was read by a parser that refuses document types.

    A document type, and with it any entity, can be declared before the root element only (XML 1.0, production 22).
    """
    refuse_html(source, name, content)
    try:
        for _, element in hardened(io.BytesIO(content), events=("start",), forbid_dtd=True):
            return element  # type: ignore[no-any-return]
    except DefusedXmlException:
        raise RestrictedListError(source, f"{name} {_HOSTILE}", "It was refused unread.") from None
    except ParseError as error:
        reason = f"{name} is not well-formed XML ({error})"
        raise RestrictedListError(source, reason, "The file is truncated, damaged, or no XML.") from None
    raise RestrictedListError(source, f"{name} is an empty document")


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def words(element: Element | None, path: str = "") -> str:
    """The text at ``path`` below ``element``, with single blanks; "" when there is none."""
    found = element if element is None or not path else element.find(path)
    return " ".join((found.text or "").split()) if found is not None else ""


def printed(element: Element | None, path: str) -> str:
    """The text at ``path`` as it stands, without surrounding blanks: for what must be kept as printed."""
    found = None if element is None else element.find(path)
    return (found.text or "").strip() if found is not None else ""


def check_tree(collect: Collector, element: Element, known: Mapping[str, frozenset[str]], place: str) -> None:
    """Reports elements below ``element`` that the format does not have; ``known`` is parent -> children."""
    stack = [element]
    while stack:
        parent = stack.pop()
        allowed = known.get(parent.tag, frozenset())
        for child in parent:
            if child.tag in allowed:
                if len(child):
                    stack.append(child)
            else:
                reason = "this element is not known and was not read"
                collect.unread("element", f"{parent.tag}/{child.tag}", reason, place=place)
