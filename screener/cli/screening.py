"""The command that screens holdings files: run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from screener.cli.frame import (
    AsOf,
    Config,
    Files,
    Investor,
    LookThrough,
    Ownership,
    ReferenceFiles,
    day,
    now,
    progress,
)
from screener.cli.mail import Mail, MailDryRun, Portfolio, check_before, deliver
from screener.cli.printing import print_result
from screener.cli.reading import PasswordPrompt, Profile, read_options


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
    look_through: LookThrough = None,
    profile: Profile = "",
    password_prompt: PasswordPrompt = False,
    portfolio: Portfolio = "",
    mail: Mail = False,
    mail_dry_run: MailDryRun = None,
    reference: ReferenceFiles = None,
) -> None:
    """Screen holdings files and write the divestment report.

    Writes into DIR: divestment-report.xlsx and .html, findings.csv (a row per finding), rows.csv (a row per input row) and
    run.json (versions, hashes, counts).
    """
    from screener import job
    from screener.funds import Source
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
        reading=read_options(files, settings, profile, ask=password_prompt),
        look_through=tuple(Source.parse(text) for text in look_through or ()),
        portfolio=portfolio,
        reference=tuple(reference or ()),
    )
    check_before(request, settings, send=mail, write=mail_dry_run is not None)
    with progress() as tell:
        result = job.run(request, settings, tell)
    print_result(result)
    code = result.exit_code
    if mail or mail_dry_run:
        code = deliver(request, result, settings, mail_dry_run)
    raise typer.Exit(code)
