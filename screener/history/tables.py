"""The tables of the history store. Each set of tables has a migration of its own under ``migrations/versions``.

A module that adds tables (an outbox, an inbox) defines them on the same ``METADATA`` and adds its migration; a test
holds the tables and the migrations to each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
STATES: Final = ("running", "finished", "failed", "cancelled")
KINDS: Final = ("manual", "nightly", "upload")


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so that it is taken off on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """``value`` in UTC; a moment without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the history needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RUNS: Final = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),  # unguessable, one an execution
    sa.Column("run_id", sa.String(32)),  # the number that the report prints
    sa.Column("fingerprint", sa.String(64)),  # of all the run was made from, history apart
    sa.Column("portfolio", sa.String(300), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("started", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("known_on", sa.Date),
    sa.Column("investor", sa.String(300), nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("verdict", sa.Text),
    sa.Column("banner", sa.String(10)),
    sa.Column("error", sa.Text),
    sa.Column("software", sa.String(60), nullable=False),
    sa.Column("datasets", sa.JSON),  # name -> version
    sa.Column("manifest", sa.JSON),  # run.json
    sa.Column("request", sa.JSON, nullable=False),  # all that a replay needs
    sa.Column("folder", sa.Text, nullable=False),  # where the report was written
    sa.Column("previous", sa.String(32)),  # id of the run that it was compared with
    sa.Column("decisions_upto", sa.Integer),  # the last decision that it knew
    sa.Index(None, "portfolio", "as_of", "started"),
    sa.Index(None, "owner", "started"),
    sa.Index(None, "state"),
)

RUN_FILES: Final = sa.Table(
    "run_files",
    METADATA,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("holdings", sa.Integer, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    sa.Index(None, "sha256"),
)

# What Changes compares, and what a page shows without opening the report.
FINDINGS: Final = sa.Table(
    "findings",
    METADATA,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("portfolio", sa.Text, nullable=False),
    sa.Column("security", sa.Text, nullable=False),
    sa.Column("isin", sa.Text, nullable=False),
    sa.Column("ticker", sa.Text, nullable=False),
    sa.Column("quantity", sa.Float),
    sa.Column("market_value", sa.Float),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("mandatory", sa.String(5), nullable=False),
    sa.Column("until", sa.String(30), nullable=False),
    sa.Column("effective", sa.String(30), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("list", sa.Text, nullable=False),
    sa.Column("entity_id", sa.Text, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("tier", sa.String(20), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("decisive", sa.Boolean, nullable=False),
    sa.Column("listing_id", sa.Text, nullable=False),
    sa.Column("security_key", sa.Text, nullable=False),  # what makes it the same security on another day
    sa.Column("security_hash", sa.String(64), nullable=False),
    sa.Column("entry_hash", sa.String(64), nullable=False),
    sa.Column("decision", sa.Integer),  # the decision of a reviewer that stands on it
    sa.Column("suppressed", sa.Boolean, nullable=False),
)

# Things too large for a row each: which securities a run held, how each entry of a list read.
RUN_FACTS: Final = sa.Table(
    "run_facts",
    METADATA,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("content", sa.String(64), nullable=False),  # hash of the kept content
)

# Append-only: triggers of the database refuse to change or delete a row.
DECISIONS: Final = sa.Table(
    "decisions",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("recorded", Instant, nullable=False),
    sa.Column("recorded_by", sa.String(200), nullable=False),  # who handed the file in
    sa.Column("reviewer", sa.String(200), nullable=False),  # who decided, as the file says
    sa.Column("decision", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("valid_until", sa.Date),
    sa.Column("security_key", sa.Text, nullable=False),
    sa.Column("security_hash", sa.String(64), nullable=False),
    sa.Column("security", sa.Text, nullable=False),
    sa.Column("listing_id", sa.Text, nullable=False),
    sa.Column("entry_hash", sa.String(64), nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),  # the code that the reviewer saw
    sa.Column("run", sa.String(32), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("file_sha256", sa.String(64), nullable=False),
    sa.Index(None, "security_key", "listing_id"),
)
