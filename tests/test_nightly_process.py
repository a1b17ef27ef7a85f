"""`screener nightly` as a process of its own: schedule, catch-up, signals, health, one at a time; and on PostgreSQL."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from screener.cli import main
from screener.errors import ExitCode
from screener.history import Night, NightStore, Outbox
from screener.inbox import moving
from screener.locks import BusyError
from screener.nightly import once
from screener.nightly.cron import schedules
from screener.nightly.health import answering
from screener.nightly.lock import only_one
from screener.nightly.scheduler import _missed_since
from tests.mail_server import Post, login, mail_server
from tests.night_world import CLEAR, MovingClock, World, only_lists
from tests.postgres_server import postgres
from tests.samples import ROOT

WEDNESDAY = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.write_settings()
    return made


@contextlib.contextmanager
def started(world: World, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "screener.cli", "nightly", "--config", str(world.config), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(process: subprocess.Popen[str], text: str) -> list[str]:
    """The lines of the log up to the one that says ``text``."""
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if text in line:
            return told
    raise AssertionError(f"{text!r} was never said:\n{''.join(told)}")


def screener(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["screener", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def health(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
            return answer.status, json.load(answer)["colour"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["colour"]


class TestForeground:
    def test_what_was_missed_is_made_up_for_then_the_next_minute_comes_then_it_stops(
        self, world: World
    ) -> None:
        """A real clock: `send` is due every minute, `screen` was due an hour ago and did not come to its end."""
        world.put("fund-a/holdings.csv", CLEAR)
        file = world.folder / "health.json"
        minutely = {"screen": "0 0 1 1 *", "send": "* * * * *", "update_lists": "", "prune": ""}
        world.write_settings(
            nightly={**minutely, "log": "json", "health_file": str(file), "health_address": "127.0.0.1:0"}
        )
        world.ask(lambda nights: nights.begin_night(Night("screen", datetime.now(UTC))))
        with started(world) as process:
            said = until(process, "answering on http")
            port = int(json.loads(said[-1])["message"].rpartition(":")[2].partition("/")[0])
            until(process, '"stage": "night", "message": "screen: ')
            assert len(world.outcome("fund-a")) == 1
            with started(world) as second:
                assert "`screener nightly` is already running" in second.communicate(timeout=120)[0]
                assert second.returncode == ExitCode.NOT_FINISHED
            until(process, '"stage": "night", "message": "send: ')
            status, colour = health(port)
            assert (status, colour) == (200, "amber"), "the interrupted night is still told"
            assert json.loads(file.read_text(encoding="utf-8"))["colour"] == "amber"
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=120)[0]
        assert process.returncode == ExitCode.NOTHING_TO_DO
        assert "what is under way is finished first" in rest
        assert "Traceback" not in rest

    def test_a_signal_during_a_night_lets_the_portfolio_under_way_come_to_its_end(self, world: World) -> None:
        for name in ("a", "b", "c", "d"):
            world.put(f"fund-{name}/holdings.csv", CLEAR.replace("100", str(ord(name))))
        with started(world, "--once") as process:
            until(process, "fund-a: screened")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
        assert process.returncode == ExitCode.NOT_FINISHED
        left, done = (
            len(world.files_left()),
            len(list((world.inbox / "processed").glob("*/fund-*/*/run.json"))),
        )
        assert left + done == 4
        assert left >= 1
        assert world.ask(lambda nights: nights.deliveries("begun") + nights.deliveries("placed")) == []
        assert world.night() in (ExitCode.NOTHING_TO_DO, ExitCode.ACTION_NEEDED)
        assert world.files_left() == []

    def test_two_nights_do_not_meet(self, world: World) -> None:
        with (
            only_one("nightly", world.folder / "data"),
            pytest.raises(BusyError, match="Another nightly run"),
        ):
            world.night()

    def test_the_grace_ends(self, tmp_path: Path) -> None:
        world = World(tmp_path, MovingClock(WEDNESDAY))
        world.write_settings(nightly={"screen": "30 1 * * *", "grace_hours": 5})
        world.night()
        schedule, clock = schedules(world.settings.nightly)["screen"], world.clock
        for hours, missed in ((23, False), (3, True), (4, False)):
            clock.forward(hours=hours)
            asked = world.ask(lambda nights: _missed_since(schedule, nights, world.settings, clock()))
            assert asked == missed


class TestHealth:
    def test_red_is_503(self, world: World) -> None:
        world.put("fund-a/broken.xlsx", "no workbook")
        world.night()
        with socket_port() as port:
            settings = world.write_settings(nightly={"health_address": f"127.0.0.1:{port}"})
        with answering(settings, world.clock):
            assert health(port) == (503, "red")


@contextlib.contextmanager
def socket_port() -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


class TestPostgres:
    def test_a_night_on_postgresql_mails_once_and_its_lock_keeps_other_machines_out(
        self, world: World
    ) -> None:
        with postgres() as address, mail_server(Post()) as post:
            mail = {"host": "127.0.0.1", "port": post.port, "security": "none", "sender": "s@example.com"}
            settings = world.write_settings(
                history={"url": address},
                mail={**mail, "to": ["desk@example.com"], "operator": ["o@example.com"]},
            )
            world.put("fund-a/holdings.csv", CLEAR + "CNOOC LTD,HK0883013259,100,900,HKD\n")
            world.put("fund-b/broken.xlsx", "no workbook")
            assert world.night() == ExitCode.NOT_FINISHED
            assert sorted(post.recipients) == ["desk@example.com", "desk@example.com", "o@example.com"]
            world.clock.forward(days=1)
            world.night()
            with world.store() as store:
                mails = Outbox(store.database).mails()
            assert {one.kind for one in mails} == {"findings", "failure", "heartbeat", "alert"}
            assert {one.state for one in mails} == {"sent"}
            assert world.line("portfolio fund-a").colour == "green"
            elsewhere = settings.model_copy(
                update={"lists": settings.lists.model_copy(update={"data": str(world.folder / "other")})}
            )
            with world.store() as store:
                lock = NightStore(store.database).session_lock(zlib.crc32(b"screener nightly"))
                with lock as had, pytest.raises(BusyError, match="on another machine"):
                    assert had
                    once(elsewhere, world.clock, Event())
            assert once(elsewhere, world.clock, Event()) == ExitCode.NOT_FINISHED, "and lets them in again"

    def test_the_scheduler_keeps_its_jobs_there(self, world: World) -> None:
        with postgres() as address:
            world.write_settings(history={"url": address})
            with started(world) as process:
                until(process, "prune: next at")
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)
            assert process.returncode == ExitCode.NOTHING_TO_DO


class TestDisk:
    @pytest.mark.parametrize("where", ["copy", "report", "place"])
    def test_a_full_disk_undoes_the_delivery_and_the_next_night_does_it(
        self, where: str, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.put("fund-a/holdings.csv", CLEAR)

        def full(*args: object, **more: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            if where == "copy":
                patch.setattr("screener.inbox.moving.os.fsync", full)
            elif where == "report":
                patch.setattr("screener.report.writing._write_aside", full)
            else:
                patch.setattr(moving, "_rename", full)
            assert world.night() == ExitCode.NOT_FINISHED
        assert "No space left on device" in " ".join(text for _, text in world.troubles())
        assert world.files_left() == ["fund-a/holdings.csv"]
        assert not list(world.inbox.rglob(".making-*"))
        assert world.night() == ExitCode.NOTHING_TO_DO
        assert len(world.outcome("fund-a")) == 1

    def test_a_real_limit_on_file_sizes_leaves_everything_whole(self, world: World) -> None:
        """RLIMIT_FSIZE makes every write beyond it fail, in the database as in the report."""
        world.night()
        world.put("fund-a/holdings.csv", CLEAR)
        command = [sys.executable, "-m", "screener.cli", "nightly", "--once", "--config", str(world.config)]
        for size in (1, 6_000, 60_000):
            ended = subprocess.run(
                command, capture_output=True, text=True, cwd=ROOT, check=False,
                preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)),
            )  # fmt: skip
            assert ended.returncode == ExitCode.NOT_FINISHED, ended.stdout + ended.stderr
            assert "Traceback" not in ended.stdout + ended.stderr
            assert world.files_left() == ["fund-a/holdings.csv"]
        assert world.night() in (ExitCode.NOTHING_TO_DO, ExitCode.ACTION_NEEDED)
        (folder,) = world.outcome("fund-a")
        assert (folder / "divestment-report.xlsx").stat().st_size > 6_000
        with world.store() as store, store.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"

    def test_a_folder_that_cannot_be_made_is_told(self, world: World) -> None:
        (world.inbox / "processed").write_text("a file where a folder is wanted")
        world.put("fund-a/holdings.csv", CLEAR)
        assert world.night() == ExitCode.NOT_FINISHED
        assert world.files_left() == ["fund-a/holdings.csv"]


class TestInit:
    def test_from_nothing_to_a_nightly_mail(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder, no_lists = tmp_path / "screening", tmp_path / "lists.toml"
        no_lists.write_text(only_lists({}), encoding="utf-8")
        assert screener(monkeypatch, "init", folder, "--offline") == ExitCode.ACTION_NEEDED
        assert "no mail server is set" in capsys.readouterr().out
        file = folder / "screener.toml"
        with mail_server(Post()) as post:
            text = file.read_text(encoding="utf-8")
            for key, value in (
                ('host = ""', 'host = "127.0.0.1"'), ("port = 0", f"port = {post.port}"),
                ('security = "starttls"', 'security = "none"'), ('sender = ""', 'sender = "screener@example.com"'),
                ("to = []", 'to = ["desk@example.com"]'), ("stable_seconds = 30", "stable_seconds = 0"),
                ('sources = ""', f'sources = "{no_lists.as_posix()}"'),
            ):  # fmt: skip
                assert key in text
                text = text.replace(key, value, 1)
            file.write_text(text, encoding="utf-8")
            before = file.read_bytes()
            assert screener(monkeypatch, "init", folder, "--offline", "--test-mail", "me@example.com") == 0
            assert file.read_bytes() == before, "what is there is left as it is"
            assert post.recipients == ["me@example.com"]
            assert post.messages[0]["Message-ID"]
            shutil.copy(
                ROOT / "fixtures" / "holdings" / "us-family-office.xlsx", folder / "inbox" / "office.xlsx"
            )
            assert screener(monkeypatch, "nightly", "--once", "--config", file) == ExitCode.ACTION_NEEDED
            assert post.recipients == ["me@example.com", "desk@example.com"]
            assert json.loads((folder / "health.json").read_text(encoding="utf-8"))["colour"] == "green", (
                "no list is asked for, and nothing went wrong"
            )

    def test_what_does_not_work_is_red_and_secrets_stay_secret(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        post = Post()
        with mail_server(post, authenticator=login(post, "bob", "right"), auth_require_tls=False) as running:
            mail = {"host": "127.0.0.1", "port": running.port, "security": "none", "sender": "s@example.com"}
            world.write_settings(
                mail={**mail, "to": ["d@example.com"], "username": "bob", "password": "s3cret-wrong"}
            )
            assert screener(monkeypatch, "init", world.folder, "--offline") == ExitCode.NOT_FINISHED
            shown = capsys.readouterr().out
            assert "red    mail" in shown
            world.write_settings(
                mail={**mail, "to": ["d@example.com"], "username": "bob", "password": "right"}
            )
            assert screener(monkeypatch, "init", world.folder, "--offline") == 0
            shown += capsys.readouterr().out
        assert "s3cret-wrong" not in shown
        assert "bob with password ****" in shown

    def test_a_missing_inbox_is_named(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        world.inbox.rmdir()
        assert screener(monkeypatch, "init", world.folder, "--offline") == ExitCode.NOT_FINISHED
        assert "there is no such folder" in capsys.readouterr().out
