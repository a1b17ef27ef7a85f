"""A mail server for the tests, a real one (aiosmtpd) that can be told to misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Answers = Callable[[str], str]


@dataclass
class Post:
    """What the server has taken, and how it behaves.

    ``recipient`` and ``data`` give the answer to RCPT and to the whole message ("" for 250), ``drop`` names the command
    at which the line is cut ("text" is in the middle of the message, "dot" after the message was taken and before its
    answer), ``delay`` seconds go by before the answer to a message.
    """

    recipient: Answers = lambda address: ""
    data: Answers = lambda address: ""
    drop: str = ""
    delay: float = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    lines: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages taken, in order, as a mail program reads them."""
        return [message_from_bytes(raw, policy=policy.default) for _, raw in self.taken]

    @property
    def recipients(self) -> list[str]:
        """To whom, in order."""
        return [address for address, _ in self.taken]

    @property
    def copies(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(message["Message-ID"]) for message in self.messages)


class _Handler:
    def __init__(self, post: Post) -> None:
        self.post = post

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.post.lines += 1
        self._cut(server, "ehlo")
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._cut(server, "mail")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._cut(server, "rcpt")
        answer = self.post.recipient(address)
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        answer = self.post.data(address)
        if not answer:
            content = envelope.content
            assert isinstance(content, bytes)
            self.post.taken.append((address, content))
        self._cut(server, "dot")
        if self.post.delay:
            await asyncio.sleep(self.post.delay)
        return answer or "250 OK: queued as 1"

    def _cut(self, server: SMTP, where: str) -> None:
        if self.post.drop == where:
            _hang_up(server)


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class _Server(SMTP):
    post: Post

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.post.drop == "data":
            _hang_up(self)
        if self.post.drop == "text":
            await self.push("354 go on")
            _hang_up(self)
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def __init__(self, post: Post, options: dict[str, Any], context: ssl.SSLContext | None) -> None:
        self.options, self.post = options, post
        super().__init__(_Handler(post), hostname="127.0.0.1", port=0, ssl_context=context)

    def factory(self) -> SMTP:
        server = _Server(self.handler, **self.options)
        server.post = self.post
        return server

    def _trigger_server(self) -> None:
        """Port 0 is any free one: which, is known when the server listens; nothing needs to be tried."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(post: Post, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Post]:
    """A server that runs inside the block; ``options`` are those of ``aiosmtpd.smtp.SMTP``, ``tls`` from the start."""
    chosen = {"hostname": "test.example", "enable_SMTPUTF8": False, **options}
    controller = _Controller(post, chosen, tls)
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()


def login(post: Post, name: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that takes one name and password."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        post.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=post.logins[-1] == (name, password), handled=False)

    return check
