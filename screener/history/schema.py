"""The tables brought up to date when the store is opened: a cheap look first, Alembic only where something is missing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from screener.errors import HistoryError
from screener.history.database import Database

MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"
_REVISION = re.compile(r'^(down_)?revision\s*(?::[^=]+)?=\s*(?:"([^"]*)"|None)', re.MULTILINE)
_LOCK: Final = 586_501_601  # of PostgreSQL: one migration at a time


def bring_up_to_date(database: Database) -> None:
    """Apply the migrations that are missing; raises HistoryError for a store that a newer program wrote."""
    with database.reading() as connection:
        found = _found(connection)
    if found == head():
        return
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found = _found(connection)  # another process may have been faster
        if found and found not in _revisions():
            raise HistoryError(
                database.shown,
                f"it was written by a newer version of the program (tables of '{found}')",
                "Use that version, or give another address in [history] url.",
            )
        if found != head():
            _upgrade(connection)


def _found(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def head() -> str:
    """The newest revision: the one that no other builds on."""
    revisions = _revisions()
    (newest,) = set(revisions) - set(revisions.values())
    return newest


@cache
def _revisions() -> dict[str, str]:
    """Revision -> the one before it, read from the migrations as text: importing Alembic takes longer than a look."""
    found = {}
    for path in sorted((MIGRATIONS / "versions").glob("r*.py")):
        said = {bool(down): name for down, name in _REVISION.findall(path.read_text(encoding="utf-8"))}
        found[said[False]] = said[True]
    return found


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
