"""One portfolio's report, from the inbox to its place, so that a crash at any point loses and doubles nothing.

The order is: put the delivery on record; copy the files and write the report into a folder aside; record the run; queue the
mail; give the folder its name; record what the portfolio holds; take the originals out of the inbox. Up to the mail
everything can be undone, from there on everything can be finished: :mod:`screener.nightly.recovery` does either.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

from screener import job
from screener.errors import (
    ConfigurationError,
    ExitCode,
    HistoryError,
    OutputError,
    RestrictedListError,
    ScreenerError,
    UsageError,
)
from screener.history.nightly import Delivery, Portfolio
from screener.inbox import Arrival, Inbox, Owner, copy_in, put_folder_in_place, take_out
from screener.nightly import log, mailing
from screener.nightly.holdings import Remarks, basis_of, day_of, of_age
from screener.nightly.work import Work
from screener.report.writing import put_in_place

# What stops a run although nothing is wrong with the file: it stays in the inbox.
_OF_THE_WORLD: Final = (ConfigurationError, HistoryError, OutputError, RestrictedListError, UsageError)
WHY: Final = "why-it-failed.txt"
SAME: Final = "screened-before.txt"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is delivered: the files of ``portfolio`` by name, and what the report must say besides."""

    portfolio: Portfolio
    files: tuple[Path, ...]
    names: dict[Path, str]
    remarks: Remarks


def deliver(work: Work, inbox: Inbox, arrivals: Sequence[Arrival], remarks: Remarks) -> bool:
    """Screens files that came for one portfolio and delivers the report; whether there is a report now."""
    name = _owner(arrivals[0]).portfolio
    delivery = _begin(work, inbox, name)
    try:
        copies = [copy_in(one, Path(delivery.aside)) for one in arrivals]
        files = tuple((one.relative, sha256) for one, (_, sha256) in zip(arrivals, copies, strict=True))
        held = _held(work, arrivals, files)
        delivery = replace(delivery, files=files, held=held)
        work.nights.save_delivery(delivery)
        known = next((one for one in work.nights.portfolios() if one.name == name), None)
        if known and known.basis == held.basis and known.run:
            return _again(work, inbox, delivery, known)
        paths = tuple(path for path, _ in copies)
        parcel = Parcel(
            held,
            paths,
            {path: path.name for path in paths},
            remarks + of_age(held, work.today, work.settings),
        )
        return _screened(work, inbox, delivery, parcel)
    except ScreenerError as error:
        _give_up(work, inbox, delivery, error)
        return False


def deliver_again(work: Work, inbox: Inbox, portfolio: Portfolio, remarks: Remarks) -> None:
    """Screens what a portfolio last held with the lists and rules of today."""
    held = replace(portfolio, basis=basis_of(work, portfolio.files, portfolio.investor))
    if held.basis == portfolio.basis and portfolio.run:
        log.say(
            "screen", f"{portfolio.name}: screened today already, with these lists", exit=portfolio.exit_code
        )
        work.codes.append(ExitCode(portfolio.exit_code))
        return
    delivery = replace(_begin(work, inbox, portfolio.name), held=held, came=False)
    with TemporaryDirectory(prefix="screener-night-", ignore_cleanup_errors=True) as folder:
        try:
            work.nights.save_delivery(delivery)
            files = tuple(_kept(work, Path(folder), number, one) for number, one in enumerate(held.files))
            names = {path: name for path, (name, _) in zip(files, held.files, strict=True)}
            age = of_age(held, work.today, work.settings)
            _screened(work, inbox, delivery, Parcel(held, files, names, remarks + age))
        except ScreenerError as error:
            _give_up(work, inbox, delivery, error)


def refuse(work: Work, inbox: Inbox, arrival: Arrival, reason: str) -> None:
    """Moves a file that cannot be screened to the failed ones, with the reason beside it."""
    name = arrival.owner.portfolio if arrival.owner else "unknown"
    delivery = _begin(work, inbox, name)
    try:
        _, sha256 = copy_in(arrival, Path(delivery.aside))
        delivery = replace(delivery, files=((arrival.relative, sha256),))
        work.nights.save_delivery(delivery)
        fail(work, inbox, delivery, reason)
    except ScreenerError as error:
        _give_up(work, inbox, delivery, error)


def _give_up(work: Work, inbox: Inbox, delivery: Delivery, error: ScreenerError) -> None:
    """A delivery that the world stopped (a full disk, a list too old): undone, or finished when its mail is queued."""
    work.red("screen", f"{delivery.portfolio}: {error}")
    work.codes.append(ExitCode(error.exit_code))
    with contextlib.suppress(ScreenerError):  # what cannot be settled now is settled by the next night
        settle(work, inbox, delivery.id, str(error))


def _screened(work: Work, inbox: Inbox, delivery: Delivery, parcel: Parcel) -> bool:
    with log.stage("screen") as counts:
        try:
            result = job.run(_request(work, delivery, parcel), work.settings)
        except _OF_THE_WORLD:
            raise
        except (
            Exception
        ) as error:  # one file that breaks the program must not take the other portfolios with it
            told = str(error) if isinstance(error, ScreenerError) else f"{type(error).__name__}: {error}"
            counts["message"] = f"{parcel.portfolio.name}: no report"
            fail(work, inbox, delivery, told)
            return False
        delivery = _placed(work, inbox, delivery, result, parcel)
        report = result.report
        counts |= {"message": f"{parcel.portfolio.name}: {delivery.folder}", "exit": int(result.exit_code)}
        counts |= {"rows": len(report.outcomes), "findings": len(report.findings)}
    work.codes.append(result.exit_code)
    for sentence in parcel.remarks.failures:
        work.red("screen", f"{parcel.portfolio.name}: {sentence}")
    for sentence in parcel.remarks.warnings:
        work.amber("screen", f"{parcel.portfolio.name}: {sentence}")
    finish(work, inbox, delivery)
    return True


def _request(work: Work, delivery: Delivery, parcel: Parcel) -> job.RunRequest:
    return job.RunRequest(
        files=parcel.files,
        as_of=work.today,
        out=Path(delivery.aside),
        folder=Path(delivery.folder),
        investor=parcel.portfolio.investor,
        now=work.clock(),
        portfolio=parcel.portfolio.name,
        kind="nightly",
        id=delivery.id,
        names=parcel.names,
        warnings=parcel.remarks.warnings,
        failures=parcel.remarks.failures,
    )


def _placed(work: Work, inbox: Inbox, delivery: Delivery, result: job.RunResult, parcel: Parcel) -> Delivery:
    """Mail queued, folder in its place, and both on record."""
    unread = any(one.failure for one in result.report.files)
    if unread and delivery.files:  # a report there is, and a file that somebody must look at
        delivery = replace(delivery, folder=str(_folder(work, inbox, delivery, good=False)))
    held = replace(parcel.portfolio, run=result.run, exit_code=int(result.exit_code))
    held = replace(held, basis="") if work.reports_held else held
    delivery = replace(delivery, held=held)
    work.nights.save_delivery(delivery)
    if not work.reports_held:
        mailing.queue_report(work, result, held, Path(delivery.folder))
    put_folder_in_place(Path(delivery.aside), Path(delivery.folder))
    work.nights.place(delivery)
    return delivery


def fail(work: Work, inbox: Inbox, delivery: Delivery, reason: str) -> None:
    """Files that cannot be screened: moved with the reason beside them, and told to whoever waits for the report."""
    folder = _folder(work, inbox, delivery, good=False)
    delivery = replace(delivery, folder=str(folder), held=None, trouble=reason)
    text = f"{', '.join(name for name, _ in delivery.files) or delivery.portfolio}\n\n{reason}\n"
    put_in_place({WHY: text.encode()}, Path(delivery.aside))
    work.nights.save_delivery(delivery)
    mailing.queue_failure(work, delivery)
    put_folder_in_place(Path(delivery.aside), folder)
    work.nights.place(delivery)
    work.red("screen", f"{delivery.portfolio}: {reason}")
    finish(work, inbox, delivery)


def _again(work: Work, inbox: Inbox, delivery: Delivery, known: Portfolio) -> bool:
    """The same content, lists and day as a run that is on record: the file is kept and not screened twice."""
    text = f"The same content was screened today with the same lists: run {known.run}.\n"
    put_in_place({SAME: text.encode()}, Path(delivery.aside))
    held = replace(known, received=work.clock())
    delivery = replace(delivery, held=held)
    work.nights.save_delivery(delivery)
    put_folder_in_place(Path(delivery.aside), Path(delivery.folder))
    work.nights.place(delivery)
    log.say("screen", f"{known.name}: the same content was screened today already", run=known.run)
    work.codes.append(ExitCode(known.exit_code))
    finish(work, inbox, delivery)
    return True


def finish(work: Work, inbox: Inbox, delivery: Delivery) -> None:
    """The last step: the originals leave the inbox."""
    left = [
        sentence for name, sha256 in delivery.files if (sentence := take_out(inbox.folder / name, sha256))
    ]
    for sentence in left:
        work.red("inbox", sentence)
    if not left:
        work.nights.save_delivery(replace(delivery, state="done"))


def settle(work: Work, inbox: Inbox, number: str, reason: str) -> Delivery | None:
    """Brings a delivery that was left under way to an end: finished when its mail is queued, else undone.

    Gives it as it was found; None when there is nothing to settle.
    """
    delivery = next((one for one in work.nights.deliveries("begun") if one.id == number), None)
    if delivery is None:
        return None
    if not mailing.queued(work, delivery):
        _undo(work, delivery, reason)
        return delivery
    aside, folder = Path(delivery.aside), Path(delivery.folder)
    if aside.is_dir() and not folder.exists():
        put_folder_in_place(aside, folder)
    work.nights.place(delivery)
    finish(work, inbox, delivery)
    return delivery


def _undo(work: Work, delivery: Delivery, reason: str) -> None:
    """Puts everything back as it was: the files are still in the inbox, and nobody has seen the report."""
    work.nights.take_back(delivery.id)
    for folder in (delivery.aside, delivery.folder):
        shutil.rmtree(folder, ignore_errors=True)
    work.nights.save_delivery(replace(delivery, state="undone", trouble=reason))


def _begin(work: Work, inbox: Inbox, portfolio: str) -> Delivery:
    number = uuid4().hex
    folder = inbox.outcome_folder(good=True, day=work.today, portfolio=portfolio, run=number)
    delivery = Delivery(
        number, portfolio, work.today, work.clock(), str(inbox.processed / f".making-{number}"), str(folder)
    )
    work.nights.save_delivery(delivery)
    return delivery


def _folder(work: Work, inbox: Inbox, delivery: Delivery, *, good: bool) -> Path:
    return inbox.outcome_folder(good=good, day=delivery.day, portfolio=delivery.portfolio, run=delivery.id)


def _held(work: Work, arrivals: Sequence[Arrival], files: tuple[tuple[str, str], ...]) -> Portfolio:
    """What the portfolio holds once these files are screened; its holdings are as old as the oldest of them."""
    owner = _owner(arrivals[0])
    named = [_owner(one).day for one in arrivals]
    days = [day or day_of(one.changed, work) for day, one in zip(named, arrivals, strict=True)]
    kept = tuple((Path(relative).name, sha256) for relative, sha256 in files)
    investor = next((_owner(one).investor for one in arrivals if _owner(one).investor), "")
    return Portfolio(
        name=owner.portfolio,
        investor=investor,
        recipients=owner.recipients,
        files=kept,
        received=work.clock(),
        dated=min(days),
        by_name=all(named),
        basis=basis_of(work, files, investor),
    )


def _owner(arrival: Arrival) -> Owner:
    if arrival.owner is None:
        raise ScreenerError(f"{arrival.relative} belongs to no portfolio")
    return arrival.owner


def _kept(work: Work, folder: Path, number: int, file: tuple[str, str]) -> Path:
    """A kept input as a file again, in a folder of its own because two may have one name."""
    place = folder / str(number)
    place.mkdir()
    path = place / file[0]
    path.write_bytes(work.store.kept.content(file[1]))
    return path
