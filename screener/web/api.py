"""The HTTP API for other programs: start a screening, ask how far it is, fetch its files, check one security."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from screener.web.asking import ask, said_of
from screener.web.forms import Asked, Wrong, check, check_day, check_investor, clean_text
from screener.web.guard import who
from screener.web.languages import languages
from screener.web.pages.common import person_who_may, run_of
from screener.web.pages.run import report_file
from screener.web.render import refusal
from screener.web.runs import DOWNLOADS, Record
from screener.web.starting import start
from screener.web.state import of

routes = APIRouter(prefix="/api")
RunId = Annotated[str, Path(description="The id that POST /api/screenings gave.", max_length=64)]
AsOf = Annotated[
    str, Query(description="The day to decide for, YYYY-MM-DD; today when left out.", max_length=20)
]
InvestorName = Annotated[
    str, Query(description="us, eu, nl, no or uk; U.S. rules are assumed when left out.", max_length=40)
]


class Problem(BaseModel):
    """Why a request was not carried out."""

    detail: str


class ScreeningState(BaseModel):
    """A screening, as far as it is; what is not known yet is null."""

    id: str
    state: Literal["queued", "running", "finished", "failed", "cancelled"]
    stage: str | None = None
    files: list[str]
    as_of: date
    investor: str
    portfolio: str
    created: str
    exit_code: int | None = None
    verdict: str | None = None
    banner: Literal["green", "amber", "red"] | None = None
    actions: dict[str, int] | None = None
    error: str | None = None
    downloads: dict[str, str]
    page: str


class CheckAnswer(BaseModel):
    """One security, for one investor and day; ``findings`` as in findings.csv, worst first."""

    as_of: date
    investor: str
    assumed: bool
    outcome: Literal["finding", "clear", "not_screened", "not_a_holding"]
    reason: str
    needs_action: bool
    findings: list[dict[str, Any]]
    closest: dict[str, Any] | None


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": text}
    for code, text in {
        400: "The request could not be understood.",
        401: "No valid token.",
        403: "The role does not include this, or the request came from another site.",
        413: "The files are too large.",
        422: "Something of it is wrong; `detail` says what.",
        429: "Too many requests within a minute.",
        503: "Too much is waiting already; try again later.",
    }.items()
}
_GONE: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such run, or not yours."}
}


@routes.post("/screenings", status_code=202, responses=_PROBLEMS, summary="Start a screening")
async def start_screening(
    request: Request,
    files: Annotated[
        list[UploadFile], File(min_length=1, description="Holdings: xlsx, xlsm, xlsb, xls, ods, csv, zip.")
    ],
    investor: Annotated[str, Form(description="us, eu, nl, no or uk.", max_length=40)] = "",
    as_of: Annotated[str, Form(description="The day to decide for, YYYY-MM-DD.", max_length=20)] = "",
    portfolio: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(description="Of a protected workbook.", max_length=300)] = "",
    accept_stale: Annotated[bool, Form(description="Go on with lists past their maximum age.")] = False,
) -> ScreeningState:
    """Send one or several holdings files. The answer gives the id to ask for."""
    person = person_who_may(request, "screener")
    web = of(request)
    if not web.rates.allows("uploads", who(request)):
        raise HTTPException(429, "too_often")
    fields = {"investor": investor, "as_of": as_of, "portfolio": portfolio, "password": password}
    fields |= {"accept_stale": "on"} if accept_stale else {}
    asked = await run_in_threadpool(
        check, fields, list(files), web.settings.web.upload_files, web.now().astimezone().date()
    )
    if not isinstance(asked, Asked):
        raise _wrong(asked, 422)
    record = await run_in_threadpool(start, web, person, asked)
    if isinstance(record, Wrong):
        raise _wrong(record, 503)
    return _state(request, record)


@routes.get("/screenings/{run_id}", responses=_PROBLEMS | _GONE, summary="How far a screening is")
def screening(request: Request, run_id: RunId) -> ScreeningState:
    """Its state, and when it is finished the verdict and the addresses of its files."""
    return _state(request, run_of(request, run_id))


@routes.delete("/screenings/{run_id}", responses=_PROBLEMS | _GONE, summary="Cancel a screening")
def cancel(request: Request, run_id: RunId) -> ScreeningState:
    """Stop a screening that waits or runs; one that is over stays as it is."""
    person_who_may(request, "screener")
    record = run_of(request, run_id)
    of(request).jobs.cancel(record.id)
    return _state(request, run_of(request, run_id))


@routes.get(
    "/screenings/{run_id}/files/{name}",
    responses=_PROBLEMS | _GONE | {200: {"content": {kind: {} for kind in DOWNLOADS.values()}}},
    response_class=Response,
    summary="A file of the report",
)
def report(
    request: Request,
    run_id: RunId,
    name: Annotated[str, Path(description=", ".join(DOWNLOADS), max_length=64)],
) -> Response:
    """divestment-report.xlsx, findings.csv, rows.csv or run.json."""
    return report_file(request, run_of(request, run_id), name)


@routes.get("/check", responses=_PROBLEMS, summary="Check one security")
def check_one(
    request: Request,
    name: Annotated[str, Query(description="The security as printed.", max_length=300)] = "",
    identifier: Annotated[
        str,
        Query(description="ISIN, CUSIP, SEDOL, FIGI, LEI, WKN, or a ticker with its market.", max_length=60),
    ] = "",
    investor: InvestorName = "",
    as_of: AsOf = "",
) -> CheckAnswer:
    """Screen one security by hand, with the reasons. Give a name, an identifier, or both."""
    web, name, identifier = of(request), clean_text(name), clean_text(identifier)
    day, chosen = check_day(as_of.strip(), web.now().astimezone().date()), check_investor(investor.strip())
    for one in (day, chosen):
        if isinstance(one, Wrong):
            raise _wrong(one, 422)
    if not name and not identifier:
        raise _wrong(Wrong("nothing", {}), 422)
    assert isinstance(day, date)
    ended = ask(web, "check", day, investor.strip(), said_of(name, identifier))
    if ended.how == "refused":
        raise HTTPException(422, ended.sentence)
    if ended.how != "done":
        raise HTTPException(503, languages()["en"].say(f"failed.{ended.how}"))
    return CheckAnswer(**ended.value)


def _state(request: Request, record: Record) -> ScreeningState:
    job = of(request).jobs.get(record.id)
    state = job.state if job is not None and not job.over else record.state
    downloads = {name: f"/api/screenings/{record.id}/files/{name}" for name in DOWNLOADS}
    ended_badly = state in ("failed", "cancelled")
    return ScreeningState(
        id=record.id,
        state=state,
        stage=job.stages[-1] if job and job.stages and state == "running" else None,
        files=list(record.files),
        as_of=date.fromisoformat(record.as_of),
        investor=record.investor,
        portfolio=record.portfolio,
        created=record.created,
        exit_code=record.exit_code,
        verdict=record.verdict or None,
        banner=record.banner or None,
        actions=record.actions,
        error=_why(record) if ended_badly else None,
        downloads=downloads if state == "finished" else {},
        page=f"/runs/{record.id}",
    )


def _why(record: Record) -> str:
    return record.sentence or languages()["en"].say(f"failed.{record.how or 'stopped'}")


def _wrong(wrong: Wrong, status: int) -> HTTPException:
    return HTTPException(status, wrong.sentence(languages()["en"]))


def problem(request: Request, error: HTTPException) -> Response:
    """An error as JSON: a key of the language files as its sentence, anything else as it is."""
    detail = str(error.detail)
    if f"refused.{detail}" in languages()["en"].words:
        return refusal(request, error.status_code, detail)
    return JSONResponse({"detail": detail}, error.status_code)
