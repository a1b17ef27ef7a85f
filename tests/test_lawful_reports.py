"""Whole reports: each investor gets its own answer for the same file, and no form of a report calls for a forbidden sale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from screener.job import RunRequest, RunResult, run
from screener.lists.model import Restricted
from screener.report import html_page
from screener.rules.event_order import out_of_order
from screener.settings import load_settings
from tests.samples import ROOT, list_of, starter

BOOK = (
    "Security,Ticker,ISIN,Asset class,Quantity,Market value,Currency\n"
    "CNOOC LTD,883 HK,HK0883013259,Equity,100,1000,USD\n"
    "TENCENT HOLDINGS LTD,700 HK,KYG875721634,Equity,100,1000,USD\n"
    "LUKOIL PJSC,,RU0009024277,Equity,100,1000,USD\n"
    "APPLE INC,AAPL US,US0378331005,Equity,100,1000,USD\n"
)


def _run(folder: Path, investor: str, as_of: str = "2026-08-01", book: str = BOOK) -> RunResult:
    held = folder / "held.csv"
    held.write_text(book, encoding="utf-8")
    out = folder / Path(investor).stem
    request = RunRequest((held,), date.fromisoformat(as_of), out, investor, record=False)
    return run(request, load_settings())


def _actions(result: RunResult) -> list[str]:
    rows = result.report.outcomes
    return rows.loc[rows["outcome"].isin(["finding", "clear"]), "action"].tolist()


def test_the_same_file_says_to_each_investor_what_binds_it(tmp_path: Path) -> None:
    results = {name: _run(tmp_path, name) for name in ("us", "nl", "no", "example-house")}
    assert {name: _actions(result) for name, result in results.items()} == {
        "us": ["HOLD", "INFO", "NO_BUY", "CLEAR"],
        "nl": ["NOT_BOUND", "NOT_BOUND", "NOT_BOUND", "CLEAR"],
        "no": ["NOT_BOUND", "NOT_BOUND", "NOT_BOUND", "CLEAR"],
        # Its own policy bars purchases of NS-CMIC companies; 1260H is switched off, and the report says so.
        "example-house": ["NO_BUY", "CLEAR", "NOT_BOUND", "CLEAR"],
    }
    assert [int(one.exit_code) for one in results.values()] == [1, 0, 0, 1]
    house = results["example-house"].report
    assert any(text.startswith("1260H is not screened for this investor: ") for text in house.warnings)
    assert len({one.report.run_id for one in results.values()}) == 4


BARRED = """entity,name,programme,printed,event,at,note
a,Gamma Dongfang Military Group,NS-CMIC,GAMMA DONGFANG MILITARY GROUP,listed,2021-06-03,
a,Gamma Dongfang Military Group,HOUSE,Gamma Dongfang Military Group,listed,2024-01-01,
b,Alpha Volgograd Holding JSC,SDN,ALPHA VOLGOGRAD HOLDING JSC,listed,2022-03-01,
b,Alpha Volgograd Holding JSC,HOUSE,Alpha Volgograd Holding JSC,listed,2024-01-01,
"""
BARRED_BOOK = "Security,Asset class,Quantity\nGAMMA DONGFANG MILITARY GROUP,Equity,10\nALPHA VOLGOGRAD HOLDING JSC,Equity,10\n"
_SELL = re.compile(r"\bsell|\bsold\b|divest it|dispose of it", re.IGNORECASE)


def _list(text: str, folder: Path) -> Restricted:
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return list_of(pd.read_csv(folder / "list.csv", dtype=str, keep_default_na=False))


def _texts(result: RunResult) -> Iterator[tuple[str, str]]:
    """Every text of every form of the report, with where it stands; the sheet Method explains all codes."""
    book = load_workbook(result.written["divestment-report.xlsx"])
    for sheet in book.worksheets:
        if sheet.title != "Method":
            cells = (cell for row in sheet.iter_rows() for cell in row)
            yield from ((f"{sheet.title}!{cell.coordinate}", str(cell.value)) for cell in cells if cell.value)
    yield "html", html_page(result.summary)
    for name in ("findings.csv", "rows.csv", "run.json"):
        yield name, result.written[name].read_text(encoding="utf-8")


def test_no_form_of_a_report_calls_for_a_sale_that_is_barred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restricted = _list(BARRED, tmp_path)
    monkeypatch.setattr("screener.job.grounds.load_lists", lambda *_: restricted)
    profile = ROOT / "fixtures" / "cases" / "own-policy" / "american.toml"
    result = _run(tmp_path, str(profile), "2024-02-01", BARRED_BOOK)
    assert set(result.report.findings["action"]) == {"HOLD", "BLOCK"}
    assert not [(place, text) for place, text in _texts(result) if _SELL.search(text)]
    said = result.written["findings.csv"].read_text(encoding="utf-8")
    assert "Own policy asks for DIVEST; NS-CMIC forbids a sale and prevails" in said
    assert "Own policy asks for DIVEST; SDN forbids a sale and prevails" in said


def test_a_day_before_the_first_event_is_answered_with_a_warning(tmp_path: Path) -> None:
    result = _run(tmp_path, "us", "1990-01-01")
    assert set(_actions(result)) == {"CLEAR"}
    assert any("before the first event on record" in text for text in result.report.warnings)


def test_a_day_after_the_list_was_kept_is_answered_with_a_warning(tmp_path: Path) -> None:
    warnings = _run(tmp_path, "us", "2026-08-01").report.warnings
    assert any(
        "(NS-CMIC): the list in use is kept to 19 Dec 2025, 225 days before" in text for text in warnings
    )


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ("listed,2021-06-03 effective,2021-05-01", "a/NS-CMIC: effective on 2021-05-01 is before listed on 2021-06-03"),
        ("removed,2021-05-01 listed,2021-06-03", "a/NS-CMIC: removed on 2021-05-01 is before listed on 2021-06-03"),
        ("listed,2021-06-03 effective,2021-08-02 wind_down_end,2021-07-01", "wind down end on 2021-07-01 is before effective on 2021-08-02"),
        ("listed,2021-06-03 enjoined,2021-07-01 stay_lifted,2021-06-20", "stay lifted on 2021-06-20 is before enjoined"),
    ],
)  # fmt: skip
def test_events_that_cannot_be_in_this_order_are_told_with_their_entry(
    tmp_path: Path, events: str, says: str
) -> None:
    head = "entity,name,programme,printed,event,at,note\n"
    rows = [f"a,Gamma Group,NS-CMIC,GAMMA GROUP,{event}," for event in events.split()]
    told = out_of_order(_list(head + "\n".join(rows), tmp_path))
    assert says in told[0]


def test_the_shipped_lists_have_their_events_in_order() -> None:
    assert out_of_order(starter()) == ()
