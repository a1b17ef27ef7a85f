"""How a delivery ends: its folder in its place, its files out of the inbox; or everything as it was before.

Up to the mail a delivery can be undone, from there on it can be finished. :func:`settle` does either, after a crash and
when the disk is full alike.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from screener.errors import ExitCode, ScreenerError
from screener.history import Delivery
from screener.inbox import Inbox, put_folder_in_place, take_out
from screener.nightly import mailing
from screener.nightly.work import Work
from screener.report.writing import put_in_place

WHY: Final = "why-it-failed.txt"


def place(work: Work, inbox: Inbox, delivery: Delivery) -> None:
    """The folder gets its name, what the portfolio holds goes on record, and the originals leave the inbox."""
    aside, folder = Path(delivery.aside), Path(delivery.folder)
    if aside.is_dir() and not folder.exists():
        put_folder_in_place(aside, folder)
    work.nights.place(delivery)
    finish(work, inbox, delivery)


def finish(work: Work, inbox: Inbox, delivery: Delivery) -> None:
    """The last step: the originals leave the inbox; where they cannot, it is tried again the next time."""
    left = [
        sentence for name, sha256 in delivery.files if (sentence := take_out(inbox.folder / name, sha256))
    ]
    for sentence in left:
        work.red("inbox", sentence)
    if not left:
        work.nights.save_delivery(replace(delivery, state="done"))


def fail(work: Work, inbox: Inbox, delivery: Delivery, reason: str) -> None:
    """Files that cannot be screened: moved with the reason beside them, and told to whoever waits for the report."""
    folder = inbox.outcome_folder(good=False, day=delivery.day, portfolio=delivery.portfolio, run=delivery.id)
    delivery = replace(delivery, folder=str(folder), held=None, trouble=reason)
    names = ", ".join(name for name, _ in delivery.files) or delivery.portfolio
    put_in_place({WHY: f"{names}\n\n{reason}\n".encode()}, Path(delivery.aside))
    work.nights.save_delivery(delivery)
    work.red("screen", f"{delivery.portfolio}: {reason}")
    mailing.queue_failure(work, delivery)
    place(work, inbox, delivery)


def give_up(work: Work, inbox: Inbox, delivery: Delivery, error: ScreenerError) -> None:
    """A delivery that the world stopped (a full disk, a list too old): told, and settled now or by the next night."""
    work.red("screen", f"{delivery.portfolio}: {error}")
    work.codes.append(ExitCode(error.exit_code))
    with contextlib.suppress(ScreenerError):
        settle(work, inbox, delivery.id, str(error))


def settle(work: Work, inbox: Inbox, number: str, reason: str) -> None:
    """Brings a delivery that was left under way to an end: finished when its mail is queued, else undone."""
    for delivery in work.nights.deliveries("begun"):
        if delivery.id == number:
            if mailing.queued(work, delivery):
                place(work, inbox, delivery)
            else:
                _undo(work, delivery, reason)


def _undo(work: Work, delivery: Delivery, reason: str) -> None:
    """Puts everything back as it was: the files are still in the inbox, and nobody has seen the report."""
    work.nights.take_back(delivery.id)
    for folder in (delivery.aside, delivery.folder):
        shutil.rmtree(folder, ignore_errors=True)
    work.nights.save_delivery(replace(delivery, state="undone", trouble=reason))
