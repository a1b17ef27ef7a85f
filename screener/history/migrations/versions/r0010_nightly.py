"""What the unattended program remembers: nights, deliveries, portfolios, and the scheduler's jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screener.history.tables import Instant

revision = "r0010"
down_revision = "r0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "nights",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("job", sa.String(20), nullable=False),
        sa.Column("due", Instant),
        sa.Column("started", Instant, nullable=False),
        sa.Column("finished", Instant),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("troubles", sa.JSON, nullable=False),
    )
    op.create_index("ix_nights_job_started", "nights", ["job", "started"])
    _deliveries()
    op.create_table(
        "portfolios",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("investor", sa.String(300), nullable=False),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("received", Instant, nullable=False),
        sa.Column("dated", sa.Date, nullable=False),
        sa.Column("by_name", sa.Boolean, nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("exit_code", sa.Integer, nullable=False),
    )
    op.create_table(
        "nightly_jobs",
        sa.Column("id", sa.Unicode(191), primary_key=True),
        sa.Column("next_run_time", sa.Float(25)),
        sa.Column("job_state", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_nightly_jobs_next_run_time", "nightly_jobs", ["next_run_time"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("portfolio", sa.String(300), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("begun", Instant, nullable=False),
        sa.Column("came", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("aside", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("held", sa.JSON, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
    )
    op.create_index("ix_deliveries_portfolio_begun", "deliveries", ["portfolio", "begun"])
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
