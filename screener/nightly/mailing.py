"""What the night mails: reports, failures, and what the operator must know. Everything goes through the outbox."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from screener import job
from screener.history import Delivery, Night, Portfolio, Store
from screener.nightly.work import Work
from screener.settings import Settings


def queue_report(work: Work, result: job.RunResult, portfolio: Portfolio, folder: Path) -> None:
    pass


def queue_failure(work: Work, delivery: Delivery) -> None:
    pass


def queued(work: Work, delivery: Delivery) -> bool:
    return False


def tell_operator(work: Work, number: int, night: Night) -> None:
    pass


def send(work: Work) -> None:
    pass


def outbox_state(settings: Settings, store: Store, now: datetime) -> tuple[str, str, tuple[str, ...]]:
    """Colour, sentence and details of what waits to be mailed."""
    return "green", "no mail is set up ([mail] host)", ()
