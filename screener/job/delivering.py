"""From a run to its mails: what is told to whom, written into the outbox or into a folder.

The order that loses nothing: report in place, then its mails in the outbox (:func:`queue`, once or several times: the same
run, kind and recipient is one mail), then :func:`screener.job.sending.send_due`, now or by any later process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from screener.delivery import Kind, Matter, compose, message_id, with_id, words_in
from screener.errors import ConfigurationError, HistoryError, UsageError
from screener.job.digest import digest_of
from screener.job.portfolio import portfolio_of
from screener.job.request import RunRequest, RunResult
from screener.mail_settings import Address, MailSettings, parse_address
from screener.report import Report, summarise

if TYPE_CHECKING:  # the database is imported only where mail is queued
    from screener.history import Draft, MailRecord, RunRecord, Store
    from screener.job.replay import Replay

_ATTACHED: Final = (".xlsx", ".csv")
_ON: Final = {
    Kind.FINDINGS: "findings",
    Kind.CLEAR: "findings",
    Kind.FAILURE: "failure",
    Kind.HEARTBEAT: "heartbeat",
}


def report_matter(request: RunRequest, result: RunResult, changes: Sequence[str] = ()) -> Matter:
    """The mail of a run that gave a report: findings, or that nothing needs action; with the workbook.

    ``changes`` are the sentences that say what is new since the last report.
    """
    files = {name: path.read_bytes() for name, path in result.written.items()}
    told = _Told(result.run or result.report.run_id, portfolio_of(request), str(request.out.absolute()))
    return _matter(told, result.report, files, changes)


def recorded_matter(run: RunRecord, made: Replay) -> Matter:
    """The mail of a run on record whose report was made again: what its reader was shown then, to the byte.

    Raises HistoryError where the report is not the same any more: nothing else may go out under the number of the run.
    """
    if not made.identical:
        why = " ".join(made.reasons) or "What it was made from has changed."
        raise HistoryError(f"run {run.id[:12]}", "cannot be made again as it was", why)
    return _matter(_Told(run.id, run.portfolio, run.folder), made.report, made.files)


@dataclass(frozen=True, slots=True)
class _Told:
    """Of which run, about which portfolio, and where its files are."""

    key: str
    portfolio: str
    folder: str


def _matter(told: _Told, report: Report, files: Mapping[str, bytes], changes: Sequence[str] = ()) -> Matter:
    digest = digest_of(summarise(report), changes)
    return Matter(
        kind=Kind.FINDINGS if digest.to_do else Kind.CLEAR,
        key=told.key,
        portfolio=told.portfolio,
        as_of=report.as_of,
        digest=digest,
        folder=told.folder,
        files={name: content for name, content in files.items() if name.endswith(_ATTACHED)},
    )


def heartbeat_matter(request: RunRequest, result: RunResult, since: date | None) -> Matter:
    """The short mail of a run that found nothing new; ``since`` is the as-of day of the last report that was mailed.

    A report that is not complete is never a heartbeat: it comes as a report, in red.
    """
    matter = report_matter(request, result)
    if matter.digest and matter.digest.colour == "red":
        return matter
    return replace(matter, kind=Kind.HEARTBEAT, since=since, files={})


def failure_matter(key: str, portfolio: str, as_of: date, sentence: str, since: date | None = None) -> Matter:
    """The mail that says that a portfolio was not screened, and why: ``sentence`` is the one that matters.

    ``since`` is the as-of day of the last report that could be made.
    """
    return Matter(Kind.FAILURE, key, portfolio, as_of, sentence=sentence, since=since)


def alert_matter(key: str, as_of: date, sentence: str, details: Sequence[str] = ()) -> Matter:
    """The mail to the operator; ``key`` makes it one of its kind: told once, however often it is queued."""
    return Matter(Kind.ALERT, key, "", as_of, sentence=sentence, details=tuple(details))


def trial_matter(key: str, as_of: date) -> Matter:
    """A mail that says that mail arrives."""
    return Matter(Kind.TEST, key, "", as_of)


def wanted(matter: Matter, mail: MailSettings) -> bool:
    """Whether ``[mail] on`` asks for this kind of mail; alerts always go out."""
    return matter.kind not in _ON or _ON[matter.kind] in mail.on


def addressed(mail: MailSettings, portfolio: str, recipients: Sequence[str] = ()) -> MailSettings:
    """``mail`` as it holds for ``portfolio``, to ``recipients`` where some are given in place of its own.

    Raises ConfigurationError for a recipient that is no address.
    """
    chosen = mail.for_portfolio(portfolio)
    if not recipients:
        return chosen
    try:
        return chosen.model_copy(update={"to": tuple(parse_address(one) for one in recipients)})
    except ValueError as error:
        raise ConfigurationError("inbox.match", "recipients", str(error)) from None


def check_mail(mail: MailSettings, portfolio: str = "") -> MailSettings:
    """``mail`` for ``portfolio``; raises ConfigurationError where no mail about it could be written or sent.

    Called before a run begins, so that a wrong setting does not show after an hour of work.
    """
    chosen = mail.for_portfolio(portfolio)
    if not chosen.enabled:
        raise ConfigurationError(
            "mail.host", "", "is not set: no mail can be sent", "Fill in [mail] of your settings."
        )
    writable(chosen, portfolio)
    chosen.login_password()
    return chosen


def writable(mail: MailSettings, portfolio: str = "") -> None:
    """Raises ConfigurationError where no mail could be written: no sender, nobody to write to, wrong words."""
    if mail.sender is None:
        raise ConfigurationError(
            "mail.sender", "", "is not set", "Every mail needs an address that it comes from."
        )
    if not (mail.to or mail.cc):
        place = f' or [mail.portfolios."{portfolio}"]' if portfolio else ""
        raise ConfigurationError(
            "mail.to", "", "names nobody to write to", f"Name somebody in [mail]{place}."
        )
    words_in(mail.language)
    mail.workbook_password()


def drafts_of(matter: Matter, mail: MailSettings, now: datetime) -> list[Draft]:
    """The mails about ``matter``, one a recipient, under ``mail`` (as :func:`addressed` gives it), dated ``now``.

    Reports go to ``to`` and ``cc``, failures to the operator as well, alerts to the operator. Raises ConfigurationError
    where nobody is left to write to, or a setting is wrong.
    """
    from screener.history import Draft

    to, cc = _people(matter.kind, mail)
    everybody = list({one.spec.casefold(): one for one in reversed((*to, *cc))}.values())[::-1]
    if not everybody or mail.sender is None:
        writable(mail.model_copy(update={"to": to, "cc": cc}), matter.portfolio)
    composed = compose(matter, mail.model_copy(update={"cc": cc}), to, now)
    sender = mail.sender or everybody[0]
    return [
        Draft(
            key=matter.key,
            kind=str(matter.kind),
            portfolio=matter.portfolio[:300],
            recipient=one.spec,
            message_id=message_id(matter.key, matter.kind, one, sender),
            subject=composed.subject,
            content=composed.content,
            light=composed.light,
        )
        for one in everybody
    ]


def _people(kind: Kind, mail: MailSettings) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """To whom, and to whom in copy."""
    if kind is Kind.ALERT:
        return mail.operator or mail.to, ()
    if kind is not Kind.FAILURE:
        return mail.to or mail.cc, mail.cc if mail.to else ()
    copies = tuple(one for one in (*mail.cc, *mail.operator) if one not in mail.to)
    return (mail.to, copies) if mail.to else (copies, ())


def queue(store: Store, matter: Matter, mail: MailSettings, now: datetime) -> int:
    """Put the mails about ``matter`` into the outbox, all or none; gives how many were new."""
    from screener.history import Outbox

    return Outbox(store.database).put(drafts_of(matter, mail, now), now)


def redirect(store: Store, mail: MailSettings, number: int, address: str, now: datetime) -> MailRecord:
    """Send what mail ``number`` says to another address; raises UsageError for one that is none, or a mail that is sent."""
    from screener.history import Outbox

    try:
        recipient = parse_address(address)
    except ValueError as error:
        raise UsageError(f"--to: {error}") from None
    outbox = Outbox(store.database)
    old = outbox.mail(number)
    name = message_id(old.key, old.kind, recipient, mail.sender or recipient)
    return outbox.redirect(number, recipient.spec, name, now)


def write_mails(drafts: Sequence[Draft], folder: Path) -> list[Path]:
    """Write each mail as an .eml file that mail programs open, and give the paths; nothing is sent.

    Raises OutputError when the folder cannot be written to.
    """
    from screener.report.writing import put_in_place

    files = {_file_name(one): with_id(one.content, one.message_id) for one in drafts}
    return list(put_in_place(files, folder).values())


def _file_name(draft: Draft) -> str:
    """The same for the same mail, and safe on every file system."""
    plain = [
        re.sub(r"[^A-Za-z0-9@._-]+", "-", text).strip("-.")[:60]
        for text in (draft.portfolio, draft.recipient)
    ]
    return "_".join(part for part in (draft.kind, *plain, draft.message_id[1:9]) if part) + ".eml"
