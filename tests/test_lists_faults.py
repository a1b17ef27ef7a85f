"""What befalls the machine in mid-update: no trust, no space, no process, two at once.

Each leaves the last good version in force and the source red with a sentence that names it, and the next update works.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from screener.errors import RestrictedListError
from screener.lists import cautions, load_restricted, status, update
from screener.lists.config import ListsConfig
from screener.lists.store import Store
from screener.lists.update import UpdateResult
from tests.list_samples import QUICK, SAMPLES, Answer, ListServer, config_of, small_source
from tests.samples import ROOT

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
UN = (SAMPLES / "un.xml").read_bytes()
SECOND = UN.replace(b"2026-02-27", b"2026-03-01").replace(b"EXAMPLE GENERAL TRADING", b"EXAMPLE TRADE")
PATH = "/consolidated.xml"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture
def server() -> Iterator[ListServer]:
    with ListServer().running() as running:
        yield running


@pytest.fixture
def config(server: ListServer, tmp_path: Path) -> ListsConfig:
    """The UN sample, served and fetched once."""
    return fetched_once(tmp_path / "lists", server)


def fetched_once(folder: Path, server: ListServer) -> ListsConfig:
    made = config_of(folder, small_source("un", {"consolidated.xml": server.serve(PATH, UN)}))
    assert once(made, NOW).outcome == "new"
    return made


def once(config: ListsConfig, now: datetime = LATER) -> UpdateResult:
    (result,) = update(config, now=now)
    return result


def names_of(config: ListsConfig) -> set[str]:
    names = load_restricted(config).names
    return set(names.loc[names["entity_id"].str.startswith("un:"), "name"])


def assert_red(config: ListsConfig, *words: str) -> None:
    """The source is red in the status and in every report, in a sentence that names it and says why."""
    day = LATER.date()
    row = status(config, day).iloc[0]
    assert row["health"] == "failed"
    assert row["reasons"].startswith("un: ")
    (told,) = cautions(config, load_restricted(config), day, day).failures
    assert all(word in told and word in row["reasons"] for word in words), told
    assert "stays in force" in told


def assert_old_in_force(config: ListsConfig) -> None:
    """Exactly the first version, whole."""
    store = Store(config.folder)
    assert len(store.versions("un")) == 1
    version = store.latest("un")
    assert version is not None
    assert len(store.tables(version).entities) == version.entries
    assert "EXAMPLE GENERAL TRADING" in names_of(config)


def assert_heals(config: ListsConfig, outcome: str = "new") -> None:
    """The next update works, and nothing half written is left."""
    result = once(config, LATER + timedelta(days=1))
    assert result.outcome == outcome, result.message
    assert status(config, LATER.date() + timedelta(days=1))["health"].item() == "ok"
    assert "EXAMPLE TRADE" in names_of(config)
    left = [path for mark in (".aside-*", ".new-*", "*.unfinished") for path in config.folder.rglob(mark)]
    assert not left


def certificate(folder: Path, *more: str) -> Path:
    """A key with a certificate that it signed itself, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not here")
    key, signed, both = (folder / f"{name}.pem" for name in ("key", "certificate", "both"))
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    made += ["-keyout", str(key), "-out", str(signed), *more]
    subprocess.run(made, check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


class TestBadCertificate:
    def test_an_unknown_one_is_refused_until_it_is_trusted(self, config: ListsConfig, tmp_path: Path) -> None:
        pem = certificate(tmp_path, "-addext", "subjectAltName=IP:127.0.0.1")
        with ListServer(certificate=pem).running() as secure:
            source = replace(config.sources[0], addresses={"consolidated.xml": secure.serve(PATH, SECOND)})
            strict = config_of(config.folder, source)
            result = once(strict)
            assert result.outcome == "failed"
            assert result.message.startswith("un: https://127.0.0.1")
            assert "fetch.ca_file" in result.message
            assert_old_in_force(strict)
            assert_red(strict, "its certificate is not trusted", "fetch.ca_file")
            trusting = replace(QUICK, ca_file=str(tmp_path / "certificate.pem"))
            assert_heals(config_of(config.folder, source, fetching=trusting))

    def test_one_for_another_host_is_refused_though_it_is_trusted(
        self, config: ListsConfig, server: ListServer, tmp_path: Path
    ) -> None:
        pem = certificate(tmp_path)
        trusting = replace(QUICK, ca_file=str(tmp_path / "certificate.pem"))
        with ListServer(certificate=pem).running() as secure:
            source = replace(config.sources[0], addresses={"consolidated.xml": secure.serve(PATH, SECOND)})
            wrong = config_of(config.folder, source, fetching=trusting)
            assert once(wrong).outcome == "failed"
        assert_old_in_force(wrong)
        assert_red(wrong, "its certificate is not trusted", "127.0.0.1")
        server.serve(PATH, SECOND)
        assert_heals(config)


ONE_UPDATE = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from tests.list_samples import config_of, small_source
from screener.errors import RestrictedListError
from screener.lists import update
made = config_of(Path(sys.argv[1]), small_source("un", {"consolidated.xml": sys.argv[2]}))
try:
    (result,) = update(made, now=datetime(2026, 3, 3, 6, tzinfo=UTC))
    print(result.outcome, result.message)
except RestrictedListError as error:
    print(error)
"""
WITH_SMALL_FILES_ONLY = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
"""
KILLED_AT_RENAME = """
import os, signal, sys
from pathlib import Path
replace, left = Path.replace, [int(sys.argv[3])]
def deadly(self, target):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = deadly
"""


def arguments(config: ListsConfig, server: ListServer, before: str = "", *more: object) -> list[str]:
    """The command of one update in a process of its own, with something done to the process ``before``."""
    told = [str(config.folder), server.address(PATH), *map(str, more)]
    return [sys.executable, "-c", before + ONE_UPDATE, *told]


def elsewhere(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mounted = elsewhere("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    assert elsewhere("umount", str(folder)).returncode == 0


class TestFullDisk:
    @pytest.mark.parametrize("free", [0, 2, 5, 8])
    def test_a_disk_with_few_pages_left(self, free: int, small_disk: Path, server: ListServer) -> None:
        """With none, not even the failure can be written down: the mark of what was begun tells of it."""
        config, page = fetched_once(small_disk / "lists", server), os.statvfs(small_disk).f_bsize
        server.serve(PATH, SECOND)
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes((os.statvfs(small_disk).f_bavail - free) * page))
        result = once(config)
        assert result.outcome == "failed"
        assert result.message.startswith("un: ")
        assert "No space left on device" in result.message
        assert_old_in_force(config)
        assert_red(config, "broken off" if free == 0 else "No space left on device")
        ballast.unlink()
        assert_heals(config)

    @posix_only
    @pytest.mark.parametrize("largest", [0, 400, 2_000])
    def test_no_file_may_grow_beyond_a_limit(
        self, largest: int, config: ListsConfig, server: ListServer
    ) -> None:
        """What a quota does, for a user who is not root: the snapshot, the tables, or nothing at all fits."""
        server.serve(PATH, SECOND)
        told = elsewhere(*arguments(config, server, WITH_SMALL_FILES_ONLY, largest))
        assert told.stdout.startswith("failed un: "), told.stderr
        assert "cannot be written" in told.stdout
        assert_old_in_force(config)
        assert_red(config, "cannot be written" if largest else "broken off")
        assert_heals(config)

    @pytest.mark.parametrize("place", ["snapshots", "tables", "state"])
    def test_any_file_of_an_update_may_be_the_one_that_does_not_fit(
        self, place: str, config: ListsConfig, server: ListServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once the version is written it is in force, and red until that could be recorded."""
        server.serve(PATH, SECOND)
        with monkeypatch.context() as patch:
            if place == "tables":
                patch.setattr(pd.DataFrame, "to_parquet", _full)
            else:
                patch.setattr("screener.lists.writing.os.fsync", _full_in(config.folder / place))
            result = once(config)
        assert result.outcome == "failed"
        assert result.message.startswith("un: ")
        assert "No space left on device" in result.message
        if place == "state":
            assert_red(config, "broken off")
        else:
            assert_old_in_force(config)
            assert_red(config, "No space left on device")
        assert_heals(config, "unchanged" if place == "state" else "new")

    def test_a_damaged_snapshot_is_fetched_again(self, config: ListsConfig) -> None:
        (path,) = config.folder.glob("snapshots/*/*.gz")
        path.write_bytes(b"damaged")
        assert once(config).outcome == "unchanged"


def _full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _full_in(folder: Path) -> Callable[[int], None]:
    if sys.platform != "linux":
        pytest.skip("which file a handle belongs to is asked of /proc")

    def fsync(number: int) -> None:
        if Path(f"/proc/self/fd/{number}").resolve().is_relative_to(folder.resolve()):
            _full()

    return fsync


class TestKilled:
    @posix_only
    @pytest.mark.parametrize("rename", [1, 2, 3])
    def test_at_any_rename(self, rename: int, config: ListsConfig, server: ListServer) -> None:
        """The renames of an update are the snapshot's, the version's and the state's: after the second it is in force."""
        server.serve(PATH, SECOND)
        killed = elsewhere(*arguments(config, server, KILLED_AT_RENAME, rename))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        if rename < 3:
            assert_old_in_force(config)
        assert ("EXAMPLE TRADE" in names_of(config)) == (rename == 3)
        assert_red(config, "the update of 2026-03-03 06:00 UTC was broken off")
        assert_heals(config, "unchanged" if rename == 3 else "new")

    @posix_only
    def test_at_any_moment(self, config: ListsConfig, server: ListServer) -> None:
        """Not at chosen places but after chosen times, whatever the process is doing then."""
        server.serve(PATH, SECOND)
        started = time.monotonic()
        assert elsewhere(*arguments(config, server)).stdout.startswith("new ")
        lasts = time.monotonic() - started
        for share in (0.5, 0.8, 0.9, 0.95):
            server.serve(PATH, SECOND.replace(b"EXAMPLE TRADE", b"EXAMPLE %d" % (share * 100)))
            process = subprocess.Popen(
                arguments(config, server), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(lasts * share)
            process.kill()
            process.wait()
            assert {"un:KPe.901", "un:QDe.902"} <= set(load_restricted(config).entities["entity_id"])
            begun = any(config.folder.glob("state/*.unfinished"))
            assert (status(config, LATER.date())["health"].item() == "failed") == begun
        server.serve(PATH, SECOND.replace(b"EXAMPLE TRADE<", b"EXAMPLE TRADE LTD<"))
        assert once(config, NOW + timedelta(days=3)).outcome == "new"
        assert status(config, date(2026, 3, 5))["health"].item() == "ok"


class TestSeveralAtOnce:
    def test_the_second_says_that_another_is_running(self, config: ListsConfig, server: ListServer) -> None:
        server.serve(PATH, SECOND)
        with (
            Store(config.folder).lock(),
            pytest.raises(RestrictedListError, match=r"another update .* is running"),
        ):
            once(config)
        assert_old_in_force(config)
        assert_heals(config)

    def test_a_report_made_meanwhile_is_not_red(self, config: ListsConfig, server: ListServer) -> None:
        """What is begun and goes on is no failure."""
        seen = list[str]()

        def look(_: object) -> None:
            seen.append(status(config, LATER.date())["health"].item())

        server.serve(PATH, SECOND)
        update(config, look, now=LATER)
        assert set(seen) == {"ok"}

    @pytest.mark.parametrize("processes", [2, 3])
    def test_processes_do_not_corrupt_each_other(
        self, processes: int, server: ListServer, tmp_path: Path
    ) -> None:
        """Those that come later say that another is running; what is in force is one version, whole and healthy."""
        begun = threading.Event()

        def slowly(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Length", str(len(SECOND)))
            request.end_headers()
            request.wfile.write(SECOND[:500])
            request.wfile.flush()
            begun.wait(0.3)
            request.wfile.write(SECOND[500:])

        server.answers[PATH] = Answer(act=slowly)
        config = config_of(tmp_path, small_source("un", {"consolidated.xml": server.address(PATH)}))
        running = [
            subprocess.Popen(
                arguments(config, server), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(processes)
        ]
        told = [one.communicate(timeout=60) for one in running]
        assert all(one.returncode == 0 for one in running), [error for _, error in told]
        outcomes = [out.strip() for out, _ in told]
        assert sum(one.startswith("new ") for one in outcomes) == 1
        others = [one for one in outcomes if not one.startswith("new ")]
        busy = "another update of the restricted lists is running"
        assert all(one.startswith("unchanged ") or busy in one for one in others), others
        store = Store(config.folder)
        version = store.latest("un")
        assert version is not None
        assert len(store.tables(version).entities) == version.entries
        assert len(store.versions("un")) == 1
        assert status(config, LATER.date())["health"].item() == "ok"
        assert_heals(config, "unchanged")
