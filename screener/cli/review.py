"""Commands about reviewers' decisions: review import, review list."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from screener.cli.frame import Config, now
from screener.errors import ExitCode

review = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Take back reviewers' decisions, and look at them."
)


@review.command("import")
def review_import(
    files: Annotated[list[Path], typer.Argument(metavar="REPORT", help="Reports with decisions in them.")],
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Who hands them in; your user name when not given.")
    ] = "",
    config: Config = None,
) -> None:
    """Record the decisions that reviewers wrote into a report (columns Decision, Reviewer, Note, Valid until).

    The next run shows them, and takes a false positive off the desk while nothing it rests on changes. Exit code 3 when
    a row could not be taken.
    """
    from screener.history import open_store
    from screener.job.reviewing import import_reviews
    from screener.settings import load_settings

    refused = 0
    with open_store(load_settings(config)) as store:
        for file in files:
            done = import_reviews(file, store, now(), by or getpass.getuser())
            refused += len(done.refused)
            typer.echo(
                f"{file.name}: {done.new:,} decisions recorded, {done.known:,} on record already, "
                f"{len(done.refused):,} rows refused"
            )
            for sentence in done.refused:
                typer.echo(f"  {sentence}", err=True)
    raise typer.Exit(ExitCode.NOT_FINISHED if refused else ExitCode.NOTHING_TO_DO)


@review.command("list")
def review_list(config: Config = None) -> None:
    """List every decision on record, the oldest first: nothing is ever deleted."""
    from screener.history import open_store
    from screener.reviews import CHOICES
    from screener.settings import load_settings

    with open_store(load_settings(config)) as store:
        found = store.decisions()
    for one in found:
        term = f", valid until {one.valid_until}" if one.valid_until else ""
        note = f": {one.note}" if one.note else ""
        typer.echo(
            f"{one.id:>5}  {one.recorded:%Y-%m-%d %H:%M}  {CHOICES.get(one.decision, one.decision):17} "
            f"{one.security}  ·  {one.programme}: {one.entity}\n"
            f"       by {one.reviewer}{term}{note}  [{one.file}, handed in by {one.recorded_by}]"
        )
    typer.echo(f"{len(found):,} decisions")
