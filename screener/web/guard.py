"""What every request passes before a page sees it: who asks, how often, from which page, and how much it brings."""

from __future__ import annotations

import logging
import os
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from screener.web.access import Person
from screener.web.render import is_api, refusal
from screener.web.state import Web, of

_LOG = logging.getLogger("screener.web")
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_OPEN: Final = ("/health", "/sign-in", "/language", "/look.css")  # answered before the sign-in


class Headers:
    """Adds the headers that keep browsers from doing harm; what is private is not stored by any cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class Guard:
    """Lets a request through, or answers it with the reason why not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        web = of(request)
        person = _person(request, web)
        scope["person"] = person
        answer = _refused(request, web, person)
        if answer is not None:
            await _drained(receive, 4 * most_bytes(web))
            await answer(scope, receive, send)
            return
        await self._answer(request, _counted(receive, web), send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        """Let the page answer; a fault of the program becomes a sentence, and the server goes on."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(request.scope, receive, noted)
        except Exception as error:
            if started or os.environ.get("SCREENER_DEBUG"):
                raise
            place = f"{request.method} {request.url.path}"
            _LOG.error("%s: a fault of the program: %s: %s", place, type(error).__name__, error)
            await refusal(request, 500, "fault")(request.scope, receive, send)


def who(request: Request) -> str:
    """Whom rates are counted by: the person where people sign in, else the address."""
    person: Person | None = request.scope.get("person")
    if person is not None and not of(request).access.open:
        return f"person {person.name}"
    return f"address {request.client.host if request.client else ''}"


def _person(request: Request, web: Web) -> Person | None:
    access = web.access
    if access.open:
        return access.local()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = access.by_token(token.strip())
        return found[0] if found else None
    named = access.by_proxy(request.headers, request.client.host if request.client else "")
    session = request.session
    return named or access.by_session(str(session.get("name", "")), str(session.get("mark", "")))


def _refused(request: Request, web: Web, person: Person | None) -> Response | None:
    path = request.url.path
    if path.startswith("/static/") or path == "/health":
        return None
    if not web.rates.allows("requests", who(request)):
        return _later(refusal(request, 429, "too_often"))
    if request.method not in _SAFE and not _from_here(request):
        return refusal(request, 403, "other_site")
    if person is None and path not in _OPEN:
        return _sign_in_first(request)
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > most_bytes(web):
        return refusal(request, 413, "too_large", mb=f"{web.settings.web.upload_mb:g}")
    return None


def _sign_in_first(request: Request) -> Response:
    if is_api(request):
        answer = refusal(request, 401, "sign_in")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(
        f"/sign-in?next={quote(wanted if request.method == 'GET' else '/', safe='')}", 303
    )


def _from_here(request: Request) -> bool:
    """Whether a browser sends this from one of our own pages; programs send none of these headers.

    Without it any site that somebody visits could post to a page on their own computer.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    here = urlsplit(origin)
    named = of(request).settings.web.hosts
    return here.netloc == request.headers.get("host", "") or (here.hostname or "") in named


def most_bytes(web: Web) -> int:
    """The largest body that is taken: the files, and a little for the form around them."""
    return int(web.settings.web.upload_mb * 1_000_000) + 100_000


class TooLarge(HTTPException):
    """A body turned out larger than what was said or allowed."""

    def __init__(self) -> None:
        super().__init__(413)


def _counted(receive: Receive, web: Web) -> Receive:
    """``receive`` that stops a body without a stated length at the limit."""
    most, taken = most_bytes(web), 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return counted


async def _drained(receive: Receive, most: int) -> None:
    """Take in the rest of a refused body, within reason: a browser shows no answer while it still sends."""
    taken, more = 0, True
    while more and taken < most:
        message = await receive()
        taken += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


def _later(answer: Response) -> Response:
    answer.headers["Retry-After"] = "60"
    return answer
