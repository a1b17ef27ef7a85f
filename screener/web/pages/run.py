"""One run: its progress while it works, its report when it is done, why not when it failed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from screener.holdings import save_profile
from screener.web.forms import Wrong
from screener.web.guard import who
from screener.web.jobs import Job
from screener.web.languages import Language
from screener.web.pages.common import own_form, person_who_may, run_of, texts_of
from screener.web.pages.result import result_page
from screener.web.profiles import check_name, corrected, folder
from screener.web.render import language_of, page, refusal
from screener.web.runs import DOWNLOADS, Record
from screener.web.starting import start_again
from screener.web.state import Web, of

routes = APIRouter(include_in_schema=False)
_STAGES: Final = (
    "reading_restricted_lists",
    "reading_holdings",
    "screening",
    "comparing_with_the_run_before",
    "writing_the_report",
    "recording_the_run",
)
_EVERY: Final = 0.25  # seconds between two looks at a job


@routes.get("/runs/{run_id}")
def show(request: Request, run_id: str) -> Response:
    """The run, as far as it is."""
    record = run_of(request, run_id)
    job = of(request).jobs.get(run_id)
    if record.state == "finished":
        return result_page(request, record)
    if record.state in ("queued", "running") and job is not None and not job.over:
        told = _progress(of(request), job, language_of(request))
        return page(request, "progress", run=record, now=told["now"], stages=told["stages"])
    return page(request, "failed", run=record, how=record.how or "stopped")


@routes.get("/runs/{run_id}/events")
def events(request: Request, run_id: str) -> Response:
    """Progress as it happens, as server-sent events."""
    run_of(request, run_id)
    return StreamingResponse(
        _events(of(request), run_id, language_of(request)),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(web: Web, run_id: str, language: Language) -> AsyncIterator[str]:
    before = ""
    while (job := web.jobs.get(run_id)) is not None and not job.over:
        told = json.dumps(_progress(web, job, language), ensure_ascii=False)
        if told != before:
            yield f"event: stage\ndata: {told}\n\n"
            before = told
        await asyncio.sleep(_EVERY)
    yield "event: over\ndata: {}\n\n"


def _progress(web: Web, job: Job, language: Language) -> dict[str, Any]:
    """What goes on, in words, and every stage with its state."""
    begun = [stage.lower().replace(" ", "_") for stage in job.stages]
    titles = dict(zip(begun, job.stages, strict=True))
    known = [*_STAGES, *(stage for stage in begun if stage not in _STAGES)]
    states = {stage: "going" if stage == begun[-1] else "done" for stage in begun}
    stages = [
        {
            "key": stage,
            "title": language.say_if(f"stage.{stage}", titles.get(stage, stage)),
            "state": states.get(stage, "later"),
            "said": language.say(f"progress.{states.get(stage, 'later')}"),
        }
        for stage in known
    ]
    if job.state == "queued":
        now = language.say("progress.waiting", n=web.jobs.ahead(job.id))
    elif begun:
        now = language.say_if(f"stage.{begun[-1]}", job.stages[-1]) + " …"
    else:
        now = language.say("progress.starting")
    return {"now": now, "stages": stages}


@routes.post("/runs/{run_id}/cancel")
async def cancel(request: Request, run_id: str) -> Response:
    """Stop a run."""
    person_who_may(request, "screener")
    run_of(request, run_id)
    await own_form(request)
    web = of(request)
    web.jobs.cancel(run_id)
    for _ in range(20):  # a worker is stopped within a moment; the page then says so at once
        job = web.jobs.get(run_id)
        if job is None or job.over:
            break
        await asyncio.sleep(_EVERY / 2)
    return RedirectResponse(f"/runs/{run_id}", 303)


@routes.post("/runs/{run_id}/again")
async def again(request: Request, run_id: str) -> Response:
    """Read the same files as corrected and screen them again; keep the correction where a name is given."""
    person = person_who_may(request, "screener")
    record, web = run_of(request, run_id), of(request)
    if not web.rates.allows("uploads", who(request)):
        return refusal(request, 429, "too_often")
    fields = texts_of(await own_form(request))
    name = check_name(fields.get("profile", "").strip())
    facts = web.runs.page(run_id)
    if facts is None:
        raise HTTPException(404, "not_found")
    if isinstance(name, Wrong):
        return result_page(request, record, name.sentence(language_of(request)), "red", 422)
    profiles = corrected(facts["tables"], fields, record.files, name or "correction")
    if name and profiles:
        folder(web).mkdir(parents=True, exist_ok=True)
        save_profile(next(iter(profiles.values())), folder(web) / f"{name}.toml")
    started = await run_in_threadpool(start_again, web, person, record, profiles, fields.get("password", ""))
    if isinstance(started, Wrong):
        return result_page(request, record, started.sentence(language_of(request)), "red", 503)
    return RedirectResponse(f"/runs/{started.id}", 303)


@routes.get("/runs/{run_id}/files/{name}")
def download(request: Request, run_id: str, name: str) -> Response:
    """A file of the report."""
    return report_file(request, run_of(request, run_id), name)


def report_file(request: Request, record: Record, name: str) -> Response:
    """A file of the report of a run, by one of the names of DOWNLOADS."""
    path = of(request).runs.report_file(record, name)
    if path is None:
        raise HTTPException(404, "not_found")
    return FileResponse(path, media_type=DOWNLOADS[name], filename=name)
