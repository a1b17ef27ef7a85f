"""Commands that take holdings files: run, read, columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from screener.cli.frame import AsOf, Config, Files, Investor, Ownership, day, now, progress, rows
from screener.cli.printing import print_issues, print_result
from screener.errors import ExitCode


def run(
    files: Files,
    as_of: AsOf = "",
    investor: Investor = "",
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the report; `report` when not given.")
    ] = None,
    known_on: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="Use the lists as they had been fetched by that day.")
    ] = "",
    accept_stale: Annotated[
        bool,
        typer.Option("--accept-stale", help="Go on with a list past its maximum age; the report says so."),
    ] = False,
    ownership: Ownership = None,
) -> None:
    """Screen holdings files and write the divestment report.

    Writes into DIR: divestment-report.xlsx, findings.csv (a row per finding), rows.csv (a row per input row) and
    run.json (versions, hashes, counts).
    """
    from screener import job
    from screener.settings import load_settings

    settings = load_settings(config)
    request = job.RunRequest(
        files=tuple(files),
        as_of=day(as_of),
        out=out or settings.run.out,
        investor=investor,
        now=now(),
        known_on=day(known_on, "--known-on") if known_on else None,
        accept_stale=accept_stale,
        ownership=ownership,
    )
    with progress() as tell:
        result = job.run(request, settings, tell)
    print_result(result)
    raise typer.Exit(result.exit_code)


def read(
    files: Files, out: Annotated[Path, typer.Option(metavar="CSV", help="Where to write the holdings.")]
) -> None:
    """Write what was understood of holdings files, in the normal form, without screening.

    The csv has one row a position; what could not be read or parsed is told on the screen.
    """
    from screener.holdings import read_files, to_csv_frame
    from screener.report.writing import put_in_place

    with progress() as tell:
        tell("Reading holdings")
        reading, unread = read_files(files)
    for _, error in unread:
        typer.echo(f"screener: {error}", err=True)
    print_issues(reading.issues)
    if len(unread) == len(files):
        raise typer.Exit(
            ExitCode.WRONG_USAGE if not any(path.exists() for path in files) else ExitCode.NOT_FINISHED
        )
    text = to_csv_frame(reading.holdings).to_csv(index=False, lineterminator="\n")
    put_in_place({out.name: text.encode()}, out.parent)
    typer.echo(f"{len(reading.holdings):,} holdings written to {out}")
    raise typer.Exit(ExitCode.NOT_FINISHED if unread else ExitCode.NOTHING_TO_DO)


def columns(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A holdings file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show the tables found in a file and what each column was taken for."""
    from screener.holdings import read_file

    found = read_file(file).columns
    if as_json:
        typer.echo(json.dumps(found.to_dict("records"), ensure_ascii=False, indent=2))
        return
    for (sheet, header), table in found.groupby(["sheet", "header_row"], sort=False):
        typer.echo(f"{sheet or file.name}: " + (f"headings in row {header}" if header else "no headings"))
        for row in rows(table):
            taken = f"{row.field} (by {row.by})" if row.field else "not used"
            typer.echo(f"  {row.column:>3}  {str(row.heading)[:40]:40}  {taken}")
