"""The application: routes, middleware, errors in words, and the workers that live as long as it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from screener import __version__
from screener.settings import Settings
from screener.web import api
from screener.web.guard import Guard, Headers
from screener.web.pages import about, acting, history, lookup, people, run, upload
from screener.web.render import STATIC, colours, is_api, refusal
from screener.web.state import Web, make_web
from screener.web_settings import LOOPBACK

_LOG = logging.getLogger("screener.web")
_SWEEP_EVERY: Final = 600.0  # seconds
_ANSWER_KEYS: Final = {404: "not_found", 405: "method", 413: "too_large", 403: "role", 429: "too_often"}


def create_app(settings: Settings, host: str = "", now: Callable[[], datetime] | None = None) -> FastAPI:
    """The application for a server on ``host``; raises ConfigurationError where nobody would be kept out."""
    web = make_web(settings, host or settings.web.host, now or _clock)
    app = FastAPI(
        title="screener",
        version=__version__,
        summary="Screens investor holdings against restricted-entity lists.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_middleware(web),
        exception_handlers={
            HTTPException: _http_error,
            RequestValidationError: _invalid,
        },
    )
    app.state.web = web
    for part in (upload, run, acting, lookup, history, people, about):
        app.include_router(part.routes)
    app.include_router(api.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_api_route("/health", _health, include_in_schema=False)
    app.add_api_route("/look.css", _look, include_in_schema=False)
    return app


def _clock() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _middleware(web: Web) -> list[Middleware]:
    settings = web.settings.web
    return [
        Middleware(Headers),
        Middleware(
            TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]", *settings.hosts], www_redirect=False
        ),
        Middleware(
            SessionMiddleware,
            secret_key=web.secret,
            session_cookie="screener_session",
            max_age=int(settings.session_hours * 3600),
            https_only=settings.https or bool(settings.certificate),
        ),
        Middleware(Guard),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    web: Web = app.state.web
    web.runs.interrupted(web.now())
    web.jobs.start()
    await run_in_threadpool(web.desk.open)
    sweeping = asyncio.create_task(_sweep(web))
    yield
    sweeping.cancel()
    with suppress(asyncio.CancelledError):
        await sweeping
    await run_in_threadpool(web.jobs.close)
    await run_in_threadpool(web.desk.close)
    await run_in_threadpool(web.post.close)
    web.runs.store.database.close()


async def _sweep(web: Web) -> None:
    """Delete uploads past their time, again and again."""
    while True:
        keep = timedelta(hours=web.settings.web.keep_hours)
        try:
            await run_in_threadpool(web.runs.sweep, web.now(), keep)
        except OSError:
            _LOG.exception("uploads past their time could not be deleted")
        await asyncio.sleep(_SWEEP_EVERY)


async def _health() -> Response:
    return JSONResponse({"status": "ok"})


async def _look() -> Response:
    return PlainTextResponse(colours(), media_type="text/css")


async def _http_error(request: Request, error: Any) -> Response:
    """A refusal with the sentence of its key; other details are told to programs only."""
    key = str(error.detail)
    if is_api(request):
        if error.status_code in (404, 405, 413) and key not in ("not_found",):
            key = _ANSWER_KEYS[error.status_code]
            return refusal(
                request, error.status_code, key, mb=f"{request.app.state.web.settings.web.upload_mb:g}"
            )
        return api.problem(request, error)
    known = (
        key if key in ("role", "old_form", "not_found", "too_often") else _ANSWER_KEYS.get(error.status_code)
    )
    most = f"{request.app.state.web.settings.web.upload_mb:g}"
    return refusal(request, error.status_code, known or "bad_request", mb=most)


async def _invalid(request: Request, error: Any) -> Response:
    if not is_api(request):
        return refusal(request, 422, "bad_request")
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
    return JSONResponse({"detail": "; ".join(told)}, 422)
