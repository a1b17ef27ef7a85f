"""Commands of the unattended program: init, nightly, status."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from screener.cli.frame import Config

if TYPE_CHECKING:
    from screener.nightly import Line

_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}


def nightly(
    once: Annotated[
        bool, typer.Option("--once", help="Do tonight's work now and exit with the worst exit code.")
    ] = False,
    config: Config = None,
) -> None:
    """Update lists, screen the inbox, mail reports: every night, in the foreground.

    Times, inbox and mail come from the settings. One instance at a time; SIGTERM ends it when what is under way is
    whole. Logs to standard output, as text or JSON lines.
    """
    from screener import nightly as unattended
    from screener.nightly import log
    from screener.settings import load_settings

    settings = load_settings(config)
    log.configure(settings.nightly.log)
    run = unattended.once if once else unattended.serve
    raise typer.Exit(run(settings, _clock, _stopped_by_signals()))


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False, config: Config = None
) -> None:
    """Show how the unattended program stands: next run, last runs, lists, inbox, outbox.

    Exit code 0 when all is well, 1 when somebody should look, 3 when something could not be done.
    """
    from screener import nightly as unattended
    from screener.settings import load_settings

    state = unattended.status(load_settings(config), _clock())
    if as_json:
        typer.echo(state.as_json(), nl=False)
        raise typer.Exit(state.exit_code)
    width = max(len(line.part) for line in state.lines)
    for line in state.lines:
        _print_line(line, width)
    typer.echo(f"\nAs a whole: {state.colour}")
    raise typer.Exit(state.exit_code)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where settings, inbox and data are to be.")],
    test_mail: Annotated[
        str, typer.Option("--test-mail", metavar="ADDRESS", help="Send a test mail to this address.")
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Do not fetch the lists now.")] = False,
) -> None:
    """Write a commented configuration into DIR, and check that a night could run.

    What is there already is left as it is and only checked: history, folders, self-test, lists, mail server and login.
    Exit code 0 when all is well, 1 when something is left to fill in, 3 when something does not work.
    """
    from screener.nightly import setup
    from screener.nightly.work import code_of, worst
    from screener.settings import load_settings

    written = setup.write_configuration(folder)
    file = folder.absolute() / setup.NAME
    typer.echo(f"{'Written' if written else 'Checking'}: {file}")
    settings, codes = load_settings(file), []
    for line in setup.checks(settings, _clock(), lists=not offline):
        codes.append(code_of(line.colour))
        _print_line(line, 14)
    if test_mail:
        typer.echo(f"Test mail to {test_mail}: {setup.send_trial(settings, test_mail, _clock())}")
    typer.echo(f"Next: screener nightly --once --config {file}")
    raise typer.Exit(worst(codes))


def _print_line(line: Line, width: int) -> None:
    colour = typer.style(f"{line.colour:5}", fg=_COLOURS[line.colour])
    typer.echo(f"{colour}  {line.part:{width}}  {line.sentence}")
    for detail in line.details:
        typer.echo(f"{'':7}{'':{width}}  - {detail}")


def _clock() -> datetime:
    """The clock of the unattended program: exact, because it also puts things in order."""
    return datetime.now(UTC)


def _stopped_by_signals() -> Event:
    """Set by SIGTERM and Ctrl-C; the second one ends the process as usual."""
    stop = Event()

    def told(number: int, frame: Any) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        signals.append(signal.SIGBREAK)
    for one in signals:
        signal.signal(one, told)
    return stop
