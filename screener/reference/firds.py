"""ESMA's and the FCA's reference data on financial instruments as published: FULINS and DLTINS files in XML.

The messages are auth.017.001 (all instruments) and auth.036.001 (changes) of ISO 20022. Each record has the
instrument's general attributes (``FinInstrmGnlAttrbts``: ISIN in ``Id``, ``FullNm``) and the issuer's LEI (``Issr``);
there is a record for each venue that trades the instrument. A file has hundreds of megabytes: it is read record by record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, iterparse

import pyarrow  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse as hardened

_GENERAL: Final = "FinInstrmGnlAttrbts"
_ISSUER: Final = "Issr"
_ROWS: Final = 20_000  # records of a block
Row = tuple[str, str, str]


class NotFirdsError(ValueError):
    """The file is no XML, is damaged, or holds no instruments; the text says which."""


def blocks(opened: Callable[[], Any]) -> Iterator[pyarrow.RecordBatch]:
    """Blocks of the columns isin, lei, name of the file that ``opened`` opens; raises NotFirdsError."""
    rows: list[Row] = []
    many = 0
    for row in _rows(opened):
        rows.append(row)
        if len(rows) == _ROWS:
            yield _block(rows)
            many, rows = many + len(rows), []
    if rows:
        yield _block(rows)
    if not many + len(rows):
        raise NotFirdsError("no instruments in it, as a FULINS or DLTINS file of FIRDS has them")


def _rows(opened: Callable[[], Any]) -> Iterator[Row]:
    try:
        with opened() as file:
            # A document type can be declared before the root element only (XML 1.0, production 22): once the root has
            # begun, the quick parser is as safe as the one that refuses it.
            next(iter(hardened(file, events=("start",), forbid_dtd=True)), None)
        with opened() as file:
            yield from _records(file)
    except DefusedXmlException:
        raise NotFirdsError("it declares a document type or entities and was refused unread") from None
    except ParseError as error:
        raise NotFirdsError(f"not well-formed XML, cut off or damaged: {error}") from None


def _records(file: Any) -> Iterator[Row]:
    """ISIN, LEI and name of every record; each is let go of when it is read, so that memory holds one at a time."""
    above: list[Element] = []
    for event, element in iterparse(file, events=("start", "end")):
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element.tag.endswith(_GENERAL) and above:
            record = above[-1]
            record.attrib["isin"], record.attrib["name"] = _child(element, "Id"), _child(element, "FullNm")
        elif element.tag.endswith(_ISSUER) and above:
            above[-1].attrib["lei"] = (element.text or "").strip()
        elif "isin" in element.attrib:
            yield element.attrib["isin"], element.attrib.get("lei", ""), element.attrib["name"]
            element.clear()
            if above:
                above[-1].remove(element)


def _child(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if child.tag.endswith("}" + name)), "")


def _block(rows: list[Row]) -> pyarrow.RecordBatch:
    columns = [pyarrow.array(column, type=pyarrow.string()) for column in zip(*rows, strict=True)]
    return pyarrow.record_batch(columns, names=["isin", "lei", "name"])
