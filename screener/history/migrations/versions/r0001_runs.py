"""Runs, their files and findings, and what else a later run compares with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screener.history.tables import Instant

revision = "r0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("run_id", sa.String(32)),
        sa.Column("fingerprint", sa.String(64)),
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
        sa.Column("datasets", sa.JSON),
        sa.Column("manifest", sa.JSON),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("previous", sa.String(32)),
        sa.Column("decisions_upto", sa.Integer),
    )
    op.create_index("ix_runs_portfolio_as_of_started", "runs", ["portfolio", "as_of", "started"])
    op.create_index("ix_runs_owner_started", "runs", ["owner", "started"])
    op.create_index("ix_runs_state", "runs", ["state"])
    op.create_table(
        "run_files",
        _run(),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("holdings", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_index("ix_run_files_sha256", "run_files", ["sha256"])
    _findings()
    op.create_table(
        "run_facts",
        _run(),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("content", sa.String(64), nullable=False),
    )


def _run() -> sa.Column[str]:
    return sa.Column("run", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


def _findings() -> None:
    texts = ["file", "sheet", "portfolio", "security", "isin", "ticker", "currency", "status", "programme"]
    texts += ["list", "entity_id", "entity", "listing_id", "security_key"]
    op.create_table(
        "findings",
        _run(),
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Float),
        sa.Column("market_value", sa.Float),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("mandatory", sa.String(5), nullable=False),
        sa.Column("until", sa.String(30), nullable=False),
        sa.Column("effective", sa.String(30), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("decisive", sa.Boolean, nullable=False),
        sa.Column("security_hash", sa.String(64), nullable=False),
        sa.Column("entry_hash", sa.String(64), nullable=False),
        sa.Column("decision", sa.Integer),
        sa.Column("suppressed", sa.Boolean, nullable=False),
    )
