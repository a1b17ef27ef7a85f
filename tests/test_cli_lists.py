"""The lists from the command line: fetched from a real server, shown, used in a run, and refused when broken."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
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
