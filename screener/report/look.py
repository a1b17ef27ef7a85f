"""How cells look: a few typefaces, rules and number formats, each made once a workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from screener.report.text import clean, is_risky, is_small

NAVY: Final = "14283C"
INK: Final = "1D2733"
GREY: Final = "5A6672"
RULE: Final = "C9D0D8"
PALE: Final = "EEF2F6"
LINK: Final = "0B4F8A"
FONT: Final = "Arial"
# "_)" leaves the width of a bracket free, so that a number never touches the text to its right.
FORMATS: Final = {
    "int": "#,##0_)",
    "quantity": "#,##0.00####_)",
    "money": "#,##0_);[Red]-#,##0_);0_)",
    "cents": "#,##0.00_);[Red]-#,##0.00_)",
    "score": "0.00_)",
    "date": "d mmm yyyy_)",
    "general": "General",
    "entry_date": "yyyy-mm-dd",
}

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Style:
    """The look of a cell; ``kind`` is a key of FORMATS, ``rule`` draws a thin line under it."""

    size: float = 9
    bold: bool = False
    italic: bool = False
    colour: str = INK
    fill: str = ""
    kind: str = "general"
    wrap: bool = False
    align: str = "left"
    valign: str = "center"
    rule: bool = False
    underline: bool = False
    quote: bool = False
    indent: int = 0


BODY: Final = Style()
WRAPPED: Final = Style(wrap=True)
HEADER: Final = Style(bold=True, colour="FFFFFF", fill=NAVY, wrap=True, valign="center")
SECTION: Final = Style(size=12, bold=True, colour=NAVY, valign="bottom")
NOTE: Final = Style(size=8, colour=GREY, wrap=True)


ENTRY: Final = "FFF9DB"  # cells for the reader to fill in


def chip(fill: str, text: str) -> Style:
    """The coloured label of a decision code; the code itself is printed on it, colour never stands alone."""
    return Style(bold=True, colour=text, fill=fill, align="center", rule=True)


class Look:
    """Writes values with styles into the sheets of one workbook."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.results: dict[str, dict[str, float]] = {}
        self._made: dict[Style, Any] = {}
        self._ready: dict[int, tuple[Style, Any]] = {}

    def put(self, sheet: Worksheet, place: tuple[int, int], value: Value, style: Style = BODY) -> Any:
        """Write ``value`` at ``place`` (row, column); text is always text, whatever it begins with."""
        # The properties of openpyxl's cells check and convert anew for every cell what is known here; going past them
        # is what keeps ten thousand findings within seconds.
        cells: dict[tuple[int, int], Any] = sheet._cells
        cell: Any = cells.get(place)
        if cell is None:
            cells[place] = cell = Cell(sheet, *place)
        if isinstance(value, str):
            cell._value, cell.data_type = clean(value), "s"
            if is_risky(value):
                style = replace(style, quote=True)
        elif not _is_missing(value):
            cell._value, cell.data_type = value, "d" if isinstance(value, date) else "n"
            style = _fitting(style, value)
        cell._style = self._array(style)
        return cell

    def formula(
        self, sheet: Worksheet, place: tuple[int, int], formula: str, value: float, style: Style
    ) -> None:
        """Write ``formula`` with the ``value`` it has, so that readers that do not compute show it too."""
        cell = self.put(sheet, place, None, _fitting(style, value))
        cell.value = formula
        self.results.setdefault(sheet.title, {})[cell.coordinate] = value

    def _array(self, style: Style) -> Any:
        """openpyxl's array for ``style``: the same one for equal styles."""
        known = self._ready.get(id(style))
        if known is None:
            array = self._made.get(style) or self._make(style)
            # The style is kept with its array, so that no other one can take its place in memory.
            known = self._ready[id(style)] = (style, self._made.setdefault(style, array))
        return known[1]

    def _make(self, style: Style) -> Any:
        sheet = self.book.worksheets[0]
        cell: Any = Cell(sheet, row=1, column=1)  # never added to the sheet: it only mints the style
        cell.font = Font(
            name=FONT,
            size=style.size,
            bold=style.bold,
            italic=style.italic,
            color=style.colour,
            underline="single" if style.underline else None,
        )
        if style.fill:
            cell.fill = PatternFill("solid", fgColor=style.fill)
        if style.rule:
            cell.border = Border(bottom=Side(style="thin", color=RULE))
        cell.alignment = Alignment(
            horizontal=style.align,
            vertical=style.valign,
            wrap_text=style.wrap,
            indent=style.indent,
        )
        cell.number_format = FORMATS[style.kind]
        if style.quote:
            cell.quotePrefix = True
        return cell._style


def _fitting(style: Style, value: Value) -> Style:
    """``style`` with decimals where it is of money and whole units would hide ``value``."""
    hidden = style.kind == "money" and isinstance(value, int | float) and is_small(value)
    return replace(style, kind="cents") if hidden else style


def _is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, float) and not isfinite(value))
