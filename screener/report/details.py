"""The sheets Action, Review and Information: a table to work in, and a card a finding to read and to defend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from screener.report.facts import HOLDING, Summary
from screener.report.look import BODY, GREY, LINK, NAVY, PALE, Look, Style, chip
from screener.report.reviewing import COLUMNS, HIDDEN, INVITATION, add_entry, for_entry, hide
from screener.report.sheet import LINE, Page, close_page, open_page
from screener.report.summary import amounts
from screener.report.table import ROW_CAP, Column, write_table
from screener.report.text import digits, lines, split_to_fit
from screener.report.words import parse_day, words

CARD_CAP: Final = 100
_URL = re.compile(r"https?://[^\s<>\"']+")
_LONGEST_LINK: Final = 2_000  # Excel repairs a file with links of more than 2,079 characters
_BETWEEN: Final = " · "  # between the fields of one side, in the order of the method
_TRAILING: Final = ".,;:)]"
_LABEL = Style(size=8, colour=GREY, wrap=True)
_TEXT = Style(wrap=True)

PRINTED: Final = (
    (5, Column("no", "No.", "int")),
    (11, Column("action", "Action", "chip")),
    (26, Column("security", "Security", wrap=True)),
    (14, Column("isin", "ISIN")),
    (13, Column("ticker", "Ticker", wrap=True)),
    (12, Column("portfolio", "Portfolio", wrap=True)),
    (12, Column("quantity", "Quantity", "quantity")),
    (14, Column("market_value", "Market value", "money")),
    (6, Column("currency", "Ccy")),
    (34, Column("do", "What to do", wrap=True)),
    (12, Column("day_value", "Day", "date")),
    (7, Column("days_left", "Days left", "int")),
    (24, Column("entity", "Restricted entity", wrap=True)),
    (12, Column("programme", "Programme", wrap=True)),
)
ON_SCREEN: Final = (
    (10, Column("decides", "Decides")),
    (26, Column("also", "Other findings of this holding")),
    (12, Column("status", "Status")),
    (10, Column("mandatory", "Mandatory")),
    (12, Column("until_value", "Until", "date")),
    (12, Column("effective_value", "Effective", "date")),
    (30, Column("why", "Why")),
    (30, Column("basis", "Basis")),
    (24, Column("ours", "Ours")),
    (24, Column("theirs", "Theirs")),
    (12, Column("method", "Method")),
    (8, Column("score", "Score", "score")),
    (9, Column("tier", "Tier")),
    (24, Column("list", "List")),
    (16, Column("entity_id", "Entity id")),
    (30, Column("printed", "The list's own words")),
    (30, Column("sources", "Sources")),
    (12, Column("instrument", "Instrument")),
    (24, Column("file", "File")),
    (14, Column("sheet", "Sheet")),
    (7, Column("row", "Row", "int")),
)
_INTRO: Final = {
    "Action": "Findings that restrict what may be done with a holding, worst first.",
    "Review": "Findings that a person must decide: neither a hit nor clear. Compare both sides in the cards below.",
    "Information": "Findings without a duty for this investor on the as-of day: other kinds of restriction, lists that bind others, and history.",
}


def write_findings_sheet(look: Look, title: str, found: pd.DataFrame, summary: Summary) -> None:
    """The sheet ``title`` with those rows of ``found`` (see summary.described) whose code belongs on it."""
    layout = (*PRINTED, *COLUMNS, *ON_SCREEN, HIDDEN)
    rows = found[found["action"].isin(words().on_sheet(title))]
    frame = for_entry(_for_table(rows))
    widths = [_wide_enough(width, column, frame) for width, column in layout]
    page = open_page(look, title, widths, summary, printed=len(PRINTED))
    page.paragraph(_intro(title, rows))
    page.gap(4)
    header = page.row
    write_table(page, [column for _, column in layout], frame, title, "findings.csv")
    hide(page, len(layout))
    if len(frame):
        add_entry(page, header, len(frame), len(PRINTED) + 1)
        _write_cards(page, frame)
    close_page(page, header=header)


def _wide_enough(width: float, column: Column, frame: pd.DataFrame) -> float:
    """``width``, or what the longest number of the column needs: a spreadsheet prints ### where one does not fit."""
    return max(width, digits(frame[column.name])) if column.kind in ("quantity", "money") else width


def _intro(title: str, rows: pd.DataFrame) -> str:
    if not len(rows):
        return _INTRO[title]
    invitation = f" {INVITATION}" if title != "Information" else ""
    holdings = rows.drop_duplicates(HOLDING)
    value = "; ".join(str(amount) for amount in amounts(holdings)) or "not stated"
    further = int((~rows["decisive"]).sum())
    text = (
        f"{_INTRO[title]} {len(rows):,} findings on {len(holdings):,} holdings; market value {value}. "
        "Columns to the right of Programme hold the evidence for filtering; the cards under the table print it."
        f"{invitation}"
    )
    also = " of them are beside a worse finding of the same holding, which decides (column Decides)."
    return f"{text} {further:,}{also}" if further else text


def _for_table(rows: pd.DataFrame) -> pd.DataFrame:
    days = {
        text: parse_day(text) or text
        for name in ("day", "until", "effective")
        for text in rows[name].unique()
    }
    return rows.assign(
        no=range(1, len(rows) + 1),
        decides=rows["decisive"].map({True: "yes", False: "no"}).astype("str"),
        day_value=rows["day"].map(days).astype("object"),
        until_value=rows["until"].map(days).astype("object"),
        effective_value=rows["effective"].map(days).astype("object"),
    )


def _write_cards(page: Page, frame: pd.DataFrame) -> None:
    """A card for each distinct statement: a security held in many portfolios is explained once."""
    same = [
        "action",
        "mandatory",
        "day",
        "security",
        "isin",
        "ticker",
        "entity_id",
        "list",
        "ours",
        "theirs",
        "why",
        "told",
    ]
    firsts = frame.head(ROW_CAP).groupby(same, sort=False)["no"].agg(list)
    by_number = frame.set_index("no", drop=False)
    page.gap(10)
    if page.is_long():
        page.starts.add(page.row)
    cards = [(by_number.loc[numbers[0]].to_dict(), numbers) for numbers in firsts.head(CARD_CAP)]
    with page.together():
        page.section(
            "Findings in detail",
            "Both sides that met, the list's own words, the legal basis and the sources.",
        )
        _write_card(page, *cards[0])
    for card in cards[1:]:
        with page.together():
            _write_card(page, *card)
    if len(firsts) > CARD_CAP:
        page.paragraph(
            f"{len(firsts) - CARD_CAP:,} more without a card: their evidence is in the columns to the right of the table and in findings.csv.",
            replace(BODY, bold=True, wrap=True),
        )


def _write_card(page: Page, finding: dict[Any, Any], numbers: list[int]) -> None:
    _card_head(page, finding, numbers)
    _span(page, "What to do", finding["do"], bold=True)
    _span(page, "Why", finding["why"])
    if finding["told"]:
        _span(page, "Decided so far", finding["told"], bold=True)
    _sides(page, "", "YOUR HOLDING", "THE LIST", head=True)
    for label, ours, theirs in fields_that_met(finding):
        _sides(page, label, ours, theirs)
    _sides(page, "As printed", _place(finding), f"{finding['printed']} (entry {finding['entity_id']})")
    _span(page, "Legal basis", finding["basis"])
    _span(page, "Evidence", f"{finding['method']}, score {finding['score']:.2f}, tier {finding['tier']}")
    if finding["also"]:
        _span(page, "Also found", finding["also"])
    _sources(page, finding["sources"])
    page.gap(10)


def _card_head(page: Page, finding: dict[Any, Any], numbers: list[int]) -> None:
    colours = words().actions[finding["action"]]
    held = ", ".join(str(number) for number in numbers[:12]) + (" …" if len(numbers) > 12 else "")
    title = f"{finding['security']}  ·  {finding['entity']}  ·  {finding['list'] or finding['programme']}  ·  status {finding['status']}"
    page.fits([(title, 3, 11), (f"No. {held}", 12, page.printed)])
    page.merge(1, 2, finding["action"], chip(colours.fill, colours.text))
    page.merge(3, 11, title, Style(bold=True, colour=NAVY, fill=PALE, wrap=True, rule=True))
    page.merge(12, page.printed, f"No. {held}", Style(fill=PALE, align="right", rule=True, wrap=True))
    page.row += 1


def _span(page: Page, label: str, text: str, bold: bool = False) -> None:
    """A labelled text over the width of the card, over several rows when one row cannot be high enough."""
    room = page.room(3, page.printed)
    for number, part in enumerate(split_to_fit(text or "not stated", room, most=30)):
        page.merge(1, 2, label if number == 0 else "", _LABEL)
        page.merge(3, page.printed, part, replace(_TEXT, bold=bold))
        page.height(lines(part, room) * LINE + 3)
        page.row += 1


def _sides(page: Page, label: str, ours: str, theirs: str, head: bool = False) -> None:
    text = Style(size=8, bold=True, colour=GREY) if head else replace(_TEXT, rule=True)
    ours_room, theirs_room = page.room(3, 8), page.room(9, page.printed)
    pairs = _pairs(split_to_fit(ours, ours_room, most=30), split_to_fit(theirs, theirs_room, most=30))
    for number, (left, right) in enumerate(pairs):
        page.fits([(label, 1, 2), (left, 3, 8), (right, 9, page.printed)])
        page.merge(1, 2, label if number == 0 else "", _LABEL)
        page.merge(3, 8, left, text)
        page.merge(9, page.printed, right, text)
        page.row += 1


def _pairs(ours: list[str], theirs: list[str]) -> list[tuple[str, str]]:
    count = max(len(ours), len(theirs))
    return list(zip(ours + [""] * (count - len(ours)), theirs + [""] * (count - len(theirs)), strict=True))


def fields_that_met(finding: Mapping[Any, Any]) -> list[tuple[str, str, str]]:
    """Label, our side and the list's side of every field, in the order of ``method`` where the sides can be split."""
    methods = finding["method"].split("+")
    sides = finding["ours"].split(_BETWEEN), finding["theirs"].split(_BETWEEN)
    if len(methods) == len(sides[0]) == len(sides[1]):
        met = [(_field(method), ours, theirs) for method, ours, theirs in zip(methods, *sides, strict=True)]
    else:
        met = [("What met", finding["ours"], finding["theirs"])]
    names = [] if "name" in methods else [("Name", finding["security"], finding["entity"])]
    others = [
        (_field(name), finding[name], "not what met")
        for name in ("isin", "ticker")
        if finding[name] and name not in methods
    ]
    return [*names, *met, *others]


def _field(method: str) -> str:
    return method.replace("_", " ").capitalize() if method == "name" or len(method) > 5 else method.upper()


def _place(finding: dict[Any, Any]) -> str:
    sheet = f", sheet {finding['sheet']}" if finding["sheet"] else ""
    return f"{finding['file']}{sheet}, row {finding['row']}"


def _sources(page: Page, sources: str) -> None:
    for number, line in enumerate(sources.splitlines()):
        page.merge(1, 2, "Sources" if number == 0 else "", _LABEL)
        write_link(page, line, first=3)


def write_link(page: Page, citation: str, first: int = 1) -> None:
    """A citation from column ``first`` on, and in the last column the address in it, if any, to be clicked.

    The citation is no link itself: LibreOffice wraps no text that is one, and would cut it off.
    """
    last = page.printed
    page.fits([(citation, first, last - 1)])
    page.merge(first, last - 1, citation, _TEXT)
    found = _URL.search(citation)
    if found and len(found.group()) <= _LONGEST_LINK:
        page.merge(last, last, "open", replace(_TEXT, colour=LINK, underline=True, align="right"))
        page.sheet.cell(page.row, last).hyperlink = found.group().rstrip(_TRAILING)
    page.row += 1
