"""The tables of the outbox: mails, what they say, and what became of each try."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from screener.history.tables import METADATA, Instant

# What a mail says, without its Message-ID: written once for all its recipients, and dropped some time after it went out.
CONTENTS: Final = sa.Table(
    "mail_contents",
    METADATA,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),  # compressed (zlib)
)

MAILS: Final = sa.Table(
    "mails",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("message_id", sa.String(300), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),  # of what it is about: the id of the run
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("portfolio", sa.String(300), nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("content", sa.String(64), nullable=False),  # sha256; the content itself may be dropped
    sa.Column("light", sa.String(64)),  # the same without attachments
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),  # sent again after an end that nobody knew
    sa.Column("queued", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),  # when it is tried next, or an unknown end is acted upon
    sa.Column("claim", sa.String(32)),  # of the process that is sending it
    sa.Column("lease", Instant),  # until when the claim holds
    sa.Column("settled", Instant),  # when its state became final
    sa.Column("said", sa.Text, nullable=False),  # the last answer
    sa.UniqueConstraint("message_id"),
    sa.UniqueConstraint("key", "kind", "recipient"),
    sa.Index(None, "state", "due"),
)

# Append-only: every change of a mail's state, for whoever asks what was sent to whom and when.
MAIL_LOG: Final = sa.Table(
    "mail_log",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("mail", sa.ForeignKey("mails.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Index(None, "mail"),
)
