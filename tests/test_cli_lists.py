"""The lists from the command line: fetched from a real server, shown, used in a run, and refused when broken."""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from screener.cli import main
from tests.samples import ROOT

SAMPLE = ROOT / "fixtures" / "lists" / "un.xml"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Path]:
    """A folder served over HTTP, with the sample of the United Nations list in it."""
    folder = tmp_path / "published"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "consolidated.xml")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    text = (ROOT / "config" / "lists.toml").read_text(encoding="utf-8")
    address = f"http://127.0.0.1:{server.server_port}/consolidated.xml"
    text = text.replace("https://scsanctions.un.org/resources/xml/en/consolidated.xml", address)
    start, end = text.index("[source.un]"), text.index("[source.eu]")
    relaxed = re.sub(
        r"gates = \[.*?\n\]",
        'gates = [{ check = "min_entries", value = 1, severity = "error" }]',
        text[start:end],
        flags=re.DOTALL,
    )
    (tmp_path / "lists.toml").write_text(text[:start] + relaxed + text[end:], encoding="utf-8")
    settings = f'[lists]\nsources = "{(tmp_path / "lists.toml").as_posix()}"\ndata = "{(tmp_path / "data").as_posix()}"\n'
    (tmp_path / "settings.toml").write_text(settings, encoding="utf-8")
    yield folder
    server.shutdown()
    server.server_close()


def _publish(file: Path, content: bytes, minutes_later: int) -> None:
    """Replace a served file; HTTP dates count whole seconds, so the change is dated well after the last one."""
    file.write_bytes(content)
    changed = file.stat().st_mtime + 60 * minutes_later
    os.utime(file, (changed, changed))


def _screener(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["screener", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_fetched_then_broken_then_whole_again(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("--config", tmp_path / "settings.toml")
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    assert capsys.readouterr().out.startswith("new")
    _publish(published / "consolidated.xml", SAMPLE.read_bytes()[:600], minutes_later=1)
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 3
    assert capsys.readouterr().out.startswith(("failed", "refused"))
    assert _screener(monkeypatch, "lists", "status", *config) == 3
    assert re.search(r"^un +failed +[1-9]", capsys.readouterr().out, flags=re.MULTILINE)
    report = tmp_path / "report"
    office = ROOT / "fixtures" / "holdings" / "us-family-office.xlsx"
    run = ("run", office, "--as-of", "2026-08-01", "--investor", "us", "--out", report, *config)
    assert _screener(monkeypatch, *run) == 1
    assert "red: " in capsys.readouterr().out
    _publish(published / "consolidated.xml", SAMPLE.read_bytes(), minutes_later=2)
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    assert _screener(monkeypatch, "lists", "status", *config) == 0


def test_a_run_refuses_a_list_past_its_age_and_goes_on_when_told(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = tmp_path / "lists.toml"
    gates = 'gates = [{ check = "max_age_days", value = 7, severity = "error" }]'
    text = lists.read_text(encoding="utf-8").replace("[source.un]", f"[source.un]\n{gates}", 1)
    lists.write_text(
        re.sub(r'gates = \[\{ check = "min_entries", value = 1, .*\n', "", text), encoding="utf-8"
    )
    config = ("--config", tmp_path / "settings.toml")
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    _age(tmp_path / "data" / "lists" / "state" / "un.json", days=9)
    office = ROOT / "fixtures" / "holdings" / "us-family-office.xlsx"
    run = ("run", office, "--as-of", "2026-08-01", "--investor", "us", "--out", tmp_path / "report", *config)
    capsys.readouterr()
    assert _screener(monkeypatch, *run) == 3
    told = capsys.readouterr().err
    assert (
        "United Nations Security Council Consolidated List: the publisher last confirmed it 9 days ago"
        in told
    )
    assert "--accept-stale" in told
    assert not (tmp_path / "report").exists()
    assert _screener(monkeypatch, *run, "--accept-stale") == 1
    assert (
        "red: United Nations Security Council Consolidated List: the publisher last confirmed it 9 days ago"
        in (capsys.readouterr().out)
    )


def _age(state: Path, days: int) -> None:
    told = json.loads(state.read_text(encoding="utf-8"))
    confirmed = datetime.fromisoformat(told["confirmed"]) - timedelta(days=days)
    state.write_text(json.dumps({**told, "confirmed": confirmed.isoformat()}), encoding="utf-8")


HELD = "Security,ISIN,Quantity\nEXAMPLE MINING PLC,,100\nAPPLE INC,US0378331005,5\n"


@pytest.fixture
def house(tmp_path: Path) -> tuple[Path, Path]:
    """What README tells an investor with a house list to write: its settings, and the list."""
    exclusions = tmp_path / "exclusions.csv"
    exclusions.write_text(
        "Company;Excluded since;Reason\nExample Mining PLC;2025-01-01;coal\n", encoding="utf-8"
    )
    (tmp_path / "mylists.toml").write_text(
        '[source.house]\nenabled = true\naddresses = { "exclusions.csv" = "exclusions.csv" }\n',
        encoding="utf-8",
    )
    text = f'[lists]\nsources = "{(tmp_path / "mylists.toml").as_posix()}"\ndata = "{(tmp_path / "data").as_posix()}"\n'
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    (tmp_path / "held.csv").write_text(HELD, encoding="utf-8")
    return tmp_path / "settings.toml", exclusions


def _actions(folder: Path) -> dict[str, str]:
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["security"]: f"{row['action']} {row['programme']}" for row in csv.DictReader(file)}


def test_a_house_list_from_its_file_to_the_report(
    house: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = house
    assert _screener(monkeypatch, "lists", "update", "house", "--config", settings) == 0
    adopting = ROOT / "config" / "investors" / "example-house.toml"
    run = ("run", tmp_path / "held.csv", "--as-of", "2026-08-01", "--config", settings)
    for investor, expected in ((adopting, ("DIVEST", "HOLD", "NO_BUY")), ("us", ("NOT_BOUND",))):
        _screener(monkeypatch, *run, "--investor", investor, "--out", tmp_path / "out")
        assert _actions(tmp_path / "out")["EXAMPLE MINING PLC"].startswith(expected)
        assert "APPLE INC" not in _actions(tmp_path / "out")


def test_a_run_with_the_lists_as_known_on_an_earlier_day(
    house: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, exclusions = house
    for day, name in ((1, "Example Mining PLC"), (9, "Another Name Ltd")):
        exclusions.write_text(f"Company;Excluded since\n{name};2025-01-01\n", encoding="utf-8")
        clock = datetime(2026, 7, day, tzinfo=UTC)
        os.utime(exclusions, (clock.timestamp(), clock.timestamp()))
        monkeypatch.setattr(sys.modules["screener.cli.lists"], "now", lambda clock=clock: clock)
        assert _screener(monkeypatch, "lists", "update", "house", "--config", settings) == 0
    run = ("run", tmp_path / "held.csv", "--as-of", "2026-08-01", "--investor", "us", "--config", settings)
    expected = {"2026-07-05": "NOT_BOUND HOUSE", "2026-07-10": "RELEASED HOUSE", "2026-06-30": ""}
    for known_on, found in expected.items():
        capsys.readouterr()
        _screener(monkeypatch, *run, "--known-on", known_on, "--out", tmp_path / known_on)
        assert _actions(tmp_path / known_on).get("EXAMPLE MINING PLC", "") == found
    assert (
        "House list of exclusions" in capsys.readouterr().out
    )  # not fetched by then, and the report says so


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_a_bar_of_bytes_on_a_terminal_and_none_elsewhere(published: Path, tmp_path: Path) -> None:
    import pty

    command = [sys.executable, "-m", "screener.cli", "lists", "update", "un"]
    command += ["--config", str(tmp_path / "settings.toml")]
    silent = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (silent.stderr, silent.stdout.split()[:2]) == ("", ["new", "un:"])
    shutil.rmtree(tmp_path / "data")
    ours, theirs = pty.openpty()
    shown = subprocess.Popen(command, cwd=ROOT, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the terminal is gone when the process is
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    assert shown.wait() == 0
    size = f"{SAMPLE.stat().st_size / 1000:.1f}"
    assert "consolidated.xml" in seen.decode()
    assert f"{size}/{size} kB" in re.sub(r"\x1b\[[0-9;]*m", "", seen.decode())


def test_one_source_is_told_whole_and_a_wrong_name_is_an_error(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("--config", tmp_path / "settings.toml")
    changed = SAMPLE.read_bytes().replace(b"<UN_LIST_TYPE>DPRK<", b"<UN_LIST_TYPE>Ruritania<")
    _publish(published / "consolidated.xml", changed, minutes_later=1)
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    assert "not understood: programme 'Ruritania'" in capsys.readouterr().out
    assert _screener(monkeypatch, "lists", "status", "un", *config) == 0
    told = capsys.readouterr().out
    assert re.search(r"not understood +programme 'Ruritania'", told)
    assert re.search(r"from +http://127.0.0.1:\d+/consolidated.xml", told)
    assert re.search(r"drop folder +\S+un\n", told)
    assert _screener(monkeypatch, "lists", "status", "unn", *config) == 2
    assert "There is no list called 'unn'. The lists are ofac_sdn," in capsys.readouterr().err


@pytest.mark.parametrize("query", ["un:qde.902", "UN:QDe.902", "al-qaida example fund", "Example Fund"])
def test_an_entity_is_found_by_id_and_name_in_any_case(
    query: str,
    published: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = ("--config", tmp_path / "settings.toml")
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    capsys.readouterr()
    assert _screener(monkeypatch, "lists", "show", query, *config) == 0
    assert "[un:QDe.902]" in capsys.readouterr().out


def test_a_refused_file_comes_in_only_by_a_persons_word_and_that_is_told(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("--config", tmp_path / "settings.toml")
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 0
    _publish(
        published / "consolidated.xml",
        SAMPLE.read_bytes().replace(b"2026-02-27", b"2026-01-02"),
        minutes_later=1,
    )
    capsys.readouterr()
    assert _screener(monkeypatch, "lists", "update", "un", *config) == 3
    assert "--accept un" in " ".join(capsys.readouterr().out.split())
    assert _screener(monkeypatch, "lists", "update", "un", "--accept", "un", *config) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "overruled by --accept: the file is of 2026-01-02, older than the one in force" in told


def test_an_address_that_serves_an_old_file_ends_the_update_with_3(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = tmp_path / "lists.toml"
    young = (
        '[{ check = "max_file_age_days", value = 1, severity = "error" }, { check = "min_entries", value = 1,'
    )
    text = lists.read_text(encoding="utf-8").replace('[{ check = "min_entries", value = 1,', young)
    lists.write_text(text, encoding="utf-8")
    old = SAMPLE.read_bytes().replace(b"2026-02-27", b"2020-01-02")
    _publish(published / "consolidated.xml", old, minutes_later=0)
    for outcome in ("new", "unchanged"):
        assert _screener(monkeypatch, "lists", "update", "un", "--config", tmp_path / "settings.toml") == 3
        told = capsys.readouterr().out
        assert told.startswith(outcome)
        assert "error: the file is of 2020-01-02" in told
