"""Zipped workbooks before calamine opens them: are they safe, and what is hidden in them.

calamine lays out each sheet as a full rectangle in memory, so one cell at XFD1048576 would need hundreds of
gigabytes. The parts of an .xlsx are therefore unpacked once as a stream: to count their true size, to find the
rectangle that holds their cells, and to note hidden rows and columns on the way.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

from screener.errors import HoldingsError
from screener.holdings.extent import Extent, extent_of
from screener.holdings.options import Limits
from screener.holdings.other_extents import ods_extent, xlsb_extent

_CHUNK: Final = 1 << 20
SPREAD: Final = "has cells spread over too large an area to be read"
_BOMB: Final = "It unpacks to far more than a holdings file holds; export it again."
_DAMAGED: Final = "Open it in your spreadsheet program, save it again as .xlsx and try that."
_HIDDEN_ROW: Final = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d{1,7})"')
_NO_RESULT: Final = re.compile(rb"</f>(?:<v ?/>|<v></v>)?</(?:\w+:)?c>")
_RECALCULATE: Final = "open the file in your spreadsheet program and save it again"
_COLS: Final = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb'\b(\w+)="([^"]*)"')
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_TEXT_ATTRIBUTE: Final = re.compile(r'([\w:]+)="([^"]*)"')


@dataclass(slots=True)
class SheetFacts:
    """Facts of one sheet, by 1-based row and column numbers."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    formulas: int = 0  # cells whose formula has no result stored
    unreadable: bool = False  # the sheet would need absurd memory; a remark says why
    remarks: list[tuple[int, str, str, str, str]] = field(default_factory=list)


def members(data: bytes, path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """The parts of a zip file; raises HoldingsError where it is damaged or says itself that it is absurdly large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        NotImplementedError,
        OSError,
        struct.error,
        UnicodeDecodeError,
    ) as error:
        raise HoldingsError(path, f"is damaged ({error})", _DAMAGED) from None
    total = sum(part.file_size for part in parts)
    packed = max(
        (part.file_size / max(1, part.compress_size) for part in parts if part.file_size > 50e6), default=0
    )
    if total > limits.unpacked_bytes or packed > limits.unpacked_ratio:
        raise HoldingsError(path, f"unpacks to {total / 1e6:.0f} MB", _BOMB)
    return parts


def inspect(data: bytes, path: Path, limits: Limits) -> tuple[bytes, dict[str, SheetFacts]]:
    """``data`` made safe to open, and the facts of each sheet by its name. Only .xlsx and its kin have facts."""
    parts = {part.filename.lstrip("/"): part for part in members(data, path, limits)}
    facts: dict[str, SheetFacts] = {}
    far: dict[str, Extent] = {}
    names = _sheet_parts(data, parts)
    for name, part in names.items():
        if part in parts:
            extent, facts[name] = _scan(data, parts[part], (path, limits))
            if extent.too_large(limits):
                far[name] = extent
    for name, extent in far.items():
        data, facts[name].unreadable = _without_far_cells(data, parts[names[name]], extent, facts[name])
    _measure_others(data, parts, set(names.values()), (path, limits))
    _refuse_spread_cells(data, parts, (path, limits))
    return data, facts


def _refuse_spread_cells(
    data: bytes, parts: dict[str, zipfile.ZipInfo], context: tuple[Path, Limits]
) -> None:
    """Refuse binary and OpenDocument workbooks whose cells lie too far apart."""
    path, limits = context
    for name, part in parts.items():
        measure = ods_extent if name == "content.xml" else xlsb_extent
        if measure is xlsb_extent and not (name.startswith("xl/worksheets/") and name.endswith(".bin")):
            continue
        try:
            extent = measure(_bounded(stream(data, part), part, context))
        except (zlib.error, struct.error, IndexError, expat.ExpatError) as error:
            if measure is ods_extent:
                # calamine looks for the end of a table that never comes, for ever.
                raise HoldingsError(path, f"is damaged ({name}: {error})", _DAMAGED) from None
            continue  # calamine will say that the sheet is damaged
        if extent.too_large(limits):
            raise HoldingsError(path, SPREAD, "Delete the stray cells and save it again as .xlsx.")


def stream(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a part, in chunks; unlike zipfile it does not trust the size the part claims."""
    start = _start(data, part)
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[i : i + _CHUNK]) for i in range(0, len(packed), _CHUNK))
        return
    inflate = zlib.decompressobj(-15)
    for i in range(0, len(packed), _CHUNK):
        piece = bytes(packed[i : i + _CHUNK])
        while piece:
            yield inflate.decompress(piece, 4 * _CHUNK)
            piece = inflate.unconsumed_tail
    yield inflate.flush()


def _start(data: bytes, part: zipfile.ZipInfo) -> int:
    """Where the packed bytes of a part begin: behind its local header, whose lengths may differ from the directory's."""
    name, extra = struct.unpack_from("<HH", data, part.header_offset + 26)
    return int(part.header_offset + 30 + name + extra)


def unpacked(data: bytes, part: zipfile.ZipInfo, most: int) -> bytes:
    """A small part as a whole, at most ``most`` bytes of it; b"" where it is damaged."""
    pieces: list[bytes] = []
    try:
        for piece in stream(data, part):
            pieces.append(piece)
            if sum(map(len, pieces)) > most:
                break
    except (zlib.error, struct.error, IndexError):
        return b""
    return b"".join(pieces)[:most]


def _sheet_parts(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """The part that holds each sheet of an .xlsx, by the name of the sheet; empty for other packages."""
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return {}
    relations = _tags(_RELATION, unpacked(data, parts["xl/_rels/workbook.xml.rels"], 8_000_000))
    targets = {relation.get("Id", ""): relation.get("Target", "") for relation in relations}
    found: dict[str, str] = {}
    for sheet in _tags(_SHEET, unpacked(data, parts["xl/workbook.xml"], 8_000_000)):
        key = next((value for name, value in sheet.items() if name.endswith(":id") or name == "id"), "")
        target = targets.get(key, "")
        found[_unescaped(sheet.get("name", ""))] = (
            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        )
    return found


def _tags(pattern: re.Pattern[str], data: bytes) -> list[dict[str, str]]:
    return [
        dict(_TEXT_ATTRIBUTE.findall(tag)) for tag in pattern.findall(data.decode("utf-8", errors="replace"))
    ]


def _unescaped(text: str) -> str:
    for escape, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, plain)
    return text


def _scan(data: bytes, part: zipfile.ZipInfo, context: tuple[Path, Limits]) -> tuple[Extent, SheetFacts]:
    """The rectangle of cells of a sheet, and what is hidden in it."""
    facts = SheetFacts()
    rows: set[int] = set()
    columns: set[int] = set()

    def watched() -> Iterator[bytes]:
        for overlapping in _overlapping(_bounded(stream(data, part), part, context)):
            if b"</f>" in overlapping:
                blank = len(_NO_RESULT.findall(overlapping))
                facts.formulas += blank
            if b"hidden=" in overlapping:
                rows.update(int(number) for number in _HIDDEN_ROW.findall(overlapping))
                columns.update(_hidden_columns(overlapping))
            yield overlapping

    try:
        extent = extent_of(watched(), part.file_size)
    except (zlib.error, struct.error, IndexError):
        extent = Extent()  # calamine will say that the sheet is damaged
    if facts.formulas:
        said = f"{facts.formulas} cells hold formulas that were never calculated, so they are blank here; {_RECALCULATE}"
        facts.remarks.append((0, "", "", said, "warning"))
    facts.hidden_rows, facts.hidden_columns = frozenset(rows), frozenset(columns)
    return extent, facts


def _bounded(chunks: Iterator[bytes], part: zipfile.ZipInfo, context: tuple[Path, Limits]) -> Iterator[bytes]:
    path, limits = context
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limits.unpacked_bytes or (
            size > 50e6 and size > limits.unpacked_ratio * max(1, part.compress_size)
        ):
            raise HoldingsError(path, f"unpacks to more than {size / 1e6:.0f} MB", _BOMB)
        yield chunk


def _overlapping(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks cut at the end of a tag, so that no tag is torn apart."""
    rest = b""
    for chunk in chunks:
        whole = rest + chunk
        cut = whole.rfind(b">") + 1
        rest = whole[cut:]
        if cut:
            yield whole[:cut]
    if rest:
        yield rest


def _hidden_columns(chunk: bytes) -> Iterator[int]:
    for tag in _COLS.findall(chunk):
        given = dict(_ATTRIBUTE.findall(tag))
        if (
            given.get(b"hidden") in (b"1", b"true")
            and given.get(b"min", b"").isdigit()
            and given.get(b"max", b"").isdigit()
        ):
            yield from range(int(given[b"min"]), min(int(given[b"max"]), int(given[b"min"]) + 2_000) + 1)


def _without_far_cells(
    data: bytes, part: zipfile.ZipInfo, extent: Extent, facts: SheetFacts
) -> tuple[bytes, bool]:
    """``data`` without the few cells that lie far from all others, each of them told; True where that does not help."""
    if not extent.far:
        facts.remarks.append(
            (
                0,
                "",
                "",
                "the sheet has cells spread over too large an area to be read; delete the stray cells",
                "error",
            )
        )
        return data, True
    for reference in extent.far[:20]:
        row = int(re.sub(r"\D", "", reference))
        column = re.sub(r"\d", "", reference)
        said = f"the cell {reference} lies far away from all others and was not read; delete it or move it"
        facts.remarks.append((min(row, 1_048_576), column, "", said, "warning"))
    sheet = unpacked(data, part, 1 << 30)
    for reference in extent.far:
        cell = rb'<(?:\w+:)?c\b[^>]*?\br="' + reference.encode() + rb'"[^>]*?(?:/>|>.*?</(?:\w+:)?c>)'
        sheet = re.sub(cell, b"", sheet, flags=re.DOTALL)
    return _replaced(data, part.filename, sheet), False


def _replaced(data: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for item in old.infolist():
            new.writestr(item.filename, content if item.filename == name else old.read(item))
    return target.getvalue()


def _measure_others(
    data: bytes, parts: dict[str, zipfile.ZipInfo], known: set[str], context: tuple[Path, Limits]
) -> None:
    """Unpack the parts that calamine reads besides the sheets, to see that they are not larger than they claim."""
    for name, part in parts.items():
        if name not in known and name.endswith((".xml", ".bin")) and "media/" not in name:
            try:
                for _ in _bounded(stream(data, part), part, context):
                    pass
            except (zlib.error, struct.error, IndexError):
                continue
