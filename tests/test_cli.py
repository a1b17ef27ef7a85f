"""The command line as a person meets it: what it writes, what it says, how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from screener.cli import main
from screener.findings import FINDINGS_CSV, ROWS_CSV
from tests.samples import ROOT

HOLDINGS = ROOT / "fixtures" / "holdings"
OFFICE = HOLDINGS / "us-family-office.xlsx"


@dataclass(frozen=True)
class Ended:
    code: int
    said: str
    complained: str


Run = Callable[..., Ended]


@pytest.fixture
def screener(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program in this process, exactly as the console script does."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["screener", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ended(int(end.value.code or 0), captured.out, captured.err)

    return run


def _findings(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "findings.csv", dtype=str, keep_default_na=False)


def _action(folder: Path, security: str) -> list[str]:
    found = _findings(folder)
    return found.loc[found["security"].str.startswith(security), "action"].tolist()


def test_ownership_is_applied_by_run_and_check_or_said_not_to_be(screener: Run, tmp_path: Path) -> None:
    owners = tmp_path / "owners.csv"
    owners.write_text("owner,owned,percent\nNobody Listed Ltd,Apple Inc,60\n", encoding="utf-8")
    book = tmp_path / "book.csv"
    book.write_text("Security,Quantity\nAPPLE INC,10\n", encoding="utf-8")
    told = []
    for given in ([], ["--ownership", owners]):
        screener("run", book, "--investor", "us", "--out", tmp_path / "out", *given)
        manifest = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
        told.append((manifest["thresholds"]["Ownership"], manifest["notes"]))
    assert told[0][0] == "not applied: no ownership file was given"
    assert "Ownership was not applied" in told[0][1][0]
    assert told[1][0].startswith("owners.csv, 1 stakes, SHA-256 ")
    assert told[1][1] == []
    assert "Ownership was not applied" in screener("check", "APPLE INC").said
    assert "Ownership was not applied" not in screener("check", "APPLE INC", "--ownership", owners).said


def test_a_wrong_ownership_file_stops_the_run_and_is_named(screener: Run, tmp_path: Path) -> None:
    owners = tmp_path / "owners.csv"
    owners.write_text("owner,owned,percent\nA,B,150\n", encoding="utf-8")
    ended = screener("run", OFFICE, "--out", tmp_path / "out", "--ownership", owners)
    assert ended.code == 2
    assert "owners.csv row 2: percent 150 is not between 0 and 100" in ended.complained
    assert not (tmp_path / "out").exists()


def test_a_reference_file_links_a_security_and_is_named(screener: Run, tmp_path: Path) -> None:
    """A bond that no list prints, of the issuer of a share that the NS-CMIC list prints."""
    table, book = tmp_path / "isin-lei.csv", tmp_path / "book.csv"
    table.write_text("LEI,ISIN\nL1,CNE000001857\nL1,XS0000000001\n", encoding="utf-8")
    book.write_text("Security,ISIN,Quantity\nNOTES 2027,XS0000000001,10\n", encoding="utf-8")
    given = ["--as-of", "2022-01-03", "--investor", "us", "--reference", table]
    assert screener("run", book, "--out", tmp_path / "out", *given).code == 1
    found = _findings(tmp_path / "out").iloc[0]
    assert (found["action"], found["tier"], found["method"]) == ("REVIEW", "review", "reference")
    assert "by isin-lei.csv the issuer of the security" in found["why"]
    assert "CNE000001857" in found["theirs"]
    manifest = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert manifest["thresholds"]["Reference file"].startswith("isin-lei.csv, 2 of 2 rows used")
    assert "isin-lei.csv" in screener("check", "NOTES 2027", "--isin", "XS0000000001", *given).said
    assert screener("run", book, "--out", tmp_path / "none", *given[:-2]).code == 0


def test_a_reference_file_without_its_columns_stops_the_run(screener: Run, tmp_path: Path) -> None:
    table = tmp_path / "isin-lei.csv"
    table.write_text("no,heading\n", encoding="utf-8")
    ended = screener("run", OFFICE, "--out", tmp_path / "out", "--reference", table)
    assert ended.code == 2
    assert "isin-lei.csv: no column with the ISIN" in ended.complained
    assert not (tmp_path / "out").exists()


def test_help_teaches() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "screener.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "screener run holdings.xlsx --investor us" in shown.stdout
    assert "Exit codes" in shown.stdout


@pytest.mark.parametrize(
    ("as_of", "investor", "security", "worst"),
    [
        ("2021-02-01", "us", "XIAOMI", "PENDING"),
        ("2021-03-13", "us", "XIAOMI", "RELEASED"),
        ("2026-08-01", "us", "XIAOMI", "RELEASED"),
        ("2022-01-15", "us", "CNOOC", "DIVEST"),
        ("2026-08-01", "us", "CNOOC", "HOLD"),
        ("2026-08-01", "us", "CHINA MOBILE", "HOLD"),
        ("2026-08-01", "us", "TENCENT", "INFO"),
        ("2021-02-01", "nl", "XIAOMI", "NOT_BOUND"),
    ],
)
def test_family_office(
    screener: Run, tmp_path: Path, as_of: str, investor: str, security: str, worst: str
) -> None:
    ended = screener("run", OFFICE, "--as-of", as_of, "--investor", investor, "--out", tmp_path)
    assert _action(tmp_path, security)[0] == worst
    assert ended.code in (0, 1)


def test_xiaomi_pending_cites_its_source(screener: Run, tmp_path: Path) -> None:
    screener("run", OFFICE, "--as-of", "2021-02-01", "--investor", "us", "--out", tmp_path)
    found = _findings(tmp_path)
    xiaomi = found[found["security"].str.startswith("XIAOMI")].iloc[0]
    assert (xiaomi["effective"], xiaomi["until"]) == ("2021-03-15", "")
    assert "section 1237" in xiaomi["list"]
    assert "EO 13959" in xiaomi["basis"]
    assert "listed 14 Jan 2021 + 60 days = 15 Mar 2021" in xiaomi["why"]


@pytest.mark.parametrize("path", sorted(HOLDINGS.glob("*.[xc]*")), ids=lambda path: path.name)
def test_every_row_of_every_fixture_is_accounted_for(screener: Run, tmp_path: Path, path: Path) -> None:
    screener("run", path, "--as-of", "2026-08-01", "--investor", "us", "--out", tmp_path)
    rows = pd.read_csv(tmp_path / "rows.csv", dtype=str, keep_default_na=False)
    assert list(rows.columns) == ROWS_CSV
    assert not rows.duplicated(["file", "sheet", "row"]).any()
    assert (rows["reason"] != "").all()
    manifest = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    read = pd.read_csv(_read(screener, path, tmp_path), dtype=str)
    assert len(rows) >= len(read)
    places = set(map(tuple, rows[["sheet", "row"]].to_numpy()))
    assert {
        (str(sheet), row) for sheet, row in zip(read["sheet"].fillna(""), read["row"], strict=True)
    } <= places
    assert manifest["as_of"] == "2026-08-01"


def _read(screener: Run, path: Path, folder: Path) -> Path:
    out = folder / "holdings.csv"
    assert screener("read", path, "--out", out).code == 0
    return out


def test_outputs_have_the_columns_other_programs_read(screener: Run, tmp_path: Path) -> None:
    screener("run", OFFICE, "--as-of", "2026-08-01", "--investor", "us", "--out", tmp_path)
    assert list(_findings(tmp_path).columns) == FINDINGS_CSV
    assert (tmp_path / "divestment-report.xlsx").stat().st_size > 0


def test_same_input_same_bytes(screener: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        screener("run", OFFICE, "--as-of", "2026-08-01", "--investor", "us", "--out", tmp_path / name)
    for file in ("divestment-report.xlsx", "findings.csv", "rows.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_an_investor_that_is_not_stated_is_said_to_be_assumed(screener: Run, tmp_path: Path) -> None:
    ended = screener("run", OFFICE, "--as-of", "2026-08-01", "--out", tmp_path)
    assert "assumed" in ended.said


def test_one_bad_file_does_not_stop_the_others(screener: Run, tmp_path: Path) -> None:
    bad = tmp_path / "broken.xlsx"
    bad.write_bytes(b"PK\x03\x04 this is no workbook")
    ended = screener(
        "run", bad, OFFICE, "--as-of", "2026-08-01", "--investor", "us", "--out", tmp_path / "out"
    )
    assert ended.code == 3
    assert "broken.xlsx" in ended.said
    assert _action(tmp_path / "out", "CNOOC")[0] == "HOLD"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "empty"),
        ("corrupt.xlsx", b"PK\x03\x04 rubbish", "corrupt.xlsx"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture.png"),
        ("prose.csv", b"Dear all,\nplease find the minutes attached.\nKind regards\n", "no table"),
    ],
)
def test_a_file_that_cannot_be_read(
    screener: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ended = screener("run", tmp_path / name, "--investor", "us", "--out", tmp_path / "out")
    assert ended.code == 3
    assert said in ended.complained
    assert name in ended.complained
    assert "Traceback" not in ended.complained
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_wrong_usage(screener: Run, tmp_path: Path) -> None:
    ended = screener("run", tmp_path / "absent.xlsx", "--investor", "us", "--out", tmp_path)
    assert ended.code == 2
    assert "absent.xlsx" in ended.complained


def test_an_unknown_investor(screener: Run, tmp_path: Path) -> None:
    ended = screener("run", OFFICE, "--investor", "usa", "--out", tmp_path)
    assert ended.code == 2
    assert "Did you mean 'us'?" in ended.complained


def test_a_misspelt_setting_is_named(screener: Run, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[run]\ninvester = "us"\n', encoding="utf-8")
    ended = screener("run", OFFICE, "--config", config, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "mine.toml: run.invester: is not a known key. Did you mean 'investor'?" in ended.complained


def test_a_day_that_is_no_day(screener: Run, tmp_path: Path) -> None:
    ended = screener("run", OFFICE, "--as-of", "1 Feb 2021", "--out", tmp_path)
    assert ended.code == 2
    assert "'1 Feb 2021' is not a day" in ended.complained


def test_settings_from_the_environment(
    screener: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_RUN__INVESTOR", "nl")
    screener("run", OFFICE, "--as-of", "2021-02-01", "--out", tmp_path)
    assert _action(tmp_path, "XIAOMI")[0] == "NOT_BOUND"


def test_check_says_why(screener: Run) -> None:
    ended = screener("check", "XIAOMI CORP-CLASS B", "--as-of", "2021-02-01", "--investor", "us")
    assert ended.code == 1
    assert "PENDING" in ended.said
    assert "2021-03-15" in ended.said


def test_check_explains_a_clear_name(screener: Run) -> None:
    ended = screener("check", "APPLE INC", "--as-of", "2026-08-01", "--investor", "us")
    assert ended.code == 0
    assert "CLEAR" in ended.said
    assert "listed name" in ended.said


def test_check_of_a_number_whose_check_digit_fails(screener: Run) -> None:
    ended = screener("check", "--isin", "BRC1EODR004", "--as-of", "2026-08-01", "--investor", "us")
    assert ended.code == 1
    assert "HOLD" in ended.said
    assert "check digit fails" in ended.said


def test_the_story_of_xiaomi(screener: Run) -> None:
    told = screener("lists", "show", "xiaomi", "--as-of", "2026-08-01").said
    days = ["14 Jan 2021", "12 Mar 2021", "15 Mar 2021", "25 May 2021", "3 Jun 2021"]
    places = [told.index(day) for day in days]
    assert places == sorted(places)
    assert "1:21-cv-00280-RC" in told


def test_an_unknown_entity_is_told_the_nearest(screener: Run) -> None:
    ended = screener("lists", "show", "Xiaomee Corporation")
    assert ended.code == 2
    assert "Xiaomi" in ended.complained


def test_match_in_bulk(screener: Run, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("query\nXIAOMI CORP-CLASS B\nAPPLE INC\n", encoding="utf-8")
    (tmp_path / "entities.csv").write_text("entity_id,name\nx,Xiaomi Corporation\n", encoding="utf-8")
    out = tmp_path / "matches.csv"
    ended = screener("match", tmp_path / "names.csv", "--against", tmp_path / "entities.csv", "--out", out)
    assert ended.code == 0
    found = pd.read_csv(out)
    assert list(found.columns) == ["query", "entity_id", "name", "score", "tier", "why"]
    assert found["query"].tolist() == ["XIAOMI CORP-CLASS B"]


def test_match_without_the_column_it_needs(screener: Run, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name\nXIAOMI\n", encoding="utf-8")
    ended = screener("match", tmp_path / "names.csv", "--against", tmp_path / "names.csv")
    assert ended.code == 2
    assert "no column 'query'" in ended.complained


def test_works_away_from_the_checkout(tmp_path: Path) -> None:
    shutil.copy(OFFICE, tmp_path / "mine.xlsx")
    command = [
        sys.executable,
        "-m",
        "screener.cli",
        "run",
        "mine.xlsx",
        "--as-of",
        "2026-08-01",
        "--investor",
        "us",
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert (tmp_path / "report" / "divestment-report.xlsx").exists()
