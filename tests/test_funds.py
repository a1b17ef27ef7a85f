"""Funds: found, opened to three levels, and judged by each programme's own rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from screener.contracts import checked, columns
from screener.errors import UsageError
from screener.funds import Book, Books, Source, open_books
from screener.funds.books import name_of
from screener.job import RunRequest, run
from screener.lists.model import Entities, Events, Listings, Names, Restricted
from screener.rules.decision import Rules
from screener.rules.fund_shares import Share, through_fund
from screener.rules.investors import Policy, Thresholds
from screener.rules.programmes import load_programmes
from screener.screening import Screening, screen
from screener.settings import load_settings
from tests.samples import holdings, rules, starter

PROGRAMMES = load_programmes()
FUND = {"name": "Global Basket UCITS ETF", "ticker": "GBSK", "market_value": 1_000.0, "value_currency": "EUR"}
LISTED = "Volgograd Heavy Turbines JSC"
CODES = ("NS-CMIC", "SDN", "NL-CLUSTER", "UK-FREEZE", "HOUSE")


def _restricted(*codes: str) -> Restricted:
    """One company that is on the list of each programme."""
    listings = [(f"r:1/{code}", "r:1", code, code, LISTED.upper(), "") for code in codes]
    events = [(f"r:1/{code}", "listed", "2021-06-03", "", "") for code in codes]
    return replace(
        starter(),
        entities=checked(
            Entities, pd.DataFrame([("r:1", LISTED, "company", "", "")], columns=columns(Entities))
        ),
        names=checked(Names, pd.DataFrame([("r:1", LISTED, "strong", "")], columns=columns(Names))),
        identifiers=starter().identifiers.head(0),
        listings=checked(Listings, pd.DataFrame(listings, columns=columns(Listings))),
        events=checked(Events, pd.DataFrame(events, columns=columns(Events))),
    )


def _books(**inside: Sequence[Mapping[str, Any]]) -> Books:
    """A book a ticker."""
    books = {ticker: Book(f"{ticker}.csv", "0" * 64, holdings(*rows)) for ticker, rows in inside.items()}
    return Books({name_of(ticker, "ticker"): book for ticker, book in books.items()})


def _screened(
    books: Books, code: str = "NS-CMIC", investor: str = "us", day: str = "2024-01-01", fund: Any = FUND
) -> Screening:
    return screen(holdings(fund), _restricted(code), rules(day, investor), None, books)


def _listed(weight: float) -> dict[str, Any]:
    return {"name": LISTED, "weight": weight, "asset_class": "equity"}


def _rest(weight: float) -> dict[str, Any]:
    return {"name": "Kama Bearing Works PLC", "weight": weight, "asset_class": "equity"}


@pytest.mark.parametrize(
    ("code", "investor", "share", "action"),
    [
        ("NS-CMIC", "us", 0.01, "HOLD"),  # FAQ 861: whatever the share
        ("SDN", "us", 49.9, "INFO"),  # FAQ 982: half of the value or more
        ("SDN", "us", 50.0, "BLOCK"),
        ("NL-CLUSTER", "nl", 4.9, "INFO"),  # under 5 percent excepted
        ("NL-CLUSTER", "nl", 5.0, "DIVEST"),
        ("UK-FREEZE", "uk", 90.0, "INFO"),  # says nothing of funds
        ("NS-CMIC", "nl", 90.0, "NOT_BOUND"),
    ],
)
def test_each_programme_counts_a_fund_in_its_own_way(
    code: str, investor: str, share: float, action: str
) -> None:
    found = _screened(_books(GBSK=[_listed(share), _rest(100 - share)]), code, investor).findings
    assert found["action"].tolist() == [action]
    assert "Global Basket" in str(found["security"].iloc[0])
    assert LISTED in str(found["why"].iloc[0])


@pytest.mark.parametrize(
    ("share", "answer"),
    [
        (Share(50.0), "yes"),
        (Share(30.0, 20.0), "unknown"),
        (Share(30.0, 0.0, 25.0), "unknown"),
        (Share(30.0, 0.0, 19.9), "no"),
        (Share(49.9, 0.0, 0.5), "no"),  # weights are printed rounded
    ],
)
def test_what_is_not_known_of_a_fund_may_decide(share: Share, answer: str) -> None:
    assert through_fund(PROGRAMMES.by_code["SDN"], Share.parse(str(share))).answer == answer


def test_a_fund_that_is_not_opened_is_said_not_to_be_looked_through() -> None:
    screening = _screened(Books())
    assert screening.outcomes["outcome"].tolist() == ["clear"]
    assert "not looked through: what this fund holds is not known" in str(
        screening.outcomes["reason"].iloc[0]
    )
    assert screening.funds["book"].tolist() == [""]
    assert "1 fund was not looked through: NS-CMIC" in screening.remarks[0]


def test_nobody_is_told_to_open_a_fund_that_no_rule_of_theirs_would_reach() -> None:
    assert _screened(Books(), investor="no").remarks == ()


def test_funds_in_funds_are_opened_to_the_third_level() -> None:
    books = _books(
        GBSK=[{"name": "Second ETF", "ticker": "TWO", "weight": 50.0}, _rest(50.0)],
        TWO=[{"name": "Third ETF", "ticker": "THREE", "weight": 20.0}, _rest(80.0)],
        THREE=[{"name": "Fourth ETF", "ticker": "FOUR", "weight": 40.0}, _listed(10.0), _rest(50.0)],
        FOUR=[_listed(100.0)],
    )
    screening = _screened(books)
    (exposure,) = screening.exposures.to_dict("records")
    assert exposure["chain"] == "Global Basket UCITS ETF > Second ETF > Third ETF"
    assert exposure["weight"] == pytest.approx(50 * 0.2 * 0.1)  # percent of the fund that is held
    assert exposure["market_value"] == pytest.approx(10.0)
    fund = screening.funds.iloc[0]
    assert "Fourth ETF (4.00 percent): deeper than 3 levels" in str(fund["note"])
    assert fund["known"] == pytest.approx(96.0)
    assert "through Second ETF > Third ETF" in str(screening.findings["ours"].iloc[0])


def test_funds_that_hold_each_other_end() -> None:
    books = _books(
        GBSK=[{"name": "Second ETF", "ticker": "TWO", "weight": 50.0}, _rest(50.0)],
        TWO=[{"name": "Global Basket UCITS ETF", "ticker": "GBSK", "weight": 50.0}, _listed(50.0)],
    )
    screening = _screened(books)
    assert screening.exposures["weight"].tolist() == [25.0]
    assert "it holds the fund that holds it" in str(screening.funds["note"].iloc[0])


def test_a_fund_inside_that_nobody_opened_leaves_the_share_open() -> None:
    books = _books(GBSK=[_listed(30.0), {"name": "Dark Fund", "ticker": "DARK", "weight": 40.0}, _rest(30.0)])
    assert _screened(books, "SDN").findings["action"].tolist() == ["REVIEW"]


def test_a_position_that_may_be_the_listed_one_is_left_to_a_person() -> None:
    """China Telecom is the alias of two listed entities."""
    inside = [{"name": "CHINA TELECOM", "weight": 60.0}, _rest(40.0)]
    found = screen(holdings(FUND), starter(), rules("2026-08-01"), None, _books(GBSK=inside)).findings
    assert found.loc[found["decisive"], ["action", "programme"]].to_numpy().tolist() == [
        ["REVIEW", "NS-CMIC"]
    ]


@pytest.mark.parametrize(
    ("rows", "weight"),
    [
        ([{**_listed(0.25)}, {**_rest(0.75)}], 25.0),  # fractions
        ([{"name": LISTED, "market_value": 10.0}, {"name": "Kama", "market_value": 30.0}], 25.0),
        ([{"name": LISTED, "market_value": 10.0, "value_currency": "USD"}, {"name": "Kama", "market_value": 30.0, "value_currency": "EUR"}], None),
        ([{"name": LISTED, "quantity": 10.0}], None),
    ],
)  # fmt: skip
def test_weights_come_from_what_the_file_states(rows: list[Any], weight: float | None) -> None:
    exposures = _screened(_books(GBSK=rows)).exposures
    assert exposures["weight"].dropna().tolist() == ([weight] if weight else [])
    assert exposures["action"].tolist() == ["HOLD"]  # any share is enough, known or not


def test_many_positions_of_one_list_are_one_finding_and_stay_visible() -> None:
    inside = [
        {"name": name, "weight": weight, "asset_class": "equity"}
        for name, weight in (("CHINA MOBILE LTD", 2.0), ("CNOOC LTD", 1.0), ("APPLE INC", 97.0))
    ]
    screening = screen(holdings(FUND), starter(), rules("2026-08-01"), None, _books(GBSK=inside))
    held = screening.findings[screening.findings["action"] == "HOLD"]
    assert len(held) == 1
    assert "CHINA MOBILE LTD (2 percent) and CNOOC LTD (1 percent), together 3 percent of its value" in str(
        held["why"].iloc[0]
    )
    inside_names = screening.exposures.loc[screening.exposures["action"] == "HOLD", "inside"]
    assert inside_names.tolist() == ["CHINA MOBILE LTD", "CNOOC LTD"]
    assert "RELEASED" not in set(screening.findings["action"])


def test_a_fund_in_many_portfolios_is_judged_in_each() -> None:
    held = holdings(*({**FUND, "portfolio": str(number)} for number in range(50)))
    books = _books(GBSK=[_listed(10.0), _rest(90.0)])
    screening = screen(held, _restricted("NS-CMIC"), rules("2024-01-01"), None, books)
    assert screening.findings["portfolio"].nunique() == 50
    assert screening.exposures["market_value"].tolist() == [100.0] * 50


def _house(us_person: bool, least: float) -> Rules:
    given = rules("2024-01-01", "us" if us_person else "no")
    policy = Policy(programme="HOUSE", action="DIVEST", basis="Board")
    changed = {"policy": (policy,), "thresholds": Thresholds(fund_share=least)}
    return replace(given, investor=given.investor.model_copy(update=changed))


@pytest.mark.parametrize(("least", "action"), [(0.0, "DIVEST"), (10.0, "DIVEST"), (10.1, "NOT_BOUND")])
def test_own_policy_reaches_a_fund_from_its_own_threshold_on(least: float, action: str) -> None:
    books = _books(GBSK=[_listed(10.0), _rest(90.0)])
    found = screen(holdings(FUND), _restricted("HOUSE"), _house(False, least), None, books).findings
    assert found["action"].tolist() == [action]
    assert "Own policy (Board) asks for DIVEST" in str(found["why"].iloc[0])


def test_a_bar_on_sale_of_a_fund_prevails_over_own_policy() -> None:
    books = _books(GBSK=[_listed(10.0), _rest(90.0)])
    restricted = _restricted("HOUSE", "NS-CMIC")
    found = screen(holdings(FUND), restricted, _house(True, 0.0), None, books).findings
    assert set(found["action"]) == {"HOLD"}
    assert "Own policy asks for DIVEST; NS-CMIC forbids a sale and prevails" in " ".join(found["why"])


CSV = "Security,Ticker,Asset class,Weight (%)\nCNOOC LTD,883 HK,Equity,40\nAPPLE INC,AAPL US,Equity,60\n"


def _folder(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).write_text(CSV, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name", ["US4642872349.csv", "EEM.csv", "EEM_holdings 2024.csv", "iShares MSCI Emerging Markets.csv"]
)
def test_a_file_is_found_by_isin_ticker_or_name(tmp_path: Path, name: str) -> None:
    held = holdings(
        {"name": "iShares MSCI Emerging Markets", "isin": "US4642872349", "ticker": "EEM US", "asset_class": "fund"}
    )  # fmt: skip
    books = open_books([Source.parse(str(_folder(tmp_path, name)))], held)
    assert books.of(held).tolist() == [name]
    assert books.warnings == ()


def test_only_the_files_that_are_asked_for_are_read(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "EEM.csv", "OTHER.csv")
    (folder / "BROKEN.xlsx").write_bytes(b"PK\x03\x04 nothing")
    held = holdings({"name": "Some ETF", "ticker": "EEM US"})
    books = open_books([Source.parse(str(folder))], held)
    assert [book.file for book in books.files()] == ["EEM.csv"]
    assert books.warnings == ()


def test_a_file_that_was_given_and_could_not_be_used_is_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "holdings.csv")
    (folder / "EEM.xlsx").write_bytes(b"PK\x03\x04 nothing")
    held = holdings({"name": "Some ETF", "ticker": "EEM US"})
    sources = [Source.parse(str(folder / name)) for name in ("holdings.csv", "EEM.xlsx")]
    broken, unused = open_books(sources, held).warnings
    assert broken.startswith("Look-through: EEM.xlsx: ")
    assert "holdings.csv fits no fund that is held and was not used" in unused


def test_a_file_can_be_given_to_a_fund_by_hand(tmp_path: Path) -> None:
    file = _folder(tmp_path, "holdings.csv") / "holdings.csv"
    held = holdings({"name": "Some ETF", "ticker": "EEM US"})
    assert open_books([Source.parse(f"EEM={file}")], held).of(held).tolist() == ["holdings.csv"]


def test_a_share_of_the_same_ticker_is_no_fund(tmp_path: Path) -> None:
    held = holdings({"name": "META PLATFORMS INC", "ticker": "META US", "asset_class": "equity"})
    assert _funds_of(held, _folder(tmp_path, "META.csv")).empty


def _funds_of(held: Any, folder: Path) -> pd.DataFrame:
    books = open_books([Source.parse(str(folder))], held)
    return screen(held, starter(), rules("2026-08-01"), None, books).funds


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--look-through: .*nowhere: no such file or folder"):
        Source.parse(f"EEM={tmp_path / 'nowhere'}")


def test_the_report_of_a_run_shows_what_the_funds_hold(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    _folder(tmp_path / "books", "EEM.csv")
    held = tmp_path / "held.csv"
    held.write_text(
        "Security,Ticker,Asset class,Market value,Currency\nSome ETF,EEM US,ETF,500,USD\nDark Fund,DARK,Fund,100,USD\n",
        encoding="utf-8",
    )
    day = rules("2026-08-01").as_of
    sources = (Source(tmp_path / "books"),)
    result = run(
        RunRequest((held,), day, tmp_path / "out", "us", look_through=sources, record=False), load_settings()
    )
    sheet = load_workbook(result.written["divestment-report.xlsx"])["Funds"]
    tables = {table.name: sheet[table.ref] for table in sheet.tables.values()}
    assert [row[0].value for row in tables["NotLookedThrough"][1:]] == ["Dark Fund"]
    assert [row[2].value for row in tables["LookedThrough"][1:]] == ["EEM.csv"]
    first = [cell.value for cell in tables["MetInside"][1]]
    assert first[:8] == ["Some ETF", "CNOOC LIMITED", "CNOOC LTD", "NS-CMIC", "HOLD", 40, 200, "USD"]
    page = result.written["divestment-report.html"].read_text(encoding="utf-8")
    funds = page[page.index("<h2>Funds</h2>") : page.index("<h2>Not screened</h2>")]
    for told in ("CNOOC LIMITED", "USD 200", "40.00", "Dark Fund", "EEM.csv"):
        assert told in funds, told
    reasons = dict(zip(result.report.outcomes["security"], result.report.outcomes["reason"], strict=True))
    assert reasons["Some ETF"] == "HOLD under NS-CMIC: in effect; looked through by EEM.csv (2 positions)"
    assert "EEM.csv, SHA-256 " in dict(result.report.thresholds)["Look-through"]
