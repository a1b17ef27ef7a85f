"""One portfolio's report, from the inbox to its place, so that a crash at any point loses and doubles nothing.

The order is: put the delivery on record; copy the files and write the report into a folder aside; record the run; queue the
mail; give the folder its name; record what the portfolio holds; take the originals out of the inbox.
"""

from __future__ import annotations

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
from screener.history import Delivery, Portfolio
from screener.inbox import Arrival, Inbox, Owner, copy_in
from screener.nightly import log, mailing
from screener.nightly.holdings import Remarks, basis_of, day_of, of_age
from screener.nightly.settling import fail, give_up, place
from screener.nightly.work import Work
from screener.report.writing import put_in_place

# What stops a run although nothing is wrong with the file: it stays in the inbox.
_OF_THE_WORLD: Final = (ConfigurationError, HistoryError, OutputError, RestrictedListError, UsageError)
SAME: Final = "screened-before.txt"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is delivered: the files of ``held`` by the names that their owner knows, and what the report must say."""

    held: Portfolio
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
            _again(work, inbox, delivery, known)
            return True
        names = {path: path.name for path, _ in copies}
        return _screened(work, inbox, delivery, Parcel(held, names, remarks + _age(work, held)))
    except ScreenerError as error:
        give_up(work, inbox, delivery, error)
        return False


def deliver_again(work: Work, inbox: Inbox, portfolio: Portfolio, remarks: Remarks) -> None:
    """Screens what a portfolio last held with the lists and rules of today."""
    held = replace(portfolio, basis=basis_of(work, portfolio.files, portfolio.investor))
    if held.basis == portfolio.basis and portfolio.run:
        log.say("screen", f"{held.name}: screened today already, with these lists", exit=held.exit_code)
        work.codes.append(ExitCode(portfolio.exit_code))
        return
    delivery = replace(_begin(work, inbox, portfolio.name), held=held, came=False)
    with TemporaryDirectory(prefix="screener-night-", ignore_cleanup_errors=True) as folder:
        try:
            work.nights.save_delivery(delivery)
            names = {
                _kept(work, Path(folder) / str(number), one): one[0] for number, one in enumerate(held.files)
            }
            _screened(work, inbox, delivery, Parcel(held, names, remarks + _age(work, held)))
        except ScreenerError as error:
            give_up(work, inbox, delivery, error)


def refuse(work: Work, inbox: Inbox, arrival: Arrival, reason: str) -> None:
    """Moves a file that cannot be screened to the failed ones, with the reason beside it."""
    delivery = _begin(work, inbox, arrival.owner.portfolio if arrival.owner else "unknown")
    try:
        _, sha256 = copy_in(arrival, Path(delivery.aside))
        fail(work, inbox, replace(delivery, files=((arrival.relative, sha256),)), reason)
    except ScreenerError as error:
        give_up(work, inbox, delivery, error)


def _screened(work: Work, inbox: Inbox, delivery: Delivery, parcel: Parcel) -> bool:
    """Runs, and delivers what comes of it: the report, or the reason why there is none."""
    request = _request(work, delivery, parcel)
    with log.stage("screen") as counts:
        result = _run(work, request)
        if isinstance(result, str):
            counts["message"] = f"{parcel.held.name}: no report"
        else:
            counts.update(_counts(parcel, result))
    if isinstance(result, str):
        fail(work, inbox, delivery, result)
        return False
    for colour, sentences in (("red", parcel.remarks.failures), ("amber", parcel.remarks.warnings)):
        for sentence in sentences:
            work.trouble(colour, "screen", f"{parcel.held.name}: {sentence}")
    work.codes.append(result.exit_code)
    _placed(work, inbox, delivery, request, result)
    return True


def _run(work: Work, request: job.RunRequest) -> job.RunResult | str:
    """The result, or why there is none. One file that breaks the program does not take other portfolios with it."""
    try:
        return job.run(request, work.settings)
    except _OF_THE_WORLD:
        raise
    except ScreenerError as error:
        return str(error)
    except Exception as error:
        return f"The program could not cope with it ({type(error).__name__}: {error}). Report this file."


def _counts(parcel: Parcel, result: job.RunResult) -> dict[str, object]:
    report = result.report
    told = {"message": f"{parcel.held.name}: screened", "run": result.run[:12], "exit": int(result.exit_code)}
    return told | {"rows": len(report.outcomes), "findings": len(report.findings)}


def _request(work: Work, delivery: Delivery, parcel: Parcel) -> job.RunRequest:
    return job.RunRequest(
        files=tuple(parcel.names),
        as_of=work.today,
        out=Path(delivery.aside),
        folder=Path(delivery.folder),
        investor=parcel.held.investor,
        now=work.clock(),
        portfolio=parcel.held.name,
        kind="nightly",
        id=delivery.id,
        names=parcel.names,
        warnings=parcel.remarks.warnings,
        failures=parcel.remarks.failures,
    )


def _placed(
    work: Work, inbox: Inbox, delivery: Delivery, request: job.RunRequest, result: job.RunResult
) -> None:
    """Mail queued, folder in its place, and both on record."""
    held = delivery.held
    if held is None:
        raise ScreenerError(f"{delivery.portfolio}: nothing is known of what it holds")
    if delivery.came and any(one.failure for one in result.report.files):
        # There is a report, and a file that somebody must look at.
        folder = inbox.outcome_folder(good=False, day=delivery.day, portfolio=held.name, run=delivery.id)
        delivery, request = replace(delivery, folder=str(folder)), replace(request, folder=folder)
    held = replace(held, run=result.run, exit_code=int(result.exit_code))
    work.nights.save_delivery(replace(delivery, held=held))
    told = not work.reports_held and mailing.queue_report(work, request, result, held)
    # What was not mailed is screened again the next time, so that it is mailed then.
    place(work, inbox, replace(delivery, held=held if told else replace(held, basis="")))


def _again(work: Work, inbox: Inbox, delivery: Delivery, known: Portfolio) -> None:
    """The same content, lists and day as a run that is on record: the file is kept and not screened twice."""
    text = f"The same content was screened today with the same lists: run {known.run}.\n"
    put_in_place({SAME: text.encode()}, Path(delivery.aside))
    place(work, inbox, replace(delivery, held=replace(known, received=work.clock())))
    log.say("screen", f"{known.name}: the same content was screened today already", run=known.run[:12])
    work.codes.append(ExitCode(known.exit_code))


def _begin(work: Work, inbox: Inbox, portfolio: str) -> Delivery:
    number, begun = uuid4().hex, work.clock()
    folder = inbox.outcome_folder(good=True, day=work.today, portfolio=portfolio, run=number)
    aside = inbox.processed / f".making-{number}"
    delivery = Delivery(number, portfolio, work.today, begun, str(aside), str(folder))
    work.nights.save_delivery(delivery)
    return delivery


def _held(work: Work, arrivals: Sequence[Arrival], files: tuple[tuple[str, str], ...]) -> Portfolio:
    """What the portfolio holds once these files are screened; its holdings are as old as the oldest of them."""
    owners = [_owner(one) for one in arrivals]
    days = [owner.day or day_of(one.changed, work) for owner, one in zip(owners, arrivals, strict=True)]
    investor = next((one.investor for one in owners if one.investor), "")
    return Portfolio(
        name=owners[0].portfolio,
        investor=investor,
        recipients=owners[0].recipients,
        files=tuple((Path(relative).name, sha256) for relative, sha256 in files),
        received=work.clock(),
        dated=min(days),
        by_name=all(one.day for one in owners),
        basis=basis_of(work, files, investor),
    )


def _age(work: Work, held: Portfolio) -> Remarks:
    return of_age(held, work.today, work.settings)


def _owner(arrival: Arrival) -> Owner:
    if arrival.owner is None:
        raise ScreenerError(f"{arrival.relative} belongs to no portfolio")
    return arrival.owner


def _kept(work: Work, folder: Path, file: tuple[str, str]) -> Path:
    """A kept input as a file again, in a folder of its own because two may have one name."""
    folder.mkdir()
    path = folder / file[0]
    path.write_bytes(work.store.kept.content(file[1]))
    return path
