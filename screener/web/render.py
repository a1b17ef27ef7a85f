"""Pages from templates: the language, the person, the token of forms, and refusals as a page or as JSON."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from screener import __version__
from screener.delivery.words import words_in
from screener.report.words import words
from screener.web.access import Person
from screener.web.languages import Language, chosen, languages

_HOME: Final = Path(__file__).parent
STATIC: Final = _HOME / "static"
LANGUAGE_COOKIE: Final = "screener_language"


def language_of(request: Request) -> Language:
    """The language that was switched to, else what the browser asks for."""
    return chosen(request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))


def person_of(request: Request) -> Person | None:
    """Who is asking; None before the sign-in."""
    person: Person | None = request.scope.get("person")
    return person


def form_token(request: Request) -> str:
    """The token that the forms of this session carry, so that no other site can send them."""
    if "form" not in request.session:
        request.session["form"] = secrets.token_urlsafe(24)
    token: str = request.session["form"]
    return token


def is_own_form(request: Request, token: object) -> bool:
    """Whether a form that came in was made by this page for this session."""
    return (
        isinstance(token, str)
        and hmac.compare_digest(str(request.session.get("form", "")).encode(), token.encode())
        and bool(token)
    )


def page(request: Request, name: str, status: int = 200, **context: Any) -> Response:
    """The template ``name`` in the language of the request."""
    language = language_of(request)
    text = (
        _templates()
        .get_template(f"{name}.html")
        .render(
            t=language,
            person=person_of(request),
            needs_sign_in=not request.app.state.web.access.open,
            token=form_token(request),
            here=request.url.path,
            languages=languages(),
            version=__version__,
            codes=words().actions,
            banners=words().banner,
            disclaimer=words().disclaimer,
            **context,
        )
    )
    headers = {"Content-Language": language.code, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status, headers)


def is_api(request: Request) -> bool:
    """Whether a program asks, which is answered in JSON."""
    return request.url.path.startswith("/api/") or request.url.path in ("/openapi.json", "/health")


def refusal(request: Request, status: int, key: str, **values: Any) -> Response:
    """Why a request is not answered: a sentence of the language files, as a page or as JSON."""
    sentence = language_of(request).say(f"refused.{key}", **values)
    if is_api(request):
        english = languages()["en"].say(f"refused.{key}", **values)
        return JSONResponse({"detail": english}, status)
    return page(request, "refused", status, sentence=sentence)


def local_path(address: str) -> str:
    """``address`` where it leads to a page of this server, else the first page: no sign-in leads elsewhere."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if inside and parts.scheme == "" else "/"


def action_words(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Title and meaning of every decision code in the language of the page: the words of the mails."""
    return words_in(language.code).actions


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HOME / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def colours() -> str:
    """The colours of the workbook as a style sheet: labels of the codes, and the banner."""
    codes = [
        f".chip-{code}{{background:#{one.fill};color:#{one.text}}}" for code, one in words().actions.items()
    ]
    banners = [
        f".banner-{name}{{background:#{one.fill};color:#{one.text}}}" for name, one in words().banner.items()
    ]
    return "\n".join([*codes, *banners]) + "\n"
