"""One sheet of the workbook: a band, blocks of text and tables below each other, and its print set-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from screener.report.facts import Summary
from screener.report.look import BODY, HEADER, NAVY, NOTE, SECTION, Look, Style, Value, chip
from screener.report.text import lines
from screener.report.words import day_in_words, words

LINE: Final = 12.5  # points a line of 9 point text takes
TALLEST: Final = 400.0  # points; a spreadsheet row cannot be higher than 409
ROW_CAP: Final = 10_000
_NUMBERS: Final = ("int", "quantity", "money", "score")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``name`` in the frame, ``title`` in the header; ``kind`` a number format or "chip"."""

    name: str
    title: str
    kind: str = "text"
    wrap: bool = False


@dataclass(slots=True)
class Page:
    """A sheet being filled from the top; ``row`` is the next free row."""

    sheet: Worksheet
    look: Look
    widths: Sequence[float]
    printed: int  # columns that are printed; those to the right are for the screen
    row: int = 1
    tables: list[str] = field(default_factory=list)

    def room(self, first: int, last: int, size: float = 9) -> float:
        """Characters of ``size`` points that fit in columns ``first`` to ``last``."""
        return sum(self.widths[first - 1 : last]) * 1.12 * 9 / size - 1.5

    def height(self, number: float) -> None:
        """Set the height of the current row in points."""
        self.sheet.row_dimensions[self.row].height = min(number, TALLEST)

    def merge(self, first: int, last: int, value: Value, style: Style) -> None:
        """Write ``value`` over columns ``first`` to ``last`` of the current row."""
        for column in range(first, last + 1):
            self.look.put(self.sheet, (self.row, column), value if column == first else None, style)
        if last > first:
            self.sheet.merge_cells(
                start_row=self.row, end_row=self.row, start_column=first, end_column=last
            )

    def paragraph(self, text: str, style: Style = replace(BODY, wrap=True), last: int = 0) -> None:
        """A wrapped paragraph over the printed columns, high enough for its text."""
        last = last or self.printed
        self.merge(1, last, text, style)
        self.height(lines(text, self.room(1, last, style.size)) * LINE * style.size / 9 + 3)
        self.row += 1

    def section(self, title: str, note: str = "") -> None:
        """A heading with room above it."""
        self.height(28)
        self.merge(1, self.printed, title, SECTION)
        self.row += 1
        if note:
            self.paragraph(note, NOTE)

    def gap(self, points: float = 8) -> None:
        """An empty row."""
        self.height(points)
        self.row += 1

    def fits(self, cells: Sequence[tuple[str, int, int]], least: int = 1) -> None:
        """Make the current row as high as the highest of ``cells`` (text, first and last column) needs."""
        needed = max([least, *(lines(text, self.room(first, last)) for text, first, last in cells)])
        self.height(needed * LINE + 4)


def open_page(look: Look, title: str, widths: Sequence[float], summary: Summary, printed: int = 0) -> Page:
    """A new sheet with the band of the report at its top."""
    sheet = look.book.create_sheet(title)
    page = Page(sheet, look, widths, printed or len(widths))
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _band(page, title, summary)
    _print_setup(page, summary)
    return page


def _band(page: Page, title: str, summary: Summary) -> None:
    split = max(1, page.printed // 2)
    heading = summary.title if title == "Summary" else f"{summary.title}: {title}"
    assumed = " (assumed)" if summary.investor.assumed else ""
    dark = Style(size=15, bold=True, colour="FFFFFF", fill=NAVY, valign="center", indent=1)
    small = Style(size=9, colour="FFFFFF", fill=NAVY, valign="center", indent=1)
    right = replace(small, align="right")
    page.height(28)
    page.merge(1, split, heading, dark)
    page.merge(split + 1, page.printed, f"As of {day_in_words(summary.as_of)}", replace(right, size=12, bold=True))
    page.row += 1
    page.height(18)
    page.merge(1, split, words().subtitle, small)
    page.merge(
        split + 1, page.printed, f"Investor: {summary.investor.name}{assumed}   ·   Run {summary.run_id}", right
    )
    page.row += 1
    page.gap()


def _print_setup(page: Page, summary: Summary) -> None:
    sheet = page.sheet
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.45, 0.6, 0.2, 0.3
    footer = sheet.oddFooter
    for part, text in (
        (footer.left, f"{_plain(summary.title)} · run {_plain(summary.run_id)}"),
        (footer.center, "Not legal advice"),
        (footer.right, "Page &P of &N"),
    ):
        part.text, part.size, part.font = text, 8, "Arial,Regular"


def _plain(text: str) -> str:
    """``&`` begins a code in a footer."""
    return text.replace("&", "&&")


def close_page(page: Page, freeze: int = 0) -> None:
    """Set the print area, the rows repeated on every page and the frozen rows (``freeze`` is the last of them)."""
    last = get_column_letter(page.printed)
    page.sheet.print_area = f"A1:{last}{max(page.row - 1, 1)}"
    if freeze:
        page.sheet.freeze_panes = f"A{freeze + 1}"
        page.sheet.print_title_rows = f"{freeze}:{freeze}"
    else:
        page.sheet.print_title_rows = "1:2"


def write_table(page: Page, columns: Sequence[Column], frame: pd.DataFrame, name: str) -> None:
    """``frame`` as an Excel table with filters, at most ROW_CAP rows, the rest announced in a line below.

    ``name`` is the table's name in the workbook; the columns begin at the first one of the page.
    """
    header, shown = page.row, frame.head(ROW_CAP)
    page.height(max(lines(c.title, w - 3) for c, w in zip(columns, page.widths, strict=False)) * LINE + 6)
    for number, column in enumerate(columns, start=1):
        page.look.put(page.sheet, (header, number), column.title, replace(HEADER, align=_align(column.kind)))
    page.row += 1
    _write_rows(page, columns, shown)
    if len(shown):
        _make_table(page, name, header, len(columns))
    _say_left_out(page, len(frame))


def _write_rows(page: Page, columns: Sequence[Column], frame: pd.DataFrame) -> None:
    put, sheet = page.look.put, page.sheet
    styles = [_style(column) for column in columns]
    values = [frame[column.name].tolist() for column in columns]
    wrapped = [number for number, column in enumerate(columns, start=1) if column.wrap]
    chips = {code: chip(each.fill, each.text) for code, each in words().actions.items()}
    for record in zip(*values, strict=True):
        for number, (value, style, column) in enumerate(zip(record, styles, columns, strict=True), start=1):
            if column.kind == "chip":
                put(sheet, (page.row, number), value, chips.get(value, BODY))
            elif number <= page.printed or not _empty(value):
                put(sheet, (page.row, number), value, style)
        page.fits([(str(record[number - 1]), number, number) for number in wrapped])
        page.row += 1


def _empty(value: object) -> bool:
    return value is None or value == "" or value != value


def _style(column: Column) -> Style:
    kind = "general" if column.kind in ("chip", "text") else column.kind
    return Style(kind=kind, wrap=column.wrap, align=_align(column.kind), rule=True)


def _align(kind: str) -> str:
    if kind in _NUMBERS:
        return "right"
    return "center" if kind == "chip" else "left"


def _make_table(page: Page, name: str, header: int, width: int) -> None:
    table = Table(displayName=name, ref=f"A{header}:{get_column_letter(width)}{page.row - 1}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    page.sheet.add_table(table)
    page.tables.append(name)


def _say_left_out(page: Page, total: int) -> None:
    if total == 0:
        page.paragraph("None.", replace(BODY, italic=True))
    elif total > ROW_CAP:
        page.paragraph(left_out(total), Style(bold=True, wrap=True))


def left_out(total: int, file: str = "") -> str:
    """The line that says how many rows a sheet does not show."""
    return f"{total - ROW_CAP:,} more in {file or 'findings.csv and rows.csv'}: a sheet shows {ROW_CAP:,} rows."
