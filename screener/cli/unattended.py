"""Commands of the unattended program: nightly, status."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from threading import Event
from typing import Annotated, Any

import typer

from screener.cli.frame import Config

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
        colour = typer.style(f"{line.colour:5}", fg=_COLOURS[line.colour])
        typer.echo(f"{colour}  {line.part:{width}}  {line.sentence}")
        for detail in line.details:
            typer.echo(f"{'':7}{'':{width}}  - {detail}")
    typer.echo(f"\nAs a whole: {state.colour}")
    raise typer.Exit(state.exit_code)


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
