"""The log of reviewers' decisions, which the database itself keeps from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screener.history.tables import Instant

revision = "r0002"
down_revision = "r0001"

_SQLITE = """CREATE TRIGGER decisions_no_{what} BEFORE {what} ON decisions
BEGIN SELECT RAISE(ABORT, 'the log of decisions is append-only'); END"""
_POSTGRES = (
    """CREATE FUNCTION decisions_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log of decisions is append-only'; END $$""",
    """CREATE TRIGGER decisions_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION decisions_refuse()""",
)


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("recorded", Instant, nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
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
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
    )
    op.create_index("ix_decisions_security_key_listing_id", "decisions", ["security_key", "listing_id"])
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(what=what))
    else:
        for statement in _POSTGRES:
            op.execute(statement)
