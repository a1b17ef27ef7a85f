"""Printed values: numbers, dates and codes as files print them, and what becomes of those that cannot be parsed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.holdings import read_file
from screener.holdings.dates import parse_days
from screener.holdings.grid import Column
from screener.holdings.numbers import number, parse
from tests.holdings_samples import XIAOMI, Rows, held, said, taken, text_file, workbook
from tests.holdings_tables import NUMBERS, Format

NOON = dt.datetime(2028, 2, 6, 12)  # noqa: DTZ001 - days of workbooks have no zone


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "decimal", "value"),
        [
            ("1,234.56", ".", 1234.56), ("1.234,56", ",", 1234.56), ("1 234,56", ",", 1234.56), ("1'234.56", ".", 1234.56),
            ("1’234.56", ".", 1234.56), ("1\u00a0234,5", ",", 1234.5), ("12,34,567.89", ".", 1234567.89), ("1.234.567", ",", 1234567),
            ("(1,234.50)", ".", -1234.5), ("-5", ".", -5), ("5-", ".", -5), ("\u22125,5", ",", -5.5), ("+7", ".", 7),
            ("($3.20)", ".", -3.2), ("-$3.20", ".", -3.2), ("$-3.20", ".", -3.2), ("€ 1.000,00", ",", 1000), ("1.000,00 EUR", ",", 1000),
            ("HK$12", ".", 12), ("CHF 1'000.-", ".", 1000), ("100,- kr", ",", 100), ("¥1,000", ".", 1000), ("１，２３４", ".", 1234),
            ("1.2m", ".", 1.2e6), ("3,5 Mio.", ",", 3.5e6), ("2bn", ".", 2e9), ("5k", ".", 5e3), ("2.5 crore", ".", 2.5e7), ("12万", ".", 120000),
            ("1.5E+05", ".", 150000), ("1,234*", ".", 1234), ("55.12p", ".", 55.12), ("100 shs", ".", 100), ("0", ".", 0), (".5", ".", 0.5),
            ("1,234.5", ",", 1234.5), ("1.234,5", ".", 1234.5),
        ],
    )  # fmt: skip
    def test_are_read_as_meant(self, text: str, decimal: str, value: float) -> None:
        assert number(text, decimal)[0] == pytest.approx(value)

    @pytest.mark.parametrize(("text", "value"), [("12.5%", 12.5), ("12,5 %", 12.5), ("(3%)", -3)])
    def test_in_percent_say_so(self, text: str, value: float) -> None:
        read, percent = number(text, ".")
        assert read == pytest.approx(value)
        assert percent

    @pytest.mark.parametrize(
        "text", ["abc", "1-2", "12/31/2026", "1.2.3,4", "A1", "--", "", "1,2,3", "5 apples"]
    )
    def test_what_is_no_number_is_none(self, text: str) -> None:
        assert np.isnan(number(text, ".")[0])

    @given(
        values=st.lists(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)), min_size=3, max_size=20),
        decimal=st.sampled_from((",", ".")),
        place=st.integers(0, 4),
        negative=st.sampled_from(("-", "(", "behind")),
    )
    def test_in_any_format_come_back(
        self, values: list[float], decimal: str, place: int, negative: str
    ) -> None:
        form = Format(decimal, NUMBERS[decimal][place], negative, typed=False)
        column = Column([form.printed(value, 2) for value in values])
        assert parse(column, ".").values.tolist() == pytest.approx(values)

    def test_the_column_itself_settles_what_a_point_means(self) -> None:
        assert parse(Column(["1.234", "2.500", "1.234,50"]), ".").values.tolist() == [1234, 2500, 1234.5]
        assert parse(Column(["1.234", "2.500", "1,234.50"]), ",").values.tolist() == [1.234, 2.5, 1234.5]

    def test_missing_ones_are_no_failures(self) -> None:
        parsed = parse(Column(["-", "N/A", "#N/A", "–", "nil", "", "n.v.t.", "xyz"]), ".")
        assert np.isnan(parsed.values).all()
        assert parsed.failed.tolist() == [False] * 7 + [True]


class TestDates:
    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2028-02-06", "2028-02-06"), ("20280206", "2028-02-06"), ("06.02.2028", "2028-02-06"), ("6-2-28", "2028-02-06"),
            ("31/12/2030", "2030-12-31"), ("12/31/2030", "2030-12-31"), ("6 Feb 2028", "2028-02-06"), ("06-FEB-28", "2028-02-06"),
            ("February 6, 2028", "2028-02-06"), ("6. Februar 2028", "2028-02-06"), ("6 février 2028", "2028-02-06"), ("6 mei 2028", "2028-05-06"),
            ("2028年2月6日", "2028-02-06"), ("2028-02-06T00:00:00", "2028-02-06"), (46_789, "2028-02-06"), (46_789.0, "2028-02-06"),
            (20280206, "2028-02-06"), (dt.date(2028, 2, 6), "2028-02-06"), (NOON, "2028-02-06"), ("-", ""), ("Perpetual", ""), (0, ""),
        ],
    )  # fmt: skip
    def test_are_read_in_any_common_form(self, value: object, day: str) -> None:
        assert parse_days(Column([value]))[0].tolist() == [day]

    def test_one_date_settles_the_order_of_the_others(self) -> None:
        assert parse_days(Column(["03/04/2030", "03/25/2030"]))[0].tolist() == ["2030-03-04", "2030-03-25"]
        assert parse_days(Column(["03/04/2030", "25/03/2030"]))[0].tolist() == ["2030-04-03", "2030-03-25"]

    def test_what_is_none_is_told_with_its_place(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "ISIN", "Maturity"),
            ("Bond", "XS1721463500", "31.02.2030"),
            ("Xiaomi", XIAOMI, "1.3.2030"),
        ]
        reading = read_file(text_file(tmp_path / "a.csv", rows))
        assert reading.holdings["maturity"].tolist() == ["", "2030-03-01"]
        odd = reading.issues[reading.issues["severity"] == "warning"].iloc[0]
        assert (odd["row"], odd["column"], odd["value"]) == (2, "C", "31.02.2030")

    @given(day=st.dates(dt.date(1985, 1, 1), dt.date(2079, 12, 31)))
    def test_iso_and_excel_days_come_back(self, day: dt.date) -> None:
        serial = (day - dt.date(1899, 12, 30)).days
        assert parse_days(Column([day.isoformat(), serial]))[0].tolist() == [day.isoformat()] * 2


def codes(tmp_path: Path, heading: str, *values: object) -> pd.DataFrame:
    rows: Rows = [
        ("Name", heading, "Quantity"),
        *((f"Company {i} Ltd", value, 5) for i, value in enumerate(values)),
    ]
    return read_file(workbook(tmp_path / "a.xlsx", {"H": rows})).holdings


class TestCodes:
    def test_isins_are_put_into_normal_form(self, tmp_path: Path) -> None:
        found = codes(
            tmp_path, "ISIN", "kyg9830t1067", "HK 0941 0095 39", "HK-0883013259", "ISIN: US88579Y1010"
        )
        assert found["isin"].tolist() == ["KYG9830T1067", "HK0941009539", "HK0883013259", "US88579Y1010"]

    def test_one_with_a_wrong_check_digit_is_kept_as_printed_and_told(self, tmp_path: Path) -> None:
        rows = [("Name", "ISIN"), ("Xiaomi", "KYG9830T1068"), ("CNOOC", "HK0883013259")]
        reading = read_file(text_file(tmp_path / "a.csv", rows))
        assert reading.holdings["isin"].tolist() == ["KYG9830T1068", "HK0883013259"]
        assert "is no valid ISIN" in said(reading, "warning")

    def test_a_column_of_isins_is_that_whatever_it_is_called(self, tmp_path: Path) -> None:
        assert codes(tmp_path, "Remark", "KYG9830T1067", "HK0941009539")["isin"].tolist() == [
            "KYG9830T1067",
            "HK0941009539",
        ]

    def test_one_column_may_hold_several_schemes(self, tmp_path: Path) -> None:
        found = codes(tmp_path, "Identifier", "KYG9830T1067", "037833100", "B0YQ5W0", "1810 HK")
        assert found[["isin", "cusip", "sedol", "ticker"]].to_numpy().tolist() == [
            ["KYG9830T1067", "", "", ""], ["", "037833100", "", ""], ["", "", "B0YQ5W0", ""], ["", "", "", "1810 HK"],
        ]  # fmt: skip

    def test_a_column_of_types_says_which_scheme(self, tmp_path: Path) -> None:
        rows = [
            ("Type", "Security ID", "Units"),
            ("Sedol", "6718976", 1),
            ("Isin", XIAOMI, 2),
            ("Valor", "123456", 3),
        ]
        found = held(tmp_path / "a.csv", rows)
        assert found["sedol"].tolist() == ["6718976", "", ""]
        assert found["isin"].tolist() == ["", XIAOMI, ""]
        assert found["name"].tolist()[2] == "Valor 123456"

    def test_zeros_that_a_spreadsheet_ate_come_back(self, tmp_path: Path) -> None:
        found = codes(tmp_path, "CUSIP", 37833100, "01609W102")
        assert found["cusip"].tolist() == ["037833100", "01609W102"]

    def test_tickers_that_a_spreadsheet_took_for_dates_and_numbers_are_told(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "Ticker", "Quantity"),
            ("A Ltd", dt.date(2026, 3, 1), 1),
            ("B Ltd", "1-Mar", 2),
            ("C Ltd", "1E+10", 3),
            ("Tencent", 700, 4),
        ]
        reading = read_file(workbook(tmp_path / "a.xlsx", {"H": rows}))
        assert reading.holdings["ticker"].tolist() == ["MAR1", "MAR1", "1E+10", "700"]
        assert "a spreadsheet took the ticker for a date; it was read as MAR1" in said(reading)
        assert "looks like a ticker that a spreadsheet turned into a number" in said(reading, "warning")

    def test_identifiers_under_tickers_go_where_they_belong(self, tmp_path: Path) -> None:
        found = codes(tmp_path, "Symbol", "912828YK0", "B0YQ5W0", "KYG9830T1067", "BRK.B")
        assert found["cusip"].tolist() == ["912828YK0", "", "", ""]
        assert found["sedol"].tolist() == ["", "B0YQ5W0", "", ""]
        assert found["isin"].tolist() == ["", "", "KYG9830T1067", ""]
        assert found["ticker"].tolist() == ["", "", "", "BRK.B"]

    @pytest.mark.parametrize(
        ("names", "bare", "tickers"),
        [
            (
                ["Xiaomi Corp (1810 HK)", "CNOOC Ltd (883 HK)"],
                ["Xiaomi Corp", "CNOOC Ltd"],
                ["1810 HK", "883 HK"],
            ),
            (["7203 Toyota Motor", "9432 Nippon T&T"], ["Toyota Motor", "Nippon T&T"], ["7203", "9432"]),
            (["3M Co", "Fonds 2030"], ["3M Co", "Fonds 2030"], ["", ""]),
        ],
    )
    def test_name_and_ticker_in_one_cell_are_parted(
        self, names: list[str], bare: list[str], tickers: list[str], tmp_path: Path
    ) -> None:
        found = held(tmp_path / "a.csv", [("Security", "Quantity"), *((name, 5) for name in names)])
        assert found["name"].tolist() == bare
        assert found["ticker"].tolist() == tickers

    def test_an_isin_within_a_name_is_found(self, tmp_path: Path) -> None:
        found = held(
            tmp_path / "a.csv", [("Security", "Quantity"), (f"Xiaomi Corp ISIN {XIAOMI}", 5), ("CNOOC", 6)]
        )
        assert found["isin"].tolist() == [XIAOMI, ""]
        assert found["name"].tolist() == ["Xiaomi Corp", "CNOOC"]


class TestWhatCannotBeParsed:
    def test_is_an_issue_and_the_row_is_kept(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "ISIN", "Quantity", "Market value"),
            ("Xiaomi", XIAOMI, "about 5", 50),
            ("CNOOC", "HK0883013259", 7, 70),
        ]
        reading = read_file(text_file(tmp_path / "a.csv", rows))
        assert reading.holdings["market_value"].tolist() == [50, 70]
        assert np.isnan(reading.holdings["quantity"].iloc[0])
        assert "the quantity is no number; the row was screened without it" in said(reading, "warning")

    def test_many_alike_are_counted(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "ISIN", "Quantity"),
            *((f"C {i}", XIAOMI, "about 5" if i % 2 else i) for i in range(400)),
        ]
        issues = read_file(text_file(tmp_path / "a.csv", rows)).issues
        assert len(issues) == 26
        assert issues["reason"].iloc[-1].startswith("175 more rows: the quantity is no number")


class TestWhatAColumnIs:
    def test_quantity_times_price_tells_the_value(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "Qty", "LTP", "Zz", "Yy"),
            ("A Ltd", 10, 2.5, 99, 25),
            ("B Ltd", 4, 3, 98, 12),
            ("C Ltd", 7, 2, 1, 14),
        ]
        assert taken(read_file(text_file(tmp_path / "a.csv", rows)))["market_value"] == "Yy"

    def test_bonds_by_percent_of_their_nominal_too(self, tmp_path: Path) -> None:
        rows = [
            ("Name", "Nominal", "Price", "Zz"),
            ("A 4% 2030", 1000, 99.5, 995),
            ("B 5% 2031", 2000, 101, 2020),
        ]
        assert taken(read_file(text_file(tmp_path / "a.csv", rows)))["market_value"] == "Zz"

    def test_a_cost_is_no_value(self, tmp_path: Path) -> None:
        rows = [("Name", "Qty", "Price", "Invested"), ("A Ltd", 10, 2.5, 20), ("B Ltd", 4, 3, 10)]
        assert "market_value" not in taken(read_file(text_file(tmp_path / "a.csv", rows)))

    def test_the_currency_of_the_heading_goes_before_that_of_the_row(self, tmp_path: Path) -> None:
        rows = [("Name", "ISIN", "Market value (USD)", "Currency"), ("Xiaomi", XIAOMI, 50, "HKD")]
        found = held(tmp_path / "a.csv", rows)
        assert found[["currency", "value_currency"]].to_numpy().tolist() == [["HKD", "USD"]]

    @pytest.mark.parametrize(("above", "currency"), [("Base currency: EUR", "EUR"), ("Report", "")])
    def test_a_value_in_base_currency_is_not_in_that_of_the_row(
        self, above: str, currency: str, tmp_path: Path
    ) -> None:
        rows = [
            (above,),
            (),
            ("Name", "ISIN", "Base Market Value", "Currency"),
            ("Xiaomi", XIAOMI, 50, "HKD"),
        ]
        assert held(tmp_path / "a.csv", rows)["value_currency"].tolist() == [currency]

    @pytest.mark.parametrize(
        "heading", ["Market value (x EUR 1,000)", "Marktwert in TEUR Tsd", "Value (EUR million)"]
    )
    def test_units_are_told_and_never_multiplied(self, heading: str, tmp_path: Path) -> None:
        reading = read_file(
            text_file(tmp_path / "a.csv", [("Name", "ISIN", heading), ("Xiaomi", XIAOMI, 50)])
        )
        assert reading.holdings["market_value"].tolist() == [50]
        assert "values are printed in" in said(reading, "note")
