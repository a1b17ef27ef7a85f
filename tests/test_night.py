"""Nights from beginning to end: what comes is screened once, what does not come is told, and nothing is lost."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest

from screener.errors import ConfigurationError, ExitCode
from screener.history import RunQuery
from tests.list_samples import SAMPLES, Answer, ListServer
from tests.night_world import CLEAR, OFFICE, MovingClock, World, old

WEDNESDAY = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.write_settings()
    return made


def runs(world: World, portfolio: str | None = None) -> list[str]:
    with world.store() as store:
        return [one.state for one in store.runs(RunQuery(portfolio=portfolio))]


def manifest(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return told


REPORT = {"divestment-report.xlsx", "divestment-report.html", "findings.csv", "rows.csv", "run.json"}


class TestArrivals:
    def test_a_file_is_screened_and_moved_with_its_report_beside_it(self, world: World) -> None:
        content = OFFICE.read_bytes()
        world.put("fund-a/holdings.xlsx", OFFICE)
        assert world.night() == ExitCode.ACTION_NEEDED
        (folder,) = world.outcome("fund-a")
        names = {path.name for path in folder.iterdir()}
        assert names == {"holdings.xlsx", *REPORT}
        assert (folder / "holdings.xlsx").read_bytes() == content
        assert world.files_left() == []
        with world.store() as store:
            (run,) = store.runs()
        assert (run.portfolio, run.kind, run.folder) == ("fund-a", "nightly", str(folder))

    def test_the_same_night_again_screens_nothing_twice_and_says_the_same(self, world: World) -> None:
        world.put("fund-a/holdings.xlsx", OFFICE)
        assert world.night() == ExitCode.ACTION_NEEDED
        assert world.night() == ExitCode.ACTION_NEEDED, "what needs action still does"
        assert runs(world) == ["finished"]

    def test_the_same_content_on_the_same_day_is_kept_and_not_screened_again(self, world: World) -> None:
        world.put("fund-a/holdings.xlsx", OFFICE)
        world.night()
        world.put("fund-a/again.xlsx", OFFICE)
        world.night()
        assert runs(world) == ["finished"]
        _, second = world.outcome("fund-a")
        assert {path.name for path in second.iterdir()} == {"again.xlsx", "screened-before.txt"}
        assert world.files_left() == []

    def test_files_of_one_portfolio_in_one_night_are_parts_of_one_report(self, world: World) -> None:
        world.put("fund-a/equity.csv", CLEAR)
        world.put("fund-a/bonds/bonds.xlsx", OFFICE)
        world.night()
        (folder,) = world.outcome("fund-a")
        assert {one["name"] for one in manifest(folder)["files"]} == {"bonds.xlsx", "equity.csv"}

    def test_or_each_is_a_whole_portfolio_and_the_newest_counts_later(self, world: World) -> None:
        world.write_settings(inbox={"several": "each"})
        old(world.put("fund-a/b-old.csv", CLEAR), days=1)
        world.put("fund-a/a-new.xlsx", OFFICE)
        world.night()
        assert runs(world, "fund-a") == ["finished", "finished"]
        (portfolio,) = world.ask(lambda nights: nights.portfolios())
        assert [name for name, _ in portfolio.files] == ["a-new.xlsx"]

    def test_a_broken_file_fails_alone_and_stays_told_until_a_good_one_comes(self, world: World) -> None:
        world.put("good/holdings.xlsx", OFFICE)
        world.put("bad/broken.xlsx", "this is no workbook")
        assert world.night() == ExitCode.NOT_FINISHED
        assert len(world.outcome("good")) == 1
        (failed,) = world.outcome("bad", "failed")
        assert {path.name for path in failed.iterdir()} == {"broken.xlsx", "why-it-failed.txt"}
        assert "broken.xlsx" in (failed / "why-it-failed.txt").read_text(encoding="utf-8")
        assert world.night() == ExitCode.NOT_FINISHED, "a second look does not make it good"
        assert world.line("portfolio bad").colour == "red"
        world.put("bad/mended.csv", CLEAR)
        assert world.night() == ExitCode.ACTION_NEEDED
        assert world.line("portfolio bad").colour == "green"

    def test_after_a_broken_file_the_holdings_of_before_are_screened_and_the_report_is_red(
        self, world: World
    ) -> None:
        world.put("fund-a/good.csv", CLEAR)
        assert world.night() == ExitCode.NOTHING_TO_DO
        world.clock.forward(days=1)
        world.put("fund-a/broken.xlsx", "no workbook")
        assert world.night() == ExitCode.NOT_FINISHED
        folder = world.outcome("fund-a")[-1]
        told = manifest(folder)
        assert told["banner"] == "red"
        assert any("broken.xlsx) could not be screened" in text for text in told["failures"])
        shutil.rmtree(world.outcome("fund-a", "failed")[0])
        world.clock.forward(days=1)
        assert world.night() == ExitCode.NOTHING_TO_DO, "whoever removed the failed file has seen to it"

    def test_a_file_beside_a_broken_one_is_screened_and_both_are_where_somebody_looks(
        self, world: World
    ) -> None:
        world.put("fund-a/good.xlsx", OFFICE)
        world.put("fund-a/broken.xlsx", "no workbook")
        assert world.night() == ExitCode.NOT_FINISHED
        (folder,) = world.outcome("fund-a", "failed")
        assert {"good.xlsx", "broken.xlsx", "divestment-report.xlsx"} <= {
            path.name for path in folder.iterdir()
        }
        with world.store() as store:
            (run,) = store.runs()
        assert run.exit_code == 3

    def test_a_file_that_belongs_to_nobody_is_not_left_in_silence(self, world: World) -> None:
        world.write_settings(inbox={"match": [{"pattern": "{portfolio}/*"}]})
        world.put("stray.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert len(world.outcome("unknown", "failed")) == 1
        assert "No pattern of [[inbox.match]] fits 'stray.csv'" in world.troubles()[0][1]

    def test_an_unknown_investor_leaves_the_file_in_the_inbox(self, world: World) -> None:
        world.write_settings(inbox={"match": [{"pattern": "{investor}/{portfolio}.csv"}]})
        world.put("martian/fund-a.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert world.files_left() == ["martian/fund-a.csv"]
        assert "martian" in world.troubles()[0][1]
        assert list((world.inbox / "processed").glob("*")) == []

    def test_the_investor_of_the_pattern_decides(self, world: World) -> None:
        world.write_settings(inbox={"match": [{"pattern": "{portfolio}/**", "investor": "nl"}]})
        world.put("scheme/holdings.xlsx", OFFICE)
        world.night()
        with world.store() as store:
            (run,) = store.runs()
        assert run.investor == "nl"


class TestReturnedReports:
    def _returned(self, world: World, **cells: str) -> None:
        """The report of the night before, with decisions in its rows, back in the inbox."""
        book = openpyxl.load_workbook(world.outcome("fund-a")[0] / "divestment-report.xlsx")
        for sheet in book:
            for row in list(sheet.iter_rows()):
                heads = {str(cell.value): int(cell.column or 0) for cell in row}
                if not {"Key", "Decision"} <= set(heads):
                    continue
                for number in range(int(row[0].row or 0) + 1, sheet.max_row + 1):
                    if sheet.cell(number, heads["Key"]).value:
                        for name, value in cells.items():
                            sheet.cell(number, heads[name]).value = value
        path = world.inbox / "fund-a" / "reviewed.xlsx"
        path.parent.mkdir(exist_ok=True)
        book.save(path)

    def test_decisions_are_taken_and_the_portfolio_is_screened_again_with_them(self, world: World) -> None:
        world.put("fund-a/holdings.csv", CLEAR + "SENSETIME GROUP INC-CLASS B,,100,900,HKD\n")
        assert world.night() == ExitCode.ACTION_NEEDED
        self._returned(
            world, Decision="False positive", Reviewer="A. Reviewer", Note="not the listed company"
        )
        assert world.night() == ExitCode.NOTHING_TO_DO
        assert world.files_left() == []
        with world.store() as store:
            assert {one.decision for one in store.decisions()} == {"false_positive"}
        assert runs(world) == ["finished", "finished"]
        notes = list((world.inbox / "processed").glob("*/fund-a/*/decisions.txt"))
        assert "decisions were taken into the log" in notes[0].read_text(encoding="utf-8")

    def test_what_cannot_be_taken_is_told_row_by_row(self, world: World) -> None:
        world.put("fund-a/holdings.csv", CLEAR + "SENSETIME GROUP INC-CLASS B,,100,900,HKD\n")
        world.night()
        self._returned(world, Decision="False positive")
        world.night()
        assert any("without a reviewer" in text for _, text in world.troubles())
        assert list((world.inbox / "failed").glob("*/fund-a/*/decisions.txt"))
        assert world.line("portfolio fund-a").colour == "green", "its holdings are what they were"


class TestWithoutNewFiles:
    def test_yesterdays_holdings_are_screened_again_today(self, world: World) -> None:
        world.put("fund-a/holdings.xlsx", OFFICE)
        world.night()
        world.clock.forward(days=1)
        world.night()
        assert runs(world) == ["finished", "finished"]
        first, second = world.outcome("fund-a")
        assert manifest(first)["files"] == manifest(second)["files"]
        assert {path.name for path in second.iterdir()} == REPORT

    def test_on_the_same_day_only_when_a_list_has_changed(self, world: World) -> None:
        with ListServer().running() as server:
            world.serve_un(server)
            world.put("fund-a/holdings.csv", CLEAR)
            world.night()
            world.night()
            assert len(runs(world)) == 1
            changed = (
                (SAMPLES / "un.xml")
                .read_text(encoding="utf-8")
                .replace("AL-QAIDA EXAMPLE FUND", "OTHER FUND")
            )
            server.serve("/un.xml", changed.encode())
            world.night()
        assert len(runs(world)) == 2

    @pytest.mark.parametrize(("days", "colour", "code"), [(4, "green", 0), (5, "amber", 1), (11, "red", 3)])
    def test_the_report_says_how_old_the_holdings_are(
        self, days: int, colour: str, code: int, world: World
    ) -> None:
        world.put("fund-a/holdings.csv", CLEAR)
        world.night()
        world.clock.forward(days=days)
        assert world.night() == code
        told = manifest(world.outcome("fund-a")[-1])
        said = " ".join(told["warnings"] + told["failures"])
        assert (f"The holdings are {days} days old" in said) == (colour != "green")
        assert (told["banner"] == "red") == (colour == "red")
        assert world.line("portfolio fund-a").colour == colour

    def test_the_day_in_the_name_goes_before_the_day_of_the_file(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(WEDNESDAY))
        world.write_settings(inbox={"match": [{"pattern": "{portfolio}_{date}.*"}]})
        world.put("fund-a_20261110.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert "they are of 10 Nov 2026 (the file's name says so)" in world.troubles()[0][1]

    def test_an_expected_portfolio_that_does_not_come_is_told(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(WEDNESDAY))
        world.write_settings(inbox={"expected": ["fund-a", "fund-b"]})
        world.put("fund-a/holdings.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert world.troubles() == [("red", "fund-b: no holdings have ever come, although they are expected")]
        world.put("fund-b/holdings.csv", CLEAR.replace("100", "200"))
        assert world.night() == ExitCode.NOTHING_TO_DO
        world.clock.forward(days=1)
        assert world.night() == ExitCode.ACTION_NEEDED
        assert len([1 for colour, text in world.troubles() if "one was expected" in text]) == 2
        said = manifest(world.outcome("fund-a")[-1])["warnings"]
        assert any("this report is on the holdings of 25 Nov 2026" in text for text in said)

    def test_nobody_expects_files_on_a_night_that_has_none(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(datetime(2026, 11, 29, 1, 30, tzinfo=UTC)))
        world.write_settings(inbox={"expected": ["fund-a"]})
        assert world.night() == ExitCode.NOTHING_TO_DO


class TestLists:
    def test_a_server_that_is_down_is_amber_while_a_version_is_in_force(self, world: World) -> None:
        with ListServer().running() as server:
            world.serve_un(server)
            assert world.night() == ExitCode.NOTHING_TO_DO
            assert world.line("lists").colour == "green"
            server.answers["/un.xml"] = Answer(b"oops", 503)
            assert world.night() == ExitCode.ACTION_NEEDED
        assert world.line("lists").colour == "amber"
        assert "stays in force" in world.troubles("update_lists")[0][1]

    def test_a_list_that_never_came_is_red(self, world: World) -> None:
        with ListServer().running() as server:
            world.list_sources({"un": server.address("/nowhere")})
            assert world.night() == ExitCode.NOT_FINISHED
        assert world.line("lists").colour == "red"

    def test_a_list_past_its_age_stops_the_line_and_the_files_stay(self, world: World) -> None:
        with ListServer().running() as server:
            world.serve_un(server)
            text = (world.folder / "lists.toml").read_text()
            gate = '{ check = "max_age_days", value = 3, severity = "error" }'
            (world.folder / "lists.toml").write_text(text.replace("gates = [", f"gates = [{gate}, "))
            world.night()
            server.answers["/un.xml"] = Answer(b"oops", 503)
            world.clock.forward(days=4)
            world.put("fund-a/holdings.csv", CLEAR)
            assert world.night() == ExitCode.NOT_FINISHED
        assert world.files_left() == ["fund-a/holdings.csv"]
        assert runs(world) == ["failed"]
        assert world.line("lists").colour == "red"


class TestSelfTest:
    def test_a_wrong_answer_is_red_and_the_portfolio_is_screened_again_when_it_is_right(
        self, world: World
    ) -> None:
        shipped = (Path(__file__).parents[1] / "config" / "sentinels.toml").read_text(encoding="utf-8")
        table = world.folder / "sentinels.toml"
        table.write_text(shipped.replace('action = "HOLD"', 'action = "DIVEST"', 1), encoding="utf-8")
        world.write_settings(nightly={"sentinels": str(table)})
        world.put("fund-a/holdings.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert "came out as HOLD under NS-CMIC" in world.troubles()[0][1]
        assert len(runs(world)) == 1
        table.write_text(shipped, encoding="utf-8")
        assert world.night() == ExitCode.NOTHING_TO_DO
        assert len(runs(world)) == 2, "the report that was held back is made again, and mailed"


class TestCatchingUp:
    def test_nights_that_did_not_happen_are_said_in_the_report(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(WEDNESDAY))
        world.write_settings(
            inbox={"amber_after_days": 30, "red_after_days": 40}, nightly={"screen": "30 1 * * *"}
        )
        world.put("fund-a/holdings.csv", CLEAR)
        world.night()
        world.clock.forward(days=3, hours=6)
        assert world.night() == ExitCode.ACTION_NEEDED
        (said,) = manifest(world.outcome("fund-a")[-1])["warnings"][:1]
        assert "due on 26 Nov 2026, 01:30 to 28 Nov 2026, 01:30 (3 runs) did not happen" in said
        world.clock.forward(hours=18, minutes=10)
        assert world.night() == ExitCode.NOTHING_TO_DO, "the next one is in time"

    def test_an_overdue_night_is_red_in_the_status(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(WEDNESDAY))
        world.write_settings(nightly={"screen": "30 1 * * *"})
        world.night()
        assert world.line("screen").colour == "green"
        world.clock.forward(hours=25)
        assert world.line("screen").colour == "green"
        world.clock.forward(hours=2)
        assert world.line("screen").colour == "red"
        assert "1 runs are overdue" in world.line("screen").sentence


class TestStopping:
    def test_a_stop_lets_nothing_begin_and_the_rest_is_done_next_time(self, world: World) -> None:
        world.put("fund-a/holdings.csv", CLEAR)
        stop = Event()
        stop.set()
        assert world.night(stop) == ExitCode.NOT_FINISHED
        assert world.files_left() == ["fund-a/holdings.csv"]
        assert world.night() == ExitCode.NOTHING_TO_DO


def test_prune_deletes_runs_past_their_retention_and_no_file_of_the_inbox(world: World) -> None:
    world.put("fund-a/holdings.csv", CLEAR)
    world.night()
    world.clock.forward(days=3660)
    world.write_settings(inbox={"red_after_days": 9999, "amber_after_days": 9999})
    world.night()
    assert runs(world) == ["finished"], "the run of ten years ago is gone, that of today is there"
    assert len(world.outcome("fund-a")) == 2


def test_an_inbox_that_is_not_there_is_red(world: World) -> None:
    world.inbox.rmdir()
    assert world.night() == ExitCode.NOT_FINISHED
    assert "the inbox cannot be read" in world.troubles()[0][1]
    assert world.line("inbox").colour == "red"


def test_a_wrong_pattern_stops_before_anything_begins(world: World) -> None:
    world.write_settings(inbox={"match": [{"pattern": "*.csv"}]})
    with pytest.raises(ConfigurationError, match="does not tell the portfolio"):
        world.night()
