"""The first page: choose files, investor and day; start the screening."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from screener.web.forms import KINDS, Asked, Wrong, check, investors
from screener.web.guard import most_bytes, who
from screener.web.pages.common import files_of, own_form, person_who_may, texts_of
from screener.web.profiles import check_profile, profile_names
from screener.web.render import language_of, page, person_of, refusal
from screener.web.starting import start
from screener.web.state import of

routes = APIRouter(include_in_schema=False)
_RECENT = 5


@routes.get("/")
def show(request: Request) -> Response:
    """The form."""
    return _form(request, {})


@routes.post("/")
async def take(request: Request) -> Response:
    """Take files on, or show the form again with what is wrong."""
    person = person_who_may(request, "screener")
    web = of(request)
    if not web.rates.allows("uploads", who(request)):
        return refusal(request, 429, "too_often")
    form = await own_form(request)
    fields = texts_of(form)
    asked = await run_in_threadpool(
        check, fields, files_of(form), web.settings.web.upload_files, web.now().astimezone().date()
    )
    profile = check_profile(web, fields.get("profile", ""))
    for one in (asked, profile):
        if isinstance(one, Wrong):
            return _form(request, fields, one, 422)
    assert isinstance(asked, Asked)
    assert not isinstance(profile, Wrong)
    record = await run_in_threadpool(start, web, person, asked, profile)
    if isinstance(record, Wrong):
        return _form(request, fields, record, 503)
    return RedirectResponse(f"/runs/{record.id}", 303)


def _form(
    request: Request, fields: dict[str, str], wrong: Wrong | None = None, status: int = 200
) -> Response:
    web, person = of(request), person_of(request)
    assert person is not None
    return page(
        request,
        "upload",
        status,
        wrong=wrong.sentence(language_of(request)) if wrong else "",
        chosen=_chosen(request, fields),
        may_upload=person.may("screener"),
        investors=investors(),
        profiles=profile_names(web),
        kinds=KINDS,
        most_bytes=most_bytes(web),
        most_mb=f"{web.settings.web.upload_mb:g}",
        most_files=web.settings.web.upload_files,
        recent=web.runs.seen_by(person, _RECENT),
    )


def _chosen(request: Request, fields: dict[str, str]) -> dict[str, Any]:
    """What the form is filled with: what was sent before, else what the settings say."""
    web = of(request)
    return {
        "investor": fields.get("investor", web.settings.run.investor),
        "as_of": fields.get("as_of") or web.now().astimezone().date().isoformat(),
        "portfolio": fields.get("portfolio", ""),
        "profile": fields.get("profile", ""),
        "accept_stale": "accept_stale" in fields,
        "more": bool(fields.get("profile") or fields.get("accept_stale")),
    }
