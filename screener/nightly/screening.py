"""The main stage of the night: every portfolio of the inbox is screened, whether a new file came or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from screener.history import Delivery, NightStore, Portfolio
from screener.inbox import Arrival, Inbox, Look, look
from screener.nightly import log
from screener.nightly.delivering import deliver, deliver_again, refuse
from screener.nightly.holdings import Remarks, made_up_for, not_come
from screener.nightly.reviewed import take_reviews
from screener.nightly.work import Work
from screener.rules.days import in_words

_STILL_WRITTEN_SECONDS: Final = 3600


def screen_all(work: Work, inbox: Inbox) -> None:
    """Takes in what came, then screens the portfolios of which nothing came with what they held before."""
    seen = look(inbox, work.clock().timestamp(), work.wait)
    _unfinished(work, seen)
    caught_up = made_up_for(work)
    for sentence in caught_up.warnings:
        work.amber("screen", sentence)
    arrivals = take_reviews(work, inbox, seen.whole)
    done = _new(work, inbox, arrivals, caught_up)
    missing, failed = not_come(work, work.nights.deliveries(limit=500)), still_failed(work.nights)
    for portfolio in work.nights.portfolios():
        if portfolio.name not in done:
            work.go_on()
            why = _why_again(portfolio, failed.get(portfolio.name), missing)
            deliver_again(work, inbox, portfolio, caught_up + why)
    _without_holdings(work, missing, failed, {_name(one) for one in arrivals})


def still_failed(nights: NightStore) -> dict[str, Delivery]:
    """Portfolios whose last file could not be screened: until a good one comes, or somebody who has seen to it removes
    its folder from the failed ones."""
    return {name: one for name, one in nights.unresolved().items() if Path(one.folder).exists()}


def _new(work: Work, inbox: Inbox, arrivals: Sequence[Arrival], caught_up: Remarks) -> set[str]:
    """Delivers what came; gives the portfolios that have a report of it."""
    done = set()
    for one in (one for one in arrivals if one.owner is None):
        patterns = ", ".join(f"'{pattern.rule.pattern}'" for pattern in inbox.patterns)
        reason = f"No pattern of [[inbox.match]] fits '{one.relative}', so nobody knows whose it is"
        refuse(work, inbox, one, f"{reason}. The patterns are {patterns}.")
    owned = sorted((one for one in arrivals if one.owner), key=_order)
    for name, group in groupby(owned, key=_name):
        for parcel in _parcels(list(group), inbox):
            work.go_on()
            if deliver(work, inbox, parcel, caught_up):
                done.add(name)
    return done


def _order(arrival: Arrival) -> tuple[str, str, int, str]:
    """By portfolio; within it the oldest first, so that the newest is what it holds in the end."""
    day = arrival.owner.day.isoformat() if arrival.owner and arrival.owner.day else ""
    return _name(arrival), day, arrival.changed, arrival.relative


def _name(arrival: Arrival) -> str:
    return arrival.owner.portfolio if arrival.owner else ""


def _parcels(arrivals: list[Arrival], inbox: Inbox) -> list[list[Arrival]]:
    """What makes one report: all files of the night, or each."""
    return [[one] for one in arrivals] if inbox.settings.several == "each" else [arrivals]


def _why_again(portfolio: Portfolio, failed: Delivery | None, missing: Sequence[str]) -> Remarks:
    """What a report on holdings of an earlier day must say besides their age."""
    day = in_words(portfolio.dated)
    if failed:
        return Remarks(failures=(f"{_failed(failed)}: this report is on the holdings of {day}",))
    if portfolio.name.casefold() in {name.casefold() for name in missing}:
        expected = "No new holdings file came although one was expected"
        return Remarks((f"{expected}: this report is on the holdings of {day}",))
    return Remarks()


def _failed(delivery: Delivery) -> str:
    names = ", ".join(name for name, _ in delivery.files)
    return f"The file that came on {in_words(delivery.day)} ({names}) could not be screened"


def _without_holdings(
    work: Work, missing: Sequence[str], failed: Mapping[str, Delivery], tried: set[str]
) -> None:
    """Portfolios that cannot be screened because no good file of theirs ever came."""
    known = {one.name.casefold() for one in work.nights.portfolios()}
    for name, delivery in failed.items():
        if name.casefold() not in known and name not in tried:
            work.red(
                "screen",
                f"{name}: {_failed(delivery)}, and no good one has come since: see {delivery.folder}",
            )
    for name in missing:
        if name.casefold() not in known:
            work.red("screen", f"{name}: no holdings have ever come, although they are expected")


def _unfinished(work: Work, seen: Look) -> None:
    for one in seen.unfinished:
        hours = (work.clock().timestamp() - one.changed / 1e9) / 3600
        told = f"{one.relative} is left in the inbox: it is not whole yet"
        if hours * 3600 > _STILL_WRITTEN_SECONDS:
            work.amber("inbox", f"{told}, and has not changed for {hours:.0f} hours")
        else:
            log.say("inbox", told)
