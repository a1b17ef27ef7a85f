"""How a person looks at the reading of a file on the command line, corrects it once, and opens protected files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from screener.cli import main
from tests.holdings_samples import CNOOC, PLAIN, XIAOMI, locked, text_file, workbook

PASSWORD = "one of many"


@dataclass(frozen=True)
class Ended:
    code: int
    said: str
    complained: str


Run = Callable[..., Ended]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test alone."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SCREENER_LISTS__DATA", str(folder))
    return folder


@pytest.fixture
def screener(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: Path) -> Run:
    """Runs the program in this process, exactly as the console script does."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["screener", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ended(int(end.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A file whose column "Cost" is meant to be its value."""
    rows = [("Name", "ISIN", "Cost", "Market value"), ("Xiaomi", XIAOMI, 5, 50), ("CNOOC", CNOOC, 7, 70)]
    return text_file(tmp_path / "odd.csv", rows)


def test_columns_shows_what_each_column_was_taken_for_with_a_value(screener: Run, odd: Path) -> None:
    shown = screener("columns", odd)
    assert shown.code == 0
    assert "headings in row 1, rows 2 to 3: 2 positions" in shown.said
    assert [line.split() for line in shown.said.splitlines()[2:4]] == [
        ["B", "ISIN", "isin", "(by", "heading)", "e.g.", XIAOMI],
        ["C", "Cost", "not", "used", "e.g.", "5"],
    ]


def test_columns_as_json_is_json_alone(screener: Run, odd: Path, tmp_path: Path) -> None:
    shown = screener("columns", odd, "--json", "--save", tmp_path / "p.toml")
    assert [row["field"] for row in json.loads(shown.said)] == ["name", "isin", "", "market_value"]


def test_a_corrected_profile_carries_through_a_run_and_its_report(
    screener: Run, odd: Path, data: Path, tmp_path: Path
) -> None:
    assert screener("columns", odd, "--save", "custodian").code == 0
    profile = data / "profiles" / "custodian.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(
        text.replace('"Market value" = "market_value"', '"Cost" = "market_value"'), encoding="utf-8"
    )

    out = tmp_path / "holdings.csv"
    assert screener("read", odd, "--profile", "custodian", "--out", out).code == 0
    assert pd.read_csv(out)["market_value"].tolist() == [5, 7]
    assert "Cost" in screener("columns", odd, "--profile", "custodian").said

    ran = screener("run", odd, "--profile", "custodian", "--out", tmp_path / "r", "--as-of", "2022-01-15")
    assert ran.code == 1
    assert set(pd.read_csv(tmp_path / "r" / "findings.csv")["market_value"]) == {5, 7}
    sheet = openpyxl.load_workbook(tmp_path / "r" / "divestment-report.xlsx")["How we read your file"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any("Cost" in row and "market value" in row and "profile" in row for row in rows)


def test_a_profile_that_no_longer_fits_stops_with_the_difference(
    screener: Run, odd: Path, tmp_path: Path
) -> None:
    screener("columns", odd, "--save", "custodian")
    changed = text_file(tmp_path / "next.csv", [("Name", "ISIN", "Worth"), ("Xiaomi", XIAOMI, 5)])
    ended = screener("run", changed, "--profile", "custodian", "--out", tmp_path / "r")
    assert ended.code == 3
    assert "headings that are missing: Cost, Market value" in ended.complained
    assert not (tmp_path / "r").exists()


def test_a_profile_is_not_replaced_unasked(screener: Run, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# corrected by hand")
    ended = screener("columns", odd, "--save", path)
    assert (ended.code, path.read_text()) == (2, "# corrected by hand")
    assert "is there already" in ended.complained
    assert screener("columns", odd, "--save", path, "--replace").code == 0
    assert "[[table]]" in path.read_text()


def test_a_profile_that_is_not_there_is_wrong_usage(screener: Run, odd: Path, tmp_path: Path) -> None:
    ended = screener("run", odd, "--profile", "nobody", "--out", tmp_path / "r")
    assert ended.code == 2
    assert "No profile 'nobody'" in ended.complained


class TestAProtectedWorkbook:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return locked(tmp_path / "locked.xlsx", workbook(tmp_path / "plain.xlsx", {"H": PLAIN}), PASSWORD)

    def test_says_how_to_open_it(self, screener: Run, file: Path, tmp_path: Path) -> None:
        ended = screener("run", file, "--out", tmp_path / "r")
        assert ended.code == 3
        assert (
            "locked.xlsx: is protected with a password. Give it with --password-prompt or in SCREENER_PASSWORD"
            in (ended.complained)
        )

    def test_opens_with_the_password_of_the_environment(
        self, screener: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCREENER_PASSWORD", PASSWORD)
        assert screener("run", file, "--out", tmp_path / "r", "--as-of", "2022-01-15").code == 1
        written = b"".join(path.read_bytes() for path in (tmp_path / "r").iterdir())
        assert PASSWORD.encode() not in written

    def test_refuses_a_wrong_password(
        self, screener: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCREENER_PASSWORD", "another")
        ended = screener("columns", file)
        assert ended.code == 3
        assert "cannot be opened with the given password" in ended.complained

    def test_takes_the_password_from_a_pipe_when_told_to_ask(self, file: Path, tmp_path: Path) -> None:
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "screener.cli",
                "read",
                file,
                "--out",
                tmp_path / "h.csv",
                "--password-prompt",
            ],
            input=PASSWORD + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0
        assert len(pd.read_csv(tmp_path / "h.csv")) == 3

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    def test_asks_on_a_terminal_without_showing_it(self, file: Path, tmp_path: Path) -> None:
        shown, code = _on_terminal(
            [sys.executable, "-m", "screener.cli", "read", str(file), "--out", str(tmp_path / "h.csv")],
            PASSWORD,
        )
        assert code == 0
        assert "Password of locked.xlsx" in shown
        assert PASSWORD not in shown
        assert len(pd.read_csv(tmp_path / "h.csv")) == 3


def _on_terminal(command: list[str], answer: str) -> tuple[str, int]:
    """What ``command`` shows on a terminal of its own when its question is answered, and how it ends."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        shown += piece
        if b"Password of" in piece:
            time.sleep(0.3)
            os.write(terminal, answer.encode() + b"\n")
        if not piece:
            break
    return shown.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
