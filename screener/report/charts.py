"""Native charts of the first page; their figures stand beside the printed page, so that they can be checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, cast

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties
from openpyxl.drawing.xdr import XDRPositiveSize2D

from screener.report.facts import Summary
from screener.report.look import FONT, GREY, INK, Style
from screener.report.sheet import Page, pixels
from screener.report.words import day_in_words, words

ROWS: Final = 15  # rows kept free for the charts, 15 points each
POINT: Final = 12_700  # EMU, the unit of drawings
PIXEL: Final = 9_525
MOST: Final = 8  # bars a chart shows


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar chart: (label, value, colour) each."""

    title: str
    bars: tuple[tuple[str, float, str], ...]
    number_format: str = "#,##0"


def draw_charts(page: Page, summary: Summary) -> None:
    """Up to three charts side by side on rows of their own; none when there is nothing to show."""
    charts = [
        chart for chart in (_by_action(summary), _by_programme(summary), _days_left(summary)) if chart.bars
    ]
    if not charts:
        return
    with page.together():
        page.gap(14)
        top = page.row
        for _ in range(ROWS):
            page.gap(15)
    total = sum(pixels(width) for width in page.widths[: page.printed])
    width = (total - 10 * (len(charts) - 1)) // max(3, len(charts))
    figures = top
    for number, chart in enumerate(charts):
        figures = _draw(page, chart, _anchor(page, top, number * (width + 10), width), figures)


def _by_action(summary: Summary) -> Bars:
    """Value in the currency most rows are in; holdings when the files state no value."""
    stated = {amount.currency for line in summary.actions for amount in line.amounts}
    colours = {line.action: words().actions[line.action].fill for line in summary.actions}
    if not stated:
        bars = tuple((line.action, float(line.holdings), colours[line.action]) for line in summary.actions)
        return Bars("Holdings by action", bars)
    main = next((line.currency for line in summary.coverage.values if line.currency in stated), min(stated))
    bars = tuple(
        (line.action, amount.value, colours[line.action])
        for line in summary.actions
        for amount in line.amounts
        if amount.currency == main
    )
    others = "; others in the table" if len(stated) > 1 else ""
    return Bars(f"Value by action ({main or 'no currency'}{others})", bars)


def _by_programme(summary: Summary) -> Bars:
    bars = [(name or "not stated", float(number), "33526E") for name, number in summary.programmes]
    return Bars("Holdings met by programme", tuple(bars[:MOST]))


def _days_left(summary: Summary) -> Bars:
    ahead = [line for line in summary.deadlines if line.days_left >= 0][:MOST]
    return Bars(
        "Days left to each deadline",
        tuple(
            (
                f"{day_in_words(line.day)} {line.action}",
                float(line.days_left),
                words().actions[line.action].fill,
            )
            for line in ahead
        ),
    )


def _draw(page: Page, bars: Bars, anchor: OneCellAnchor, row: int) -> int:
    """Draw one chart and write its figures to the right of the printed page; gives the next free row there."""
    column, small = page.printed + 2, Style(size=8, colour=GREY)
    page.look.put(page.sheet, (row, column), bars.title, replace(small, bold=True))
    for number, (label, value, _) in enumerate(bars.bars, start=1):
        page.look.put(page.sheet, (row + number, column), label, small)
        page.look.put(
            page.sheet, (row + number, column + 1), value, replace(small, kind="money", align="right")
        )
    last = row + len(bars.bars)
    chart = _chart(bars)
    chart.add_data(Reference(page.sheet, min_col=column + 1, min_row=row + 1, max_row=last))
    chart.set_categories(Reference(page.sheet, min_col=column, min_row=row + 1, max_row=last))
    series = chart.series[0]
    series.graphicalProperties = GraphicalProperties(solidFill=bars.bars[0][2])
    series.data_points = [_point(number, colour) for number, (_, _, colour) in enumerate(bars.bars)]
    chart.anchor = anchor  # type: ignore[assignment]
    page.sheet.add_chart(chart)
    return last + 2


def _point(number: int, colour: str) -> DataPoint:
    return DataPoint(idx=number, spPr=GraphicalProperties(solidFill=colour))


def _chart(bars: Bars) -> BarChart:
    chart: Any = BarChart()
    chart.type, chart.legend = "bar", None
    chart.gapWidth = {1: 300, 2: 130}.get(len(bars.bars), 45)  # few bars are not made thick
    chart.title = bars.title
    chart.title.tx.rich.p[0].r[0].rPr = _font(1000, bold=True)
    chart.title.overlay = False
    chart.x_axis.scaling.orientation = "maxMin"  # the first bar on top
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.x_axis.txPr = _rich(800)
    chart.y_axis.majorGridlines = None
    values = [value for _, value, _ in bars.bars]
    if min(values) >= 0:
        # Room for the label of the longest bar.
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, max(max(values) * 1.2, 1)
    chart.dataLabels = _labels(bars.number_format)
    chart.layout = Layout(manualLayout=ManualLayout(x=0.02, y=0.16, w=0.9, h=0.8, layoutTarget="outer"))
    return cast(BarChart, chart)


def _labels(number_format: str) -> DataLabelList:
    labels: Any = DataLabelList()
    labels.showVal, labels.numFmt, labels.txPr = True, number_format, _rich(800)
    for off in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
        setattr(labels, off, False)
    return cast(DataLabelList, labels)


def _font(size: int, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, latin=Font(typeface=FONT), solidFill=INK)


def _rich(size: int) -> RichText:
    properties = ParagraphProperties(defRPr=_font(size))
    return RichText(p=[Paragraph(pPr=properties, endParaRPr=_font(size))])


def _anchor(page: Page, row: int, left: int, width: int) -> OneCellAnchor:
    """``left`` and ``width`` in pixels of the printed page."""
    column = 0
    while left >= pixels(page.widths[column]):
        left -= pixels(page.widths[column])
        column += 1
    marker = AnchorMarker(col=column, colOff=left * PIXEL, row=row - 1, rowOff=3 * POINT)
    return OneCellAnchor(marker, XDRPositiveSize2D(width * PIXEL, (ROWS * 15 - 6) * POINT))
