"""What changed since the run before, each change with its own cause, and replays that give the same bytes."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from screener import job
from screener.errors import HistoryError, UsageError
from screener.history import Decision, open_store
from screener.job.replay import replay
from screener.report.changes import CAUSES, Change, Changes
from screener.settings import Settings, load_settings, shipped_config

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
CNOOC = {"Name": "CNOOC LTD", "ISIN": "HK0883013259", "Quantity": "1000", "Market value": "9000"}
APPLE = {"Name": "APPLE INC", "ISIN": "US0378331005", "Quantity": "10", "Market value": "2000"}
SENSETIME = {"Name": "SenseTime Group Inc", "ISIN": "KYG8062L1041", "Quantity": "5", "Market value": "100"}
Runner = Callable[..., job.RunResult]


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    def one(*rows: dict[str, str], as_of: date = date(2026, 8, 1), settings: Settings | None = None) -> Any:
        path = tmp_path / "holdings.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(CNOOC))
            writer.writeheader()
            writer.writerows(rows)
        request = job.RunRequest((path,), as_of, tmp_path / "out", "us", NOON)
        return job.run(request, settings or load_settings())

    return one


def _one(result: job.RunResult) -> Change:
    """The change under NS-CMIC: the company was on other lists too."""
    (change,) = [one for one in result.report.changes.rows if one.programme == "NS-CMIC"]
    assert (change.security, CAUSES[change.cause], change.told) in _on_the_sheet(result)
    return change


def _on_the_sheet(result: job.RunResult) -> list[tuple[Any, ...]]:
    """Security, cause and why, as the sheet Changes of the workbook prints them."""
    sheet = openpyxl.load_workbook(result.written["divestment-report.xlsx"])["Changes"]
    first, *rows = sheet[next(iter(sheet.tables.values())).ref]
    place = {cell.value: number for number, cell in enumerate(first)}
    return [tuple(row[place[name]].value for name in ("Security", "Cause", "Because")) for row in rows]


def _starter(folder: Path, *events: str) -> Settings:
    """The shipped lists with further events."""
    shutil.copytree(shipped_config() / "starter", folder)
    with (folder / "events.csv").open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{event}\n" for event in events)
    return Settings(lists={"starter": str(folder)})


def test_the_first_run_says_that_it_is_the_first(run: Runner) -> None:
    changes = run(CNOOC, APPLE).report.changes
    assert not changes.found
    assert changes.sentence().startswith("No earlier run of this portfolio is on record")


def test_nothing_changed(run: Runner) -> None:
    run(CNOOC, APPLE, as_of=date(2026, 7, 31))
    changes = run(CNOOC, APPLE).report.changes
    assert (changes.found, changes.rows) == (True, ())
    assert changes.sentence().startswith("No finding changed since run ")


def test_a_repeated_run_compares_with_what_the_first_compared_with(run: Runner) -> None:
    run(APPLE, as_of=date(2026, 7, 31))
    first, second = run(CNOOC, APPLE), run(CNOOC, APPLE)
    assert first.report.changes == second.report.changes
    assert first.report.run_id == second.report.run_id


def test_holdings_changed_bought(run: Runner) -> None:
    run(APPLE)
    change = _one(run(CNOOC, APPLE))
    assert (change.cause, change.before, change.security) == ("holdings", "", "CNOOC LTD")
    assert change.after.startswith("HOLD")


def test_holdings_changed_sold(run: Runner) -> None:
    run(CNOOC, APPLE)
    change = _one(run(APPLE))
    assert (change.cause, change.after) == ("holdings", "")
    assert "no longer in the file" in change.told


def test_holdings_changed_in_size(run: Runner) -> None:
    run(CNOOC, APPLE)
    change = _one(run(CNOOC | {"Quantity": "400"}, APPLE))
    assert (change.cause, change.before, change.after) == ("holdings", "HOLD · 1,000", "HOLD · 400")


def test_list_changed(run: Runner, tmp_path: Path) -> None:
    run(CNOOC, APPLE)
    removed = _starter(tmp_path / "starter", _event("removed", "2026-07-01"))
    change = _one(run(CNOOC, APPLE, settings=removed))
    assert (change.cause, change.before[:4], change.after[:8]) == ("list", "HOLD", "RELEASED")


def test_list_changed_by_a_new_entry(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    without = _starter(folder)
    listing = _listing()
    for table in ("events.csv", "listings.csv"):
        _drop(folder / table, listing)
    run(CNOOC, APPLE, settings=without)
    rows = run(CNOOC, APPLE).report.changes.rows
    assert {one.cause for one in rows} == {"list"}, "a lesser likeness that gave way is the list's doing too"
    (new,) = [one for one in rows if one.programme == "NS-CMIC" and not one.before]
    assert new.told == "The entry was added to the list since."


def test_rule_date_reached(run: Runner) -> None:
    run(CNOOC, APPLE, as_of=date(2022, 6, 1))
    result = run(CNOOC, APPLE, as_of=date(2022, 6, 3))
    change = _one(result)
    assert (change.cause, change.before[:23], change.after[:4]) == ("date", "DIVEST until 2022-06-02", "HOLD")
    assert "As-of day: 1 Jun 2022 before, 3 Jun 2022 now." in result.report.changes.between


def test_software_changed(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    from screener.job import making, recording

    screen = vars(making)["screen"]

    def older(*given: Any) -> Any:
        found = screen(*given)
        return replace(found, findings=found.findings.assign(action="NO_BUY"))

    with monkeypatch.context() as patch:
        patch.setattr(making, "screen", older)
        patch.setattr(making, "__version__", "0.0.9")
        patch.setattr(recording, "__version__", "0.0.9")
        run(CNOOC, APPLE, as_of=date(2026, 7, 31))
    change = _one(run(CNOOC, APPLE))
    assert (change.cause, change.before[:6], change.after[:4]) == ("software", "NO_BUY", "HOLD")
    assert "screener 0.0.9 before" in change.told


def test_decision_recorded_and_expired(run: Runner) -> None:
    first = run(SENSETIME, APPLE)
    _decide(first, date(2026, 8, 15))
    recorded = run(SENSETIME, APPLE, as_of=date(2026, 8, 15))
    assert {one.cause for one in recorded.report.changes.rows} == {"decided"}
    assert recorded.report.suppressed.any()
    assert (first.exit_code, recorded.exit_code) == (1, 0)
    expired = run(SENSETIME, APPLE, as_of=date(2026, 8, 16))
    assert {one.cause for one in expired.report.changes.rows} == {"expired"}
    assert {cause for _, cause, _ in _on_the_sheet(expired)} == {"Decision expired"}
    assert "it was valid until 15 Aug 2026" in expired.report.changes.rows[0].told
    assert expired.exit_code == 1


def _decide(result: job.RunResult, until: date | None, reviewer: str = "A. Reviewer") -> None:
    names: tuple[str, ...] = (
        "security_key",
        "security_hash",
        "security",
        "listing_id",
        "entry_hash",
        "entity",
        "programme",
    )
    with open_store(load_settings()) as store:
        store.record_decisions(
            [
                Decision(
                    recorded=NOON,
                    recorded_by="ops",
                    reviewer=reviewer,
                    decision="false_positive",
                    note="",
                    valid_until=until,
                    action=str(row.action),
                    run=result.run,
                    file="back.xlsx",
                    file_sha256="0" * 64,
                    **_texts(row, names),
                )
                for row in result.report.findings.itertuples(index=False)
            ]
        )


def _texts(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: str(getattr(row, name)) for name in names}


def _rows(table: str) -> list[dict[str, str]]:
    with (shipped_config() / "starter" / table).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _listing() -> str:
    owner = next(row["entity_id"] for row in _rows("identifiers.csv") if row["value"] == "HK0883013259")
    return next(
        row["listing_id"]
        for row in _rows("listings.csv")
        if row["entity_id"] == owner and row["programme"] == "NS-CMIC"
    )


def _event(event: str, day: str) -> str:
    known = next(row for row in _rows("events.csv") if row["listing_id"] == _listing())
    said = known | {"event": event, "at": day, "note": ""}
    return ",".join(said[name] for name in known)


def _drop(path: Path, key: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if key not in line.split(",")), encoding="utf-8")


# Replays


def test_a_replay_gives_the_same_bytes_with_changes_and_decisions_as_they_stood(
    run: Runner, tmp_path: Path
) -> None:
    _decide(run(SENSETIME, APPLE), None)
    run(SENSETIME, CNOOC, APPLE, as_of=date(2026, 8, 2))
    wanted = run(SENSETIME, CNOOC | {"Quantity": "7"}, as_of=date(2026, 8, 3))
    written = {name: path.read_bytes() for name, path in wanted.written.items()}
    _decide(wanted, None, "B. Later")
    run(APPLE, as_of=date(2026, 8, 3))
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "holdings.csv").unlink()
    with open_store(load_settings()) as store:
        made = replay(store.run(wanted.run), store, load_settings())
    assert made.same == dict.fromkeys(written, True)
    assert made.files == written
    assert made.reasons == ()


def test_a_replay_of_own_lists_and_an_own_profile_needs_neither(run: Runner, tmp_path: Path) -> None:
    own = _starter(tmp_path / "starter", _event("removed", "2026-07-01"))
    wanted = run(CNOOC, APPLE, settings=own)
    shutil.rmtree(tmp_path / "starter")
    with open_store(load_settings()) as store:
        assert replay(store.run(wanted.run), store, load_settings()).identical


def test_a_replay_says_what_differs(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    from screener.job import reporting

    wanted = run(CNOOC, APPLE)
    monkeypatch.setattr(reporting, "__version__", "9.9")
    monkeypatch.setattr("screener.job.replay.__version__", "9.9")
    with open_store(load_settings()) as store:
        made = replay(store.run(wanted.run), store, load_settings())
    assert not made.identical
    assert made.reasons == ("The run was made with screener 0.1.0; this is screener 9.9.",)


def test_a_replay_of_a_run_whose_input_is_gone(run: Runner) -> None:
    wanted = run(CNOOC, APPLE)
    with open_store(load_settings()) as store:
        store.kept.forget(store.files_of(wanted.run)[0].sha256)
        with pytest.raises(HistoryError, match="cannot be read"):
            replay(store.run(wanted.run), store, load_settings())


def test_a_run_without_a_report_cannot_be_replayed(run: Runner) -> None:
    with pytest.raises(Exception, match="no table"):
        run()
    with open_store(load_settings()) as store:
        (failed,) = store.runs()
        with pytest.raises(UsageError, match="has no report to make again: it is failed"):
            replay(failed, store, load_settings())


def test_the_manifest_names_the_changes(run: Runner) -> None:
    run(APPLE)
    result = run(CNOOC, APPLE)
    manifest = json.loads(result.written["run.json"].read_text(encoding="utf-8"))
    assert manifest["changes"]["causes"] == {"Holdings changed": len(result.report.findings)}
    assert manifest["changes"]["rows"][0]["security"] == "CNOOC LTD"


def test_changes_count_their_causes() -> None:
    rows = tuple(
        Change("HOLD", "s", "", "", "e", "p", "", "HOLD", cause, "") for cause in ("list", "date", "list")
    )
    told = Changes("run x (as of 1 Jun 2022)", rows, found=True).sentence()
    assert told == "3 changes since run x (as of 1 Jun 2022): list changed (2), rule date reached (1)."
