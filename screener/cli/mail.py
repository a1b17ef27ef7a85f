"""Mail from the command line: the report of a run by hand, and the outbox as its operator sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screener.cli.frame import Config
from screener.errors import ConfigurationError, ExitCode

if TYPE_CHECKING:
    from screener.history import MailRecord
    from screener.job import RunRequest, RunResult
    from screener.job.sending import Sent
    from screener.settings import Settings

mail = typer.Typer(
    help="Look after outgoing mail: send, retry, test.", no_args_is_help=True, rich_markup_mode=None
)

Mail = Annotated[
    bool, typer.Option("--mail", help="Send the report to the recipients of [mail] in the settings.")
]
MailDryRun = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write the mails as .eml files into DIR and send nothing."),
]
Portfolio = Annotated[
    str,
    typer.Option(metavar="NAME", help="What the portfolio is called, in mails and past runs."),
]
Number = Annotated[int, typer.Argument(metavar="MAIL", help="The number that `screener mail outbox` shows.")]


def check_before(request: RunRequest, settings: Settings, *, send: bool, write: bool) -> None:
    """Refuse wrong mail settings before the run begins; raises ConfigurationError."""
    if not (send or write):
        return
    from screener.job.delivering import check_mail, writable
    from screener.job.portfolio import portfolio_of

    portfolio = portfolio_of(request)
    if send and not write:
        check_mail(settings.mail, portfolio)
    elif write:
        writable(settings.mail.for_portfolio(portfolio), portfolio)


def deliver(request: RunRequest, result: RunResult, settings: Settings, dry_run: Path | None) -> ExitCode:
    """Send the report of a run, or write its mails into ``dry_run``; gives the exit code of it all."""
    from screener.job.delivering import addressed, drafts_of, queue, report_matter, write_mails
    from screener.job.portfolio import portfolio_of

    chosen = addressed(settings.mail, portfolio_of(request))
    matter = report_matter(request, result)
    if dry_run:
        for path in write_mails(drafts_of(matter, chosen, _clock()), dry_run):
            typer.echo(f"Mail written: {path}")
        return result.exit_code
    from screener.history import Outbox, open_store
    from screener.job.sending import send_due

    with open_store(settings) as store:
        queue(store, matter, chosen, _clock())
        done = send_due(store, settings.mail, _clock)
        ours = Outbox(store.database).of(matter.key)
    for one in reversed(ours):
        typer.echo(f"Mail to {one.recipient}: {_told(one)}")
    _complain(done)
    return result.exit_code if all(one.state == "sent" for one in ours) else ExitCode.NOT_FINISHED


@mail.command()
def outbox(
    everything: Annotated[bool, typer.Option("--all", help="Mails that were sent, too.")] = False,
    config: Config = None,
) -> None:
    """Show mails that wait, are in doubt or failed.

    Exit code 1 when any failed or is in doubt.
    """
    from screener.history import Outbox, open_store
    from screener.history.mails import OPEN, STATES, TROUBLED
    from screener.settings import load_settings

    with open_store(load_settings(config)) as store:
        found = Outbox(store.database).mails(STATES if everything else {*OPEN, *TROUBLED})
    for one in found:
        typer.echo(
            f"{one.id:>5}  {one.queued:%Y-%m-%d %H:%M}  {one.recipient}  {one.subject}\n       {_told(one)}"
        )
    if not found:
        typer.echo(
            "Nothing waits, nothing is in doubt, nothing failed." if not everything else "No mails yet."
        )
    troubled = any(one.state in TROUBLED for one in found)
    raise typer.Exit(ExitCode.ACTION_NEEDED if troubled else ExitCode.NOTHING_TO_DO)


@mail.command()
def send(config: Config = None) -> None:
    """Send what is due now: what `screener nightly` does by itself."""
    from screener.history import open_store
    from screener.job.sending import send_due
    from screener.settings import load_settings

    settings = load_settings(config)
    if not settings.mail.enabled:
        raise ConfigurationError(
            "mail.host", "", "is not set: no mail can be sent", "Fill in [mail] of your settings."
        )
    with open_store(settings) as store:
        done = send_due(store, settings.mail, _clock)
    typer.echo(done.sentence())
    raise typer.Exit(ExitCode.NOTHING_TO_DO if done.complete else ExitCode.NOT_FINISHED)


@mail.command()
def retry(
    number: Number,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="To another address than the first time.")] = "",
    config: Config = None,
) -> None:
    """Queue a mail again that was refused, given up or is in doubt."""
    from screener.history import Outbox, open_store
    from screener.job.delivering import redirect
    from screener.settings import load_settings

    settings = load_settings(config)
    with open_store(settings) as store:
        if to:
            number = redirect(store, settings.mail, number, to, _clock()).id
        else:
            Outbox(store.database).retry(number, _clock())
    typer.echo(f"Mail {number} is queued: `screener mail send` sends it.")


@mail.command()
def dismiss(number: Number, config: Config = None) -> None:
    """Put a mail aside for good, so that it is no longer shown as trouble."""
    from screener.history import Outbox, open_store
    from screener.settings import load_settings

    with open_store(load_settings(config)) as store:
        Outbox(store.database).dismiss(number, _clock())
    typer.echo(f"Mail {number} is put aside.")


@mail.command()
def test(
    to: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="To whom, in place of [mail].")
    ] = None,
    config: Config = None,
) -> None:
    """Send a test mail and say how it went."""
    from screener.history import Outbox, open_store
    from screener.job.delivering import addressed, check_mail, queue, trial_matter
    from screener.job.sending import send_due
    from screener.settings import load_settings

    settings = load_settings(config)
    chosen = addressed(settings.mail, "", to or ())
    if to:
        chosen = chosen.model_copy(update={"cc": ()})
    check_mail(chosen)
    moment = _clock()
    matter = trial_matter(f"test {moment.isoformat()}", moment.date())
    with open_store(settings) as store:
        queue(store, matter, chosen, moment)
        done = send_due(store, settings.mail, _clock)
        ours = Outbox(store.database).of(matter.key)
    for one in reversed(ours):
        typer.echo(f"Mail to {one.recipient}: {_told(one)}")
    _complain(done)
    raise typer.Exit(
        ExitCode.NOTHING_TO_DO if all(one.state == "sent" for one in ours) else ExitCode.NOT_FINISHED
    )


def _told(one: MailRecord) -> str:
    """What became of a mail, in words."""
    again = " (sent again, as the end of an earlier try was not known)" if one.repeats else ""
    told = {
        "queued": f"waits until {one.due:%H:%M} UTC",
        "sending": "is being sent",
        "unknown": "IN DOUBT: it may have arrived",
        "sent": f"sent{again}",
        "refused": "REFUSED",
        "given_up": "GIVEN UP",
        "dismissed": "put aside",
    }[one.state]
    return f"{told}: {one.said}" if one.said and one.state != "sent" else told


def _complain(done: Sent) -> None:
    if done.problem:
        typer.echo(f"screener: {done.problem}", err=True)
    if done.waiting or done.unknown:
        typer.echo(
            "It stays in the outbox: `screener mail send` or `screener nightly` tries again.", err=True
        )


def _clock() -> datetime:
    """The clock of the outbox: exact, because it also puts things in order."""
    return datetime.now(UTC)
