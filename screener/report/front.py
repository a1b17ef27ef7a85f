"""The sheet Summary: what must be done, by when, how much, and whether the report can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from screener.report.charts import draw_charts
from screener.report.facts import ActionLine, Amount, Deadline, ListLine, Summary, ToDo, in_words
from screener.report.look import BODY, GREY, HEADER, NAVY, NOTE, PALE, Look, Style, Value, chip
from screener.report.sheet import Page, close_page, open_page
from screener.report.text import digits
from screener.report.words import words

WIDTHS: Final = (12, 32, 15, 13, 11, 14, 6, 42, 13, 9)
_TEXT = Style(wrap=True, rule=True)
_SPACED = replace(_TEXT, indent=1)
_BOLD = Style(wrap=True, rule=True, bold=True)
_COUNT = Style(kind="int", align="right", rule=True)
_MONEY = Style(kind="money", align="right", rule=True)
_DATE = Style(kind="date", align="right", rule=True)
_TOTAL = Style(kind="money", align="right", bold=True, fill=PALE, rule=True)
Cells = Sequence[tuple[int, int, Value, Style]]


def write_summary(look: Look, summary: Summary) -> None:
    """The first page; everything on it comes from ``summary``."""
    page = open_page(look, "Summary", _widths(summary), summary)
    _banner(page, summary)
    _changes(page, summary)
    _actions(page, summary)
    _to_do(page, summary)
    _deadlines(page, summary.deadlines)
    with page.together():
        _coverage(page, summary)
    with page.together():
        _lists(page, summary.lists)
        page.gap()
        page.paragraph(summary.disclaimer, replace(NOTE, italic=True))
    # Last, so that what must be known stands on as few printed pages as it can.
    draw_charts(page, summary)
    close_page(page)


def _widths(summary: Summary) -> list[float]:
    """WIDTHS, with room for the longest quantity and amount."""
    values = [line.total for line in summary.coverage.values]
    amounts = [amount.value for line in summary.actions for amount in line.amounts]
    widths = list(map(float, WIDTHS))
    widths[4] = max(widths[4], digits(item.quantity for item in summary.to_do))
    for column in (2, 3, 4):
        widths[column] = max(widths[column], digits(round(each) for each in values))
    widths[5] = max(widths[5], digits([*(round(each) for each in [*values, *amounts])]) + 1)
    return widths


def _row(page: Page, cells: Cells) -> None:
    """One row of a block: (first column, last column, value, style) each, high enough for the longest text."""
    page.fits([(value, first, last) for first, last, value, _ in cells if isinstance(value, str)])
    for first, last, value, style in cells:
        page.merge(first, last, value, style)
    page.row += 1


def _header(page: Page, titles: Sequence[tuple[int, int, str, str]]) -> None:
    after = [False, *(align == "right" for _, _, _, align in titles)]
    cells = [
        (first, last, title, replace(HEADER, align=align, indent=int(behind and align == "left")))
        for (first, last, title, align), behind in zip(titles, after, strict=False)
    ]
    _row(page, cells)


def _banner(page: Page, summary: Summary) -> None:
    page.paragraph(summary.verdict, Style(size=13, bold=True, colour=NAVY, wrap=True))
    page.gap(4)
    look = words().banner[summary.banner.colour]
    page.paragraph(
        summary.banner.title, Style(size=11, bold=True, colour=look.text, fill=look.fill, indent=1)
    )
    for reason in summary.banner.reasons:
        mark = f"{reason.colour.capitalize()}: " if reason.colour != "green" else ""
        page.paragraph(f"{mark}{reason.text}", Style(colour=look.text, fill=look.fill, wrap=True, indent=1))


def _changes(page: Page, summary: Summary) -> None:
    page.gap(4)
    more = " See sheet Changes." if summary.changes.rows else ""
    page.paragraph(f"{summary.changes.sentence()}{more}", Style(bold=True, wrap=True))


def _actions(page: Page, summary: Summary) -> None:
    page.section("What to do, and how much")
    _header(
        page,
        [
            (1, 1, "Action", "center"),
            (2, 2, "In words", "left"),
            (3, 4, "Programmes", "left"),
            (5, 5, "Holdings", "right"),
            (6, 6, "Market value", "right"),
            (7, 7, "Ccy", "left"),
            (8, 10, "What it means", "left"),
        ],
    )
    first = page.row
    for line in summary.actions:
        _action(page, line)
    if not summary.actions:
        _row(page, [(1, 10, "No holding met a restricted entity.", replace(_TEXT, italic=True))])
        return
    _totals(page, summary, first)


def _action(page: Page, line: ActionLine) -> None:
    """The code once, then a row a currency; holdings without a value are said, never counted as nothing."""
    colours = words().actions[line.action]
    means = line.means
    if line.without_value:
        means += f" {line.without_value:,} of them without a market value in the file."
    amounts: list[Amount | None] = [*line.amounts] or [None]
    for number, amount in enumerate(amounts):
        top = number == 0
        _row(
            page,
            [
                (1, 1, line.action if top else "", chip(colours.fill, colours.text) if top else _TEXT),
                (2, 2, line.title if top else "", _BOLD),
                (3, 4, line.programmes if top else "", _TEXT),
                (5, 5, line.holdings if top else None, _COUNT),
                (6, 6, amount.value if amount else None, _MONEY),
                (7, 7, amount.currency if amount else "", _SPACED),
                (8, 10, means if top else "", _TEXT),
            ],
        )


def _totals(page: Page, summary: Summary, first: int) -> None:
    last = page.row - 1
    currencies = sorted({amount.currency for line in summary.actions for amount in line.amounts})
    label = replace(_TOTAL, align="left", kind="general")
    for number, currency in enumerate(currencies or [""]):
        page.height(16)
        for column in range(1, 11):
            page.look.put(page.sheet, (page.row, column), None, label)
        page.look.put(page.sheet, (page.row, 2), "Total" if number == 0 else "", label)
        if number == 0:
            holdings = sum(line.holdings for line in summary.actions)
            page.look.formula(page.sheet, (page.row, 5), f"=SUM(E{first}:E{last})", holdings, _TOTAL)
        if currencies:
            value = sum(a.value for line in summary.actions for a in line.amounts if a.currency == currency)
            formula = f"=SUMIFS(F{first}:F{last},G{first}:G{last},G{page.row})"
            if not currency:
                formula = f'=SUMIFS(F{first}:F{last},G{first}:G{last},"")'
            page.look.formula(page.sheet, (page.row, 6), formula, value, _TOTAL)
            page.look.put(page.sheet, (page.row, 7), currency, replace(label, indent=1))
        page.row += 1


def _to_do(page: Page, summary: Summary) -> None:
    if not summary.to_do_total:
        return
    page.section("Action needed")
    _header(
        page,
        [
            (1, 1, "Action", "center"),
            (2, 2, "Security", "left"),
            (3, 3, "ISIN or ticker", "left"),
            (4, 4, "Portfolio", "left"),
            (5, 5, "Quantity", "right"),
            (6, 6, "Market value", "right"),
            (7, 7, "Ccy", "left"),
            (8, 8, "What to do", "left"),
            (9, 9, "Day", "right"),
            (10, 10, "Days left", "right"),
        ],
    )
    for item in summary.to_do:
        _item(page, item)
    if summary.to_do_left_out:
        page.paragraph(
            f"{summary.to_do_left_out:,} more in sheets Action and Review.", Style(bold=True, wrap=True)
        )


def _item(page: Page, item: ToDo) -> None:
    colours = words().actions[item.action]
    also = f" Also: {item.also}." if item.also else ""
    whole = item.quantity is None or float(item.quantity).is_integer()
    _row(
        page,
        [
            (1, 1, item.action, chip(colours.fill, colours.text)),
            (2, 2, item.security, _BOLD),
            (3, 3, item.identifier, _TEXT),
            (4, 4, item.portfolio, _TEXT),
            (5, 5, item.quantity, replace(_COUNT, kind="int" if whole else "quantity")),
            (6, 6, item.market_value, _MONEY),
            (7, 7, item.currency, _SPACED),
            (8, 8, f"{item.do} ({item.programme}){also}", _TEXT),
            (9, 9, item.day, _DATE),
            (10, 10, item.days_left, _COUNT),
        ],
    )


def _deadlines(page: Page, deadlines: Sequence[Deadline]) -> None:
    page.section("Deadlines")
    if not deadlines:
        page.paragraph("No day is set for any holding.", replace(BODY, italic=True, wrap=True))
        return
    _header(
        page,
        [
            (1, 1, "Action", "center"),
            (2, 2, "What happens", "left"),
            (3, 4, "Programmes", "left"),
            (5, 5, "Holdings", "right"),
            (6, 8, "Market value", "left"),
            (9, 9, "Day", "right"),
            (10, 10, "Days left", "right"),
        ],
    )
    for line in deadlines:
        colours = words().actions[line.action]
        overdue = " (this day has passed)" if line.days_left < 0 else ""
        _row(
            page,
            [
                (1, 1, line.action, chip(colours.fill, colours.text)),
                (2, 2, f"{line.event.capitalize()}{overdue}", _TEXT),
                (3, 4, line.programmes, _TEXT),
                (5, 5, line.holdings, _COUNT),
                (6, 8, in_words(line.amounts), _SPACED),
                (9, 9, line.day, _DATE),
                (10, 10, line.days_left, _COUNT),
            ],
        )


def _coverage(page: Page, summary: Summary) -> None:
    cover = summary.coverage
    page.section("Coverage: is everything in here?")
    page.paragraph(cover.sentence(), Style(bold=True, wrap=True))
    if cover.values:
        _values(page, summary)
    for sentence in (*cover.told(), *summary.notes):
        page.paragraph(sentence)


def _values(page: Page, summary: Summary) -> None:
    _header(
        page,
        [
            (1, 1, "Currency", "left"),
            (2, 2, "Market value with a finding", "right"),
            (3, 3, "Clear", "right"),
            (4, 4, "Not screened", "right"),
            (5, 5, "Cash", "right"),
            (6, 6, "All that was read", "right"),
            (7, 10, "Rows without a value", "left"),
        ],
    )
    for line in summary.coverage.values:
        row = page.row
        _row(
            page,
            [
                (1, 1, line.currency or "not stated", _BOLD),
                (2, 2, line.with_finding, _MONEY),
                (3, 3, line.clear, _MONEY),
                (4, 4, line.not_screened, _MONEY),
                (5, 5, line.cash, _MONEY),
                (6, 6, None, _MONEY),
                (7, 10, line.without_value, replace(_COUNT, align="left", indent=1)),
            ],
        )
        page.look.formula(page.sheet, (row, 6), f"=B{row}+C{row}+D{row}+E{row}", line.total, _TOTAL)


def _lists(page: Page, datasets: Sequence[ListLine]) -> None:
    page.section("Lists this report rests on")
    for each in datasets:
        page.paragraph(each.sentence())
    if not datasets:
        page.paragraph("None.", Style(colour=GREY))
