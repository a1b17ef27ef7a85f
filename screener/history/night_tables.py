"""The tables of the unattended program: nights, deliveries, portfolios, and the scheduler's jobs."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from screener.history.tables import METADATA, Instant

NIGHTS: Final = sa.Table(
    "nights",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job", sa.String(20), nullable=False),
    sa.Column("due", Instant),
    sa.Column("started", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("state", sa.String(20), nullable=False),  # running, done, stopped or interrupted
    sa.Column("exit_code", sa.Integer),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("troubles", sa.JSON, nullable=False),  # [[colour, sentence], ...]
    sa.Index(None, "job", "started"),
)

DELIVERIES: Final = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),  # and of its run in the history
    sa.Column("portfolio", sa.String(300), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("begun", Instant, nullable=False),
    sa.Column(
        "came", sa.Boolean, nullable=False
    ),  # from the inbox; else holdings of an earlier day, screened again
    sa.Column("state", sa.String(20), nullable=False),  # begun, placed, done or undone
    sa.Column("aside", sa.Text, nullable=False),  # the folder while it is being made
    sa.Column("folder", sa.Text, nullable=False),  # and when it is whole
    sa.Column("files", sa.JSON, nullable=False),  # [[name in the inbox, SHA-256], ...]
    sa.Column("held", sa.JSON, nullable=False),  # what the portfolio holds once it is placed
    sa.Column("trouble", sa.Text, nullable=False),  # why it failed, or what was left over; "" for nothing
    sa.Index(None, "portfolio", "begun"),
    sa.Index(None, "state"),
)

PORTFOLIOS: Final = sa.Table(
    "portfolios",
    METADATA,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("investor", sa.String(300), nullable=False),
    sa.Column("recipients", sa.JSON, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),  # the holdings to screen: [[name, SHA-256], ...]
    sa.Column("received", Instant, nullable=False),
    sa.Column("dated", sa.Date, nullable=False),  # the day that the holdings are of
    sa.Column("by_name", sa.Boolean, nullable=False),  # whether the file's name says that day
    sa.Column(
        "basis", sa.String(64), nullable=False
    ),  # of what it was last screened with; "" to screen it again
    sa.Column("run", sa.String(32), nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
)

# The scheduler's own table, as APScheduler's SQLAlchemyJobStore defines it.
NIGHTLY_JOBS: Final = sa.Table(
    "nightly_jobs",
    METADATA,
    sa.Column("id", sa.Unicode(191), primary_key=True),
    sa.Column("next_run_time", sa.Float(25), index=True),
    sa.Column("job_state", sa.LargeBinary, nullable=False),
)
