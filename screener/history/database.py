"""The database behind the store: how it is opened, and its two kinds of transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from screener.errors import ConfigurationError, HistoryError

BUSY_SECONDS: Final = 30
_IMMEDIATE: Final = {"immediate": True}
_POSTGRES: Final = ("postgres", "postgresql", "postgresql+psycopg")


class Database:
    """A SQLite file or a PostgreSQL database. Raises HistoryError with the system's reason when it fails."""

    def __init__(self, url: sa.URL) -> None:
        self.shown = str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(True)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        with self._told():
            self.engine = _sqlite(url) if self.is_sqlite else sa.create_engine(url, pool_pre_ping=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads; it sees one moment of the database, whoever writes meanwhile."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: whole, or not at all. On SQLite one at a time; the others wait."""
        with self._told(), self.engine.connect() as connection:
            connection.execution_options(**_IMMEDIATE)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Lets go of all connections."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise HistoryError(self.shown, str(cause).strip().splitlines()[0]) from error


def url_of(text: str, folder: Path) -> sa.URL:
    """The address of the database: that of the setting, or the file ``history.db`` in ``folder``."""
    if not text:
        return sa.URL.create("sqlite", database=str(folder / "history.db"))
    try:
        url = sa.make_url(text)
        if url.drivername in _POSTGRES:
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect().import_dbapi()
    except ArgumentError:
        raise ConfigurationError(
            "settings", "history.url", "is no database address", "Write postgresql://user:password@host/name."
        ) from None
    except (NoSuchModuleError, ImportError) as error:
        remedy = "Use sqlite or postgresql; PostgreSQL needs `pip install 'screener[postgres]'`."
        raise ConfigurationError("settings", "history.url", f"cannot be used ({error})", remedy) from None
    return url


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(str(folder), str(error.strerror or error)) from None
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    """Own transactions, a log that lets readers go on while one writes, references that are kept."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys=ON")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # Another process may be about to do the same; on a read-only disk it stays as it is.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
