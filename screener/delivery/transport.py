"""The talk with the mail server: one recipient a message, and an answer that says what became of it.

Each message goes to one recipient, so that the server's answer is about nobody else. The text is sent without its last
line first; then ``before_end`` is asked, and only when it agrees the closing dot follows. Up to there the server cannot
have taken the mail (RFC 5321, section 4.1.1.4); from there to its answer nobody can know (RFC 1047).
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

from screener.errors import ScreenerError
from screener.mail_settings import PORTS, MailSettings

Outcome = Literal["sent", "refused", "too_large", "deferred", "unknown", "left"]
# 552 is a full mailbox as often as a message too large; 5.3.4 (RFC 3463) tells them apart, and so does the text.
_TOO_LARGE = re.compile(
    r"5\.3\.4|5\.2\.3|too (large|big)|size (limit|exceed)|exceed\w* .*size", re.IGNORECASE
)
_DATA_BEGINS: Final = 354
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message, and what the server (or the network) said.

    sent: taken. refused: never will be. too_large: not at this size. deferred: try again later. unknown: it may have been
    taken. left: ``before_end`` did not agree, and nothing was sent.
    """

    outcome: Outcome
    said: str


class Line:
    """An open line to a mail server."""

    def __init__(self, smtp: smtplib.SMTP, mail: MailSettings) -> None:
        self._smtp, self._mail = smtp, mail
        self._in_text = False

    @property
    def largest(self) -> int:
        """The largest message that the server says it takes, in bytes; 0 where it does not say."""
        stated = self._smtp.esmtp_features.get("size", "")
        return int(stated) if stated.isdigit() else 0

    def send(self, recipient: str, message: bytes, before_end: Callable[[], bool]) -> Answer:
        """Send ``message`` to ``recipient``; never raises for anything that server or network do.

        Raises LineLostError, with the answer, when the line cannot be used for another message.
        """
        wire = dotted(message)
        if self.largest and len(wire) > self.largest:
            return Answer(
                "too_large", f"the server takes at most {self.largest:,} bytes, the message has {len(wire):,}"
            )
        try:
            return self._envelope(recipient, len(wire)) or self._text(wire, before_end)
        except (OSError, smtplib.SMTPException) as error:
            raise LineLostError(Answer("deferred", _lost(error))) from None

    def _envelope(self, recipient: str, size: int) -> Answer | None:
        """The answer where sender, recipient or the wish to send is not accepted; None when the text may follow."""
        smtp, sender = self._smtp, self._mail.sender
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        steps: tuple[tuple[str, Callable[[], tuple[int, bytes]], bool], ...] = (
            ("sender", lambda: smtp.mail(sender.spec if sender else "", options), False),
            ("recipient", lambda: smtp.rcpt(recipient), False),
            ("text", lambda: smtp.docmd("DATA"), True),
        )
        for what, step, opens in steps:
            code, said = step()
            if (code != _DATA_BEGINS) if opens else not 200 <= code < 300:
                return self._not_taken(f"{what} not accepted", code, said)
        return None

    def hang_up(self) -> None:
        """Say goodbye, unless the server is still listening to a text, of which a goodbye would become a part."""
        if not self._in_text:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._smtp.close()

    def _text(self, wire: bytes, before_end: Callable[[], bool]) -> Answer:
        self._in_text = True
        self._smtp.send(wire)
        if not before_end():
            raise LineLostError(Answer("left", "another process has taken this mail over"))
        if _hung_up(self._smtp.sock):
            raise LineLostError(Answer("deferred", "the server hung up before the message was complete"))
        self._smtp.send(b".\r\n")  # what fails here has not left: to the caller the mail is as it was
        code, said = self._answer()
        self._in_text = False
        if 200 <= code < 300:
            return Answer("sent", _words(code, said))
        return self._not_taken("message not accepted", code, said)

    def _answer(self) -> tuple[int, bytes]:
        """The answer to a whole message, which may take its time: servers look for viruses first."""
        connection = self._smtp.sock
        try:
            if connection:
                connection.settimeout(self._mail.reply_seconds)
            answer = self._smtp.getreply()
            if connection:
                connection.settimeout(self._mail.timeout_seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise LineLostError(
                Answer("unknown", f"the text was sent, the answer never came: {_lost(error)}")
            ) from None
        return answer

    def _not_taken(self, what: str, code: int, said: bytes) -> Answer:
        told = f"{what}: {_words(code, said)}"
        if code in (421, -1):  # the server ends the talk
            raise LineLostError(Answer("deferred", told))
        with suppress(smtplib.SMTPException, OSError):
            self._smtp.rset()
        if 500 <= code < 600:
            return Answer("too_large" if _TOO_LARGE.search(told) else "refused", told)
        return Answer("deferred", told)


class LineLostError(Exception):
    """The line is of no use any more; ``answer`` is about the message that was under way."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.said)
        self.answer = answer


@contextmanager
def connected(mail: MailSettings) -> Iterator[Line]:
    """A line to the server of ``mail``, over TLS and logged in as the settings say.

    Raises ScreenerError, in words a person can act on, when there is no server, its certificate is not good, it has no
    STARTTLS, or it does not accept the login. Raises ConfigurationError for a password file that cannot be read.
    """
    password = mail.login_password() if mail.username else ""
    try:
        line = Line(_open(mail, password), mail)
    except (OSError, smtplib.SMTPException) as error:
        raise ScreenerError(f"Mail server {mail.server}: {_why(error, mail)}") from None
    try:
        yield line
    finally:
        line.hang_up()


def _open(mail: MailSettings, password: str) -> smtplib.SMTP:
    port, wait = mail.port or PORTS[mail.security], mail.timeout_seconds
    if mail.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, port, timeout=wait, context=_trust(mail))
    else:
        smtp = smtplib.SMTP(mail.host, port, timeout=wait)
    try:
        if mail.security == "starttls":
            smtp.starttls(context=_trust(mail))
        smtp.ehlo_or_helo_if_needed()
        if mail.username:
            smtp.login(mail.username, password)
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


def _trust(mail: MailSettings) -> ssl.SSLContext:
    """Certificates are always checked; a house with an authority of its own names it in ``ca_file``."""
    return ssl.create_default_context(cafile=mail.ca_file or None)


def dotted(message: bytes) -> bytes:
    """``message`` as it travels: lines end in CR LF, and a dot that begins one is doubled (RFC 5321, 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", message)
    lines = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _words(code: int, said: bytes) -> str:
    return " ".join(f"{code} {said.decode('utf-8', 'replace')}".split())


def _hung_up(connection: socket.socket | None) -> bool:
    """Whether the other side has closed the line; looks below TLS, and takes nothing from it."""
    if connection is None:
        return True
    if not select.select([connection], [], [], 0)[0]:
        return False
    below = socket.socket(fileno=connection.fileno())
    try:
        return not below.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
    finally:
        below.detach()


def _lost(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "the server took too long to answer"
    return f"the connection was lost ({error})"


def _why(error: Exception, mail: MailSettings) -> str:
    """Why there is no line, in words a person can act on."""
    if isinstance(error, ssl.SSLError):
        return _why_no_tls(error, mail)
    if isinstance(error, smtplib.SMTPException):
        return _why_not_wanted(error, mail)
    if isinstance(error, socket.gaierror):
        return "there is no such name. Check host."
    if isinstance(error, TimeoutError):
        return f"it did not answer within {mail.timeout_seconds} seconds."
    return f"no connection ({getattr(error, 'strerror', None) or error})."


def _why_no_tls(error: ssl.SSLError, mail: MailSettings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not good ({error.verify_message}). Nothing was sent. Name the authority of your "
            "house in ca_file, or the server by the name that its certificate is for."
        )
    other = "starttls" if mail.security == "tls" else "tls"
    return f'it does not speak TLS as asked ({error.reason or error}). Perhaps security = "{other}" fits this port.'


def _why_not_wanted(error: smtplib.SMTPException, mail: MailSettings) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        what = "STARTTLS" if "STARTTLS" in str(error) else "a login"
        return f"it does not offer {what}, and mail is not sent without. Check security, port and username."
    if isinstance(error, smtplib.SMTPResponseException):
        refused = isinstance(error, smtplib.SMTPAuthenticationError)
        what = f"it does not accept the login of {mail.username}" if refused else "it does not want to talk"
        return f"{what}: {_words(error.smtp_code, _bytes(error.smtp_error))}"
    return f"no connection ({error})."


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()
