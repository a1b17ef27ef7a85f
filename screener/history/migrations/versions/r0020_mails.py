"""The outbox: mails, their contents and the log of their states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screener.history.tables import Instant

revision = "r0020"
down_revision = "r0010"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "mail_contents",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("portfolio", sa.String(300), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("light", sa.String(64)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("repeats", sa.Integer, nullable=False),
        sa.Column("queued", Instant, nullable=False),
        sa.Column("due", Instant, nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("lease", Instant),
        sa.Column("settled", Instant),
        sa.Column("said", sa.Text, nullable=False),
        sa.UniqueConstraint("message_id", name="uq_mails_message_id"),
        sa.UniqueConstraint("key", "kind", "recipient", name="uq_mails_key_kind_recipient"),
    )
    op.create_index("ix_mails_state_due", "mails", ["state", "due"])
    op.create_table(
        "mail_log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "mail",
            sa.Integer,
            sa.ForeignKey("mails.id", ondelete="CASCADE", name="fk_mail_log_mail_mails"),
            nullable=False,
        ),
        sa.Column("at", Instant, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
    )
    op.create_index("ix_mail_log_mail", "mail_log", ["mail"])
