"""Mails on their way: a real server that takes, refuses, delays and hangs up, and an outbox that loses and doubles none."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import trustme

from screener.delivery import Kind, Matter
from screener.delivery.transport import dotted
from screener.errors import ConfigurationError, UsageError
from screener.history import MailRecord, Outbox, Store, open_store
from screener.job.delivering import (
    alert_matter,
    drafts_of,
    failure_matter,
    queue,
    redirect,
    trial_matter,
    write_mails,
)
from screener.job.sending import Sent, send_due, server_problem
from screener.mail_settings import MailSettings
from screener.settings import Settings
from tests.mail_server import Post, login, mail_server
from tests.postgres_server import postgres
from tests.samples import ROOT

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY: Final = date(2026, 11, 24)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Settings(lists={"data": str(tmp_path)})) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


def mail_to(post: Post, *to: str, **fields: Any) -> MailSettings:
    plain: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "sender": "Screening <screening@example.com>",
        "to": list(to or ("pm@example.com",)),
        "operator": ["ops@example.com"],
        "timeout_seconds": 5,
    }
    return MailSettings(**(plain | fields))


def put(store: Store, mail: MailSettings, key: str = "run1") -> None:
    queue(store, replace(trial_matter(key, DAY), portfolio="Fund A"), mail, NOON)


def states(store: Store) -> dict[str, str]:
    return {one.recipient: one.state for one in Outbox(store.database).mails()}


def only(store: Store, state: str) -> MailRecord:
    (found,) = Outbox(store.database).mails([state])
    return found


def test_each_recipient_gets_one_mail_over_one_line(store: Store, clock: Clock) -> None:
    with mail_server(Post()) as post:
        mail = mail_to(post, "a@example.com", "b@example.com", cc=["c@example.com", "A@example.com"])
        put(store, mail)
        put(store, mail)
        done = send_due(store, mail, clock)
    assert (done.sent, done.complete) == (3, True)
    assert sorted(post.recipients) == ["a@example.com", "b@example.com", "c@example.com"]
    assert post.lines == 1
    assert set(post.copies.values()) == {1}
    assert {str(one["To"]) for one in post.messages} == {"a@example.com, b@example.com"}
    assert send_due(store, mail, clock).sent == 0


def test_lines_that_begin_with_a_dot_arrive_whole(store: Store, clock: Clock) -> None:
    assert dotted(b".a\n..b\rc") == b"..a\r\n...b\r\nc\r\n"
    with mail_server(Post()) as post:
        mail = mail_to(post)
        queue(store, alert_matter("k", DAY, ".", [". leads", ".."]), mail, NOON)
        (draft,) = drafts_of(alert_matter("k", DAY, ".", [". leads", ".."]), mail, NOON)
        send_due(store, mail, clock)
    raw = post.taken[0][1]
    assert raw.split(b"\r\n", 1)[1].rstrip() == draft.content.rstrip()


@pytest.mark.parametrize("stage", ["ehlo", "mail", "rcpt", "data", "text"])
def test_a_line_cut_before_the_last_byte_is_tried_again(stage: str, store: Store, clock: Clock) -> None:
    with mail_server(Post(drop=stage)) as post:
        mail = mail_to(post)
        put(store, mail)
        done = send_due(store, mail, clock)
        assert (done.sent, done.waiting, post.taken) == (0, 1, [])
        post.drop = ""
        assert send_due(store, mail, clock).sent == 0  # not before its time
        clock.move(3)
        assert send_due(store, mail, clock).sent == 1
    assert list(post.copies.values()) == [1]


def test_a_line_cut_between_last_byte_and_answer_leaves_a_doubt_that_is_said(
    store: Store, clock: Clock
) -> None:
    with mail_server(Post(drop="dot")) as post:
        mail = mail_to(post)
        put(store, mail)
        done = send_due(store, mail, clock)
        assert (done.unknown, done.complete) == (1, False)
        assert "the answer never came" in only(store, "unknown").said
        post.drop = ""
        clock.move(19)
        assert send_due(store, mail, clock).sent == 0
        clock.move(2)
        assert send_due(store, mail, clock).sent == 1
    assert only(store, "sent").repeats == 1
    assert len(post.copies) == 1  # both under one Message-ID ...
    assert len(set(post.taken)) == 1  # ... and of the same bytes


def test_a_doubt_can_be_left_to_a_person(store: Store, clock: Clock) -> None:
    with mail_server(Post(drop="dot")) as post:
        mail = mail_to(post, when_unknown="hold")
        put(store, mail)
        send_due(store, mail, clock)
        post.drop = ""
        clock.move(10_000)
        assert send_due(store, mail, clock).sent == 0
        assert only(store, "unknown").attempts == 1
        Outbox(store.database).retry(only(store, "unknown").id, clock())
        assert send_due(store, mail, clock).sent == 1


def test_an_answer_that_takes_too_long_is_a_doubt(store: Store, clock: Clock) -> None:
    with mail_server(Post(delay=2)) as post:
        mail = mail_to(post, reply_seconds=1)
        put(store, mail)
        assert send_due(store, mail, clock).unknown == 1
    assert "took too long" in only(store, "unknown").said


def test_not_now_is_tried_again_at_the_times_of_the_settings(store: Store, clock: Clock) -> None:
    answers = iter(["451 4.3.0 busy", "450 4.2.1 mailbox busy", ""])
    with mail_server(Post(recipient=lambda address: next(answers))) as post:
        mail = mail_to(post, retry_minutes=[2, 30])
        put(store, mail)
        waits = []
        for minutes in (0, 2, 30):
            clock.move(minutes)
            send_due(store, mail, clock)
            waits.append(only(store, "queued").due - clock() if not post.taken else None)
    assert waits == [timedelta(minutes=2), timedelta(minutes=30), None]
    log = [(state, said[:3]) for _, state, said in Outbox(store.database).log(1)]
    assert ("queued", "rec") in log
    assert log[-1][0] == "sent"


def test_the_last_try_that_fails_is_told_to_the_operator(store: Store, clock: Clock) -> None:
    with mail_server(Post(recipient=lambda address: "" if "ops" in address else "451 busy")) as post:
        mail = mail_to(post, retry_minutes=[1])
        put(store, mail)
        send_due(store, mail, clock)
        clock.move(1)
        done = send_due(store, mail, clock)
    assert [one.state for one in done.failed] == ["given_up"]
    assert post.recipients == ["ops@example.com"]
    assert "was given up" in post.messages[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_one_recipient_refused_for_good_takes_nothing_from_the_others(store: Store, clock: Clock) -> None:
    def refuse(address: str) -> str:
        return "550 5.1.1 no such user" if address.startswith("gone") else ""

    with mail_server(Post(recipient=refuse)) as post:
        mail = mail_to(post, "a@example.com", "gone@example.com", "b@example.com")
        put(store, mail)
        done = send_due(store, mail, clock)
        clock.move(10_000)
        send_due(store, mail, clock)
    assert states(store) == {
        "a@example.com": "sent",
        "b@example.com": "sent",
        "gone@example.com": "refused",
        "ops@example.com": "sent",
    }
    assert [one.said for one in done.failed] == ["recipient not accepted: 550 5.1.1 no such user"]
    told = post.messages[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "gone@example.com was refused for good" in " ".join(told.split())
    assert f"screener mail retry {done.failed[0].id}" in " ".join(told.split())


def test_an_operator_who_is_refused_is_not_told_about_it(store: Store, clock: Clock) -> None:
    with mail_server(Post(recipient=lambda address: "550 no")) as post:
        mail = mail_to(post)
        put(store, mail)
        send_due(store, mail, clock)
        clock.move(10)
        send_due(store, mail, clock)
    assert states(store) == {"pm@example.com": "refused", "ops@example.com": "refused"}


def test_no_server_keeps_every_mail(store: Store, clock: Clock) -> None:
    with mail_server(Post()) as post:
        mail = mail_to(post, "a@example.com", "b@example.com", retry_minutes=[5, 10])
        put(store, mail)
    done = send_due(store, mail, clock)
    assert done.waiting == 2
    assert "no connection (Connection refused)" in done.problem
    with mail_server(Post()) as post:
        clock.move(5)
        assert send_due(store, mail_to(post), clock).sent == 2


def test_no_server_for_all_tries_gives_up_loudly(store: Store, clock: Clock) -> None:
    mail = mail_to(Post(port=1), retry_minutes=[5])
    put(store, mail)
    send_due(store, mail, clock)
    clock.move(5)
    done = send_due(store, mail, clock)
    assert [one.state for one in done.failed] == ["given_up"]
    assert not done.complete


@pytest.mark.parametrize(
    ("announced", "answers"), [({"data_size_limit": 50_000}, []), ({}, ["552 5.3.4 message too big"])]
)
def test_a_server_that_takes_less_gets_the_mail_without_its_workbook(
    announced: dict[str, Any], answers: list[str], store: Store, clock: Clock
) -> None:
    big = {"divestment-report.xlsx": os.urandom(60_000)}
    about = Matter(Kind.CLEAR, "run1", "Fund A", DAY, files=big, folder="/srv/reports/run1")
    with mail_server(Post(data=iter_answers(*answers)), **announced) as post:
        mail = mail_to(post)
        queue(store, about, mail, NOON)
        assert send_due(store, mail, clock).sent == 1
    (message,) = post.messages
    assert not list(message.iter_attachments())
    body = message.get_body(("plain",))
    assert body is not None
    assert "does not take a message of" in " ".join(body.get_content().split())


def iter_answers(*answers: str) -> Any:
    left = list(answers)
    return lambda address: left.pop(0) if left else ""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def house(authority: trustme.CA, tmp_path: Path) -> str:
    """The file of the house's own authority."""
    authority.cert_pem.write_to_path(tmp_path / "house.pem")
    return str(tmp_path / "house.pem")


def _tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_with_a_certificate_of_the_house(
    security: str, authority: trustme.CA, store: Store, clock: Clock, house: str
) -> None:
    context = _tls(authority, "127.0.0.1", "localhost")
    how: dict[str, Any] = (
        {"tls": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    )
    with mail_server(Post(), **how) as post:
        mail = mail_to(post, security=security, ca_file=house)
        put(store, mail)
        assert send_due(store, mail, clock).sent == 1


@pytest.mark.parametrize(
    ("name", "trusted", "said"),
    [
        ("127.0.0.1", False, "its certificate is not good (unable to get local issuer certificate)"),
        ("mail.other.example", True, "its certificate is not good (IP address mismatch"),
    ],
)
def test_a_bad_certificate_stops_every_mail(  # noqa: PLR0917 - fixtures
    name: str, trusted: bool, said: str, authority: trustme.CA, store: Store, clock: Clock, house: str
) -> None:
    with mail_server(Post(), tls_context=_tls(authority, name)) as post:
        mail = mail_to(post, security="starttls", ca_file=house if trusted else "")
        put(store, mail)
        done = send_due(store, mail, clock)
    assert said in done.problem
    assert "Nothing was sent" in done.problem
    assert (done.waiting, post.taken) == (1, [])


def test_a_server_without_starttls_gets_no_mail(store: Store, clock: Clock) -> None:
    with mail_server(Post()) as post:
        mail = mail_to(post, security="starttls")
        put(store, mail)
        assert "does not offer STARTTLS" in send_due(store, mail, clock).problem
    assert not post.taken


@pytest.mark.parametrize(("password", "sent"), [("right", 1), ("wrong", 0)])
def test_a_login(  # noqa: PLR0917 - fixtures
    password: str, sent: int, authority: trustme.CA, store: Store, clock: Clock, house: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(password + "\n", encoding="utf-8")
    post = Post()
    how: dict[str, Any] = {"auth_required": True, "authenticator": login(post, "screening", "right")}
    with mail_server(post, tls_context=_tls(authority, "127.0.0.1"), **how):
        mail = mail_to(
            post,
            security="starttls",
            ca_file=house,
            username="screening",
            password_file=str(tmp_path / "secret"),
        )
        put(store, mail)
        assert bool(server_problem(mail)) != bool(sent)
        done = send_due(store, mail, clock)
    assert done.sent == sent
    assert post.logins[0] == ("screening", password)
    if not sent:
        assert "does not accept the login of screening" in done.problem
        assert "no connection" in server_problem(mail)
        assert "wrong" not in done.problem


def test_processes_that_send_at_once_send_each_mail_once(store: Store, clock: Clock, tmp_path: Path) -> None:
    def send(_: int) -> Sent:
        with open_store(Settings(lists={"data": str(tmp_path)})) as other:
            return send_due(other, mail, clock)

    with mail_server(Post()) as post:
        mail = mail_to(post, *(f"p{number}@example.com" for number in range(30)))
        put(store, mail)
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(send, range(4)))
    assert sum(one.sent for one in done) == 30
    assert len(post.copies) == 30
    assert set(post.copies.values()) == {1}


def test_a_process_that_was_overtaken_sends_nothing(store: Store, clock: Clock) -> None:
    outbox = Outbox(store.database)
    put(store, mail_to(Post(port=1)))
    slow = outbox.claim(NOON, NOON + timedelta(minutes=1))
    assert slow is not None
    assert outbox.claim(NOON, NOON + timedelta(minutes=1)) is None
    later = NOON + timedelta(minutes=2)
    assert outbox.recover(later, resend=True) == 1
    quick = outbox.claim(later, later + timedelta(minutes=1))
    assert quick is not None
    assert not outbox.hand_over(slow, later, later)
    assert outbox.hand_over(quick, later, later + timedelta(minutes=20))
    assert not outbox.settle(slow, "queued", "late", later, later)
    assert outbox.settle(quick, "sent", "250 OK", later)


def test_the_servers_word_counts_even_when_it_comes_late(store: Store) -> None:
    outbox = Outbox(store.database)
    put(store, mail_to(Post(port=1)))
    first = outbox.claim(NOON, NOON + timedelta(minutes=1))
    assert first is not None
    assert outbox.hand_over(first, NOON, NOON + timedelta(minutes=20))
    later = NOON + timedelta(minutes=21)
    assert outbox.recover(later, resend=True) == 1
    second = outbox.claim(later, later + timedelta(minutes=1))
    assert second is not None
    assert outbox.settle(first, "sent", "250 OK", later)
    assert not outbox.hand_over(second, later, later)  # so the second copy stays here


def test_what_a_person_can_do_with_a_mail(store: Store, clock: Clock) -> None:
    outbox = Outbox(store.database)
    with mail_server(Post(recipient=iter_answers("550 no such user", "", ""))) as post:
        mail = mail_to(post, operator=[])
        put(store, mail)
        send_due(store, mail, clock)
        number = only(store, "refused").id
        assert outbox.retry(number, clock()).state == "queued"
        assert outbox.dismiss(number, clock()).state == "dismissed"
        with pytest.raises(UsageError, match="is dismissed: nothing was changed"):
            outbox.retry(number, clock())
        with pytest.raises(UsageError, match="There is no mail 99"):
            outbox.dismiss(99, clock())
    assert [state for _, state, _ in outbox.log(number)][-2:] == ["queued", "dismissed"]


def test_a_mail_that_was_refused_goes_to_another_address(store: Store, clock: Clock) -> None:
    def refuse(address: str) -> str:
        return "550 no such user" if address == "gone@example.com" else ""

    with mail_server(Post(recipient=refuse)) as post:
        mail = mail_to(post, "gone@example.com", "b@example.com")
        put(store, mail)
        send_due(store, mail, clock)
        number = only(store, "refused").id
        with pytest.raises(UsageError, match="has this mail already"):
            redirect(store, mail, number, "b@example.com", clock())
        with pytest.raises(UsageError, match="is no mail address"):
            redirect(store, mail, number, "b@", clock())
        redirect(store, mail, number, "new@example.com", clock())
        assert send_due(store, mail, clock).sent == 1
    assert states(store) == {
        "gone@example.com": "dismissed",
        "b@example.com": "sent",
        "new@example.com": "sent",
        "ops@example.com": "sent",
    }
    assert len(post.copies) == 3


def test_what_was_said_is_dropped_after_a_while_and_that_it_was_sent_is_kept(
    store: Store, clock: Clock
) -> None:
    outbox = Outbox(store.database)
    with mail_server(Post()) as post:
        mail = mail_to(post)
        put(store, mail, "old")
        send_due(store, mail, clock)
        clock.move(60)
        put(store, mail, "new")
        assert outbox.prune(NOON - timedelta(1), NOON - timedelta(1)) == 0
        assert outbox.prune(NOON + timedelta(minutes=30), NOON - timedelta(1)) == 1
        assert len(outbox.mails()) == 2
        assert send_due(store, mail, clock).sent == 1
        assert outbox.prune(clock() + timedelta(1), NOON + timedelta(minutes=30)) == 1
    assert [one.key for one in outbox.mails()] == ["new"]


def test_the_outbox_on_postgresql(server: str, clock: Clock, tmp_path: Path) -> None:
    settings = Settings(lists={"data": str(tmp_path)}, history={"url": server})

    def work(number: int) -> int:
        with open_store(settings) as store:
            put(store, mail)
            return send_due(store, mail, clock).sent

    with open_store(settings):
        pass
    with mail_server(Post(recipient=lambda a: "550 gone" if a == "p0@example.com" else "")) as post:
        mail = mail_to(post, *(f"p{number}@example.com" for number in range(20)))
        with ThreadPoolExecutor(3) as pool:
            sent = sum(pool.map(work, range(3)))
        with open_store(settings) as store:
            assert Outbox(store.database).counts() == {"sent": 20, "refused": 1}
            Outbox(store.database).prune(clock() + timedelta(1), clock() + timedelta(1))
            assert Outbox(store.database).counts() == {}
    assert sent == 20  # nineteen, and the operator
    assert set(post.copies.values()) == {1}


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from screener.history import Outbox, open_store
from screener.job.sending import send_due
from screener.settings import Settings
from screener.delivery import transport
from screener.mail_settings import MailSettings

where, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
if where == "claimed":
    transport.Line._envelope = die
if where == "text sent":
    Outbox.hand_over = die
if where == "handed over":
    transport._hung_up = die
if where == "answered":
    Outbox.settle = die
mail = MailSettings(host="127.0.0.1", port=port, security="none", sender="s@example.com", to=["pm@example.com"])
with open_store(Settings(lists={"data": folder})) as store:
    send_due(store, mail, lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
@pytest.mark.parametrize(
    ("where", "state", "copies"),
    [
        ("claimed", "sending", 1),
        ("text sent", "sending", 1),
        ("handed over", "unknown", 1),
        ("answered", "unknown", 2),
    ],
)
def test_a_process_killed_at_each_step_loses_no_mail(
    where: str, state: str, copies: int, store: Store, clock: Clock, tmp_path: Path
) -> None:
    """Only one killed between the last byte and the record of the answer sends a second copy, of the same Message-ID."""
    with mail_server(Post()) as post:
        mail = mail_to(post)
        put(store, mail)
        arguments = [sys.executable, "-c", _KILLED, where, str(tmp_path), str(post.port)]
        ended = subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True, timeout=60)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert only(store, state)
        clock.move(60)
        assert send_due(store, mail, clock).sent == 1
    assert list(post.copies.values()) == [copies]
    assert len(set(post.taken)) == 1
    assert states(store) == {"pm@example.com": "sent"}


def test_mails_written_to_a_folder(tmp_path: Path) -> None:
    mail = mail_to(Post(), "Pia Øst <pm@example.com>")
    about = failure_matter("run1", "../../Fund: A/B\\n", DAY, "holdings.xlsx: cannot be read.")
    paths = write_mails(drafts_of(about, mail, NOON), tmp_path / "out")
    assert [path.parent for path in paths] == [tmp_path / "out"] * 2
    assert all(path.read_bytes().startswith(b"Message-ID: <") for path in paths)
    assert paths == write_mails(drafts_of(about, mail, NOON), tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_nobody_to_write_to_is_said_before_anything_else() -> None:
    with pytest.raises(ConfigurationError, match=r"mail\.to: names nobody to write to"):
        drafts_of(trial_matter("k", DAY), mail_to(Post()).model_copy(update={"to": (), "cc": ()}), NOON)
