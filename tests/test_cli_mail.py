"""Mail from the command line, against a real server: what a person sees, and the exit codes that scripts rely on."""

from __future__ import annotations

import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from screener.cli import main
from tests.mail_server import Post, mail_server
from tests.samples import ROOT

OFFICE = ROOT / "fixtures" / "holdings" / "us-family-office.xlsx"


class Screener:
    """The program in this process, with the settings of the test."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._patch, self._capsys, self.folder = monkeypatch, capsys, folder

    def __call__(self, *arguments: object, port: int = 1) -> tuple[int, str]:
        config = self.folder / "mine.toml"
        config.write_text(_SETTINGS.format(port=port), encoding="utf-8")
        self._patch.setattr(sys, "argv", ["screener", *map(str, arguments), "--config", str(config)])
        with pytest.raises(SystemExit) as end:
            main()
        shown = self._capsys.readouterr()
        return int(end.value.code or 0), shown.out + shown.err

    def run(self, *arguments: object, port: int = 1) -> tuple[int, str]:
        out = self.folder / "out"
        plain = ("run", OFFICE, "--as-of", "2026-08-01", "--investor", "us", "--out", out)
        return self(*plain, "--portfolio", "Family office", *arguments, port=port)


_SETTINGS = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Screening <screening@example.com>"
to = ["pm@example.com"]
cc = ["risk@example.com"]
operator = ["ops@example.com"]
[mail.portfolios."Nobody"]
to = []
cc = []
"""


@pytest.fixture
def screener(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Screener:
    return Screener(monkeypatch, capsys, tmp_path)


def test_the_report_of_a_run_goes_out(screener: Screener) -> None:
    with mail_server(Post()) as post:
        code, said = screener.run("--mail", port=post.port)
    assert code == 1
    assert "Mail to pm@example.com: sent" in said
    assert sorted(post.recipients) == ["pm@example.com", "risk@example.com"]
    first = post.messages[0]
    assert first["Subject"] == "Screening Family office, 1 Aug 2026: action needed (4), report with remarks"
    (workbook,) = first.iter_attachments()
    assert workbook.get_content() == (screener.folder / "out" / "divestment-report.xlsx").read_bytes()
    assert screener("mail", "outbox") == (0, "Nothing waits, nothing is in doubt, nothing failed.\n")


def test_a_server_that_is_away_keeps_the_mail_and_is_no_success(screener: Screener) -> None:
    code, said = screener.run("--mail")
    assert code == 3
    assert "no connection (Connection refused)" in said
    assert "It stays in the outbox" in said
    assert "waits until" in screener("mail", "outbox")[1]
    with mail_server(Post()) as post:
        assert screener("mail", "retry", 1, port=post.port)[0] == 0
        assert screener("mail", "retry", 2, port=post.port)[0] == 0
        assert screener("mail", "send", port=post.port) == (0, "2 sent\n")
    assert set(post.copies.values()) == {1}


def test_a_refusal_is_shown_until_it_is_settled(screener: Screener) -> None:
    def refuse(address: str) -> str:
        return "550 5.1.1 no such user" if address == "pm@example.com" else ""

    with mail_server(Post(recipient=refuse)) as post:
        code, said = screener.run("--mail", port=post.port)
        assert code == 3
        assert "Mail to pm@example.com: REFUSED: recipient not accepted: 550 5.1.1 no such user" in said
        assert screener("mail", "outbox")[0] == 1
        assert screener("mail", "retry", 1, "--to", "new@example.com", port=post.port)[0] == 0
        assert screener("mail", "send", port=post.port)[0] == 0
    assert sorted(post.recipients) == ["new@example.com", "ops@example.com", "risk@example.com"]
    assert screener("mail", "outbox")[0] == 0
    assert "sent to new@example.com instead" in screener("mail", "outbox", "--all")[1]


def test_mails_can_be_looked_at_before_any_is_sent(screener: Screener) -> None:
    code, said = screener.run("--mail-dry-run", screener.folder / "mails")
    assert code == 1
    paths = sorted((screener.folder / "mails").iterdir())
    assert [path.name.split("_")[:3] for path in paths] == [
        ["findings", "Family-office", "pm@example.com"],
        ["findings", "Family-office", "risk@example.com"],
    ]
    assert all(str(path) in said for path in paths)
    assert message_from_bytes(paths[0].read_bytes(), policy=policy.default)["To"] == "pm@example.com"
    assert screener("mail", "outbox")[1].startswith("Nothing waits")


def test_wrong_settings_are_said_before_the_run(screener: Screener) -> None:
    code, said = screener.run("--mail", "--portfolio", "Nobody")
    assert code == 2
    assert 'mail.to: names nobody to write to. Name somebody in [mail] or [mail.portfolios."Nobody"].' in said
    assert not (screener.folder / "out").exists()


def test_a_test_mail(screener: Screener) -> None:
    with mail_server(Post()) as post:
        assert screener("mail", "test", "me@example.com", port=post.port) == (
            0,
            "Mail to me@example.com: sent\n",
        )
    assert post.recipients == ["me@example.com"]
    code, said = screener("mail", "test")
    assert code == 3
    assert "no connection" in said
    assert screener("mail", "test", "nobody")[0] == 2
