"""Reports that come back with a reviewer's decisions in them: taken into the log, and never screened as holdings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from screener.errors import ScreenerError, UsageError
from screener.history import Delivery
from screener.inbox import Arrival, Inbox, copy_in
from screener.job.reviewing import Imported, import_reviews
from screener.nightly import log
from screener.nightly.settling import give_up, place
from screener.nightly.work import Work
from screener.report.returned import read_returned
from screener.report.writing import put_in_place

OUTCOME: Final = "decisions.txt"
_BY: Final = "inbox"
_WORKBOOKS: Final = (".xlsx", ".xlsm")


def take_reviews(work: Work, inbox: Inbox, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Takes in the reports among ``arrivals``; gives what is left to be screened."""
    rest = []
    for one in arrivals:
        if _is_report(one.path):
            work.go_on()
            _take(work, inbox, one)
        else:
            rest.append(one)
    return rest


def _is_report(path: Path) -> bool:
    """Whether a sheet of it has the columns in which reviewers decide, of which one is hidden and has a key."""
    if path.suffix.casefold() not in _WORKBOOKS:
        return False
    try:
        read_returned(path)
    except UsageError:
        return False
    return True


def _take(work: Work, inbox: Inbox, arrival: Arrival) -> None:
    """Decisions into the log, the file out of the inbox with a note of what became of each row beside it.

    A crash between the two takes the same file again: the log knows what it holds already.
    """
    number, name = uuid4().hex, arrival.owner.portfolio if arrival.owner else "reviews"
    folder = inbox.outcome_folder(good=True, day=work.today, portfolio=name, run=number)
    aside = inbox.processed / f".making-{number}"
    delivery = Delivery(number, name, work.today, work.clock(), str(aside), str(folder), came=False)
    work.nights.save_delivery(delivery)
    try:
        copy, sha256 = copy_in(arrival, aside)
        outcome = import_reviews(copy, work.store, work.clock(), _BY)
        if outcome.refused:
            failed = inbox.outcome_folder(good=False, day=work.today, portfolio=name, run=number)
            delivery = replace(delivery, folder=str(failed))
        put_in_place({OUTCOME: _told(arrival, outcome).encode()}, aside)
        place(work, inbox, replace(delivery, files=((arrival.relative, sha256),)))
    except ScreenerError as error:
        give_up(work, inbox, delivery, error)
        return
    told = f"{arrival.relative}: {outcome.new} decisions taken, {outcome.known} known already"
    log.say("reviews", told, refused=len(outcome.refused))
    if outcome.refused:
        more = f" (and {len(outcome.refused) - 1} more)" if len(outcome.refused) > 1 else ""
        work.amber("reviews", f"{arrival.relative}: not taken: {outcome.refused[0]}{more}")


def _told(arrival: Arrival, outcome: Imported) -> str:
    lines = [
        f"{arrival.relative}: a report with decisions of reviewers.",
        f"{outcome.new} decisions were taken into the log, {outcome.known} were in it already.",
    ]
    lines += ["", "Not taken:", *outcome.refused] if outcome.refused else []
    return "\n".join(lines) + "\n"
