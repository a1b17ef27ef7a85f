"""What the page needs while it runs: settings, people, workers, the folder of runs, and the clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from screener.history import open_store
from screener.settings import Settings
from screener.web.access import Access
from screener.web.desk import Desk
from screener.web.jobs import Job, JobQueue, Limits
from screener.web.runs import Runs
from screener.web.tasks import answer, do_screening, send_report

_ANSWER_SECONDS: Final = 30.0

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Web:
    """Everything the page works with; made once when the server starts."""

    settings: Settings
    access: Access
    jobs: JobQueue
    desk: Desk  # answers questions about the lists
    post: Desk  # sends reports by mail
    runs: Runs
    rates: Rates
    now: Callable[[], datetime]
    secret: str


class Rates:
    """How often somebody may do something within a minute."""

    def __init__(self, per_minute: dict[str, int]) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._items = {kind: RateLimitItemPerMinute(number) for kind, number in per_minute.items()}

    def allows(self, kind: str, who: str) -> bool:
        """Whether ``who`` may do one more of ``kind`` now; counts it when so."""
        return self._window.hit(self._items[kind], kind, who)


def make_web(settings: Settings, host: str, now: Callable[[], datetime]) -> Web:
    """The state of a server that listens on ``host``; raises ConfigurationError where it would stand open."""
    web = settings.web
    access = Access(web, host)
    home = settings.data_folder / "web"
    runs = Runs(home / "runs", open_store(settings))

    def over(job: Job) -> None:
        if job.ended is not None:
            runs.ended(job.id, job.ended, now())

    limits = Limits(web.job_seconds, web.job_memory_mb * 1_000_000)
    return Web(
        settings=settings,
        access=access,
        jobs=JobQueue(do_screening, limits, workers=web.workers, waiting=web.queue, over=over),
        desk=Desk(answer, Limits(_ANSWER_SECONDS, limits.memory)),
        post=Desk(send_report, limits),
        runs=runs,
        rates=Rates(
            {
                "requests": web.requests_per_minute,
                "uploads": web.uploads_per_minute,
                "sign_ins": web.sign_ins_per_minute,
            }
        ),
        now=now,
        secret=_secret(home / "secret"),
    )


def of(request: HTTPConnection) -> Web:
    """The state of the server that a request came to."""
    web: Web = request.app.state.web
    return web


def _secret(path: Path) -> str:
    """The key that session cookies are signed with: kept, so that sign-ins outlive a restart."""
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(48)
    path.touch(mode=0o600)
    path.write_text(value, encoding="ascii")
    return value
