"""Past runs."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from screener.web.render import page, person_of
from screener.web.state import of

routes = APIRouter(include_in_schema=False)
_ON_A_PAGE: Final = 50


@routes.get("/runs")
def show(request: Request) -> Response:
    """The runs that this person may see, the latest first, a page at a time."""
    given = request.query_params.get("page", "1")
    number = max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1
    person = person_of(request)
    assert person is not None
    first = (number - 1) * _ON_A_PAGE
    found = of(request).runs.seen_by(person, _ON_A_PAGE + 1, first)
    more = len(found) > _ON_A_PAGE
    return page(request, "runs", recent=found[:_ON_A_PAGE], number=number, more=more)
