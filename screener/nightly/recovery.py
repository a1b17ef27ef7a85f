"""After a crash: every delivery that was left under way is finished or undone before anything new begins."""

from __future__ import annotations

import shutil

from screener.inbox import Inbox
from screener.nightly import log
from screener.nightly.settling import finish, settle
from screener.nightly.work import Work


def recover(work: Work, number: int) -> None:
    """To be called under the lock: what is on record as under way, besides the night ``number``, belongs to a process
    that is no more."""
    inbox = work.inbox
    for night in work.nights.interrupted_nights(number):
        began = f"{night.started:%Y-%m-%d %H:%M} UTC"
        work.amber("recover", f"The work of {began} ({night.job}) was interrupted; it is made up for now")
    work.nights.mark_interrupted(number, work.clock())
    if inbox is None:
        return
    for delivery in work.nights.deliveries("begun"):
        settle(work, inbox, delivery.id, "interrupted")
        log.say("recover", f"{delivery.portfolio}: an interrupted delivery is settled", delivery=delivery.id)
    for delivery in work.nights.deliveries("placed"):
        finish(work, inbox, delivery)
    _clear(work, inbox)


def _clear(work: Work, inbox: Inbox) -> None:
    """Folders of deliveries that were undone while the disk did not let go of them."""
    under_way = {one.aside for one in work.nights.deliveries("begun")}
    for left in inbox.processed.glob(".making-*"):
        if str(left) not in under_way:
            shutil.rmtree(left, ignore_errors=True)
