"""Looking things up: one security, one entity with its time line, the health of the lists."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from screener.web.asking import ask, said_of
from screener.web.forms import Wrong, check_day, check_investor, clean_text, investors
from screener.web.jobs import Ended
from screener.web.render import language_of, page
from screener.web.state import of
from screener.web.timeline import picture

routes = APIRouter(include_in_schema=False)
_STATUS: Final = {"refused": 404, "busy": 503, "done": 200}


@routes.get("/check")
def check(
    request: Request, name: str = "", identifier: str = "", investor: str = "", as_of: str = ""
) -> Response:
    """One security by hand."""
    language, today = language_of(request), _today(request)
    name, identifier = clean_text(name), clean_text(identifier)
    day, chosen = check_day(as_of.strip(), today), check_investor(investor)
    wrong = next((one.sentence(language) for one in (day, chosen) if isinstance(one, Wrong)), "")
    found: dict[str, Any] | None = None
    if not wrong and (name or identifier):
        assert isinstance(day, date)
        ended = ask(of(request), "check", day, investor, said_of(name, identifier))
        found = ended.value if ended.how == "done" else None
        wrong = "" if ended.how == "done" else _sentence(request, ended)
    elif not wrong and request.query_params:
        wrong = Wrong("nothing", {}).sentence(language)
    said = {
        "name": name,
        "identifier": identifier,
        "investor": investor,
        "as_of": day.isoformat() if isinstance(day, date) else today.isoformat(),
    }
    status = 422 if wrong else 200
    return page(request, "check", status, said=said, found=found, wrong=wrong, investors=investors())


@routes.get("/entity")
def entity(request: Request, q: str = "") -> Response:
    """One entity of the lists: its names, its listings, its time line."""
    q, today = clean_text(q), _today(request)
    found: dict[str, Any] = {}
    ended = Ended("done", {})
    if q:
        ended = ask(of(request), "entity", today, "", {"entity": q})
        found = ended.value if ended.how == "done" else {}
    story = found.get("story")
    return page(
        request,
        "entity",
        _STATUS.get(ended.how, 500),
        q="" if story else q,
        story=story,
        several=found.get("several"),
        picture=picture(story, today) if story else None,
        as_of=today.isoformat(),
        wrong="" if ended.how == "done" else _sentence(request, ended),
    )


@routes.get("/lists")
def lists(request: Request) -> Response:
    """Every list with its health."""
    ended = ask(of(request), "lists", _today(request))
    done = ended.how == "done"
    return page(
        request,
        "lists",
        200 if done else 503,
        found=ended.value if done else None,
        wrong="" if done else _sentence(request, ended),
        stale=of(request).settings.lists.stale_after_days,
    )


def _today(request: Request) -> date:
    return of(request).now().astimezone().date()


def _sentence(request: Request, ended: Ended) -> str:
    """Why there is no answer: the program's own sentence, else the page's."""
    return ended.sentence if ended.how == "refused" else language_of(request).say(f"failed.{ended.how}")
