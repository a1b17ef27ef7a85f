"""What can be done with a report beyond reading it: record a decision about a finding, send it by mail."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from screener.history import Decision
from screener.web.access import Person
from screener.web.forms import Wrong, clean_text
from screener.web.pages.common import own_form, person_who_may, run_of, texts_of
from screener.web.pages.result import can_be_mailed, result_page
from screener.web.render import language_of
from screener.web.state import Web, of
from screener.web.tasks import Mailing

routes = APIRouter(include_in_schema=False)
DECISIONS: Final = ("confirmed", "false_positive", "needs_information")


@routes.post("/runs/{run_id}/review")
async def review(request: Request, run_id: str) -> Response:
    """Append a decision about one finding to the log, under the name of who is signed in."""
    person = person_who_may(request, "reviewer")
    record, language = run_of(request, run_id), language_of(request)
    fields = texts_of(await own_form(request))
    made = await run_in_threadpool(_decision, of(request), person, run_id, fields)
    if isinstance(made, Wrong):
        return result_page(request, record, made.sentence(language), "red", 422)
    store = of(request).runs.store
    added = await run_in_threadpool(store.record_decisions, [made])
    said = language.say("review.recorded" if added else "review.known", security=made.security)
    return result_page(request, record, said)


def _decision(web: Web, person: Person, run_id: str, fields: dict[str, str]) -> Decision | Wrong:
    """The decision that a form states about a finding of the history."""
    found = web.runs.store.findings_of(run_id)
    rows = found[found["number"].astype(str) == fields.get("number", "")].to_dict("records")
    if not rows or fields.get("decision") not in DECISIONS:
        raise HTTPException(404, "not_found")
    until = fields.get("valid_until", "").strip()
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        return Wrong("day", {"value": until[:40]})
    told: dict[str, Any] = {
        name: str(rows[0][name])
        for name in (
            "security_key", "security_hash", "security", "listing_id", "entry_hash", "entity", "programme", "action"
        )
    }  # fmt: skip
    return Decision(
        recorded=web.now(),
        recorded_by=person.name,
        reviewer=person.name,
        decision=fields["decision"],
        note=clean_text(fields.get("note", "")),
        valid_until=day,
        run=run_id,
        file="upload page",
        file_sha256="",
        **told,
    )


@routes.post("/runs/{run_id}/mail")
async def mail(request: Request, run_id: str) -> Response:
    """Send the report to the people whom the settings name for its portfolio."""
    person_who_may(request, "screener")
    record, web, language = run_of(request, run_id), of(request), language_of(request)
    await own_form(request)
    if not can_be_mailed(web, record):
        raise HTTPException(404, "not_found")
    ended = await run_in_threadpool(web.post.ask, Mailing(record.id, web.settings))
    if ended.how == "done":
        colour = "green" if ended.value["complete"] else "amber"
        return result_page(request, record, language.say("mail.done", what=ended.value["sentence"]), colour)
    said = ended.sentence or language.say(f"failed.{ended.how}")
    return result_page(request, record, said, "red", 503)
