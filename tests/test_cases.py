"""Golden cases: every folder of fixtures/cases, read by the ordinary reader and screened."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandera.typing import DataFrame

from screener.funds import Books, Source, open_books
from screener.holdings import read_file
from screener.holdings.model import Holdings
from screener.lists.model import Restricted
from screener.rules.ownership import Ownership
from screener.rules.ownership_file import load_ownership
from screener.screening import Screening, screen
from tests.samples import ROOT, SHARED, holdings, list_of, needs_shared, rules, starter

CASES = ROOT / "fixtures" / "cases"
EXPECTED = ["action", "mandatory", "until", "effective", "programme"]


def _decisions(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@cache
def _holdings(story: str) -> DataFrame[Holdings]:
    return read_file(CASES / story / "holdings.csv").holdings


@cache
def _restricted(story: str) -> Restricted:
    """The list of the case where it has one, else the shipped one."""
    file = CASES / story / "list.csv"
    return list_of(_decisions(file)) if file.exists() else starter()


@cache
def _further(story: str) -> tuple[Ownership | None, Books]:
    """Who owns whom, and what funds hold, where the case says so."""
    owners, funds = CASES / story / "owners.csv", CASES / story / "funds"
    books = open_books([Source(funds)], _holdings(story)) if funds.exists() else Books()
    return (load_ownership(owners) if owners.exists() else None), books


def _investor(story: str, name: str) -> str:
    return str(CASES / story / name) if name.endswith(".toml") else name


def _cases() -> list[Any]:
    return [
        pytest.param(folder.name, case, id=f"{folder.name}-{case['row']}-{case['as_of']}-{case['investor']}")
        for folder in sorted(CASES.iterdir())
        if folder.is_dir()
        for case in _decisions(folder / "decisions.csv").to_dict("records")
    ]


def _decided(screening: Screening, row: int) -> dict[str, str]:
    findings = screening.findings
    decisive = findings[findings["decisive"] & (findings["row"] == row)]
    if decisive.empty:
        return dict.fromkeys(EXPECTED, "") | {"action": "CLEAR"}
    return {column: str(decisive.iloc[0][column]) for column in EXPECTED}


@cache
def _screened(story: str, as_of: str, investor: str) -> Screening:
    """All holdings of a story at once: its cases ask for one row each."""
    who = rules(as_of, _investor(story, investor))
    return screen(_holdings(story), _restricted(story), who, *_further(story))


@pytest.mark.parametrize(("story", "case"), _cases())
def test_golden_case(story: str, case: dict[str, str]) -> None:
    decided = _decided(_screened(story, case["as_of"], case["investor"]), int(case["row"]))
    assert decided == {column: case[column] for column in EXPECTED}, case["because"]


def _shared_cases() -> list[Any]:
    path = SHARED / "golden" / "decisions.csv"
    return (
        [pytest.param(case, id=case["case"]) for case in _decisions(path).to_dict("records")]
        if path.exists()
        else []
    )


@needs_shared
@pytest.mark.parametrize("case", _shared_cases())
def test_shared_golden_decision(case: dict[str, str]) -> None:
    position = holdings({"name": case["security"], "ticker": case["ticker"], "isin": case["isin"]})
    screening = screen(position, starter(), rules(case["as_of"], case["investor"]))
    assert _decided(screening, 2) == {column: case[column] for column in EXPECTED}, case["because"]
