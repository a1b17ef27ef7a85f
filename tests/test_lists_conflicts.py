"""An identifier that two issuers claim: never a reason to join them, and said wherever somebody relies on it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from screener.inspection import story
from screener.job import RunRequest, run
from screener.lists import conflicts, load_restricted, update
from screener.lists.linking import linked
from screener.lists.model import Restricted
from screener.report import summarise
from screener.report.workbook import workbook_bytes
from screener.settings import ListSettings, Settings
from tests.list_samples import config_of, small_source
from tests.report_samples import mixed
from tests.samples import rules
from tests.test_lists_joining import ISIN, LEI, OTHER_ISIN, entries, nothing

OTHER_LEI = "999900EXAMPLE0000131"
USCC, OTHER_USCC = "91110000710931053F", "914403001922038216"


class TestWhatSpeaksAgainstJoining:
    def test_a_shared_isin_joins_no_strangers(self) -> None:
        told = linked(
            entries(
                ("ofac:1", "CNOOC LIMITED", "CN", {"isin": ISIN}),
                ("house:2", "Alibaba Group Holding Ltd", "CN", {"isin": ISIN}),
            )
        )
        assert len(told.entities) == 2
        assert conflicts(told)["name"].tolist() == ["Alibaba Group Holding Ltd", "CNOOC LIMITED"]

    @pytest.mark.parametrize(
        "name",
        [ISIN, "中国海洋石油有限公司", "Cnooc", "CNOOC Ltd. (China)"],
        ids=["no name", "Chinese", "short", "long"],
    )
    def test_a_name_that_says_nothing_against_it_does_not_hinder(self, name: str) -> None:
        told = entries(
            ("ofac:1", "CNOOC LIMITED", "CN", {"isin": ISIN}), ("house:2", name, "", {"isin": ISIN})
        )
        assert len(linked(told).entities) == 1

    @pytest.mark.parametrize(
        ("scheme", "ours", "theirs"), [("lei", LEI, OTHER_LEI), ("uscc", USCC, OTHER_USCC)]
    )
    def test_two_numbers_of_which_a_company_has_one_make_two_companies(
        self, scheme: str, ours: str, theirs: str
    ) -> None:
        told = entries(
            ("ofac:1", "Example Mining", "CN", {"isin": ISIN, scheme: ours}),
            ("eu:2", "Example Mining", "CN", {"isin": ISIN, scheme: theirs}),
        )
        joined = linked(told)
        assert len(joined.entities) == 2
        assert set(conflicts(joined)["value"]) == {ISIN}

    def test_the_stranger_does_not_keep_the_others_apart(self) -> None:
        told = linked(
            entries(
                ("ofac:1", "CNOOC LIMITED", "CN", {"isin": ISIN}),
                ("house:2", "Alibaba Group", "", {"isin": ISIN}),
                ("eu:3", "CNOOC Ltd", "HK", {"isin": ISIN}),
            )
        )
        assert set(told.entities["entity_id"]) == {"ofac:1", "house:2"}
        assert told.links["other"].tolist() == ["eu:3"]

    def test_links_follow_an_entity_that_was_joined(self) -> None:
        told = entries(
            ("ofac:1", "Parent", "CN", {"isin": ISIN}),
            ("eu:2", "Parent", "CN", {"isin": ISIN}),
            ("eu:3", "Child", "CN", {}),
        )
        told.links.loc[0] = ["eu:3", "parent", "eu:2", "x"]
        links = linked(told).links
        assert links.loc[links["relation"] == "parent", "other"].tolist() == ["ofac:1"]


class TestWhatIsAConflict:
    @pytest.mark.parametrize(
        ("scheme", "ours", "theirs"),
        [
            ("isin", ISIN, f"ISIN {ISIN}"),
            ("isin", "BRC1EODR004", "BRC1EODR004"),
            ("ticker", "0883 HK", "883.HK"),
            ("sedol", "B00G0S5", "b00g0s5"),
            ("registration", "1027700159497", "1027700159497"),
        ],
        ids=["isin", "isin that fails its check digit", "ticker", "sedol", "registration"],
    )
    def test_one_identifier_of_two_entries_however_it_is_printed(
        self, scheme: str, ours: str, theirs: str
    ) -> None:
        told = conflicts(
            entries(("ofac:1", "Some", "CN", {scheme: ours}), ("ofac:2", "Other", "CN", {scheme: theirs}))
        )
        assert told["entity_id"].tolist() == ["ofac:1", "ofac:2"]
        assert told["printed"].tolist() == [ours, theirs]
        assert set(told["lists"]) == {"A list"}

    def test_a_bare_code_a_short_number_and_another_market_are_none(self) -> None:
        told = entries(
            ("ofac:1", "Some", "CN", {"ticker": "883", "registration": "12345"}),
            ("ofac:2", "Other", "CN", {"ticker": "883", "registration": "12345"}),
            ("ofac:3", "Third", "CN", {"ticker": "883 HK", "isin": OTHER_ISIN}),
            ("ofac:4", "Fourth", "CN", {"ticker": "883 JP", "isin": ISIN}),
        )
        assert conflicts(told).empty


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Restricted, Path, str]:
    """A run against a house list that gives the ISIN of CNOOC to another company."""
    folder = tmp_path_factory.mktemp("conflict")
    house = folder / "house.csv"
    house.write_text(
        "Company,ISIN,From\nAlibaba Group Holding Ltd,HK0883013259,2020-01-01\n", encoding="utf-8"
    )
    config = config_of(folder / "data" / "lists", small_source("house", {"house.csv": str(house)}))
    update(config, now=datetime(2026, 8, 1, tzinfo=UTC))
    held = folder / "held.csv"
    held.write_text(
        "Security,ISIN,Quantity\nCNOOC LTD,HK0883013259,100\nAPPLE INC,US0378331005,5\n", encoding="utf-8"
    )
    settings = Settings(lists=ListSettings(data=str(folder / "data")))
    result = run(RunRequest((held,), date(2026, 8, 1), folder / "out", "us"), settings)
    banner = " ".join(result.report.warnings)
    return load_restricted(config), folder / "out", banner


class TestWhereItIsSaid:
    SENTENCE = "the lists claim ISIN HK0883013259 for 2 issuers"

    def test_with_the_finding_and_only_there(self, reported: tuple[Restricted, Path, str]) -> None:
        _, out, _ = reported
        with (out / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))
        resting = {row["programme"] for row in found if self.SENTENCE in row["why"]}
        assert "NS-CMIC" in resting
        for row in found:
            assert ("Alibaba Group Holding Ltd" in row["why"]) == (self.SENTENCE in row["why"])

    def test_on_the_first_page_and_the_sheet_of_lists(self, reported: tuple[Restricted, Path, str]) -> None:
        _, out, banner = reported
        assert "on an identifier that the lists claim for more than one issuer: see sheet Lists" in banner
        sheet = openpyxl.load_workbook(out / "divestment-report.xlsx")["Lists"]
        table = sheet.tables["Conflicts"]
        cells = [[cell.value for cell in row] for row in sheet[table.ref]]
        assert sorted(row[:3] for row in cells[1:]) == [
            ["Alibaba Group Holding Ltd", "HK0883013259", "ISIN"],
            ["CNOOC LIMITED", "HK0883013259", "ISIN"],
        ]

    def test_in_the_story_of_each_claimant(self, reported: tuple[Restricted, Path, str]) -> None:
        restricted, _, _ = reported
        claims = conflicts(restricted)
        for ours, theirs in (claims["entity_id"].tolist(), claims["entity_id"].tolist()[::-1]):
            (told,) = story(restricted, ours, rules("2026-08-01")).conflicts
            assert told.startswith("ISIN HK0883013259 is also printed for ")
            assert f"[{theirs}]" in told


def _lists_sheet(conflicts_told: pd.DataFrame) -> str:
    report = replace(mixed(), conflicts=conflicts_told)
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(report, summarise(report))))
    return " ".join(str(cell) for row in book["Lists"].iter_rows(values_only=True) for cell in row if cell)


def test_a_report_without_conflicts_says_so_and_counts_numbers_of_registers() -> None:
    assert "None." in _lists_sheet(conflicts(nothing()))
    two = {"registration": "1027700159497"}
    told = conflicts(entries(("ofac:1", "Some", "RU", two), ("ofac:2", "Other", "RU", two)))
    assert "None. Besides, 1 registration number stands with more than one entry" in _lists_sheet(told)
