"""Signing in and out, and the switch of language."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from screener.web.languages import languages
from screener.web.pages.common import own_form, texts_of
from screener.web.render import LANGUAGE_COOKIE, language_of, local_path, page, refusal
from screener.web.state import of

routes = APIRouter(include_in_schema=False)


@routes.get("/sign-in")
def show(request: Request, next: str = "/") -> Response:
    """The form for a token."""
    return page(request, "sign_in", next=local_path(next), wrong="")


@routes.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin a session for the person whose token this is."""
    web = of(request)
    if not web.rates.allows("sign_ins", request.client.host if request.client else ""):
        return refusal(request, 429, "too_often")
    fields = texts_of(await own_form(request))
    found = web.access.by_token(fields.get("key", "").strip())
    onward = local_path(fields.get("next", "/"))
    if found is None:
        wrong = language_of(request).say("sign_in.unknown")
        return page(request, "sign_in", 401, next=onward, wrong=wrong)
    person, mark = found
    request.session.clear()  # a new session: what was before the sign-in is worth nothing after it
    request.session.update({"name": person.name, "mark": mark})
    return RedirectResponse(onward, 303)


@routes.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    await own_form(request)
    request.session.clear()
    return RedirectResponse("/", 303)


@routes.get("/language/{code}")
def switch(request: Request, code: str, next: str = "/") -> Response:
    """Read on in another language."""
    if code not in languages():
        raise HTTPException(404, "not_found")
    answer = RedirectResponse(local_path(next), 303)
    secure = request.url.scheme == "https" or of(request).settings.web.https
    answer.set_cookie(
        LANGUAGE_COOKIE, code, max_age=365 * 86_400, httponly=True, samesite="lax", secure=secure
    )
    return answer
