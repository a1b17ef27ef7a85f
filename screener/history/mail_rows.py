"""The rows behind the outbox: how one is written and changed inside a transaction, each change with its line in the log."""

from __future__ import annotations

import zlib
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from screener.history.mail_tables import CONTENTS, MAIL_LOG, MAILS
from screener.history.mails import OPEN, Draft


def put_row(connection: sa.Connection, draft: Draft, now: datetime) -> bool:
    """Queue ``draft`` unless it is there already; gives whether it is new."""
    same = (
        (MAILS.c.key == draft.key) & (MAILS.c.kind == draft.kind) & (MAILS.c.recipient == draft.recipient)
    ) | (MAILS.c.message_id == draft.message_id)
    if connection.execute(sa.select(MAILS.c.id).where(same)).first() is not None:
        return False
    row = {
        "content": keep(connection, draft.content),
        "light": keep(connection, draft.light) if draft.light is not None else None,
        **{
            name: getattr(draft, name)
            for name in ("message_id", "key", "kind", "portfolio", "recipient", "subject")
        },
        "state": "queued",
        "attempts": 0,
        "repeats": 0,
        "queued": now,
        "due": now,
        "said": "",
    }
    number = connection.execute(MAILS.insert().returning(MAILS.c.id), row).scalar_one()
    log_row(connection, number, "queued", "", now)
    return True


def keep(connection: sa.Connection, content: bytes) -> str:
    """Keep what a mail says; gives its hash, by which the same is kept once."""
    name = sha256(content).hexdigest()
    if not is_kept(connection, name):
        connection.execute(CONTENTS.insert(), {"sha256": name, "content": zlib.compress(content)})
    return name


def is_kept(connection: sa.Connection, name: str) -> bool:
    """Whether what a mail says is still there."""
    return (
        connection.execute(sa.select(CONTENTS.c.sha256).where(CONTENTS.c.sha256 == name)).first() is not None
    )


def content_of(connection: sa.Connection, name: str) -> bytes:
    """What a mail says."""
    chosen = sa.select(CONTENTS.c.content).where(CONTENTS.c.sha256 == name)
    return zlib.decompress(connection.execute(chosen).scalar_one())


def settled(state: str, said: str, now: datetime, due: datetime | None) -> dict[str, Any]:
    """The columns of a mail that no process holds any more."""
    change: dict[str, Any] = {"state": state, "said": said, "claim": None, "lease": None}
    change["settled"] = None if state in OPEN else now
    return change | ({"due": due} if due else {})


def queue_again(connection: sa.Connection, where: Any, said: str, now: datetime, repeated: int = 0) -> int:
    """Queue the mails of ``where`` again, now; gives how many."""
    chosen = sa.select(MAILS.c.id, MAILS.c.repeats).where(where).with_for_update(skip_locked=True)
    found = connection.execute(chosen).all()
    for row in found:
        change = settled("queued", said, now, now) | {"repeats": row.repeats + repeated}
        change_row(connection, row.id, change, said, now)
    return len(found)


def change_row(
    connection: sa.Connection, number: int, change: dict[str, Any], said: str, now: datetime
) -> None:
    """Change a mail and write down its new state."""
    connection.execute(MAILS.update().where(MAILS.c.id == number), change)
    log_row(connection, number, change["state"], said, now)


def log_row(connection: sa.Connection, number: int, state: str, said: str, now: datetime) -> None:
    """Write down a state of a mail."""
    connection.execute(MAIL_LOG.insert(), {"mail": number, "at": now, "state": state, "said": said})
