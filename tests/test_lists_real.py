"""The publishers' own files, where they are: read whole, served, fetched, and screened against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from screener.lists import ListsConfig, cautions, diff, load_restricted, status, update
from screener.lists.model import Restricted
from screener.lists.parsed import Parsed
from screener.lists.starter import load_starter
from screener.lists.update import UpdateResult
from screener.rules.programmes import load_programmes
from screener.screening import screen
from tests.list_samples import REAL, ListServer, legacy_set, needs_real_files, read, real_lists, shipped
from tests.samples import holdings, rules

pytestmark = needs_real_files

OFAC = REAL / "ofac"
CONS_DAY = date(2025, 12, 19)
SDN_2023, SDN_2024 = (OFAC / "sdn" / f"sdn_{day}.csv" for day in ("2023-12-01", "2024-05-03"))
UN_FILES = [REAL / "un" / f"consolidated_{day}.xml" for day in ("2025-11-18", "2026-02-27")]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@cache
def cons() -> Parsed:
    return read("ofac_cons", *legacy_set(OFAC / "2025-12"), day=CONS_DAY)


def reported(parsed: Parsed) -> pd.DataFrame:
    """What was not understood, without the notes about files of different days."""
    return parsed.unread[parsed.unread["severity"] != "note"]


class TestReadWhole:
    def test_consolidated_list_of_december_2025(self) -> None:
        parsed = cons()
        assert (len(parsed.entities), parsed.fields) == (442, parsed.understood)
        assert reported(parsed).empty
        cmic = parsed.listings[parsed.listings["programme"] == "NS-CMIC"]["entity_id"]
        isins = parsed.identifiers[parsed.identifiers["entity_id"].isin(cmic)].query("scheme == 'isin'")[
            "value"
        ]
        assert (len(cmic), isins.nunique()) == (68, 163)
        assert {"BRC1EODR004", "CND10002K094", "CND10002G601"} <= set(isins)

    def test_enhanced_xml_of_january_2025(self) -> None:
        parsed = read("ofac_cons", OFAC / "CONS_ENHANCED_2025-01-10.XML")
        assert (len(parsed.entities), parsed.fields) == (443, parsed.understood)
        assert reported(parsed).empty
        assert not parsed.events["note"].str.contains("not in the file").any()

    def test_advanced_xml_of_march_2020(self) -> None:
        parsed = read("ofac_cons", OFAC / "cons_advanced_2020-03-17.xml")
        assert (len(parsed.entities), parsed.fields) == (375, parsed.understood)
        assert parsed.published == date(2020, 3, 17)
        assert reported(parsed).empty

    def test_the_legacy_and_the_xml_file_agree_on_every_cmic_entry(self) -> None:
        xml = read("ofac_cons", OFAC / "CONS_ENHANCED_2025-01-10.XML")
        for table, columns in (
            ("events", ["listing_id", "event", "at"]),
            ("identifiers", ["entity_id", "scheme", "value"]),
        ):
            old, new = (_of_cmic(parsed, table)[columns].sort_values(columns) for parsed in (xml, cons()))
            assert set(old.itertuples(index=False, name=None)) == set(new.itertuples(index=False, name=None))

    @pytest.mark.parametrize("path", sorted((OFAC / "sdn").glob("sdn_20*.csv")), ids=lambda path: path.stem)
    def test_every_sdn_file(self, path: Path) -> None:
        parsed = read("ofac_sdn", path)
        assert len(parsed.entities) == sum(
            1 for line in path.read_bytes().split(b"\r\n") if line[:1].isdigit()
        )
        assert parsed.understood >= 0.9995 * parsed.fields
        assert parsed.codes == parsed.codes_known
        assert set(parsed.listings["programme"]) <= {"SDN", "NS-MBS"}

    def test_screening_list_of_2022(self) -> None:
        parsed = read("csl", REAL / "csl" / "consolidated_2022-04.csv")
        counts = parsed.listings["programme"].value_counts().to_dict()
        expected = {
            "SDN": 10026,
            "BIS-EL": 2001,
            "DTC-DEBARRED": 727,
            "BIS-DPL": 462,
            "BIS-MEU": 71,
            "NS-CMIC": 68,
        }
        assert expected.items() <= counts.items()
        assert parsed.codes == parsed.codes_known
        assert parsed.understood >= parsed.fields - 2

    def test_screening_list_sample_of_2025(self) -> None:
        parsed = read("csl", REAL / "csl" / "sample_2025-06.csv")
        assert len(parsed.listings) == 13
        assert reported(parsed).empty

    @pytest.mark.parametrize("path", UN_FILES, ids=lambda path: path.stem)
    def test_un_lists(self, path: Path) -> None:
        parsed = read("un", path)
        assert len(parsed.entities) >= 1000
        assert reported(parsed).empty
        assert not parsed.events["note"].str.contains("not in the file").any()

    def test_opensanctions_export(self) -> None:
        (path,) = (REAL / "opensanctions").glob("*.targets.simple_*.csv")
        parsed = read("opensanctions", path)
        assert len(parsed.entities) == 5600
        assert parsed.codes == parsed.codes_known
        assert reported(parsed).empty
        # A publication of Ukraine's military intelligence: what is on it restricts nobody who has not adopted it.
        assert set(parsed.listings["programme"]) == {"UA-WS"}
        assert load_programmes().by_code["UA-WS"].binds == ("adopters",)


class TestAgainstTheStarterDataset:
    def test_the_68_ns_cmic_entities_equal_those_of_the_starter(self) -> None:
        """Matched by what OFAC prints: the name, the three dates and every ISIN, ticker, USCC and LEI.

        The starter holds more identifiers (of other documents, for the same company on other lists) and may spell a
        name as another list does; so OFAC's facts must all be in the starter, and the dates must be the same.
        """
        ours, theirs = _facts(cons()), _facts(load_starter())
        assert len(ours) == len(theirs) == 68
        by_name = {name: one for one in theirs for name in one.names}
        assert not {one.first for one in ours} - set(by_name)
        for one in ours:
            same = by_name[one.first]
            assert one.dates == same.dates, one.first
            assert one.identifiers <= same.identifiers, one.first
            assert one.names <= same.names, one.first

    def test_where_the_starter_says_more_another_document_says_it(self) -> None:
        """The starter's entities are on other lists too, which spell their names in their own way; and one ISIN, of a
        share line that OFAC does not print, is that of the exchange. Nothing more comes from OFAC's file itself."""
        starter, official = load_starter(), _facts(cons())
        more = {"names": Counter[str](), "identifiers": Counter[str]()}
        listings = starter.listings[starter.listings["programme"] == "NS-CMIC"]
        for entity, listing in listings[["entity_id", "listing_id"]].to_numpy():
            facts = _facts_of(starter, entity, listing)
            # Two entries are called "CHINA TELECOM" for short: the full name tells which is meant.
            (theirs,) = [one for one in official if one.first in facts.names]
            names = starter.names[starter.names["entity_id"] == entity]
            identifiers = starter.identifiers[starter.identifiers["entity_id"] == entity]
            further = ~names["name"].map(_plain).isin(theirs.names)
            more["names"].update(names.loc[further, "source_id"])
            printed = identifiers["scheme"] + " " + identifiers["value"].str.split().str.join(" ")
            unprinted = printed.isin(facts.identifiers - theirs.identifiers)
            more["identifiers"].update(identifiers.loc[unprinted, "source_id"])
        assert more["identifiers"] == {"hkex-2021-10-11": 1}
        citations = starter.sources.set_index("source_id")["citation"]
        assert not [one for one in more["names"] if "OFAC" in citations[one]]


def _of_cmic(parsed: Parsed, table: str) -> pd.DataFrame:
    listings = parsed.listings[parsed.listings["programme"] == "NS-CMIC"]
    key = "listing_id" if table == "events" else "entity_id"
    frame: pd.DataFrame = getattr(parsed, table)
    return frame[frame[key].isin(listings[key])]


@dataclass(frozen=True)
class Facts:
    """What a list says of one NS-CMIC entity."""

    first: str
    names: set[str]
    dates: set[str]
    identifiers: set[str]


def _facts(tables: Parsed | Restricted) -> list[Facts]:
    return [
        _facts_of(tables, str(entity), str(listing))
        for entity, listing, programme in tables.listings[["entity_id", "listing_id", "programme"]].to_numpy()
        if programme == "NS-CMIC"
    ]


def _facts_of(tables: Parsed | Restricted, entity: str, listing: str) -> Facts:
    events = tables.events[tables.events["listing_id"] == listing]
    names = tables.names[tables.names["entity_id"] == entity]["name"]
    identifiers = tables.identifiers[tables.identifiers["entity_id"] == entity]
    identifiers = identifiers[identifiers["scheme"].isin(["isin", "ticker", "uscc", "lei"])]
    return Facts(
        first=_plain(str(tables.entities.set_index("entity_id").loc[entity, "name"])),
        names={_plain(name) for name in names},
        dates=set(events["event"] + " " + events["at"]),
        identifiers=set(identifiers["scheme"] + " " + identifiers["value"].str.split().str.join(" ")),
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ListsConfig, ListServer]]:
    """The shipped sources, with the real files served at addresses of this machine, fetched once."""
    with ListServer().running() as server:
        yield real_lists(tmp_path_factory.mktemp("lists"), server), server


@pytest.fixture(scope="module")
def first(fetched: tuple[ListsConfig, ListServer]) -> Sequence[UpdateResult]:
    """What the first update came to."""
    return update(fetched[0], now=NOW)


@pytest.fixture(scope="module")
def in_force(fetched: tuple[ListsConfig, ListServer], first: Sequence[UpdateResult]) -> Restricted:
    """The fetched lists in force."""
    return load_restricted(fetched[0])


class TestFromNothing:
    """The lists are fetched once for all tests of this class."""

    def test_one_update_takes_it_from_nothing_to_a_healthy_dataset(
        self, fetched: tuple[ListsConfig, ListServer], first: Sequence[UpdateResult]
    ) -> None:
        assert [one.outcome for one in first] == ["new"] * 4, [one.message for one in first]
        assert not [one for result in first for one in result.failing]
        assert set(status(fetched[0], NOW.date())["health"]) == {"ok"}

    def test_a_second_update_finds_nothing_new(
        self, fetched: tuple[ListsConfig, ListServer], first: Sequence[UpdateResult]
    ) -> None:
        config, server = fetched
        asked = len(server.asked)
        assert [one.outcome for one in update(config, now=NOW)] == ["unchanged"] * len(first)
        assert len(server.asked) == asked + 9

    def test_official_lists_take_precedence_over_the_starter(self, in_force: Restricted) -> None:
        restricted = in_force
        used = {one.name: set(one.programmes) for one in restricted.datasets}
        assert "NS-CMIC" in used["ofac_cons"]
        assert used["starter"] == {"CCMC", "1260H"}
        assert not used["csl"] & {"SDN", "NS-CMIC", "SSI"}
        assert restricted.listings["listing_id"].is_unique
        assert restricted.entities["entity_id"].is_unique
        assert set(restricted.listings["entity_id"]) == set(restricted.entities["entity_id"])

    def test_one_company_has_all_its_listings(self, in_force: Restricted) -> None:
        restricted = in_force
        smic = restricted.identifiers.query("value == 'KYG8020E1199'")["entity_id"].unique()
        assert len(smic) == 1
        programmes = restricted.listings[restricted.listings["entity_id"] == smic[0]]["programme"]
        assert {"NS-CMIC", "CCMC", "1260H"} <= set(programmes)

    def test_a_report_shows_one_company_with_all_its_listings(self, in_force: Restricted) -> None:
        """SMIC is on OFAC's, Commerce's and the Department of Defense's lists, under one id, each in its own words."""
        held = holdings({"name": "SEMICONDUCTOR MANUFACTURING", "isin": "KYG8020E1199", "ticker": "981 HK"})
        found = screen(held, in_force, rules("2022-01-15")).findings
        of_smic = found[found["tier"] == "match"]
        assert of_smic["entity_id"].nunique() == of_smic["entity"].nunique() == 1
        assert {"NS-CMIC", "CCMC", "1260H"} <= set(of_smic["programme"])
        assert of_smic["printed"].nunique() >= 2
        assert found["decisive"].sum() == 1

    def test_the_report_is_warned_of_days_before_undated_files(
        self, fetched: tuple[ListsConfig, ListServer], in_force: Restricted
    ) -> None:
        told = cautions(fetched[0], in_force, date(2022, 1, 15), NOW.date())
        assert any(one.startswith("SDN: 14965 listings") for one in told.warnings)
        assert not told.failures
        assert not told.refusals

    def test_a_new_sdn_file_tells_what_changed(
        self, fetched: tuple[ListsConfig, ListServer], tmp_path: Path
    ) -> None:
        _, server = fetched
        config = shipped(tmp_path, "ofac_sdn")
        for day, path in ((1, SDN_2023), (2, SDN_2024)):
            modified = f"{path.stem[-2:]} {'Dec' if path is SDN_2023 else 'May'} {path.stem[4:8]}"
            address = server.serve("/sdn.csv", path, Last_Modified=f"Fri, {modified} 00:00:00 GMT")
            config = replace(config, sources=(replace(config.sources[0], addresses={"sdn.csv": address}),))
            (result,) = update(config, now=datetime(2026, 3, day, tzinfo=UTC))
            assert result.outcome == "new", result.message
        changes = diff(config, "2026-03-01", "2026-03-02")["change"].value_counts()
        assert (changes["added"], changes["removed"]) == (1710, 181)
        restricted = load_restricted(config)
        gone = restricted.events[restricted.events["event"] == "removed"]
        assert set(gone.loc[gone["listing_id"].str.startswith("ofac:"), "at"]) == {"2024-05-03"}
