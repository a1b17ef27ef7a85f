"""Saved profiles: a reading is saved, corrected by hand, used again, and refused where the file has changed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from screener.errors import ConfigurationError, HoldingsError, UsageError
from screener.holdings import ReadOptions, load_profile, make_profile, read_file, save_profile
from tests.holdings_samples import (
    CNOOC,
    HEADINGS,
    MOBILE,
    PLAIN,
    XIAOMI,
    Rows,
    said,
    taken,
    text_file,
    workbook,
)


def saved(file: Path, target: Path) -> Path:
    save_profile(make_profile(read_file(file), target.stem), target)
    return target


def corrected(profile: Path, old: str, new: str) -> None:
    text = profile.read_text(encoding="utf-8")
    assert old in text
    profile.write_text(text.replace(old, new), encoding="utf-8")


def with_profile(file: Path, profile: Path) -> pd.DataFrame:
    return read_file(file, ReadOptions(profile=profile)).holdings


class TestASavedReading:
    @pytest.mark.parametrize(
        "rows",
        [
            PLAIN,
            (("Report of holdings",), (), *PLAIN, ("Total", None, None, 43280.5, None)),
            (("Name", "ISIN", "Value", "Value"), ("Xiaomi", XIAOMI, 5, 50), ("CNOOC", CNOOC, 7, 70)),
            (("Product", "ISIN", "Closing", "Local value", None, "Value in CHF"),
             ("Xiaomi", XIAOMI, 2, "USD", 20, 18), ("CNOOC", CNOOC, 3, "HKD", 30, 4)),
            (("Security", None, "Market value", "Market value"), ("name", "ISIN", "(HKD)", "(USD)"),
             ("Xiaomi", XIAOMI, 70, 9), ("CNOOC", CNOOC, 80, 10)),
            (("Isin", XIAOMI), ("Isin", CNOOC), ("Isin", MOBILE)),
            (("Name", "ISIN", "Issuer", "Quantity"), ("Xiaomi", XIAOMI, "Xiaomi Corp", 1), (None, CNOOC, "CNOOC Ltd", 2)),
        ],
        ids=["plain", "titled", "a heading twice", "a column without heading", "two rows of headings", "no headings", "two names"],
    )  # fmt: skip
    def test_reads_the_same_again(self, rows: Rows, tmp_path: Path) -> None:
        file = workbook(tmp_path / "a.xlsx", {"Holdings": rows})
        plain, again = (
            read_file(file),
            read_file(file, ReadOptions(profile=saved(file, tmp_path / "p.toml"))),
        )
        pd.testing.assert_frame_equal(plain.holdings, again.holdings)
        pd.testing.assert_frame_equal(plain.other_rows, again.other_rows)
        assert set(again.columns.loc[again.columns["field"] != "", "by"]) <= {"profile", "content"}

    def test_stands_for_all_sheets_that_are_alike(self, tmp_path: Path) -> None:
        file = workbook(tmp_path / "a.xlsx", {"Fund A": PLAIN, "Fund B": PLAIN})
        profile = saved(file, tmp_path / "p.toml")
        assert [table.sheet for table in load_profile(profile).tables] == ["*"]
        assert len(with_profile(file, profile)) == 6

    def test_is_said_in_the_reading(self, tmp_path: Path) -> None:
        file = text_file(tmp_path / "a.csv", PLAIN)
        reading = read_file(file, ReadOptions(profile=saved(file, tmp_path / "mine.toml")))
        assert "read with the profile 'mine'" in said(reading)


class TestACorrectionByHand:
    def test_of_a_field_is_honoured(self, tmp_path: Path) -> None:
        rows = [("Name", "ISIN", "Cost", "Market value"), ("Xiaomi", XIAOMI, 5, 50), ("CNOOC", CNOOC, 7, 70)]
        file = text_file(tmp_path / "a.csv", rows)
        profile = saved(file, tmp_path / "p.toml")
        corrected(profile, '"Market value" = "market_value"', '"Cost" = "market_value"')
        assert with_profile(file, profile)["market_value"].tolist() == [5, 7]

    def test_of_the_decimal_sign_is_honoured(self, tmp_path: Path) -> None:
        rows = [("Name", "ISIN", "Quantity"), ("Xiaomi", XIAOMI, "1.234"), ("CNOOC", CNOOC, "2.500")]
        file = text_file(tmp_path / "a.csv", rows)
        profile = saved(file, tmp_path / "p.toml")
        assert with_profile(file, profile)["quantity"].tolist() == [1.234, 2.5]
        corrected(profile, 'decimal = ""', 'decimal = ","')
        assert with_profile(file, profile)["quantity"].tolist() == [1234, 2500]

    def test_may_point_to_headings_that_were_not_found(self, tmp_path: Path) -> None:
        rows = [("Qqq", "Zzz", "Www"), ("Xiaomi Corp", 10, 1), ("CNOOC Ltd", 20, 2)]
        file = text_file(tmp_path / "a.csv", rows)
        with pytest.raises(HoldingsError):
            read_file(file)
        profile = tmp_path / "p.toml"
        profile.write_text(
            '[[table]]\nheadings = ["Qqq", "Zzz"]\n[table.columns]\nQqq = "name"\nZzz = "quantity"\n'
        )
        assert with_profile(file, profile)["name"].tolist() == ["Xiaomi Corp", "CNOOC Ltd"]

    def test_may_leave_a_table_unread(self, tmp_path: Path) -> None:
        file = workbook(
            tmp_path / "a.xlsx", {"Now": PLAIN, "Last month": [HEADINGS, ("Old Ltd", XIAOMI, 1, 1, "HKD")]}
        )
        profile = tmp_path / "p.toml"
        headings = ", ".join(f'"{text}"' for text in HEADINGS)
        profile.write_text(
            f'[[table]]\nsheet = "Now"\nheadings = [{headings}]\n[table.columns]\nISIN = "isin"\n'
            f'[[table]]\nsheet = "Last*"\nheadings = [{headings}]\n'
        )
        reading = read_file(file, ReadOptions(profile=profile))
        assert set(reading.holdings["sheet"]) == {"Now"}
        assert "Old Ltd" in set(reading.other_rows["security"])


class TestALayoutThatNoLongerFits:
    def refused(self, before: Rows, after: Rows, tmp_path: Path) -> str:
        profile = saved(text_file(tmp_path / "a.csv", before), tmp_path / "mine.toml")
        with pytest.raises(HoldingsError) as error:
            with_profile(text_file(tmp_path / "b.csv", after), profile)
        return str(error.value)

    def test_names_the_headings_that_are_gone_and_new(self, tmp_path: Path) -> None:
        after = [("Security name", "ISIN", "Units", "Market value", "Currency"), *PLAIN[1:]]
        told = self.refused(PLAIN, after, tmp_path)
        assert "no longer has the layout of the profile 'mine'" in told
        assert "missing: Quantity" in told
        assert "new: Units" in told

    def test_names_a_table_that_is_new(self, tmp_path: Path) -> None:
        second = [(), ("Stock", "Ticker", "Shares held"), ("Lockheed Martin", "LMT US", 5)]
        told = self.refused(PLAIN, [*PLAIN, *second], tmp_path)
        assert "a table that is new" in told
        assert "row 6" in told
        assert "Shares held" in told

    def test_names_a_sheet_that_is_gone(self, tmp_path: Path) -> None:
        profile = saved(workbook(tmp_path / "a.xlsx", {"June": PLAIN}), tmp_path / "p.toml")
        with pytest.raises(HoldingsError, match=r"the sheet 'June' is missing \(there are: 'July'"):
            with_profile(workbook(tmp_path / "b.xlsx", {"July": PLAIN}), profile)

    def test_a_further_column_is_told_and_the_rest_read(self, tmp_path: Path) -> None:
        profile = saved(text_file(tmp_path / "a.csv", PLAIN), tmp_path / "mine.toml")
        after = [(*PLAIN[0], "Ticker"), *[(*row, "1810 HK") for row in PLAIN[1:]]]
        reading = read_file(text_file(tmp_path / "b.csv", after), ReadOptions(profile=profile))
        assert reading.holdings["ticker"].tolist() == ["", "", ""]
        assert "columns that the profile 'mine' does not know" in said(reading, "warning")

    def test_columns_in_another_order_fit(self, tmp_path: Path) -> None:
        profile = saved(text_file(tmp_path / "a.csv", PLAIN), tmp_path / "mine.toml")
        turned = text_file(tmp_path / "b.csv", [tuple(reversed(row)) for row in PLAIN])
        assert taken(read_file(turned, ReadOptions(profile=profile)))["isin"] == "ISIN"


class TestAProfileThatIsWrong:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[other]", "p.toml: other: a profile consists of"),
            ('[[table]]\nsheets = "x"', "sheets: is not a key of a table"),
            ('[[table]]\nheadings = ["A"]\n[table.columns]\nA = "worth"', "columns.A: 'worth' is no field"),
            (
                '[[table]]\nheadings = ["A"]\n[table.columns]\nB = "name"',
                "columns.B: is not among the headings",
            ),
            (
                '[[table]]\nheadings = ["A", "B"]\n[table.columns]\nA = "name"\nB = "name"',
                "columns.B: name is 'A' already",
            ),
            ('[[table]]\nheadings = ["A"]\ndecimal = ";"', "decimal: ';' is no decimal sign"),
            ("[[table]", "is not valid TOML"),
        ],
    )
    def test_is_named_with_its_key(self, text: str, says: str, tmp_path: Path) -> None:
        profile = tmp_path / "p.toml"
        profile.write_text(text)
        with pytest.raises(ConfigurationError) as error:
            load_profile(profile)
        assert says in str(error.value)

    def test_a_name_that_is_not_there_lists_those_that_are(self, tmp_path: Path) -> None:
        file = text_file(tmp_path / "a.csv", PLAIN)
        saved(file, tmp_path / "custodian.toml")
        with pytest.raises(UsageError, match=r"No profile 'broker'.*Known: custodian"):
            read_file(file, ReadOptions(profile="broker", profiles=tmp_path))
