"""The history store: the one object through which the rest of the program remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import pandas as pd
import sqlalchemy as sa

from screener.errors import UsageError
from screener.history.database import Database, url_of
from screener.history.kept import Kept
from screener.history.records import FinishedRun, NewRun, PreviousOf, RunFile, RunQuery, RunRecord
from screener.history.schema import bring_up_to_date
from screener.history.tables import DECISIONS, FINDINGS, RUN_FACTS, RUN_FILES, RUNS
from screener.reviews import Decision
from screener.settings import Settings

_FINDING_COLUMNS = [column.name for column in FINDINGS.columns if column.name not in ("run", "number")]


def open_store(settings: Settings) -> Store:
    """The store of ``settings``, its tables up to date; raises HistoryError or ConfigurationError."""
    folder = settings.data_folder
    database = Database(url_of(settings.history.url.get_secret_value(), folder))
    bring_up_to_date(database)
    return Store(database, Kept(folder / "inputs"))


class Store:
    """Runs, their files and findings, and decisions. Closes with ``with``; every method is a transaction of its own.

    ``database`` gives further tables (an outbox, an inbox) their transactions; ``kept`` holds contents by hash.
    """

    def __init__(self, database: Database, kept: Kept) -> None:
        self.database, self.kept = database, kept

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()

    def begin_run(self, run: NewRun) -> str:
        """Put a run on record as running; gives its id, which nobody can guess."""
        row = {item.name: getattr(run, item.name) for item in fields(NewRun) if item.name != "files"}
        number = run.id or uuid4().hex
        with self.database.writing() as connection:
            connection.execute(
                RUNS.insert(), row | {"id": number, "state": "running", "request": dict(run.request)}
            )
            _put_files(connection, number, run.files)
        return number

    def finish_run(self, number: str, run: FinishedRun) -> None:
        """Record how the run ended, with its files, findings and facts."""
        facts = {name: self.kept.keep(content) for name, content in run.facts.items()}
        apart = ("findings", "files", "facts")
        row = {item.name: getattr(run, item.name) for item in fields(FinishedRun) if item.name not in apart}
        row |= {name: dict(row[name]) for name in ("manifest", "datasets", "request")}
        with self.database.writing() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id == number), row | {"state": "finished"})
            connection.execute(RUN_FILES.delete().where(RUN_FILES.c.run == number))
            _put_files(connection, number, run.files)
            _put_findings(connection, number, run.findings)
            for name, content in facts.items():
                connection.execute(RUN_FACTS.insert(), {"run": number, "name": name, "content": content})

    def fail_run(self, number: str, error: str, at: datetime, exit_code: int, state: str = "failed") -> None:
        """Record why a run ended without a report; ``state`` is failed or cancelled."""
        row = {"state": state, "error": error, "finished": at, "exit_code": exit_code}
        with self.database.writing() as connection:
            running = (RUNS.c.id == number) & (RUNS.c.state == "running")
            connection.execute(RUNS.update().where(running), row)

    def runs(self, query: RunQuery | None = None) -> list[RunRecord]:
        """Runs that fit ``query``, the newest first."""
        query = query or RunQuery()
        chosen = _chosen(sa.select(RUNS), query).order_by(RUNS.c.started.desc(), RUNS.c.id)
        with self.database.reading() as connection:
            rows = connection.execute(chosen.limit(query.limit).offset(query.offset)).mappings()
            return [RunRecord(**dict(row)) for row in rows]

    def count_runs(self, query: RunQuery | None = None) -> int:
        """How many runs fit ``query``, whatever its page."""
        chosen = _chosen(sa.select(sa.func.count()).select_from(RUNS), query or RunQuery())
        with self.database.reading() as connection:
            return int(connection.execute(chosen).scalar_one())

    def find_run(self, number: str) -> RunRecord | None:
        """The run with exactly that id, or None."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == number)).mappings().first()
        return RunRecord(**dict(row)) if row else None

    def run(self, text: str) -> RunRecord:
        """The run whose id begins with ``text``, or the newest whose report prints that number; raises UsageError."""
        found = self._named(text.strip().lower()) if text.strip() else []
        ids = {one.id for one in found}
        by_number = [one for one in found if one.run_id == text.strip().lower()]
        if len(ids) > 1 and not by_number:
            raise UsageError(f"'{text}' fits {len(ids)} runs", "Give more letters of the id.")
        if not found:
            raise UsageError(f"No run '{text}' is on record", "`screener runs list` shows the runs.")
        return (by_number or found)[0]

    def _named(self, text: str) -> list[RunRecord]:
        fits = RUNS.c.id.startswith(text, autoescape=True) | (RUNS.c.run_id == text)
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(RUNS).where(fits).order_by(RUNS.c.started.desc())).mappings()
            return [RunRecord(**dict(row)) for row in rows]

    def previous_run(self, of: PreviousOf) -> RunRecord | None:
        """The last finished run to compare with, or None.

        A repetition of the same run (same fingerprint) is not its own predecessor, a run for a later day is not an
        earlier one, and a look into the past (``known_on``) is not part of the sequence.
        """
        chosen = sa.select(RUNS).where(
            RUNS.c.portfolio == of.portfolio,
            RUNS.c.owner == of.owner,
            RUNS.c.investor == of.investor,
            RUNS.c.state == "finished",
            RUNS.c.known_on.is_not_distinct_from(of.known_on),
            RUNS.c.as_of <= of.as_of,
            RUNS.c.fingerprint != of.fingerprint,
        )
        order = (RUNS.c.as_of.desc(), RUNS.c.started.desc(), RUNS.c.id)
        with self.database.reading() as connection:
            row = connection.execute(chosen.order_by(*order).limit(1)).mappings().first()
        return RunRecord(**dict(row)) if row else None

    def files_of(self, number: str) -> tuple[RunFile, ...]:
        """The files of a run, in the order given."""
        chosen = sa.select(RUN_FILES).where(RUN_FILES.c.run == number).order_by(RUN_FILES.c.position)
        with self.database.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
        names = [item.name for item in fields(RunFile)]
        return tuple(RunFile(**{name: row[name] for name in names}) for row in rows)

    def findings_of(self, number: str) -> pd.DataFrame:
        """The findings of a run, in the order of its report; columns as in the table."""
        chosen = sa.select(FINDINGS).where(FINDINGS.c.run == number).order_by(FINDINGS.c.number)
        with self.database.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
        frame = pd.DataFrame([dict(row) for row in rows], columns=["number", *_FINDING_COLUMNS])
        return frame.astype({"quantity": "float64", "market_value": "float64"})

    def fact_of(self, number: str, name: str) -> bytes | None:
        """What was kept of a run under ``name``, or None."""
        chosen = sa.select(RUN_FACTS.c.content).where(RUN_FACTS.c.run == number, RUN_FACTS.c.name == name)
        with self.database.reading() as connection:
            content = connection.execute(chosen).scalar()
        return self.kept.content(content) if content else None

    def record_decisions(self, decisions: Sequence[Decision]) -> int:
        """Append to the log; gives how many were new: what the log says already is not said again."""
        added = 0
        with self.database.writing() as connection:
            if not self.database.is_sqlite:
                connection.execute(sa.text("LOCK TABLE decisions IN SHARE ROW EXCLUSIVE MODE"))
            for one in decisions:
                row = {name: value for name, value in asdict(one).items() if name != "id"}
                if not _known(connection, row):
                    connection.execute(DECISIONS.insert(), row)
                    added += 1
        return added

    def decisions(self, upto: int | None = None) -> list[Decision]:
        """The log in the order of recording; with ``upto``, as it stood when that decision was its last."""
        chosen = sa.select(DECISIONS).order_by(DECISIONS.c.id)
        if upto is not None:
            chosen = chosen.where(DECISIONS.c.id <= upto)
        with self.database.reading() as connection:
            return [Decision(**dict(row)) for row in connection.execute(chosen).mappings()]

    def fail_interrupted(self, started_before: datetime, at: datetime) -> int:
        """Mark runs as failed that began before and never ended (killed, or the machine went down); gives how many."""
        row = {"state": "failed", "error": "interrupted before it ended", "finished": at, "exit_code": 3}
        left = (RUNS.c.state == "running") & (RUNS.c.started < started_before)
        with self.database.writing() as connection:
            return int(connection.execute(RUNS.update().where(left), row).rowcount)

    def prune(self, before: date) -> int:
        """Delete runs that started before that day with what only they kept; decisions stay. Gives how many."""
        limit = datetime.fromisoformat(f"{before.isoformat()}T00:00:00+00:00")
        with self.database.writing() as connection:
            gone = int(connection.execute(RUNS.delete().where(RUNS.c.started < limit)).rowcount)
            needed = set(connection.execute(sa.select(RUN_FILES.c.sha256)).scalars())
            needed |= set(connection.execute(sa.select(RUN_FACTS.c.content)).scalars())
        if gone:
            for sha256 in self.kept.all() - needed:
                self.kept.forget(sha256)
        return gone


def _put_files(connection: sa.Connection, number: str, files: Sequence[RunFile]) -> None:
    rows = [asdict(file) | {"run": number, "position": place} for place, file in enumerate(files, 1)]
    if rows:
        connection.execute(RUN_FILES.insert(), rows)


def _put_findings(connection: sa.Connection, number: str, findings: pd.DataFrame) -> None:
    if findings.empty:
        return
    table = findings[_FINDING_COLUMNS].astype("object")
    table = table.where(table.notna(), None)
    rows: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()} | {"run": number, "number": place}
        for place, row in enumerate(table.to_dict("records"), 1)
    ]
    connection.execute(FINDINGS.insert(), rows)


def _chosen(statement: Any, query: RunQuery) -> Any:
    for name in ("portfolio", "owner", "kind", "state"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(RUNS.c[name] == value)
    if query.seen_by is not None:
        statement = statement.where((RUNS.c.owner == query.seen_by) | (RUNS.c.kind == "nightly"))
    return statement


_SAID = ("decision", "reviewer", "note", "valid_until", "security_hash", "entry_hash")


def _known(connection: sa.Connection, row: dict[str, Any]) -> bool:
    """Whether the log says the same already: from the same file, or by the same reviewer and nobody disagreed since.

    A report that comes back brings every decision that it was sent out with; an old one that is handed in again must
    not overrule what was decided after it.
    """
    about = (DECISIONS.c.security_key == row["security_key"]) & (DECISIONS.c.listing_id == row["listing_id"])
    chosen = sa.select(DECISIONS).where(about).order_by(DECISIONS.c.id)
    told = list(connection.execute(chosen).mappings())
    same = [place for place, one in enumerate(told) if all(one[name] == row[name] for name in _SAID)]
    if not same:
        return False
    from_this_file = any(told[place]["file_sha256"] == row["file_sha256"] for place in same)
    return from_this_file or all(one["decision"] == row["decision"] for one in told[same[-1] :])
