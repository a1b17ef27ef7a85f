"""One sheet of the workbook: a band, blocks of text and tables below each other, and its print set-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from screener.report.facts import Summary
from screener.report.look import NAVY, NOTE, SECTION, WRAPPED, Look, Style, Value
from screener.report.text import lines
from screener.report.words import day_in_words, words

LINE: Final = 12.5  # points a line of 9 point text takes
TALLEST: Final = 400.0  # points; a spreadsheet row cannot be higher than 409
_PAPER: Final = (841.9, 595.3)  # A4 landscape, points
_SIDE, _TOP, _BOTTOM = 0.4, 0.45, 0.6  # margins, inches
_SLACK: Final = 0.97  # spreadsheets disagree by a few points on how much a page holds
_DEFAULT_HEIGHT: Final = 15.0
_MOST_BREAKS: Final = 1_000  # Excel takes 1,026


@dataclass(slots=True)
class Page:
    """A sheet being filled from the top; ``row`` is the next free row."""

    sheet: Worksheet
    look: Look
    widths: Sequence[float]
    printed: int  # columns that are printed; those to the right are for the screen
    row: int = 1
    tables: list[tuple[int, int]] = field(default_factory=list)  # header row and the row after the last
    starts: set[int] = field(default_factory=set)  # rows that begin a printed page
    blocks: dict[int, int] = field(default_factory=dict)  # first row: row after the last, not to be split

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep the rows written inside on one printed page."""
        first = self.row
        yield
        self.blocks[first] = max(self.row, self.blocks.get(first, 0))

    def in_table(self, row: int) -> bool:
        """Whether ``row`` is inside a table."""
        return any(first < row < end for first, end in self.tables)

    def is_long(self) -> bool:
        """Whether the first table is longer than a printed page."""
        return bool(self.tables) and _height_of(self, *self.tables[0]) > _page_holds(self)

    def room(self, first: int, last: int) -> float:
        """The points that columns ``first`` to ``last`` leave for text."""
        return sum(pixels(width) for width in self.widths[first - 1 : last]) * 0.75 - 5

    def height(self, number: float) -> None:
        """Set the height of the current row in points."""
        self.sheet.row_dimensions[self.row].height = min(number, TALLEST)

    def merge(self, first: int, last: int, value: Value, style: Style) -> None:
        """Write ``value`` over columns ``first`` to ``last`` of the current row."""
        for column in range(first, last + 1):
            self.look.put(self.sheet, (self.row, column), value if column == first else None, style)
        if last > first:
            # Worksheet.merge_cells compares each range with all before it; blocks never overlap here.
            self.sheet.merged_cells.ranges.add(CellRange(None, first, self.row, last, self.row))

    def paragraph(self, text: str, style: Style = WRAPPED, last: int = 0) -> None:
        """A wrapped paragraph over the printed columns, high enough for its text."""
        last = last or self.printed
        self.merge(1, last, text, style)
        needed = lines(text, self.room(1, last) - 8 * style.indent, style.size)
        self.height(needed * LINE * style.size / 9 + 3)
        self.row += 1

    def section(self, title: str, note: str = "") -> None:
        """A heading with room above it, on the page of the first rows under it."""
        self.blocks[self.row] = self.row + 4
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
    split = _left_part(page)
    heading = summary.title if title == "Summary" else f"{summary.title}: {title}"
    assumed = " (assumed)" if summary.investor.assumed else ""
    dark = Style(size=15, bold=True, colour="FFFFFF", fill=NAVY, valign="center", indent=1)
    small = Style(size=9, colour="FFFFFF", fill=NAVY, valign="center", indent=1)
    right = replace(small, align="right")
    page.height(28)
    page.merge(1, split, heading, dark)
    page.merge(
        split + 1, page.printed, f"As of {day_in_words(summary.as_of)}", replace(right, size=12, bold=True)
    )
    page.row += 1
    page.height(18)
    page.merge(1, split, words().subtitle, small)
    page.merge(
        split + 1,
        page.printed,
        f"Investor: {summary.investor.name}{assumed}   ·   Run {summary.run_id}",
        right,
    )
    page.row += 1
    page.gap()


def _left_part(page: Page) -> int:
    """The last column of the left half of the band, which holds the longer texts."""
    total = sum(page.widths[: page.printed])
    parts = [column for column in range(1, page.printed) if sum(page.widths[:column]) >= 0.45 * total]
    return parts[0] if parts else 1


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
    margins.left = margins.right = _SIDE
    margins.top, margins.bottom, margins.header, margins.footer = _TOP, _BOTTOM, 0.2, 0.3
    footer: Any = sheet.oddFooter
    for part, text in (
        (footer.left, f"{_plain(summary.title)} · run {_plain(summary.run_id)}"),
        (footer.center, "Not legal advice"),
        (footer.right, "Page &P of &N"),
    ):
        part.text, part.size, part.font = text, 8, "Arial,Regular"


def _plain(text: str) -> str:
    """``&`` begins a code in a footer."""
    return text.replace("&", "&&")


def close_page(page: Page, header: int = 0) -> None:
    """Set the print area, the frozen rows and the rows repeated on every page.

    ``header`` is the row of a table's header: it stays in sight on the screen, and is repeated on paper when its
    table is longer than a page; otherwise the band is.
    """
    last = get_column_letter(page.printed)
    page.sheet.print_area = f"A1:{last}{max(page.row - 1, 1)}"
    page.sheet.freeze_panes = f"A{(header or 2) + 1}"
    long = header and page.is_long()
    first, end = (header, header) if long else (1, 2)
    page.sheet.print_title_rows = f"{first}:{end}"
    _break_pages(page, _height_of(page, first, end + 1))


def pixels(width: float) -> int:
    """The width of a column of ``width`` characters on the screen."""
    return int(width * 7 + 5)


def _height(page: Page, row: int) -> float:
    return float(page.sheet.row_dimensions[row].height or _DEFAULT_HEIGHT)


def _height_of(page: Page, first: int, end: int) -> float:
    """The height of rows ``first`` to ``end`` (not included)."""
    return sum(_height(page, row) for row in range(first, end))


def _page_holds(page: Page) -> float:
    """Points of rows that one printed page holds when the sheet is shrunk to its width."""
    wide = sum(pixels(width) for width in page.widths[: page.printed]) * 0.75
    scale = min(1.0, (_PAPER[0] - 2 * _SIDE * 72) / wide)
    return (_PAPER[1] - (_TOP + _BOTTOM) * 72) / scale * _SLACK


def _break_pages(page: Page, repeated: float) -> None:
    """Begin a new page before a block that would be split; ``repeated`` is the height of the rows on every page.

    Inside a table the spreadsheet breaks by itself: a reader may filter it before printing.
    """
    holds, used, breaks = _page_holds(page), 0.0, 0
    for row in range(1, page.row):
        own = _height(page, row)
        block = _height_of(page, row, min(page.blocks.get(row, row), page.row))
        split = used + block > holds >= block + repeated
        full = used + own > holds
        wanted = row in page.starts or split or (full and not page.in_table(row))
        if wanted and used > repeated and breaks < _MOST_BREAKS:
            page.sheet.row_breaks.append(Break(id=row - 1))
            used, breaks = repeated, breaks + 1
        elif full:
            used = repeated
        used += own
