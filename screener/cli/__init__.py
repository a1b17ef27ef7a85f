"""The command line: arguments in, exit code out. The only room that prints."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from screener import __version__
from screener.cli.lists import lists
from screener.cli.lookup import check, match
from screener.cli.mail import mail
from screener.cli.reading import columns, read
from screener.cli.review import review
from screener.cli.runs import runs
from screener.cli.screening import run
from screener.cli.serve import serve
from screener.cli.unattended import init, nightly, status
from screener.errors import ExitCode, ScreenerError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=(
        "Screen investor holdings against restricted-entity lists and write divestment reports.\n\n"
        "Start with:  screener run holdings.xlsx --investor us"
    ),
    epilog=(
        "Exit codes: 0 nothing needs action; 1 something needs action or review; 2 wrong usage or "
        "configuration; 3 the run could not finish. Reports are information, not legal advice."
    ),
)
for command in (run, read, columns, match, check, serve):
    app.command()(command)
app.add_typer(lists, name="lists")
app.add_typer(runs, name="runs")
app.add_typer(mail, name="mail")
app.command()(init)
app.add_typer(review, name="review")
app.command()(nightly)
app.command()(status)


def main() -> None:
    """Run the command line; every known error becomes one sentence and its exit code."""
    try:
        app()
    except ScreenerError as error:
        typer.echo(f"screener: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        # A fault of the program, not of its input: one sentence for the user, the details for whoever mends it.
        if os.environ.get("SCREENER_DEBUG"):
            raise
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        typer.echo(
            f"screener: stopped by a fault of its own ({fault}). SCREENER_DEBUG=1 shows where.", err=True
        )
        sys.exit(ExitCode.NOT_FINISHED)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if version:
        typer.echo(f"screener {__version__}")
        raise typer.Exit
