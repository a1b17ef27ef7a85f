"""Identifiers and names together: what is evidence, how sure it is, and what contradicts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.lists.model import Entities, Identifiers, Listings, Names, Restricted
from screener.matching import Aids, match
from screener.matching.model import SECURITY_COLUMNS, Matches, Securities
from screener.reference import IssuerLinks
from tests.samples import starter

# A list of a few entities with one identifier of each scheme; real numbers of real securities.
LISTED: dict[str, dict[str, Any]] = {
    "xiaomi": {"name": "Xiaomi Corporation", "ticker": "1810 HK", "isin": "KYG9830T1067", "country": "CN"},
    "cnooc": {"name": "CNOOC Limited", "isin": "HK0883013259", "ticker": "00883 HK", "country": "HK"},
    "bad-isin": {"name": "Proven Honour Capital Limited", "isin": "CND10002K094"},
    "apple": {"name": "Apple Inc.", "cusip": "037833100", "lei": "HWUPKR0MPOU8FGXBT394"},
    "vod": {"name": "Vodafone Group Plc", "sedol": "BH4HKS3", "figi": "BBG000C6K6G9"},
    "bayer": {"name": "Bayer AG", "wkn": "BAY001", "ric": "BAYGn.DE"},
    "tencent": {"name": "Tencent Holdings Limited", "ticker": "700 HK", "isin": "KYG875721634"},
    "telecom-ltd": {"name": "China Telecom Corporation Limited", "alias": "CHINA TELECOM"},
    "telecom-group": {"name": "China Telecommunications Corporation", "alias": "CHINA TELECOM"},
    "holding": {"name": "HUAWEI INVESTMENT & HOLDING CO., LTD."},
    "operating": {"name": "Huawei Technologies Co., Ltd.", "alias": "HUAWEI INVESTMENT & HOLDING CO LTD"},
    "norinco": {"name": "China North Industries Group Corporation Limited", "alias": "NORINCO"},
    "bright": {"name": "Sunrise Shipping Trading LLC", "alias": "BRIGHT"},
    "captain": {"name": "Viktor Rashnikov", "kind": "person"},
    "tanker": {"name": "Ocean Amber", "kind": "vessel"},
}
SCHEMES = ("isin", "ticker", "cusip", "sedol", "figi", "lei", "wkn", "ric")


def restricted() -> Restricted:
    entities: list[tuple[str, ...]] = []
    names: list[tuple[str, ...]] = []
    identifiers: list[tuple[str, ...]] = []
    for ident, said in LISTED.items():
        kind, country = said.get("kind", "company"), said.get("country", "")
        entities.append((ident, said["name"], kind, country, ""))
        names += [(ident, said[key], "strong", "s") for key in ("name", "alias") if key in said]
        identifiers += [(ident, scheme, said[scheme], "s") for scheme in SCHEMES if scheme in said]
    listings: list[tuple[str, ...]] = [
        (f"{ident}/X", ident, "NS-CMIC", "a list", "a line", "s") for ident in LISTED
    ]
    return replace(
        starter(),
        entities=_table(Entities, entities),
        names=_table(Names, names),
        identifiers=_table(Identifiers, identifiers),
        listings=_table(Listings, listings),
    )


def _table(model: Any, rows: list[tuple[str, ...]]) -> Any:
    columns = list(model.to_schema().columns)
    return checked(model, pd.DataFrame(rows, columns=columns))


def met(links: Any = None, **said: Any) -> DataFrame[Matches]:
    """What one security met, surest first."""
    row = {**dict.fromkeys(SECURITY_COLUMNS, ""), **said, "security_id": 0}
    securities = checked(Securities, pd.DataFrame([row]))
    return match(securities, restricted(), Aids(links=links))


def said_of(rows: DataFrame[Matches]) -> list[tuple[str, str]]:
    return list(zip(rows["entity_id"], rows["tier"], strict=True))


@pytest.mark.parametrize(
    ("said", "entity"),
    [
        ({"isin": "KYG9830T1067"}, "xiaomi"),
        ({"isin": "CND10002K094"}, "bad-isin"),  # its check digit fails, as the list prints it
        ({"cusip": "037833100"}, "apple"),
        ({"isin": "US0378331005"}, "apple"),  # an ISIN that contains the CUSIP
        ({"lei": "HWUPKR0MPOU8FGXBT394"}, "apple"),
        ({"sedol": "BH4HKS3"}, "vod"),
        ({"isin": "GB00BH4HKS39"}, "vod"),  # an ISIN that contains the SEDOL
        ({"figi": "BBG000C6K6G9"}, "vod"),
        ({"wkn": "BAY001"}, "bayer"),
        ({"isin": "DE000BAY0017"}, "bayer"),  # an ISIN that contains the WKN
        ({"ric": "BAYGn.DE"}, "bayer"),
        ({"ticker": "1810 HK"}, "xiaomi"),
        ({"ticker": "01810.HK"}, "xiaomi"),
        ({"ticker": "HKG:1810"}, "xiaomi"),
        ({"ric": "1810.HK"}, "xiaomi"),
        ({"ticker": "1810", "exchange": "XHKG"}, "xiaomi"),
        ({"ticker": "1810", "exchange": "Hong Kong Exchanges And Clearing Ltd"}, "xiaomi"),
        ({"ticker": "1810", "country": "Hong Kong"}, "xiaomi"),
        ({"ticker": "883 HK Equity"}, "cnooc"),
    ],
)
def test_an_identifier_alone_is_a_match(said: dict[str, str], entity: str) -> None:
    assert said_of(met(**said)) == [(entity, "match")]


@pytest.mark.parametrize("said", [{"ticker": "700"}, {"ticker": "0700"}, {"ticker": "1810", "country": "US"}])
def test_a_bare_code_is_no_evidence_by_itself(said: dict[str, str]) -> None:
    assert met(**said).empty


def test_a_bare_code_with_a_name_that_agrees_is_a_match() -> None:
    rows = met(ticker="1810", name="XIAOMI-W")
    assert said_of(rows) == [("xiaomi", "match")]
    assert rows["score"].iloc[0] > met(name="XIAOMI-W")["score"].iloc[0]


def test_the_issuers_part_of_a_number_is_weaker_than_the_whole() -> None:
    rows = met(cusip="037833AK6", name="")
    assert said_of(rows) == [("apple", "review")]
    assert rows["score"].iloc[0] < met(cusip="037833100")["score"].iloc[0]
    assert said_of(met(cusip="037833AK6", name="APPLE INC 2.4% 05/03/23")) == [("apple", "match")]


def test_a_check_digit_that_fails_is_told() -> None:
    assert "check digit fails" in met(isin="CND10002K094")["why"].iloc[0]


def test_an_identifier_that_the_name_contradicts_is_for_review_and_says_so() -> None:
    rows = met(isin="KYG9830T1067", name="SIEMENS ENERGY AG")
    assert said_of(rows) == [("xiaomi", "review")]
    assert "the name of the holding speaks against it" in rows["why"].iloc[0]


def test_identifier_and_name_of_two_listed_entities_are_both_shown() -> None:
    rows = met(isin="KYG9830T1067", name="TENCENT HOLDINGS LTD")
    assert {*said_of(rows)} == {("xiaomi", "review"), ("tencent", "review")}
    assert all("Xiaomi Corporation" in why and "Tencent Holdings Limited" in why for why in rows["why"])


def test_a_name_that_fits_two_entities_is_for_review_and_names_both() -> None:
    rows = met(name="CHINA TELECOM")
    assert {*said_of(rows)} == {("telecom-ltd", "review"), ("telecom-group", "review")}
    assert all("China Telecommunications Corporation" in why for why in rows["why"])


def test_who_is_listed_under_the_name_comes_before_who_bears_it_as_one_more_name() -> None:
    """OFAC lists Huawei's holding company by itself and prints its name among those of Huawei Technologies too."""
    for printed in ("HUAWEI INVESTMENT & HOLDING 4.25% 05/18/27", "HUAWEI INVESTMENT & HOLDING CO LTD"):
        assert said_of(met(name=printed)) == [("holding", "match")]


def test_a_country_that_contradicts_lowers_the_score_and_is_told() -> None:
    at_home, abroad = met(name="XIAOMI CORP", country="HK"), met(name="XIAOMI CORP", country="Brazil")
    assert said_of(at_home) == [("xiaomi", "match")]
    assert said_of(abroad) == [("xiaomi", "review")]
    assert abroad["score"].iloc[0] < at_home["score"].iloc[0]
    assert "country is BR" in abroad["why"].iloc[0]


def test_an_offshore_seat_contradicts_no_country() -> None:
    assert said_of(met(name="XIAOMI CORP", country="KY")) == [("xiaomi", "match")]


def test_a_longer_name_that_meets_only_a_short_name_is_for_review() -> None:
    assert said_of(met(name="NORINCO")) == [("norinco", "match")]
    assert said_of(met(name="NORINCO LTD")) == [("norinco", "review")]
    assert said_of(met(name="NORINCO INTERNATIONAL")) == [("norinco", "review")]


def test_a_short_name_that_is_a_common_word_counts_less() -> None:
    assert met(name="BRIGHT")["score"].iloc[0] > 0.8
    assert (met(name="BRIGHT FUTURE TECH")["score"] < 0.5).all()


@pytest.mark.parametrize("name", ["VIKTOR RASHNIKOV", "OCEAN AMBER"])
def test_a_person_or_a_ship_issues_no_securities(name: str) -> None:
    rows = met(name=name)
    assert set(rows["tier"]) <= {"review"}
    assert all("issues no securities" in why for why in rows["why"])


def links(*rows: tuple[str, str, str]) -> DataFrame[IssuerLinks]:
    return checked(
        IssuerLinks,
        pd.DataFrame(rows, columns=["isin", "lei", "name"], dtype="str").assign(source="gleif.csv"),
    )


class TestReference:
    """Links of a reference file."""

    BOND, LEI, XIAOMI = "XS1234567890", "HWUPKR0MPOU8FGXBT394", "213800AAAAAAAAAAAA00"

    def test_an_lei_that_the_list_prints(self) -> None:
        rows = met(links((self.BOND, self.LEI, "")), isin=self.BOND)
        assert said_of(rows) == [("apple", "review")]
        assert "by gleif.csv the issuer" in rows["why"].iloc[0]
        assert rows["method"].iloc[0] == "reference"
        assert self.BOND in rows["ours"].iloc[0]

    def test_with_a_name_that_agrees_it_is_a_match(self) -> None:
        assert said_of(met(links((self.BOND, self.LEI, "")), isin=self.BOND, name="APPLE 3.5% 29")) == [
            ("apple", "match")
        ]

    def test_a_link_that_contradicts_the_name_is_for_review(self) -> None:
        rows = met(links((self.BOND, self.LEI, "")), isin=self.BOND, name="SIEMENS ENERGY AG")
        assert said_of(rows) == [("apple", "review")]
        assert "speaks against it" in rows["why"].iloc[0]

    def test_another_security_of_the_issuer_of_a_printed_one(self) -> None:
        table = links(("KYG9830T1067", self.XIAOMI, ""), (self.BOND, self.XIAOMI, ""))
        rows = met(table, isin=self.BOND)
        assert said_of(rows) == [("xiaomi", "review")]
        assert "KYG9830T1067 of the same issuer" in rows["theirs"].iloc[0]

    def test_the_issuers_name_meets_a_listed_one(self) -> None:
        rows = met(links((self.BOND, "", "Xiaomi Corporation")), isin=self.BOND, name="PICTOR BOND 2027")
        assert said_of(rows) == [("xiaomi", "review")]
        assert "gleif.csv names the issuer so" in rows["why"].iloc[0]

    def test_another_issuer_makes_a_match_by_name_one_for_review(self) -> None:
        assert said_of(met(name="TENCENT HOLDINGS LTD", isin=self.BOND)) == [("tencent", "match")]
        for table in (
            links((self.BOND, "", "Siemens Energy AG")),
            links((self.BOND, self.LEI, ""), ("KYG875721634", self.XIAOMI, "")),
        ):
            rows = met(table, name="TENCENT HOLDINGS LTD", isin=self.BOND).set_index("entity_id")
            assert rows["tier"]["tencent"] == "review"
            assert "gleif.csv has another issuer for this ISIN" in rows["why"]["tencent"]

    def test_a_link_to_nobody_listed_says_nothing(self) -> None:
        assert met(links((self.BOND, "213800BBBBBBBBBBBB00", "Siemens Energy AG")), isin=self.BOND).empty
