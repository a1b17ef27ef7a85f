"""The outbox emptied: what is due goes to the server, one mail at a time, and every answer is put on record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from screener.delivery import with_id
from screener.delivery.transport import Answer, Line, LineLostError, connected
from screener.errors import ConfigurationError, ScreenerError
from screener.job.delivering import alert_matter, queue
from screener.mail_settings import MailSettings

if TYPE_CHECKING:
    from screener.history import Claimed, MailRecord, Outbox, Store

Clock = Callable[[], datetime]
_LOST_LINES: Final = 3  # in a row: a server that hangs up each time is left alone until later
_LEASE: Final = timedelta(
    minutes=30
)  # far more than one mail takes; a claim is checked again before the last byte
_STATES: Final = {"sent": "sent", "refused": "refused", "too_large": "refused"}


@dataclass(slots=True)
class Sent:
    """What became of the mails that were due: how many went out, wait, or are in doubt, and which failed for good.

    ``problem`` is the sentence that says why the server could not be used, "" when it could.
    """

    sent: int = 0
    waiting: int = 0
    unknown: int = 0
    repeated: int = 0
    failed: list[MailRecord] = field(default_factory=list)
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether all that was due went out."""
        return not (self.waiting or self.unknown or self.failed or self.problem)

    def sentence(self) -> str:
        """What happened, in a line."""
        told = [f"{self.sent} sent"]
        told += [f"{self.waiting} to be tried again"] if self.waiting else []
        told += [f"{self.unknown} with an unknown end"] if self.unknown else []
        told += [f"{len(self.failed)} failed for good"] if self.failed else []
        return ", ".join(told) + (f". {self.problem}" if self.problem else "")


def send_due(
    store: Store, mail: MailSettings, clock: Clock, stopped: Callable[[], bool] = lambda: False
) -> Sent:
    """Send every mail of the outbox that is due; ``stopped`` is asked between two mails.

    Never raises for what servers and networks do: it is in the result and on record. Mails that failed for good are told
    to the operator by a mail of their own. Raises HistoryError when the store fails, ConfigurationError for a password
    file that cannot be read.
    """
    from screener.history import Outbox

    outbox, done = Outbox(store.database), Sent()
    done.repeated = outbox.recover(clock(), resend=mail.when_unknown == "resend")
    _send_all(outbox, mail, clock, stopped, done)
    if done.failed and _tell_operator(store, mail, clock(), done.failed):
        _send_all(outbox, mail, clock, stopped, done)
    return done


def server_problem(mail: MailSettings) -> str:
    """Why the mail server cannot be used, in a sentence; "" when it answers and takes the login. Sends nothing."""
    try:
        with connected(mail):
            return ""
    except ScreenerError as error:
        return str(error)


def _send_all(
    outbox: Outbox, mail: MailSettings, clock: Clock, stopped: Callable[[], bool], done: Sent
) -> None:
    """Over as many lines as it takes: a server may hang up on one mail and take the next."""
    lost = 0
    while lost < _LOST_LINES and not stopped() and _is_due(outbox, clock()):
        before = done.sent
        with ExitStack() as stack:
            try:
                line = stack.enter_context(connected(mail))
            except ConfigurationError:
                raise
            except ScreenerError as error:
                _unreachable(outbox, mail, clock(), str(error), done)
                return
            whole = _send_over(outbox, line, _Post(mail, clock, stopped), done)
        lost = 0 if whole or done.sent > before else lost + 1


def _is_due(outbox: Outbox, now: datetime) -> bool:
    due = outbox.next_due()
    return due is not None and due <= now


def _unreachable(outbox: Outbox, mail: MailSettings, now: datetime, said: str, done: Sent) -> None:
    """No line at all: every mail that is due has had its try."""
    given_up = {one.id for one in outbox.mails(["given_up"])}
    outbox.postpone([minutes * 60 for minutes in mail.retry_minutes], said, now)
    done.failed += [one for one in outbox.mails(["given_up"]) if one.id not in given_up]
    done.waiting += sum(one.said == said for one in outbox.mails(["queued"]))
    done.problem = said


@dataclass(frozen=True, slots=True)
class _Post:
    mail: MailSettings
    clock: Clock
    stopped: Callable[[], bool]


def _send_over(outbox: Outbox, line: Line, post: _Post, done: Sent) -> bool:
    """Send over one line until nothing is due; False when the line was lost."""
    while not post.stopped():
        now = post.clock()
        claimed = outbox.claim(now, now + _LEASE + timedelta(seconds=post.mail.reply_seconds))
        if claimed is None:
            return True
        try:
            answer = _send_one(outbox, line, post, claimed)
        except LineLostError as lost:
            _record(outbox, post, claimed, lost.answer, done)
            return False
        _record(outbox, post, claimed, answer, done)
    return True


def _send_one(outbox: Outbox, line: Line, post: _Post, claimed: Claimed) -> Answer:
    """Send it, and where the server finds it too large, the same mail without its attachments."""
    wait = timedelta(minutes=post.mail.unknown_minutes)

    def hand_over() -> bool:
        now = post.clock()
        return outbox.hand_over(claimed, now, now + wait)

    send = partial(line.send, claimed.recipient, before_end=hand_over)
    answer = send(message=with_id(claimed.content, claimed.message_id))
    if answer.outcome != "too_large" or claimed.light is None:
        return answer
    outbox.lighten(claimed)
    return send(message=with_id(claimed.light, claimed.message_id))


def _record(outbox: Outbox, post: _Post, claimed: Claimed, answer: Answer, done: Sent) -> None:
    now = post.clock()
    if answer.outcome == "left":
        return
    if answer.outcome == "unknown":
        outbox.settle(
            claimed, "unknown", answer.said, now, now + timedelta(minutes=post.mail.unknown_minutes)
        )
        done.unknown += 1
    elif answer.outcome == "deferred" and claimed.attempts <= len(post.mail.retry_minutes):
        wait = timedelta(minutes=post.mail.retry_minutes[claimed.attempts - 1])
        outbox.settle(claimed, "queued", answer.said, now, now + wait)
        done.waiting += 1
    else:
        state = _STATES.get(answer.outcome, "given_up")
        outbox.settle(claimed, state, answer.said, now)
        done.sent += state == "sent"
        done.failed += [outbox.mail(claimed.id)] if state != "sent" else []


def _tell_operator(store: Store, mail: MailSettings, now: datetime, failed: list[MailRecord]) -> int:
    """A mail about each mail that failed for good, but not about one of its own kind; gives how many were queued."""
    told = 0
    for one in failed if mail.operator or mail.to else ():
        if one.kind == "alert":
            continue
        why = "was refused for good" if one.state == "refused" else "could not be delivered and was given up"
        sentence = f"A mail to {one.recipient} {why}: {one.said}"
        details = (
            f"Its subject: {one.subject}",
            f"To send it again: screener mail retry {one.id}; to another address: with --to ADDRESS",
            "An address that is wrong is corrected in [mail] or [inbox] of the settings, or it will be written to again",
            f"If the mail is no longer needed: screener mail dismiss {one.id}",
        )
        told += queue(
            store, alert_matter(f"mail-{one.id}-{one.attempts}", now.date(), sentence, details), mail, now
        )
    return told
