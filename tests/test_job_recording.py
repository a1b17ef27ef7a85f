"""Every run is on record: what came in, how it ended; and a run by hand goes on where it cannot be recorded."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from screener import job
from screener.errors import ExitCode, HistoryError, ScreenerError
from screener.history import RunQuery, RunRecord, Store, open_store
from screener.job.portfolio import portfolio_of
from screener.settings import load_settings
from tests.samples import ROOT

OFFICE = ROOT / "fixtures" / "holdings" / "us-family-office.xlsx"
NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def _request(tmp_path: Path, *files: Path) -> job.RunRequest:
    return job.RunRequest(files or (OFFICE,), date(2026, 8, 1), tmp_path / "out", "us", NOON)


def _only(store: Store) -> RunRecord:
    (run,) = store.runs()
    return run


def test_a_finished_run(tmp_path: Path) -> None:
    result = job.run(_request(tmp_path), load_settings())
    with open_store(load_settings()) as store:
        run = store.run(result.run)
        assert (run.state, run.exit_code, run.run_id) == ("finished", 1, result.report.run_id)
        assert (run.portfolio, run.investor, run.started) == ("us-family-office.xlsx", "us", NOON)
        assert run.manifest is not None
        assert run.manifest["counts"]["findings"] == len(result.report.findings)
        (file,) = store.files_of(run.id)
        assert store.kept.content(file.sha256) == OFFICE.read_bytes()
        assert len(store.findings_of(run.id)) == len(result.report.findings)


def test_a_run_that_fails_leaves_its_record(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 this is no workbook")
    with pytest.raises(ScreenerError):
        job.run(_request(tmp_path, broken), load_settings())
    with open_store(load_settings()) as store:
        run = _only(store)
        assert (run.state, run.exit_code) == ("failed", ExitCode.NOT_FINISHED)
        assert "broken.xlsx" in (run.error or "")
        assert store.kept.content(store.files_of(run.id)[0].sha256) == broken.read_bytes()


def test_a_run_stopped_by_hand_is_cancelled(tmp_path: Path) -> None:
    def stop(stage: str) -> None:
        if stage == "Screening":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.run(_request(tmp_path), load_settings(), stop)
    with open_store(load_settings()) as store:
        assert _only(store).state == "cancelled"


def test_a_fault_of_the_program_is_on_record(tmp_path: Path) -> None:
    def fault(stage: str) -> None:
        if stage == "Screening":
            raise ZeroDivisionError("by accident")

    with pytest.raises(ZeroDivisionError):
        job.run(_request(tmp_path), load_settings(), fault)
    with open_store(load_settings()) as store:
        assert "ZeroDivisionError: by accident" in (_only(store).error or "")


def test_a_run_by_hand_goes_on_without_a_history_and_says_so(tmp_path: Path, home: Path) -> None:
    (home / ".screener").write_text("a file where the folder should be", encoding="utf-8")
    result = job.run(_request(tmp_path), load_settings())
    assert result.run == ""
    assert "not recorded" in result.unrecorded
    assert any("not recorded" in warning for warning in result.report.warnings)
    assert (tmp_path / "out" / "divestment-report.xlsx").exists()


def test_a_run_by_night_does_not_go_on_without_a_history(tmp_path: Path, home: Path) -> None:
    (home / ".screener").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(HistoryError):
        job.run(replace(_request(tmp_path), kind="nightly"), load_settings())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("names", "portfolio"),
    [
        (["holdings.xlsx"], "holdings.xlsx"),
        (["b.csv", "a.xlsx"], "a.xlsx; b.csv"),
        (["positions_2026-11-24.csv"], "positions_*.csv"),
        (["20261124 fund.xlsx"], "* fund.xlsx"),
        (["fund 24.11.2026.xlsx"], "fund *.xlsx"),
        (["account 12345678.xlsx"], "account 12345678.xlsx"),
        (["account 20261399.xlsx"], "account 20261399.xlsx"),
    ],
)
def test_a_portfolio_is_known_by_its_files(tmp_path: Path, names: list[str], portfolio: str) -> None:
    assert portfolio_of(_request(tmp_path, *map(Path, names))) == portfolio


def test_many_files_still_make_a_name_of_their_own(tmp_path: Path) -> None:
    some = _request(tmp_path, *(Path(f"portfolio number {n} of the house.xlsx") for n in range(50)))
    more = replace(some, files=(*some.files, Path("one more.xlsx")))
    assert len(portfolio_of(some)) <= 300
    assert portfolio_of(some) != portfolio_of(more)


def test_the_same_file_under_another_folder_is_the_same_portfolio(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / OFFICE.name
    copy.parent.mkdir()
    shutil.copy(OFFICE, copy)
    assert portfolio_of(_request(tmp_path, copy)) == portfolio_of(_request(tmp_path))


def test_a_face_may_choose_the_id_and_the_page_of_the_run_is_kept(tmp_path: Path) -> None:
    chosen = "0123456789abcdef" * 2
    result = job.run(replace(_request(tmp_path), id=chosen, owner="anna"), load_settings())
    with open_store(load_settings()) as store:
        assert result.run == store.find_run(chosen).id == chosen  # type: ignore[union-attr]
        page = json.loads(store.fact_of(chosen, "page") or b"")
        assert page["summary"]["verdict"] == _only(store).verdict
        assert [run.id for run in store.runs(RunQuery(seen_by="anna"))] == [chosen]
        assert store.runs(RunQuery(seen_by="bert")) == []


def test_runs_of_the_night_belong_to_nobody_and_are_seen_by_all(tmp_path: Path) -> None:
    job.run(replace(_request(tmp_path), kind="nightly"), load_settings())
    job.run(_request(tmp_path), load_settings())
    with open_store(load_settings()) as store:
        assert [run.kind for run in store.runs(RunQuery(seen_by="bert"))] == ["nightly"]


@pytest.mark.parametrize(
    ("as_of", "place", "days"),
    [
        ("2025-12-20", "notes", "1 day"),
        ("2026-01-18", "notes", "30 days"),
        ("2026-01-19", "warnings", "31 days"),
    ],
)
def test_a_day_after_the_dataset_is_told_and_turns_the_banner_when_it_is_long_after(
    tmp_path: Path, as_of: str, place: str, days: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Name;ISIN\nCNOOC LTD;HK0883013259\n", encoding="utf-8")
    request = replace(_request(tmp_path, file), as_of=date.fromisoformat(as_of), record=False)
    report = job.run(request, load_settings()).report
    told = [one for one in getattr(report, place) if "is kept to 19 Dec 2025" in one]
    assert [f", {days} before the as-of day" in one for one in told] == [True]
