"""Where the tables of a sheet are, and what each of their rows is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from screener.holdings import Reading, read_file
from tests.holdings_samples import CNOOC, HEADINGS, MOBILE, PLAIN, XIAOMI, Rows, said, text_file, workbook

XI = ("Xiaomi Corp", XIAOMI, 1000, 2780.5, "HKD")
MO = ("China Mobile Ltd", MOBILE, 500, 37500, "HKD")


def read(tmp_path: Path, *rows: Sequence[object]) -> Reading:
    return read_file(workbook(tmp_path / "a.xlsx", {"H": rows}))


def kinds(reading: Reading) -> dict[int, str]:
    """What each row became, by its number."""
    return dict(zip(reading.other_rows["row"], reading.other_rows["reason"], strict=True)) | dict.fromkeys(
        reading.holdings["row"], "held"
    )


class TestPlace:
    def test_titles_blank_rows_and_columns_before_the_table(self, tmp_path: Path) -> None:
        rows: Rows = [("Holdings report",), ("as of 31 July",), (), *((None, None, *row) for row in PLAIN)]
        reading = read(tmp_path, *rows)
        assert reading.holdings["row"].tolist() == [5, 6, 7]
        assert reading.columns["column"].tolist() == ["C", "D", "E", "F", "G"]

    def test_two_rows_of_headings_under_merged_cells(self, tmp_path: Path) -> None:
        rows: Rows = [
            ("Security", None, "Market value", None),
            ("name", "ISIN", "USD", "% of NAV"),
            ("Xiaomi", XIAOMI, 9, 1.5),
        ]
        book = openpyxl.load_workbook(workbook(tmp_path / "a.xlsx", {"H": rows}))
        sheet = book["H"]
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("C1:D1")
        book.save(tmp_path / "a.xlsx")
        held = read_file(tmp_path / "a.xlsx").holdings
        assert held[["name", "isin", "market_value", "value_currency", "weight"]].to_numpy().tolist() == [
            ["Xiaomi", XIAOMI, 9.0, "USD", 1.5]
        ]

    def test_several_sheets_and_one_without_holdings(self, tmp_path: Path) -> None:
        sheets = {"A": PLAIN, "Prices": [("Date", "Close"), ("2026-01-01", 5)], "B": PLAIN[:2]}
        reading = read_file(workbook(tmp_path / "a.xlsx", sheets))
        assert reading.holdings["sheet"].value_counts().to_dict() == {"A": 3, "B": 1}
        assert "no table of holdings found on this sheet" in said(reading, "note")

    def test_tables_stacked_with_their_accounts(self, tmp_path: Path) -> None:
        reading = read(tmp_path, ("Account: 100-1",), HEADINGS, XI, (), ("Account: 100-2",), HEADINGS, MO)
        assert reading.holdings["portfolio"].tolist() == ["100-1", "100-2"]
        assert len(reading.tables) == 2

    def test_tables_side_by_side(self, tmp_path: Path) -> None:
        rows = [(*HEADINGS, None, *HEADINGS), (*XI, None, *MO)]
        reading = read(tmp_path, *rows)
        assert sorted(reading.holdings["isin"]) == sorted([XIAOMI, MOBILE])

    def test_another_table_below_is_accounted_for_and_not_read(self, tmp_path: Path) -> None:
        reading = read(tmp_path, *PLAIN, (), ("Sector", "Weight"), ("Energy", 40), ("IT", 60))
        assert len(reading.holdings) == 3
        assert kinds(reading)[7] == "part of another table that does not list holdings"

    def test_a_title_with_a_date_is_no_account(self, tmp_path: Path) -> None:
        assert set(read(tmp_path, ("Portfolio as on 30 June 2025",), *PLAIN).holdings["portfolio"]) == {""}

    def test_a_table_without_headings_is_read_by_its_identifiers(self, tmp_path: Path) -> None:
        reading = read_file(text_file(tmp_path / "a.csv", [row[:2] for row in PLAIN[1:]]))
        assert reading.holdings["isin"].tolist() == [XIAOMI, MOBILE, CNOOC]
        assert "the table has no headings" in said(reading, "warning")

    def test_names_on_another_sheet_without_amounts_are_told(self, tmp_path: Path) -> None:
        reading = read_file(
            workbook(tmp_path / "a.xlsx", {"H": PLAIN, "L": [("Name",), ("Huawei",), ("SMIC",)]})
        )
        assert "the sheet lists names without identifiers or amounts" in said(reading, "warning")


class TestRows:
    def test_sections_carry_the_class_and_totals_are_told_apart(self, tmp_path: Path) -> None:
        reading = read(
            tmp_path, HEADINGS, ("Equities",), XI, ("Total equities", None, None, 2780.5), ("Bonds",),
            ("Gazprom 4.95% 2028", "XS1721463500", 100, 40, "USD"), ("Total", None, None, 2820.5), ("* unaudited",),
        )  # fmt: skip
        assert reading.holdings["asset_class"].tolist() == ["equity", "bond"]
        assert list(kinds(reading).values())[:7].count("a total") == 2
        assert kinds(reading)[8] == "a note"
        assert reading.totals["market_value"].tolist() == [2780.5, 2820.5]
        assert reading.totals["read"].tolist() == [2780.5, 2820.5]

    def test_a_country_below_a_class_keeps_the_class(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, ("Equities",), ("Hong Kong",), XI, ("Norway",), MO)
        assert reading.holdings["asset_class"].tolist() == ["equity", "equity"]

    @pytest.mark.parametrize(
        "name",
        ["Total SA", "TotalEnergies SE", "Sum Holdings Ltd", "Cash Converters International", "Summe AG"],
    )
    def test_companies_called_like_totals_and_cash_are_positions(self, name: str, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, XI, (name, "FR0000120271", 5, 50, "EUR"), MO)
        assert reading.holdings["name"].tolist() == ["Xiaomi Corp", name, "China Mobile Ltd"]
        assert "cash" not in set(reading.holdings["asset_class"])

    @pytest.mark.parametrize(
        "name",
        [
            "Cash",
            "USD Cash",
            "Cash and cash equivalents",
            "Liquiditeiten",
            "Bankkonto EUR",
            "HONG KONG DOLLAR",
            "Kontanter",
            "现金",
        ],
    )
    def test_cash_is_cash(self, name: str, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, XI, (name, None, None, 50, "USD"), MO)
        assert reading.holdings["asset_class"].tolist()[1] == "cash"

    def test_a_total_is_found_beside_a_name_and_below_an_amount(self, tmp_path: Path) -> None:
        rows = [
            ("Slice", "Name", "Value", "Owned quantity"),
            ("AAPL", "Apple", 5, 1),
            ("BABA", "Alibaba", 6, 2),
        ]
        assert len(read(tmp_path, *rows, ("Total", "My pie", 11, None)).holdings) == 2
        assert len(read(tmp_path, *rows, (None, None, 11, "Totals")).holdings) == 2

    def test_a_ticker_that_spells_a_total_stays(self, tmp_path: Path) -> None:
        rows = [("Ticker", "Name", "Weight"), ("SUM", "Summit Materials Inc", 1.5), ("AAPL", "Apple Inc", 5)]
        assert read(tmp_path, *rows).holdings["ticker"].tolist() == ["SUM", "AAPL"]

    def test_lots_below_their_position_are_not_counted_again(self, tmp_path: Path) -> None:
        rows = [
            ("LevelOfDetail", "Symbol", "Quantity", "Value"),
            ("SUMMARY", "1810", 5, 50),
            ("LOT", "1810", 2, 20),
            ("LOT", "1810", 3, 30),
        ]
        assert read(tmp_path, *rows).holdings["quantity"].tolist() == [5]

    def test_lots_alone_are_the_positions(self, tmp_path: Path) -> None:
        rows = [
            ("LevelOfDetail", "Symbol", "Quantity", "Value"),
            ("LOT", "1810", 2, 20),
            ("LOT", "941", 3, 30),
        ]
        assert read(tmp_path, *rows).holdings["quantity"].tolist() == [2, 3]

    def test_amounts_without_anything_to_screen_by_are_said_not_to_be_screened(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "ISIN", "Quantity", "Price", "Market value"),
            ("Xiaomi", XIAOMI, 5, 2, 10),
            (None, None, None, 3, 30),
        ]
        other = read(tmp_path, *rows).other_rows
        assert other.loc[other["row"] == 3, "outcome"].tolist() == ["not_screened"]

    def test_a_table_that_says_nil_has_no_position(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, ("Bonds",), (None, None, "NIL", "NIL"), ("Equities",), XI)
        assert reading.holdings["isin"].tolist() == [XIAOMI]

    def test_repeated_headings_on_each_page_are_headings(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, XI, HEADINGS, MO)
        assert reading.holdings["row"].tolist() == [2, 4]
        assert kinds(reading)[3] == "column headings"

    def test_a_total_that_differs_is_told(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADINGS, XI, MO, ("Total", None, None, 99_999, None))
        assert "the total printed here is 99,999.00, but the positions read above it come to 40,280.50" in (
            said(reading, "warning")
        )

    def test_a_total_after_which_more_follows_agrees_with_what_stands_above_it(self, tmp_path: Path) -> None:
        reading = read(
            tmp_path,
            HEADINGS,
            XI,
            MO,
            ("Grand total", None, None, 40_280.5, None),
            ("CNOOC", CNOOC, 5, 500, "HKD"),
        )
        assert "the total printed here" not in said(reading)
        assert reading.totals["read"].tolist() == [40_280.5]


class TestDescriptions:
    def test_a_table_that_describes_tickers_lends_its_isins_and_names(self, tmp_path: Path) -> None:
        held = [("Ticker", "Quantity", "Value"), ("1810", 5, 50), ("941", 7, 70)]
        told = [
            ("Symbol", "Security name", "ISIN"),
            ("1810", "Xiaomi Corp", XIAOMI),
            ("941", "China Mobile", MOBILE),
        ]
        reading = read_file(workbook(tmp_path / "a.xlsx", {"Positions": held, "Securities": told}))
        assert reading.holdings[["ticker", "name", "isin", "quantity"]].to_numpy().tolist() == [
            ["1810", "Xiaomi Corp", XIAOMI, 5.0],
            ["941", "China Mobile", MOBILE, 7.0],
        ]
        assert set(reading.other_rows["reason"]) >= {"describes a position listed in another table"}

    def test_a_table_of_other_tickers_stays_a_table_of_positions(self, tmp_path: Path) -> None:
        held = [("Ticker", "Quantity", "Value"), ("1810", 5, 50), ("941", 7, 70)]
        others = [("Symbol", "Security name", "ISIN"), ("883", "CNOOC", CNOOC), ("2", "CLP", "HK0002007356")]
        reading = read_file(workbook(tmp_path / "a.xlsx", {"A": held, "B": others}))
        assert len(reading.holdings) == 4
