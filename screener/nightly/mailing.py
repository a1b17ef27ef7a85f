"""What the night mails: reports, failures, and what the operator must know. Everything goes through the outbox."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from screener import job
from screener.errors import ConfigurationError
from screener.history import Delivery, MailRecord, Night, Outbox, Portfolio, Store
from screener.job.delivering import (
    addressed,
    alert_matter,
    failure_matter,
    heartbeat_matter,
    queue,
    report_matter,
    wanted,
)
from screener.job.sending import send_due
from screener.nightly import log
from screener.nightly.cron import zone_of
from screener.nightly.news import something_new
from screener.nightly.work import Work
from screener.settings import Settings

_REPORTS: Final = ("findings", "clear")
_MOST_DETAILS: Final = 20
_SHOWN: Final = 8


def queue_report(work: Work, request: job.RunRequest, result: job.RunResult, held: Portfolio) -> bool:
    """Puts the mails about a report into the outbox; whether nobody needs to try again.

    Findings and what is new come as a report, with the workbook; a run that says what the last mail said is a short
    heartbeat. Settings under which no mail can be written are told, and the report is there all the same.
    """
    mail = work.settings.mail
    if not mail.enabled:
        return True
    try:
        chosen = addressed(mail, held.name, held.recipients)
        if something_new(work, request, result):
            matter = report_matter(request, result)
        else:
            matter = heartbeat_matter(request, result, _last_report(work, held.name))
        matter = replace(matter, folder=str(request.folder or request.out))
        if wanted(matter, chosen):
            number = queue(work.store, matter, chosen, work.clock())
            log.say("mail", f"{held.name}: {matter.kind} queued", mails=number)
    except ConfigurationError as error:
        work.red("mail", f"{held.name}: its report is written and cannot be mailed: {error}")
        return False
    return True


def queue_failure(work: Work, delivery: Delivery) -> None:
    """Tells whoever waits for the report, and the operator, that files of a portfolio could not be screened."""
    mail = work.settings.mail
    if not mail.enabled:
        return
    known = next((one for one in work.nights.portfolios() if one.name == delivery.portfolio), None)
    recipients = known.recipients if known else ()
    since = _last_report(work, delivery.portfolio)
    matter = failure_matter(delivery.id, delivery.portfolio, delivery.day, delivery.trouble, since)
    try:
        chosen = addressed(mail, delivery.portfolio, recipients)
        if wanted(matter, chosen):
            queue(work.store, matter, chosen, work.clock())
            work.told.add(f"{delivery.portfolio}: {delivery.trouble}")
    except ConfigurationError as error:
        work.red("mail", f"{delivery.portfolio}: its failure cannot be mailed: {error}")


def queued(work: Work, delivery: Delivery) -> bool:
    """Whether the outbox holds mail about a delivery: from then on it is finished and not undone."""
    return bool(Outbox(work.store.database).of(delivery.id))


def tell_operator(work: Work, night: Night) -> None:
    """Queues one mail to the operator about what went wrong in a job, unless a mail of its own says it already.

    The same troubles on one day are told once, however often the work is started.
    """
    mail = work.settings.mail
    untold = [(colour, sentence) for colour, sentence in night.troubles if sentence not in work.told]
    if not (mail.enabled and untold) or night.job == "send":
        return
    worst_first = sorted(untold, key=lambda one: one[0] != "red")
    texts = [sentence for _, sentence in worst_first]
    number = hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:16]
    details = [f"{colour}: {sentence}" for colour, sentence in worst_first[1:_MOST_DETAILS]]
    more = len(texts) - _MOST_DETAILS
    details += [f"and {more} more: `screener status` shows them"] if more > 0 else []
    matter = alert_matter(f"{night.job}-{work.today}-{number}", work.today, texts[0], details)
    try:
        queue(work.store, matter, mail, work.clock())
    except ConfigurationError as error:
        log.fail("mail", f"the operator cannot be told: {error}")


def send(work: Work) -> None:
    """Delivers what is due; what waits for another try is amber, what is refused for good is red."""
    if not work.settings.mail.enabled:
        log.say("mail", "no mail is set up ([mail] host): nothing to send")
        return
    done = send_due(work.store, work.settings.mail, work.clock, work.stop.is_set)
    log.say("mail", done.sentence(), sent=done.sent, waiting=done.waiting, failed=len(done.failed))
    for one in done.failed:
        work.red("mail", f"A mail to {one.recipient} failed for good: {one.said}")
    if done.unknown or done.repeated:
        work.amber(
            "mail", f"{done.unknown + done.repeated} mails have an unknown end or were sent again after one"
        )
    if done.problem:
        work.amber("mail", done.problem)
    elif done.waiting:
        work.amber("mail", f"{done.waiting} mails were not taken yet and are tried again")


def outbox_state(settings: Settings, store: Store, now: datetime) -> tuple[str, str, tuple[str, ...]]:
    """Colour, sentence and details of the outbox: red for what failed for good, amber for what was tried in vain."""
    outbox = Outbox(store.database)
    counts = outbox.counts()
    failed = outbox.mails(("refused", "given_up"))
    tried = [one for one in outbox.mails(("queued", "sending", "unknown")) if one.attempts]
    told = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in sorted(counts.items()))
    off = "" if settings.mail.enabled else " (no mail is set up: [mail] host)"
    colour = "red" if failed else "amber" if tried else "green"
    return colour, f"{told or 'empty'}{off}", tuple(_line(one, now) for one in (*failed, *tried)[:_SHOWN])


def _line(one: MailRecord, now: datetime) -> str:
    when = f", next try {one.due:%H:%M} UTC" if one.state == "queued" and one.due > now else ""
    about = f" about {one.portfolio}" if one.portfolio else ""
    return f"mail {one.id} ({one.kind}) to {one.recipient}{about}: {one.state.replace('_', ' ')}{when}: {one.said}"


def _last_report(work: Work, portfolio: str) -> date | None:
    """The day on which the last report of a portfolio, as opposed to a heartbeat, was queued."""
    last = work.nights.last_mail(portfolio, _REPORTS)
    return last[1].astimezone(zone_of(work.settings.nightly)).date() if last else None
