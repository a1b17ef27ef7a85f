"""The workbook as its readers meet it: sheets, tables, text that stays text, totals, caps."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings

from screener.report import Report, background, report_page, summarise, table
from screener.report.details import fields_that_met
from screener.report.package import saved
from screener.report.text import CUT_MARK, XLSX_LIMIT, clean, lines, split_to_fit
from screener.report.words import SALE_ALLOWED, speaks_of_sale, words
from screener.report.workbook import workbook_bytes
from tests.report_samples import HOSTILE, build, finding, many, mixed, outcome, reports

SHEETS = [
    "Summary",
    "Action",
    "Review",
    "Changes",
    "Information",
    "Not screened",
    "How we read your file",
    "Lists",
    "Method",
]


def _bytes(report: Report) -> bytes:
    return workbook_bytes(report, summarise(report))


def _book(report: Report, **options: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(_bytes(report)), **options)


def _texts(sheet: Any) -> list[str]:
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]


def _rows(sheet: Any) -> pd.DataFrame:
    """The first table of ``sheet``."""
    ref = next(iter(sheet.tables.values())).ref
    cells = [[cell.value for cell in row] for row in sheet[ref]]
    return pd.DataFrame(cells[1:], columns=cells[0])


def test_sheets_are_in_the_order_readers_look_for_them() -> None:
    assert _book(mixed()).sheetnames == SHEETS


def test_each_finding_is_on_the_sheet_of_its_code_and_nowhere_else() -> None:
    report, book = mixed(), _book(mixed())
    for sheet in ("Action", "Review", "Information"):
        expected = report.findings[report.findings["action"].isin(words().on_sheet(sheet))]
        assert _rows(book[sheet])["Action"].tolist() == expected["action"].tolist()


def test_the_other_findings_of_a_holding_are_beside_it() -> None:
    rows = _rows(_book(mixed())["Action"]).set_index("Action")
    assert rows.loc["DIVEST", "Other findings of this holding"] == "INFO (1260H)"
    assert rows.loc["DIVEST", "Decides"] == "yes"
    assert _rows(_book(mixed())["Information"]).set_index("Action").loc["INFO", "Decides"] == "no"


@settings(max_examples=12, deadline=None)
@given(reports())
def test_no_row_outside_a_sale_window_advises_a_sale(report: Report) -> None:
    book = _book(report)
    for sheet in ("Action", "Review", "Information"):
        if not book[sheet].tables:
            continue
        for _, row in _rows(book[sheet]).iterrows():
            closed = not pd.isna(row["Day"]) and row["Day"].date() < report.as_of
            if row["Action"] not in SALE_ALLOWED or (row["Action"] == "DIVEST" and closed):
                assert not speaks_of_sale(row["What to do"]), row["What to do"]


@pytest.mark.parametrize("action", ["BLOCK", "HOLD", "PENDING", "REVIEW", "INFO", "NOT_BOUND", "RELEASED"])
def test_the_word_sell_is_nowhere_when_no_finding_allows_a_sale(action: str) -> None:
    book = _book(build([finding(action=action, until="2022-03-01", effective="2022-03-01")]))
    said = " ".join(text for name in SHEETS if name != "Method" for text in _texts(book[name]))
    assert not re.search(r"\b(sell|selling|sold)\b", said, re.IGNORECASE)


@settings(max_examples=15, deadline=None)
@given(reports())
def test_text_stays_text_and_the_file_opens(report: Report) -> None:
    own = {"Summary"}
    for sheet in _book(report).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "e"
                assert cell.data_type != "f" or sheet.title in own


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_a_string_marked_as_such(text: str) -> None:
    sheet = _book(build([finding(security=text)]))["Action"]
    first, _ = next(iter(sheet.tables.values())).ref.split(":")
    cell = sheet.cell(sheet[first].row + 1, 3)
    assert cell.data_type == "s"
    assert len(str(cell.value)) <= XLSX_LIMIT
    if text[0] in "=+-@\t":
        assert cell.quotePrefix


def test_text_too_long_for_a_cell_is_cut_with_a_mark() -> None:
    assert clean("x" * 40_000).endswith(CUT_MARK)
    assert len(clean("x" * 40_000)) == XLSX_LIMIT
    assert len(clean("𝄞" * 20_000).encode("utf-16-le")) <= 2 * XLSX_LIMIT
    assert clean("a\x00b\ud800c") == "a\ufffdb\ufffdc"


def test_totals_show_in_readers_that_do_not_compute() -> None:
    computed, written = _book(mixed(), data_only=True)["Summary"], _book(mixed())["Summary"]
    formulas = [cell for row in written.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas
    assert all(isinstance(computed[cell.coordinate].value, int | float) for cell in formulas)
    assert 2_561_727.5 in [computed[cell.coordinate].value for cell in formulas]


def test_days_are_dates_and_quantities_numbers() -> None:
    rows = _rows(_book(mixed())["Action"]).set_index("Action")
    assert rows.loc["DIVEST", "Day"] == datetime(2022, 6, 2)  # noqa: DTZ001
    assert rows.loc["DIVEST", "Quantity"] == 50_000


def test_a_value_that_whole_units_would_hide_has_decimals() -> None:
    report = build([finding(market_value=0.4), finding(row=3, market_value=1234.4)])
    sheet = _book(report)["Action"]
    column = next(cell.column for row in sheet.iter_rows() for cell in row if cell.value == "Market value")
    cells = [sheet.cell(row, column) for row in range(1, sheet.max_row + 1)]
    formats = {cell.value: cell.number_format for cell in cells if isinstance(cell.value, float)}
    assert formats[0.4].startswith("#,##0.00")
    assert formats[1234.4].startswith("#,##0_)")
    assert "USD 0.40" in report_page(build([finding(market_value=0.4, currency="USD")]))


def test_tables_have_filters_frozen_headers_and_a_page_set_up() -> None:
    for sheet in _book(mixed()).worksheets:
        assert sheet.freeze_panes
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.print_title_rows
        footer: Any = sheet.oddFooter
        assert footer.right.text == "Page &P of &N"
        assert all(each.autoFilter for each in sheet.tables.values())


def test_only_sources_are_linked() -> None:
    data = _bytes(mixed())
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        rels = b"".join(package.read(name) for name in package.namelist() if name.endswith(".rels"))
    targets = set(re.findall(rb'Target="(http[^"]+)"', rels))
    assert targets == {
        b"https://www.federalregister.gov/documents/2021/06/07/2021-12019",
        b"https://ofac.treasury.gov/faqs/1046",
    }


def test_nothing_of_the_clock_is_in_the_package() -> None:
    with zipfile.ZipFile(io.BytesIO(_bytes(mixed()))) as package:
        assert {info.date_time for info in package.infolist()} == {(2022, 1, 15, 7, 0, 12)}
        assert package.namelist()[0] == "[Content_Types].xml"
        assert b"2022-01-15T07:00:12Z" in package.read("docProps/core.xml")


def test_a_sheet_is_capped_with_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROW_CAP", 20)
    rows = [outcome(row=row, outcome="not_screened", action="") for row in range(2, 40)]
    found = [finding(row=row) for row in range(100, 125)]
    book = _book(build(found, [*rows, outcome(row=1)]))
    assert len(_rows(book["Not screened"])) == len(_rows(book["Action"])) == 20
    assert "18 more in rows.csv: a sheet shows 20 rows." in _texts(book["Not screened"])
    assert "5 more in findings.csv: a sheet shows 20 rows." in _texts(book["Action"])


def test_reasons_that_are_not_shown_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MOST_REASONS", 3)
    rows = [outcome(row=row, outcome="not_screened", action="", reason=f"R{row}") for row in range(2, 10)]
    texts = _texts(_book(build((), rows))["Not screened"])
    assert "5 more in rows.csv: 3 reasons of a kind are shown." in texts


def test_clear_holdings_are_not_listed() -> None:
    book = _book(build([finding()], [outcome(row=9, security="Only Clear Here plc")]))
    listed = [text for name in ("Summary", "Action", "Review", "Information") for text in _texts(book[name])]
    assert "Only Clear Here plc" not in listed


def test_the_first_page_lists_what_to_do_and_how_many_more() -> None:
    texts = _texts(_book(many(90))["Summary"])
    assert "Action needed" in texts
    assert any(re.fullmatch(r"\d+ more in sheets Action and Review\.", text) for text in texts)


def test_a_security_held_in_many_portfolios_has_one_card() -> None:
    rows = [finding(row=row, portfolio=f"Fund {row}") for row in range(2, 8)]
    texts = _texts(_book(build(rows))["Action"])
    assert texts.count("YOUR HOLDING") == 1
    assert "No. 1, 2, 3, 4, 5, 6" in texts


def test_charts_stand_on_rows_of_their_own() -> None:
    sheet: Any = _book(mixed())["Summary"]
    data = _bytes(mixed())
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    tops = {int(row) + 1 for row in re.findall(r"<(?:xdr:)?row>(\d+)</", drawing)}
    assert len(tops) == 1
    top = tops.pop()
    printed = [sheet.cell(row, column).value for row in range(top, top + 15) for column in range(1, 11)]
    assert not any(printed)


def test_wrapped_text_is_given_the_lines_it_takes() -> None:
    assert lines("short", 100) == 1
    assert lines("one\ntwo", 100) == 2
    assert lines("word " * 40, 100) > lines("word " * 20, 100)
    assert lines("中" * 40, 100) > lines("i" * 40, 100)
    assert "".join(split_to_fit("word " * 400, 100, most=10)) == "word " * 400
    assert all(lines(part, 100) <= 10 for part in split_to_fit("word " * 400, 100, most=10))


def test_both_sides_are_shown_field_by_field() -> None:
    assert fields_that_met(finding()) == [
        ("Name", "CNOOC LTD", "CHINA NATIONAL OFFSHORE OIL CORPORATION"),
        ("ISIN", "HK0883013259", "HK0883013259"),
        ("Ticker", "883 HK", "00883 HK"),
    ]
    by_name = finding(method="name", ours="CNOOC LTD", theirs="CNOOC")
    assert fields_that_met(by_name)[:2] == [
        ("Name", "CNOOC LTD", "CNOOC"),
        ("ISIN", "HK0883013259", "not what met"),
    ]
    assert fields_that_met(finding(ours="a · b · c"))[1][0] == "What met"


@settings(max_examples=15, deadline=None)
@given(reports())
def test_the_quick_writer_writes_what_openpyxl_writes(report: Report) -> None:
    kept: list[bytes] = []

    def both(book: openpyxl.Workbook, *given: Any) -> bytes:
        plain = io.BytesIO()
        book.save(plain)
        kept.append(plain.getvalue())
        return saved(book, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screener.report.workbook.saved", both)
        quick = _bytes(report)
    ours, theirs = (openpyxl.load_workbook(io.BytesIO(data)) for data in (quick, kept[0]))
    for sheet, other in zip(ours, theirs, strict=True):
        assert [[_told(cell) for cell in row] for row in sheet.iter_rows()] == [
            [_told(cell) for cell in row] for row in other.iter_rows()
        ]
        heights = [{n: row.height for n, row in each.row_dimensions.items()} for each in (sheet, other)]
        assert heights[0] == heights[1]


def _told(cell: Any) -> tuple[Any, ...]:
    link = cell.hyperlink.target if cell.hyperlink else ""
    return (cell.value, cell.data_type if cell.value else "", cell.style_id, link)


def test_a_citation_is_text_that_wraps_and_its_address_a_link_beside_it() -> None:
    address = "https://www.federalregister.gov/citation/86-FR-30145"
    sheet = _book(build([finding(sources=f"Executive Order 14032, {address}.\nNo address here")]))["Action"]
    linked: list[Any] = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert [(cell.value, cell.hyperlink.target) for cell in linked] == [("open", address)]
    citation = next(c for c in sheet[linked[0].row] if str(c.value).startswith("Executive Order"))
    assert citation.alignment.wrap_text and citation.hyperlink is None
