"""The outbox: every mail is written down before it is sent, and every step of sending it before it is taken.

States: ``queued`` (waits for its time), ``sending`` (a process has claimed it), ``unknown`` (its last byte may have gone
out, and no answer is on record), ``sent``, ``refused`` (for good), ``given_up`` (the last try failed), ``dismissed`` (a
person said so). A claim is good until its lease ends and is asked for again right before the last byte: a process that
was overtaken sends nothing.

What is guaranteed, and what cannot be. A mail is never lost: it leaves ``queued`` only for a state that somebody sees. It
is never sent by two processes, and a process that dies before the last byte has sent nothing. Between the last byte and
the record of the answer, SMTP leaves sender and receiver in doubt (RFC 1047); a mail whose process dies there, or whose
answer never comes, is ``unknown``, shown as such, and, if the settings say so, sent once more after a while under the same
Message-ID with the same bytes, so that mailboxes that drop a second copy do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from screener.errors import UsageError
from screener.history.mail_rows import change_row, content_of, is_kept, log_row, put_row, queue_again, settled
from screener.history.mail_tables import CONTENTS, MAILS
from screener.history.mails import TROUBLED, Claimed, Draft, MailRecord, MailView


class Outbox(MailView):
    """The outbox of a store; every method is a transaction of its own and raises HistoryError when it fails."""

    def put(self, drafts: Sequence[Draft], now: datetime) -> int:
        """Queue ``drafts``, all or none, and give how many were new: one that is there already is left as it is."""
        with self.database.writing() as connection:
            if not self.database.is_sqlite:
                connection.execute(sa.text("LOCK TABLE mails IN SHARE ROW EXCLUSIVE MODE"))
            return sum(put_row(connection, draft, now) for draft in drafts)

    def claim(self, now: datetime, lease: datetime) -> Claimed | None:
        """The mail that has been due the longest, claimed until ``lease``; None when none is due."""
        first = (
            sa.select(MAILS)
            .where(MAILS.c.state == "queued", MAILS.c.due <= now)
            .order_by(MAILS.c.due, MAILS.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing() as connection:
            row = connection.execute(first).mappings().first()
            if row is None:
                return None
            token = uuid4().hex
            change = {"state": "sending", "claim": token, "lease": lease, "attempts": row["attempts"] + 1}
            change_row(connection, row["id"], change, "", now)
            return Claimed(
                id=row["id"],
                claim=token,
                message_id=row["message_id"],
                recipient=row["recipient"],
                kind=row["kind"],
                attempts=row["attempts"] + 1,
                content=content_of(connection, row["content"]),
                light=content_of(connection, row["light"]) if row["light"] else None,
            )

    def hand_over(self, mail: Claimed, now: datetime, act_at: datetime) -> bool:
        """Record that the last byte of ``mail`` is about to go out; False when it is no longer this process's mail.

        From here until :meth:`settle` its state is ``unknown``; ``act_at`` is when that is acted upon.
        """
        mine = (MAILS.c.id == mail.id) & (MAILS.c.claim == mail.claim) & (MAILS.c.state == "sending")
        with self.database.writing() as connection:
            said = "handed over; no answer is on record"
            change = {"state": "unknown", "due": act_at, "said": said}
            if connection.execute(MAILS.update().where(mine), change).rowcount != 1:
                return False
            log_row(connection, mail.id, "unknown", said, now)
            return True

    def settle(
        self, mail: Claimed, state: str, said: str, now: datetime, due: datetime | None = None
    ) -> bool:
        """Record what became of ``mail``; False when another process has it by now.

        ``due`` is when a mail that is queued or unknown is looked at again. That it was sent counts whoever has it: the
        server's word leaves no doubt.
        """
        where = MAILS.c.id == mail.id
        if state != "sent":
            where &= MAILS.c.claim == mail.claim
        with self.database.writing() as connection:
            change = settled(state, said, now, due)
            if connection.execute(MAILS.update().where(where), change).rowcount != 1:
                return False
            log_row(connection, mail.id, state, said, now)
            return True

    def recover(self, now: datetime, *, resend: bool) -> int:
        """Take up what dead processes left; gives how many mails are queued again.

        A claim whose lease has ended had not come to the last byte: it is queued. An unknown end whose time has come is
        queued too where ``resend`` says so, and counted as repeated.
        """
        ended = (MAILS.c.state == "sending") & (MAILS.c.lease <= now)
        doubted = (MAILS.c.state == "unknown") & (MAILS.c.due <= now)
        with self.database.writing() as connection:
            again = queue_again(
                connection, ended, "its process ended before the last byte: nothing was sent", now
            )
            if resend:
                said = "sent again, as the end of the last try is not known; the Message-ID is the same"
                again += queue_again(connection, doubted, said, now, repeated=1)
            return again

    def postpone(self, waits: Sequence[int], said: str, now: datetime) -> int:
        """Count a try for every mail that is due, as no server could be reached; gives how many are given up with it.

        ``waits`` are the seconds before the second, third, ... try.
        """
        due = sa.select(MAILS.c.id, MAILS.c.attempts).where(MAILS.c.state == "queued", MAILS.c.due <= now)
        given_up = 0
        with self.database.writing() as connection:
            for row in connection.execute(due.with_for_update()).all():
                last = row.attempts >= len(waits)
                state = "given_up" if last else "queued"
                wait = None if last else now + timedelta(seconds=waits[row.attempts])
                change = settled(state, said, now, wait) | {"attempts": row.attempts + 1}
                change_row(connection, row.id, change, said, now)
                given_up += last
        return given_up

    def lighten(self, mail: Claimed) -> None:
        """The server does not take ``mail`` as it is: send it without its attachments from now on.

        The mail is back before its last byte: the server has said that it did not take it.
        """
        mine = (MAILS.c.id == mail.id) & (MAILS.c.claim == mail.claim)
        with self.database.writing() as connection:
            lighter = MAILS.update().where(mine).values(content=MAILS.c.light, light=None, state="sending")
            connection.execute(lighter)

    def retry(self, number: int, now: datetime) -> MailRecord:
        """Queue a mail again, at once, that was refused, given up or left unknown; raises UsageError for another."""
        return self._by_hand(
            number, ("refused", "given_up", "unknown", "queued"), "queued", "queued by hand", now
        )

    def redirect(self, number: int, recipient: str, message_id: str, now: datetime) -> MailRecord:
        """Queue what mail ``number`` says for another address, and put that mail aside; gives the new one.

        Raises UsageError where the mail is on its way or was sent, or the address has had it already.
        """
        old = self.retry(number, now)
        with self.database.writing() as connection:
            row = dict(connection.execute(sa.select(MAILS).where(MAILS.c.id == number)).mappings().one())
            same = (MAILS.c.key == old.key) & (MAILS.c.kind == old.kind) & (MAILS.c.recipient == recipient)
            if connection.execute(sa.select(MAILS.c.id).where(same)).first() is not None:
                raise UsageError(
                    f"{recipient} has this mail already", "`screener mail outbox --all` shows it."
                )
            row |= {"recipient": recipient, "message_id": message_id, "queued": now, "said": ""}
            row.pop("id")
            new = int(connection.execute(MAILS.insert().returning(MAILS.c.id), row).scalar_one())
            log_row(connection, new, "queued", f"in place of mail {number}", now)
            said = f"sent to {recipient} instead"
            change_row(connection, number, settled("dismissed", said, now, None), said, now)
        return self.mail(new)

    def dismiss(self, number: int, now: datetime) -> MailRecord:
        """Put a mail aside for good; raises UsageError for one that was sent or is being sent."""
        return self._by_hand(number, (*TROUBLED, "queued"), "dismissed", "dismissed by hand", now)

    def _by_hand(
        self, number: int, states: tuple[str, ...], state: str, said: str, now: datetime
    ) -> MailRecord:
        with self.database.writing() as connection:
            row = connection.execute(sa.select(MAILS).where(MAILS.c.id == number)).mappings().first()
            if row is None:
                raise UsageError(f"There is no mail {number}", "`screener mail outbox` shows them.")
            under_way = row["state"] == "unknown" and row["claim"] and row["due"] > now
            if row["state"] not in states or under_way:
                shown = "being sent" if under_way else row["state"].replace("_", " ")
                raise UsageError(f"Mail {number} is {shown}: nothing was changed")
            if state == "queued" and not is_kept(connection, row["content"]):
                raise UsageError(f"What mail {number} said is no longer kept", "Run the screening again.")
            change = settled(state, said, now, now) | {"attempts": 0}
            change_row(connection, number, change, said, now)
        return self.mail(number)

    def prune(self, contents_before: datetime, mails_before: datetime) -> int:
        """Drop what settled mails said, and mails as such, that were settled before; gives how many contents went.

        What a mail said is in the report, which can be replayed; that it was sent stays on record as long as the run.
        """
        done = MAILS.c.settled.is_not(None)
        with self.database.writing() as connection:
            connection.execute(MAILS.delete().where(done, MAILS.c.settled < mails_before))
            needed = sa.or_(~done, MAILS.c.settled >= contents_before)
            used = sa.union(
                sa.select(MAILS.c.content).where(needed),
                sa.select(MAILS.c.light).where(needed, MAILS.c.light.is_not(None)),
            )
            gone = CONTENTS.delete().where(CONTENTS.c.sha256.not_in(used.subquery().select()))
            return int(connection.execute(gone).rowcount)
