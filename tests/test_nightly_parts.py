"""The parts of the night that stand alone: when work is due, one at a time, the self-test, the log."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from screener.errors import ConfigurationError
from screener.locks import BusyError
from screener.night_settings import NightlySettings
from screener.nightly import log
from screener.nightly.cron import Schedule, schedules
from screener.nightly.lock import only_one
from screener.nightly.selftest import read_sentinels, self_test
from screener.settings import Settings, load_settings
from tests.samples import ROOT

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


def schedule(text: str, zone: str = "UTC") -> Schedule:
    return schedules(NightlySettings(screen=text, time_zone=zone))["screen"]


class TestCron:
    def test_the_time_zone_counts_and_the_hour_stays_through_the_change_of_clocks(self) -> None:
        due = schedule("30 1 * * *", "Europe/Amsterdam").between(
            datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)
        )
        assert [one.astimezone(AMSTERDAM).strftime("%d %H:%M") for one in due] == [
            "24 01:30",
            "25 01:30",
            "26 01:30",
        ]
        assert [one.astimezone(UTC).hour for one in due] == [23, 23, 0]

    @pytest.mark.parametrize("hour", [1, 2, 3])
    def test_no_night_is_missed_and_none_comes_twice_when_clocks_change(self, hour: int) -> None:
        for month, day in ((3, 27), (10, 23)):
            start = datetime(2026, month, day, 12, tzinfo=AMSTERDAM)
            due = schedule(f"30 {hour} * * *", "Europe/Amsterdam").between(start, start + timedelta(days=4))
            days = [one.astimezone(AMSTERDAM).day for one in due]
            assert len(days) == len(set(days)) == 4

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("0 1 * * 0", ["Sun"]),
            ("0 1 * * 7", ["Sun"]),
            ("0 1 * * 1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
            ("0 1 * * mon-fri", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
            ("0 1 * * fri-mon", ["Mon", "Fri", "Sat", "Sun"]),
            ("0 1 * * 0-6/2", ["Tue", "Thu", "Sat", "Sun"]),
            ("0 1 * * 1,3", ["Mon", "Wed"]),
            ("0 1 * * 0-7", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
        ],
    )
    def test_days_of_the_week_are_those_of_cron(self, text: str, days: list[str]) -> None:
        monday = datetime(2026, 11, 23, tzinfo=UTC)
        due = schedule(text).between(monday - timedelta(seconds=1), monday + timedelta(days=6, hours=23))
        assert [one.strftime("%a") for one in due] == days

    def test_with_both_days_given_either_will_do(self) -> None:
        due = schedule("0 1 1 * mon").between(NOW, NOW + timedelta(days=14))
        assert [f"{one:%a %d}" for one in due] == ["Mon 30", "Tue 01", "Mon 07"]

    @pytest.mark.parametrize(
        "text", ["30 1 * *", "61 1 * * *", "x 1 * * *", "0 1 * * 8", "0 1 * * mo", "0 25 * * *"]
    )
    def test_what_is_no_time_names_the_key(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match=r"nightly\.screen.*minute, hour"):
            schedule(text)

    def test_an_empty_text_is_never(self) -> None:
        assert "prune" not in schedules(NightlySettings(prune=""))

    @given(some.integers(0, 7), some.integers(0, 7))
    def test_any_range_of_days_is_understood(self, first: int, last: int) -> None:
        due = schedule(f"0 1 * * {first}-{last}").between(NOW, NOW + timedelta(days=7))
        assert 1 <= len(due) <= 7


HOLDER = """
import sys, time
from pathlib import Path
from screener.nightly.lock import only_one
with only_one("nightly", Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class TestLock:
    def test_another_process_is_kept_out_until_the_first_is_gone_however_it_ends(
        self, tmp_path: Path
    ) -> None:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert holder.stdout is not None
        with holder, holder.stdout:
            assert holder.stdout.readline() == "held\n"
            with (
                pytest.raises(BusyError, match="Another nightly run is under way"),
                only_one("nightly", tmp_path),
            ):
                pass
            holder.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            holder.wait()
        with only_one("nightly", tmp_path):
            pass

    def test_the_scheduler_and_its_work_do_not_shut_each_other_out(self, tmp_path: Path) -> None:
        with only_one("scheduler", tmp_path), only_one("nightly", tmp_path):
            pass


def sentinels(folder: Path, change: tuple[str, str]) -> Settings:
    text = (ROOT / "config" / "sentinels.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (folder / "sentinels.toml").write_text(text.replace(*change), encoding="utf-8")
    shipped = load_settings()
    nightly = shipped.nightly.model_copy(update={"sentinels": str(folder / "sentinels.toml")})
    return shipped.model_copy(update={"nightly": nightly})


class TestSelfTest:
    def test_the_shipped_sentinels_come_out_right_and_hold_the_four_that_matter(self) -> None:
        names = " ".join(one.title for one in read_sentinels(load_settings()))
        assert all(text in names for text in ("HUAWEI", "BRC1EODR004", "SENSETIME GROUP INC", "XIAOMI"))
        assert self_test(load_settings(), date(2026, 11, 24), NOW) == ()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (("BRC1EODR004", "BRC1EODR00X"), "CNOOC BDR .*must be HOLD under NS-CMIC"),
            (
                ('name = "NESTLE SA-REG"', 'name = "HUAWEI TECHNOLOGIES CO LTD"'),
                "came out as .*HOLD.*must be CLEAR",
            ),
            (('action = "RELEASED"', 'action = "HOLD"'), "came out as RELEASED under CCMC"),
        ],
    )
    def test_a_wrong_answer_is_told_with_both_answers(
        self, change: tuple[str, str], sentence: str, tmp_path: Path
    ) -> None:
        wrong = self_test(sentinels(tmp_path, change), date(2026, 11, 24), NOW)
        assert len(wrong) == 1
        assert re.search(sentence, wrong[0])

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (('action = "CLEAR"', 'action = "FINE"'), "sentinel 5.action: 'FINE' is no decision code"),
            (('ticker = "NESN SW"', 'tickers = "NESN SW"'), "tickers: is not a known key"),
            (('as_of = ""', 'as_of = "tomorrow"'), "'tomorrow' is no day"),
        ],
    )
    def test_a_wrong_table_is_named(self, change: tuple[str, str], sentence: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=sentence):
            read_sentinels(sentinels(tmp_path, change))


class TestLog:
    def test_json_lines_hold_stage_counts_and_seconds(self) -> None:
        stream = io.StringIO()
        log.configure("json", stream)
        with log.stage("screen", "3 portfolios") as counts:
            counts["findings"] = 7
            time.sleep(0.02)
        log.fail("mail", 'refused: "no such\nuser"')
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [line["stage"] for line in lines] == ["screen", "mail"]
        assert lines[0]["findings"] == 7
        assert lines[0]["seconds"] >= 0.02
        assert lines[1]["level"] == "error"

    def test_a_text_line_is_one_line(self) -> None:
        stream = io.StringIO()
        log.configure("text", stream)
        log.warn("lists", "un: failed\nbadly", age_days=3)
        assert re.fullmatch(r"\S+Z WARNING lists    un: failed badly \| age_days=3\n", stream.getvalue())


@pytest.mark.parametrize(
    ("section", "value", "sentence"),
    [
        ("INBOX__RED_AFTER_DAYS", "2", "red_after_days must not be less"),
        ("NIGHTLY__TIME_ZONE", "Mars/Olympus", "is no time zone"),
        ("INBOX__EXPECTED_NIGHTS", "monday", "'monday' is no day"),
    ],
)
def test_settings_that_make_no_sense_are_named(
    section: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, f"SCREENER_{section}", value)
    with pytest.raises(ConfigurationError, match=sentence):
        load_settings()
