"""A workbook as the bytes of its file: the same workbook gives the same bytes.

openpyxl makes an XML element of every cell, which took most of the time of a report with ten thousand findings. The rows
are put together as text here; everything else of a sheet, and of the package, is openpyxl's own.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

_CONTENT_TYPES: Final = "[Content_Types].xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_ROWS: Final = "rows stand here"

Results = Mapping[str, float]  # of formulas, by the place of their cell


def saved(book: Workbook, moment: datetime, results: Mapping[str, Results]) -> bytes:
    """``book`` as a file: every time in it is ``moment`` (UTC), content types come first.

    ``results`` are those of its formulas by the title of their sheet, for readers that do not compute.
    """
    raw = io.BytesIO()
    # Not packed yet: the parts are read again at once, to be packed with their times.
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
        _Writer(book, archive, results).save()
    return _packed(raw.getvalue(), moment)


def _packed(archive: bytes, moment: datetime) -> bytes:
    out = io.BytesIO()
    stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        for name in sorted(names, key=lambda name: (name != _CONTENT_TYPES, names.index(name))):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), data)
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3
            target.writestr(entry, data)
    return out.getvalue()


class _Writer(ExcelWriter):
    """openpyxl's writer of packages with a quicker writer of sheets."""

    def __init__(self, book: Workbook, archive: zipfile.ZipFile, results: Mapping[str, Results]) -> None:
        super().__init__(book, archive)
        self._results = results

    def write_worksheet(self, ws: Any) -> None:
        """Write one sheet; its charts are written after it by openpyxl."""
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts = ws._charts
        writer: Any = _SheetWriter(ws, self._results.get(ws.title, {}))
        archive: zipfile.ZipFile = self._archive  # type: ignore[attr-defined]
        archive.writestr(ws.path[1:], writer.content())
        ws._rels = writer._rels
        self.manifest.append(ws)


class _SheetWriter(WorksheetWriter):
    """One sheet as XML."""

    def __init__(self, sheet: Worksheet, results: Results) -> None:
        self._part = io.BytesIO()
        super().__init__(sheet, self._part)
        self._results = results
        self._text = ""

    def content(self) -> bytes:
        """The whole part of the package."""
        self.write()
        before, after = self._part.getvalue().split(_ROWS.encode(), 1)
        return before + self._text.encode() + after

    def rows(self) -> list[tuple[int, list[Any]]]:
        """Every row that has cells or a height, in order, with its cells in order."""
        sheet: Any = self.ws
        rows: dict[int, list[Any]] = {number: [] for number in sheet.row_dimensions}
        for (number, _), cell in sheet._cells.items():
            rows.setdefault(number, []).append(cell)
        for cells in rows.values():
            cells.sort(key=attrgetter("column"))
        return sorted(rows.items())

    def write_rows(self) -> None:
        """The rows as text, and a mark where they belong in what openpyxl writes."""
        stream: Any = self.xf.send(True)
        with stream.element("sheetData"):
            stream.write(_ROWS)
        self.xf.send(None)
        # Before the rest of the sheet is written: the list of links comes from its cells.
        self._text = "".join(self._rows())

    def _rows(self) -> Iterator[str]:
        sheet: Any = self.ws
        known = _Known(self._results)
        for number, row in self.rows():
            told = sheet.row_dimensions.get(number, ())
            height = "".join(f" {name}={quoteattr(text)}" for name, text in told)
            yield f'<row r="{number}"{height}>'
            for cell in row:
                if cell._hyperlink:
                    sheet._hyperlinks.append(cell._hyperlink)
                yield known.cell(cell)
            yield "</row>"


class _Known:
    """Cells as XML; column letters and numbers of styles are looked up once."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._letters: dict[int, str] = {}
        self._styles: dict[int, str] = {}

    def cell(self, cell: Any) -> str:
        """``cell`` as openpyxl would write it, with the result where it holds a formula."""
        value, kind = cell._value, cell.data_type
        begin = f'<c r="{self._letter(cell.column)}{cell.row}"{self._style(cell)}'
        if value is None or value == "":
            return f"{begin}/>"
        if kind == "s":
            blank = ' xml:space="preserve"' if value[0].isspace() or value[-1].isspace() else ""
            return f'{begin} t="inlineStr"><is><t{blank}>{escape(value)}</t></is></c>'
        if kind == "f":
            result = self._results.get(cell.coordinate)
            told = "<v/>" if result is None else f"<v>{result!r}</v>"
            return f"{begin}><f>{escape(value[1:])}</f>{told}</c>"
        number = to_excel(value) if kind == "d" else value  # type: ignore[no-untyped-call]
        return f'{begin} t="n"><v>{number:.16g}</v></c>'

    def _letter(self, column: int) -> str:
        if column not in self._letters:
            self._letters[column] = get_column_letter(column)
        return self._letters[column]

    def _style(self, cell: Any) -> str:
        """The number of the style; cells that look alike share one array."""
        number = id(cell._style)
        if number not in self._styles:
            self._styles[number] = f' s="{cell.style_id}"' if cell.has_style else ""
        return self._styles[number]
