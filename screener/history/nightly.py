"""What the unattended program remembers: its nights, what it did with the files that came, what each portfolio holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from screener.history.database import Database
from screener.history.mail_tables import MAILS
from screener.history.night_tables import DELIVERIES, NIGHTS, PORTFOLIOS
from screener.history.tables import RUNS

Files = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Night:
    """One piece of unattended work, and how it ended; ``troubles`` are colours (amber, red) with sentences."""

    job: str
    started: datetime
    due: datetime | None = None
    finished: datetime | None = None
    state: str = "running"
    exit_code: int | None = None
    sentence: str = ""
    troubles: tuple[tuple[str, str], ...] = ()
    id: int = 0


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What a portfolio last held: files of the history's keeping, and the run that screened them last."""

    name: str
    investor: str
    recipients: tuple[str, ...]
    files: Files
    received: datetime
    dated: date
    by_name: bool = False
    basis: str = ""
    run: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Files of one portfolio on their way out of the inbox; ``files`` are names in the inbox with their SHA-256.

    ``begun``: the folder ``aside`` is being made. ``placed``: it is in its place and on record, the originals may still
    be in the inbox. ``done``: they are out. ``undone``: nothing came of it, and everything is as it was before.
    """

    id: str
    portfolio: str
    day: date
    begun: datetime
    aside: str
    folder: str
    came: bool = True
    files: Files = ()
    state: str = "begun"
    held: Portfolio | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class NightStore:
    """Nights, deliveries and portfolios; every method is a transaction of its own."""

    database: Database

    def begin_night(self, night: Night) -> int:
        """Puts a piece of work on record as running; gives its number."""
        row = _row(night, "id")
        with self.database.writing() as connection:
            done = connection.execute(NIGHTS.insert().values(**row))
            (number,) = done.inserted_primary_key or (0,)
            return int(number)

    def end_night(self, number: int, night: Night) -> None:
        """Records how a piece of work ended."""
        with self.database.writing() as connection:
            connection.execute(NIGHTS.update().where(NIGHTS.c.id == number).values(**_row(night, "id")))

    def interrupted_nights(self, besides: int) -> list[Night]:
        """Work that never came to its end, ``besides`` the piece that is under way now."""
        return self._nights((NIGHTS.c.state == "running") & (NIGHTS.c.id != besides))

    def mark_interrupted(self, besides: int, at: datetime) -> None:
        """Closes the records of work that never came to its end. To be called only while nobody else works."""
        sentence = "interrupted: the program or the machine went down"
        ended = {"state": "interrupted", "finished": at, "exit_code": 3, "sentence": sentence}
        with self.database.writing() as connection:
            left = (NIGHTS.c.state == "running") & (NIGHTS.c.id != besides)
            connection.execute(NIGHTS.update().where(left).values(**ended))

    def last_night(self, job: str, *states: str) -> Night | None:
        """The last piece of work of a kind, in one of ``states`` where they are given."""
        told = NIGHTS.c.job == job
        if states:
            told &= NIGHTS.c.state.in_(states)
        found = self._nights(told, limit=1)
        return found[0] if found else None

    def _nights(self, told: sa.ColumnElement[bool], limit: int = 100) -> list[Night]:
        query = (
            sa.select(NIGHTS).where(told).order_by(NIGHTS.c.started.desc(), NIGHTS.c.id.desc()).limit(limit)
        )
        with self.database.reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [Night(**{**row, "troubles": tuple(map(tuple, row["troubles"]))}) for row in rows]

    def save_delivery(self, delivery: Delivery) -> None:
        """Records where a delivery stands."""
        with self.database.writing() as connection:
            _replace(connection, DELIVERIES, "id", _delivery_row(delivery))

    def deliveries(
        self, state: str = "", *, since: datetime | None = None, limit: int = 1000
    ) -> list[Delivery]:
        """Deliveries, the newest first."""
        query = sa.select(DELIVERIES).order_by(DELIVERIES.c.begun.desc(), DELIVERIES.c.id).limit(limit)
        if state:
            query = query.where(DELIVERIES.c.state == state)
        if since:
            query = query.where(DELIVERIES.c.begun >= since)
        with self.database.reading() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]

    def unresolved(self) -> dict[str, Delivery]:
        """Portfolios whose last delivery failed, with that delivery: no good file has come since."""
        newest = (
            sa.select(DELIVERIES.c.portfolio, sa.func.max(DELIVERIES.c.begun).label("begun"))
            .where(DELIVERIES.c.state.in_(("placed", "done")), DELIVERIES.c.came)
            .group_by(DELIVERIES.c.portfolio)
            .subquery()
        )
        same = (DELIVERIES.c.portfolio == newest.c.portfolio) & (DELIVERIES.c.begun == newest.c.begun)
        query = sa.select(DELIVERIES).join(newest, same).where(DELIVERIES.c.trouble != "", DELIVERIES.c.came)
        with self.database.reading() as connection:
            found = [_delivery(row) for row in connection.execute(query).mappings()]
        return {one.portfolio: one for one in found if one.held is None}

    def portfolios(self) -> list[Portfolio]:
        """Every portfolio of which holdings ever came, by name."""
        query = sa.select(PORTFOLIOS).order_by(PORTFOLIOS.c.name)
        with self.database.reading() as connection:
            return [_portfolio(row) for row in connection.execute(query).mappings()]

    def last_mail(self, portfolio: str, kinds: Sequence[str]) -> tuple[str, datetime] | None:
        """Of the last mail of one of ``kinds`` about a portfolio: the run that it tells of, and when it was queued."""
        query = (
            sa.select(MAILS.c.key, MAILS.c.queued)
            .where(MAILS.c.portfolio == portfolio[:300], MAILS.c.kind.in_(list(kinds)))
            .order_by(MAILS.c.id.desc())
            .limit(1)
        )
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return (str(row[0]), row[1]) if row else None

    def save_portfolio(self, portfolio: Portfolio) -> None:
        """Records what a portfolio holds and how it was last screened."""
        with self.database.writing() as connection:
            _replace(connection, PORTFOLIOS, "name", _row(portfolio))

    def place(self, delivery: Delivery) -> None:
        """Records, as one, that the folder of a delivery is in its place and what its portfolio now holds."""
        with self.database.writing() as connection:
            _replace(connection, DELIVERIES, "id", _delivery_row(replace(delivery, state="placed")))
            report = RUNS.update().where(RUNS.c.id == delivery.id)
            connection.execute(report.values(folder=delivery.folder))
            if delivery.held:
                _replace(connection, PORTFOLIOS, "name", _row(delivery.held))

    def take_back(self, run: str) -> None:
        """Marks a run that was never delivered as cancelled, unless it failed: nobody saw it, and it is done again."""
        told = {"state": "cancelled", "error": "interrupted before its report was delivered; screened again"}
        with self.database.writing() as connection:
            unseen = (RUNS.c.id == run) & (RUNS.c.state != "failed")
            connection.execute(RUNS.update().where(unseen).values(**told))

    def prune(self, before: datetime) -> int:
        """Deletes nights and finished deliveries from before; gives how many. Portfolios stay."""
        with self.database.writing() as connection:
            gone = connection.execute(NIGHTS.delete().where(NIGHTS.c.started < before)).rowcount
            old = (DELIVERIES.c.begun < before) & (DELIVERIES.c.state != "begun")
            return int(gone + connection.execute(DELIVERIES.delete().where(old)).rowcount)

    @contextmanager
    def session_lock(self, number: int) -> Iterator[bool]:
        """Whether nobody else on this PostgreSQL database has the lock; held until the end of the block or of the
        connection. On SQLite there is nothing to keep apart: its file is on one machine."""
        if self.database.is_sqlite:
            yield True
            return
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            had = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number)))
            try:
                yield bool(had)
            finally:
                with suppress(SQLAlchemyError):  # a connection that is gone has let go of its locks
                    connection.scalar(sa.select(sa.func.pg_advisory_unlock(number)))


def _delivery(row: Any) -> Delivery:
    held = row["held"]
    if held:
        moments = {
            "received": datetime.fromisoformat(held["received"]),
            "dated": date.fromisoformat(held["dated"]),
        }
        held = _portfolio({**held, **moments})
    return Delivery(**{**row, "files": _files(row["files"]), "held": held or None})


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    row = _row(delivery)
    if delivery.held:
        moments = {"received": delivery.held.received.isoformat(), "dated": delivery.held.dated.isoformat()}
        row["held"] = {**row["held"], **moments}
    return row


def _portfolio(row: Any) -> Portfolio:
    return Portfolio(**{**row, "files": _files(row["files"]), "recipients": tuple(row["recipients"])})


def _row(value: Any, *without: str) -> dict[str, Any]:
    return {name: one for name, one in asdict(value).items() if name not in without}


def _files(pairs: Any) -> Files:
    return tuple((str(name), str(sha256)) for name, sha256 in pairs)


def _replace(connection: sa.Connection, table: sa.Table, key: str, row: dict[str, Any]) -> None:
    """The row, whether it was there or not, in words that every database has."""
    changed = connection.execute(table.update().where(table.c[key] == row[key]).values(**row)).rowcount
    if not changed:
        connection.execute(table.insert().values(**row))
