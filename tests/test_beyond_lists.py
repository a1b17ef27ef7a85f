"""Ownership and country: what is restricted though no list names it, with each regime's own threshold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from screener.contracts import checked, columns
from screener.errors import UsageError
from screener.lists.model import Entities, Events, Listings, Names, Restricted
from screener.rules.ownership import Holder, Stake, owned_by
from screener.rules.ownership_file import load_ownership
from screener.rules.programmes import load_programmes
from screener.screening import screen
from tests.samples import holdings, rules, starter

PROGRAMMES = load_programmes()
CODES = ("SDN", "EU-FREEZE", "UK-FREEZE", "NS-CMIC")


def _owned(
    code: str, *stakes: tuple[str, str, float], holders: tuple[str, ...] = ("A", "B")
) -> dict[str, str]:
    """Owned company -> "yes", or the doubt."""
    held = [Stake(*stake) for stake in stakes]
    named = {key: Holder(key, None) for key in holders}
    return {one.key: one.doubt or "yes" for one in owned_by(held, named, PROGRAMMES.by_code[code])}


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (49.9, {"SDN": {}, "EU-FREEZE": {}, "UK-FREEZE": {}, "NS-CMIC": {}}),
        (50.0, {"SDN": {"X": "yes"}, "EU-FREEZE": {"X": "yes"}, "UK-FREEZE": "control", "NS-CMIC": {}}),
        (50.1, {"SDN": {"X": "yes"}, "EU-FREEZE": {"X": "yes"}, "UK-FREEZE": {"X": "yes"}, "NS-CMIC": {}}),
    ],
)
def test_each_regime_has_its_own_threshold_and_operator(percent: float, expected: dict[str, object]) -> None:
    for code in CODES:
        found = _owned(code, ("A", "X", percent))
        if expected[code] == "control":
            assert "find out who controls it" in found["X"]
        else:
            assert found == expected[code], code


def test_shares_of_several_are_added_up_where_the_regime_does_so() -> None:
    stakes = (("A", "X", 30.0), ("B", "X", 25.0))
    assert _owned("SDN", *stakes) == {"X": "yes"}
    assert _owned("EU-FREEZE", *stakes) == {"X": "yes"}
    assert "act together" in _owned("UK-FREEZE", *stakes)["X"]


def test_a_company_under_the_threshold_passes_nothing_on() -> None:
    """OFAC FAQ 401: 25 percent of Y and Z, which own all of X between them, is no ownership of X."""
    stakes = (("A", "Y", 25.0), ("A", "Z", 25.0), ("Y", "X", 50.0), ("Z", "X", 50.0))
    assert _owned("SDN", *stakes) == {}


def test_a_company_over_the_threshold_passes_on_all_it_owns() -> None:
    stakes = (("A", "Y", 50.0), ("Y", "X", 25.0), ("B", "X", 25.0))
    assert _owned("SDN", *stakes) == {"Y": "yes", "X": "yes"}


def test_cycles_end() -> None:
    stakes = (("A", "X", 50.0), ("X", "Y", 60.0), ("Y", "X", 50.0), ("Y", "Y", 40.0), ("Y", "A", 90.0))
    assert _owned("SDN", *stakes) == {"X": "yes", "Y": "yes"}


def test_the_chain_is_told() -> None:
    held = [Stake("A", "Y", 60.0, date(2020, 1, 1)), Stake("Y", "X", 30.0), Stake("B", "X", 25.0)]
    named = {"A": Holder("Alpha", date(2022, 3, 1)), "B": Holder("Beta", date(2021, 1, 1))}
    found = {one.key: one for one in owned_by(held, named, PROGRAMMES.by_code["SDN"])}
    assert found["X"].chain == (
        "Alpha (listed) owns 60 percent of Y since 1 Jan 2020; "
        "Y owns 30 percent of X and Beta (listed) owns 25 percent of X, 55 percent together"
    )
    assert found["X"].since == date(2022, 3, 1)


def _blocked() -> Restricted:
    """A list with one blocked company of each freezing programme, and the starter dataset's sources."""
    codes = ("SDN", "EU-FREEZE", "UK-FREEZE")
    entities = [("r:1", "Volgograd Heavy Turbines JSC", "company", "", "")]
    names = [("r:1", "Volgograd Heavy Turbines JSC", "strong", "")]
    listings = [(f"r:1/{code}", "r:1", code, code, "VOLGOGRAD HEAVY TURBINES JSC", "") for code in codes]
    events = [(f"r:1/{code}", "listed", "2022-03-01", "", "") for code in codes]
    return replace(
        starter(),
        entities=checked(Entities, pd.DataFrame(entities, columns=columns(Entities))),
        names=checked(Names, pd.DataFrame(names, columns=columns(Names))),
        identifiers=starter().identifiers.head(0),
        listings=checked(Listings, pd.DataFrame(listings, columns=columns(Listings))),
        events=checked(Events, pd.DataFrame(events, columns=columns(Events))),
    )


@pytest.mark.parametrize(("investor", "action"), [("us", "BLOCK"), ("eu", "BLOCK"), ("uk", "REVIEW")])
def test_a_company_owned_by_exactly_half(tmp_path: Path, investor: str, action: str) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(
        "owner,owned,percent,from\nVolgograd Heavy Turbines JSC,Kama Bearing Works PLC,50,2021-05-01\n",
        encoding="utf-8",
    )
    position = holdings({"name": "KAMA BEARING WORKS PLC"})
    without = screen(position, _blocked(), rules("2024-01-01", investor))
    assert without.findings.empty
    found = screen(position, _blocked(), rules("2024-01-01", investor), load_ownership(file)).findings
    decisive = found[found["decisive"]].iloc[0]
    assert decisive["action"] == action
    assert "owns 50 percent of Kama Bearing Works PLC since 1 May 2021" in decisive["printed"]
    assert "Not itself on the list" in decisive["printed"]
    assert "owners.csv" in decisive["sources"]


def test_shares_that_were_sold_no_longer_count(tmp_path: Path) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(
        "owner,owned,percent,from,until\nr:1,Kama Bearing Works PLC,80,2021-05-01,2023-06-30\n",
        encoding="utf-8",
    )
    position = holdings({"name": "KAMA BEARING WORKS PLC"})
    on_day = [
        screen(position, _blocked(), rules(day), load_ownership(file)).findings.empty
        for day in ("2023-06-30", "2023-07-01")
    ]
    assert on_day == [False, True]


def test_relations_of_opensanctions(tmp_path: Path) -> None:
    file = tmp_path / "relations.ftm.json"
    lines = [
        {"id": "own-1", "schema": "Ownership", "properties": {"owner": ["r:1"], "asset": ["k"], "percentage": ["75%"], "startDate": ["2020"]}},
        {"id": "own-2", "schema": "Ownership", "properties": {"owner": ["r:1"], "asset": ["z"]}},
        {"id": "own-3", "schema": "Ownership", "properties": {"owner": ["r:1"], "asset": ["z"], "percentage": ["175"]}},
        {"id": "own-4", "schema": "Ownership", "properties": {"owner": ["r:1"], "asset": ["q"], "percentage": ["80"], "endDate": ["2023"]}},
        {"id": "k", "schema": "Company", "caption": "Kama Bearing Works PLC", "properties": {"name": ["Kama Bearing Works PLC"]}},
    ]  # fmt: skip
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    ownership = load_ownership(file)
    assert ownership.warnings == (
        "relations.ftm.json: 2 relations state no percentage between 0 and 100, or end before they begin, and were not "
        "counted (rows 2, 3)",
    )
    assert [stake.until for stake in ownership.stakes] == [date.max, date(2023, 12, 31)]
    found = screen(holdings({"name": "KAMA BEARING WORKS PLC"}), _blocked(), rules("2024-01-01"), ownership)
    assert set(found.findings["action"]) >= {"BLOCK"}
    assert found.findings["why"].str.contains("owns 75 percent of Kama Bearing Works PLC", regex=False).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("owner,owned,percent\na,b,50\na,c,120\n", r"owners.csv row 3: percent 120 is not between 0 and 100"),
        ("owner,owned,percent\na,b,half\n", r"owners.csv row 2: percent 'half' is not a number"),
        ("owner,owned,percent\n,b,50\n", r"owners.csv row 2: owner and owned must both be stated"),
        ("owner,owned,percent,from\na,b,50,May\n", r"owners.csv row 2: from 'May' is not a day"),
        ("owner,owned,percent,from,until\na,b,50,2022-01-01,2021-01-01\n", r"until 2021-01-01 is before"),
        ("owner,company,percent\na,b,50\n", r"owners.csv: no column 'owned'"),
        ("owner,owned,percent,share\na,b,50,1\n", r"owners.csv: column 'share' is not known"),
    ],
)
def test_a_wrong_ownership_file_is_named_with_its_row(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        load_ownership(file)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("a,x,60,,\nb,x,70,,\n", "owners.csv rows 2, 3: 130 percent of x is owned, more than all of it"),
        ("a,x,60,,\n\nA,X,60,,\n", "owners.csv rows 2, 4: the same stake is stated 2 times and is counted once"),
        ("a,x,60,2020-01-01,\na,x,20,2021-01-01,\n", "owners.csv rows 2, 3: a holds two stakes in x at the same time and both are counted; end the earlier one with a day in `until` if it was replaced"),
        ("a,b,60,,\nb,c,60,,\nc,a,60,,\n", "own each other in a circle; each is counted once"),
        ("a,a,10,,\n", "owners.csv rows 2: a > a own each other in a circle; each is counted once"),
        ("", "owners.csv: states no stake that could be counted"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_told_with_its_rows(tmp_path: Path, rows: str, says: str) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(f"owner,owned,percent,from,until\n{rows}", encoding="utf-8")
    (told,) = load_ownership(file).warnings
    assert told.endswith(says)


def test_a_stake_that_was_replaced_is_no_remark(tmp_path: Path) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(
        "owner,owned,percent,from,until\na,x,60,2020-01-01,2020-12-31\na,x,70,2021-01-01,\n", encoding="utf-8"
    )
    assert load_ownership(file).warnings == ()


def test_a_parquet_file_is_read_as_a_csv_is(tmp_path: Path) -> None:
    rows = {
        "owner": ["r:1"],
        "owned": ["Kama"],
        "percent": [50.0],
        "from": [date(2021, 5, 1)],
        "until": [None],
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "owners.parquet")
    (tmp_path / "owners.csv").write_text(
        "owner;owned;percent;from;until\nr:1;Kama;50,0;2021-05-01;\n", encoding="utf-8"
    )
    assert (
        load_ownership(tmp_path / "owners.parquet").stakes == load_ownership(tmp_path / "owners.csv").stakes
    )


def test_shares_that_make_a_half_in_decimal_numbers_make_a_half() -> None:
    stakes = tuple((owner, "X", percent) for owner, percent in (("A", 0.1), ("B", 0.2), ("C", 49.7)))
    assert _owned("SDN", *stakes, holders=("A", "B", "C")) == {"X": "yes"}


def test_a_company_on_the_list_itself_is_not_said_to_be_off_it(tmp_path: Path) -> None:
    file = tmp_path / "owners.csv"
    file.write_text("owner,owned,percent\nr:1,Volgograd Heavy Turbines JSC,60\n", encoding="utf-8")
    position = holdings({"name": "Volgograd Heavy Turbines JSC"})
    found = screen(position, _blocked(), rules("2024-01-01"), load_ownership(file)).findings
    assert not found["printed"].str.contains("Not itself on the list").any()


def test_a_long_chain_among_many_stakes_is_followed_quickly() -> None:
    """A file of 50,000 stakes and 2,000 listed owners is followed by the links that matter, for the UK one by one."""
    stakes = [Stake(f"n{number}", f"n{number + 1}", 60.0) for number in range(50_000) if number % 25]
    named = {f"n{number}": Holder(f"N{number}", None) for number in range(1, 50_000, 25)}
    assert len(owned_by(stakes, named, PROGRAMMES.by_code["UK-FREEZE"])) == 24 * 2_000


@pytest.mark.parametrize(
    ("holding", "as_of", "investor", "action"),
    [
        ({"name": "LUKOIL PJSC", "isin": "RU0009024277"}, "2023-01-01", "us", "NO_BUY"),
        ({"name": "LUKOIL PJSC", "isin": "RU0009024277"}, "2022-04-05", "us", "CLEAR"),
        ({"name": "LUKOIL PJSC", "isin": "RU0009024277"}, "2023-01-01", "no", "NOT_BOUND"),
        ({"name": "LUKOIL PJSC-SPON ADR", "isin": "US69343P1057", "country": "RU"}, "2023-01-01", "us", "NO_BUY"),
        ({"name": "SBERBANK ROSSII", "isin": "RU0009029540", "country": "Russian Federation"}, "2023-01-01", "us", "NO_BUY"),
        ({"name": "SBERBANK ROSSII", "country": "Russland"}, "2023-01-01", "us", "NO_BUY"),
        ({"name": "SBERBANK ROSSII", "isin": "RU0009029540", "country": "Emerging Europe"}, "2023-01-01", "us", "NO_BUY"),
        ({"name": "SBERBANK ROSSII", "isin": "RU0009029540", "country": "Cyprus"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "YANDEX NV-A", "isin": "NL0009805522", "country": "RU"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "GAZPROM FUTURE", "country": "RU", "asset_class": "derivative"}, "2023-01-01", "us", "INFO"),
        ({"name": "APPLE INC", "isin": "US0378331005", "country": "US"}, "2023-01-01", "us", "CLEAR"),
        # Without country and ISIN of the issuer, what points to Russia is left to a person; an ISIN says more.
        ({"name": "SBERBANK", "ticker": "SBER RM"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "GAZPROM", "ticker": "GAZP", "exchange": "MISX"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "GAZPROM", "ric": "GAZP.MM"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "GAZPROM PAO"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "LUKOIL PJSC-SPON ADR", "isin": "US69343P1057"}, "2023-01-01", "us", "REVIEW"),
        ({"name": "LUKOIL PJSC-SPON ADR", "isin": "US69343P1057"}, "2022-04-05", "us", "CLEAR"),
        ({"name": "LUKOIL PJSC-SPON ADR", "isin": "US69343P1057"}, "2023-01-01", "nl", "NOT_BOUND"),
        ({"name": "EMAAR PROPERTIES PJSC", "isin": "AEE000301011"}, "2023-01-01", "us", "CLEAR"),
        ({"name": "EMAAR PROPERTIES PJSC", "country": "AE"}, "2023-01-01", "us", "CLEAR"),
        ({"name": "YANDEX NV-A", "ticker": "YNDX RM", "isin": "NL0009805522"}, "2023-01-01", "us", "CLEAR"),
        ({"name": "PAOLO ROSSI SPA"}, "2023-01-01", "us", "CLEAR"),
    ],
)  # fmt: skip
def test_new_investment_in_russia_attaches_to_the_issuers_country(
    holding: dict[str, str], as_of: str, investor: str, action: str
) -> None:
    outcome = screen(holdings(holding), starter(), rules(as_of, investor)).outcomes.iloc[0]
    assert outcome["action"] == action


def test_the_russian_rule_says_to_whom_a_sale_is_allowed() -> None:
    position = holdings({"name": "LUKOIL PJSC", "isin": "RU0009024277"})
    finding = screen(position, starter(), rules("2023-01-01")).findings.iloc[0]
    assert "may be sold to a non-U.S. person" in finding["why"]
    assert "FAQ" in finding["basis"]
    assert finding["theirs"] == "any issuer in Russia"
