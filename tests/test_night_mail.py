"""What nights mail, to whom and when: with a real mail server that takes, defers and refuses."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from screener.cli import main
from screener.errors import ExitCode
from screener.history import Outbox
from tests.benchmarks.kill_nightly import trial
from tests.list_samples import SAMPLES, Answer, ListServer
from tests.mail_server import Post, mail_server
from tests.night_world import CLEAR, CUSTODIAN, OFFICE, World

LISTED = CLEAR + "CNOOC LTD,HK0883013259,100,900,HKD\n"


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server(Post()) as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, post: Post) -> World:
    made = World(tmp_path)
    made.write_settings(mail=mail(post))
    return made


def mail(post: Post, **more: Any) -> dict[str, Any]:
    told = {
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "sender": "screener@example.com",
        "to": ["desk@example.com"],
        "operator": ["operator@example.com"],
    }
    return told | more


def subjects(post: Post, recipient: str = "desk@example.com") -> list[str]:
    return [
        str(one["Subject"])
        for address, one in zip(post.recipients, post.messages, strict=True)
        if address == recipient
    ]


def screener(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["screener", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_a_night_on_which_much_goes_wrong(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three portfolios, one broken file, one list server down, one mail refused at first: two reports sent, one failure
    explained, amber lists, a retry that succeeds, exit code 3, and all of it in `screener status`."""
    people = {name: {"to": [f"{name}@example.com"]} for name in ("fund-a", "fund-b", "fund-c")}
    world.write_settings(mail=mail(post, portfolios=people))
    with ListServer().running() as un, ListServer().running() as eu:
        world.list_sources(
            {
                "un": un.serve("/un.xml", (SAMPLES / "un.xml").read_bytes()),
                "eu": eu.serve("/eu.xml", (SAMPLES / "eu.xml").read_bytes()),
            }
        )
        assert world.night() == ExitCode.NOTHING_TO_DO
        eu.answers["/eu.xml"] = Answer(b"down", 503)
        post.recipient = lambda address: (
            "451 4.7.1 try again later" if address == "fund-b@example.com" else ""
        )
        world.put("fund-a/holdings.xlsx", OFFICE)
        world.put("fund-b/holdings.xls", CUSTODIAN)
        world.put("fund-c/holdings.xlsx", "this is no workbook")
        config = ("--config", world.config)
        assert screener(monkeypatch, "nightly", "--once", *config) == ExitCode.NOT_FINISHED

        assert sorted(post.recipients) == [
            "fund-a@example.com", "fund-c@example.com", "operator@example.com", "operator@example.com",
        ]  # fmt: skip
        (report,) = [one for one in post.messages if one["To"] and "fund-a" in one["To"]]
        assert [part.get_filename() for part in report.iter_attachments()] == ["divestment-report.xlsx"]
        failure = next(
            one for address, one in zip(post.recipients, post.messages, strict=True) if "fund-c" in address
        )
        told = failure.get_body(("plain",))
        assert told is not None
        assert "holdings.xlsx" in " ".join(told.get_content().split())
        to_operator = " ".join(subjects(post, "operator@example.com"))
        assert "fund-c" in to_operator
        assert all(world.outcome(name) for name in ("fund-a", "fund-b"))
        assert world.outcome("fund-c", "failed")

        capsys.readouterr()
        assert screener(monkeypatch, "status", *config) == ExitCode.NOT_FINISHED
        shown = capsys.readouterr().out
        for wanted in (
            r"amber  lists .*1 of 2 are up to date",
            r"- eu: .*503",
            r"red    portfolio fund-c .*its last file failed: holdings.xlsx",
            r"green  portfolio fund-a .*something needs action",
            r"amber  outbox ",
            r"to fund-b@example.com about fund-b: queued, next try .*451 4.7.1 try again later",
            r"As a whole: red",
        ):
            assert re.search(wanted, shown), f"{wanted} is not in\n{shown}"

        post.recipient = lambda address: ""
        world.clock.forward(minutes=3)
        assert world.night() == ExitCode.NOT_FINISHED, "the broken file is still there"
    assert post.recipients.count("fund-b@example.com") == 1
    assert set(post.copies.values()) == {1}
    assert world.line("outbox").colour == "green"


class TestReportsAndHeartbeats:
    def test_findings_come_as_a_report_and_nothing_new_as_a_heartbeat(self, world: World, post: Post) -> None:
        world.put("fund-a/holdings.csv", LISTED)
        world.night()
        world.clock.forward(days=1)
        world.night()
        first, second = post.messages
        assert list(first.iter_attachments())
        assert not list(second.iter_attachments())
        with world.store() as store:
            kinds = [one.kind for one in reversed(Outbox(store.database).mails())]
        assert kinds == ["findings", "heartbeat"]

    def test_a_new_finding_comes_as_a_report_again(self, world: World, post: Post) -> None:
        world.put("fund-a/holdings.csv", CLEAR)
        world.night()
        world.clock.forward(days=1)
        world.put("fund-a/holdings.csv", LISTED)
        world.night()
        assert [bool(list(one.iter_attachments())) for one in post.messages] == [True, True]

    def test_a_report_that_turns_red_is_no_heartbeat(self, world: World, post: Post) -> None:
        world.put("fund-a/holdings.csv", LISTED)
        world.night()
        world.clock.forward(days=12)
        world.night()
        with world.store() as store:
            kinds = [one.kind for one in reversed(Outbox(store.database).mails()) if one.kind != "alert"]
        assert kinds == ["findings", "findings"]

    def test_the_recipients_of_the_pattern_go_before_those_of_the_settings(
        self, world: World, post: Post
    ) -> None:
        rule = {"pattern": "{portfolio}/**", "recipients": ["trustee@example.com"]}
        world.write_settings(mail=mail(post), inbox={"match": [rule]})
        world.put("trust/holdings.csv", LISTED)
        world.night()
        assert post.recipients == ["trustee@example.com"]

    def test_nothing_of_the_holdings_is_in_a_subject(self, world: World, post: Post) -> None:
        world.put("fund-a/holdings.csv", LISTED)
        world.night()
        assert not any("CNOOC" in one or "HK0883013259" in one for one in subjects(post))


class TestTroubles:
    def test_a_wrong_self_test_stops_the_reports_and_alerts_the_operator(
        self, world: World, post: Post
    ) -> None:
        shipped = (Path(__file__).parents[1] / "config" / "sentinels.toml").read_text(encoding="utf-8")
        table = world.folder / "sentinels.toml"
        table.write_text(shipped.replace('action = "HOLD"', 'action = "DIVEST"', 1), encoding="utf-8")
        world.write_settings(mail=mail(post), nightly={"sentinels": str(table)})
        world.put("fund-a/holdings.csv", LISTED)
        assert world.night() == ExitCode.NOT_FINISHED
        assert post.recipients == ["operator@example.com"]
        body = post.messages[0].get_body(("plain",))
        assert body is not None
        assert "came out as HOLD under NS-CMIC" in " ".join(body.get_content().split())
        table.write_text(shipped, encoding="utf-8")
        assert world.night() == ExitCode.ACTION_NEEDED
        assert post.recipients == ["operator@example.com", "desk@example.com"]

    def test_the_operator_hears_of_the_same_troubles_once_a_day(self, world: World, post: Post) -> None:
        world.write_settings(
            mail=mail(post),
            inbox={
                "expected": ["fund-x"],
                "expected_nights": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            },
        )
        world.night()
        world.night()
        assert post.recipients == ["operator@example.com"]
        world.clock.forward(days=1)
        world.night()
        assert post.recipients == ["operator@example.com"] * 2

    def test_a_mail_refused_for_good_is_red_until_somebody_sees_to_it(self, world: World, post: Post) -> None:
        post.recipient = lambda address: "550 5.1.1 no such user" if address.startswith("desk") else ""
        world.put("fund-a/holdings.csv", LISTED)
        assert world.night() == ExitCode.NOT_FINISHED
        line = world.line("outbox")
        assert line.colour == "red"
        assert "550 5.1.1 no such user" in line.details[0]
        assert post.recipients == ["operator@example.com"]

    def test_a_server_that_is_not_there_leaves_the_mail_waiting(self, world: World, post: Post) -> None:
        world.write_settings(mail=mail(post, port=1))
        world.put("fund-a/holdings.csv", LISTED)
        assert world.night() == ExitCode.ACTION_NEEDED
        assert world.line("outbox").colour == "amber"
        world.write_settings(mail=mail(post))
        world.clock.forward(minutes=3)
        world.night()
        assert post.recipients == ["desk@example.com"]

    def test_nobody_to_write_to_is_told_and_made_up_for(self, world: World, post: Post) -> None:
        world.write_settings(mail=mail(post, to=[], operator=["operator@example.com"]))
        world.put("fund-a/holdings.csv", LISTED)
        assert world.night() == ExitCode.NOT_FINISHED
        assert any("cannot be mailed" in text for _, text in world.troubles())
        assert len(world.outcome("fund-a")) == 1
        world.write_settings(mail=mail(post))
        assert world.night() == ExitCode.ACTION_NEEDED
        assert "desk@example.com" in post.recipients


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """The short form of tests/benchmarks/kill_nightly.py."""
    tally = trial(tmp_path, kills=10, seed=7, in_a_row=5)
    assert tally.wrong == []
    assert tally.kills == 10
