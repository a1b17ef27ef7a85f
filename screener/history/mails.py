"""Mails as values, and the questions that the outbox answers about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from screener.errors import UsageError
from screener.history.database import Database
from screener.history.mail_tables import MAIL_LOG, MAILS

STATES: Final = ("queued", "sending", "unknown", "sent", "refused", "given_up", "dismissed")
OPEN: Final = ("queued", "sending", "unknown")
TROUBLED: Final = ("unknown", "refused", "given_up")


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail for one recipient as it goes into the outbox; ``light`` is the same without attachments, if it differs."""

    key: str
    kind: str
    portfolio: str
    recipient: str
    message_id: str
    subject: str
    content: bytes
    light: bytes | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this process alone may send, until its lease ends."""

    id: int
    claim: str
    message_id: str
    recipient: str
    kind: str
    attempts: int  # this one counted
    content: bytes
    light: bytes | None


@dataclass(frozen=True, slots=True)
class MailRecord:
    """A mail as the outbox knows it; ``repeats`` counts how often it was sent again after an end that nobody knew."""

    id: int
    message_id: str
    key: str
    kind: str
    portfolio: str
    recipient: str
    subject: str
    state: str
    attempts: int
    repeats: int
    queued: datetime
    due: datetime
    settled: datetime | None
    said: str


class MailView:
    """What the outbox in ``database`` holds; raises HistoryError when it cannot be read."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def mail(self, number: int) -> MailRecord:
        """One mail by its number; raises UsageError when there is none."""
        found = self._mails(MAILS.c.id == number, 1)
        if not found:
            raise UsageError(f"There is no mail {number}", "`screener mail outbox` shows them.")
        return found[0]

    def mails(self, states: Iterable[str] = STATES, limit: int = 1000) -> list[MailRecord]:
        """Mails in one of ``states``, the newest first."""
        return self._mails(MAILS.c.state.in_(list(states)), limit)

    def of(self, key: str) -> list[MailRecord]:
        """The mails about ``key`` (the id of a run)."""
        return self._mails(MAILS.c.key == key, 1000)

    def log(self, number: int) -> list[tuple[datetime, str, str]]:
        """When a mail came into which state, and what was said: the oldest first."""
        chosen = sa.select(MAIL_LOG.c.at, MAIL_LOG.c.state, MAIL_LOG.c.said).where(MAIL_LOG.c.mail == number)
        with self.database.reading() as connection:
            return [
                (row.at, row.state, row.said) for row in connection.execute(chosen.order_by(MAIL_LOG.c.id))
            ]

    def counts(self) -> dict[str, int]:
        """How many mails are in each state that has any."""
        chosen = sa.select(MAILS.c.state, sa.func.count()).group_by(MAILS.c.state)
        with self.database.reading() as connection:
            return {str(state): int(number) for state, number in connection.execute(chosen)}

    def next_due(self) -> datetime | None:
        """When the next queued mail is due; None when none is queued."""
        chosen = sa.select(sa.func.min(MAILS.c.due)).where(MAILS.c.state == "queued")
        with self.database.reading() as connection:
            found: datetime | None = connection.execute(chosen).scalar()
        return found

    def _mails(self, where: Any, limit: int) -> list[MailRecord]:
        columns = [MAILS.c[item.name] for item in fields(MailRecord)]
        chosen = sa.select(*columns).where(where).order_by(MAILS.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            return [MailRecord(**dict(row)) for row in connection.execute(chosen).mappings()]
