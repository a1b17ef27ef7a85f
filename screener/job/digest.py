"""A report as its mail tells it: the facts of the first page, cut down to what a telephone can show."""

from __future__ import annotations

from collections.abc import Sequence

from screener.delivery import Chip, Count, Deadline, Digest, Task
from screener.report import Summary
from screener.report.facts import ActionLine, ToDo
from screener.report.facts import Deadline as ReportDeadline
from screener.report.text import money
from screener.report.words import words


def digest_of(summary: Summary, changes: Sequence[str] = ()) -> Digest:
    """``summary`` as a mail tells it; ``changes`` are the sentences that say what is new since the last report."""
    look = words().banner[summary.banner.colour]
    return Digest(
        investor=summary.investor.name,
        investor_assumed=summary.investor.assumed,
        colour=summary.banner.colour,
        banner=Chip("", look.fill, look.text),
        reasons=tuple(reason.text for reason in summary.banner.reasons),
        counts=tuple(_count(line) for line in summary.actions),
        to_do=summary.to_do_total,
        tasks=tuple(_task(item) for item in summary.to_do),
        deadlines=tuple(_deadline(line) for line in summary.deadlines),
        coverage=(summary.coverage.sentence(), *summary.coverage.told()),
        lists=tuple(line.sentence() for line in summary.lists),
        disclaimer=summary.disclaimer,
        changes=tuple(changes) or ((summary.changes.sentence(),) if summary.changes.found else ()),
    )


def chip(code: str) -> Chip:
    """A decision code on the colours that it has in the workbook."""
    look = words().actions[code]
    return Chip(code, look.fill, look.text)


def _count(line: ActionLine) -> Count:
    amounts = [str(amount) for amount in line.amounts]
    return Count(chip(line.action), line.holdings, "; ".join(amounts))


def _task(item: ToDo) -> Task:
    amount = "" if item.market_value is None else f"{item.currency} {money(item.market_value)}".strip()
    also = f" Also: {item.also}." if item.also else ""
    return Task(
        chip=chip(item.action),
        security=item.security,
        identifier=item.identifier,
        portfolio=item.portfolio,
        amount=amount,
        do=f"{item.do} ({item.programme}){also}",
        day=item.day,
        days_left=item.days_left,
    )


def _deadline(line: ReportDeadline) -> Deadline:
    event = line.event[:1].upper() + line.event[1:]
    return Deadline(chip(line.action), line.day, line.days_left, event, line.holdings)
