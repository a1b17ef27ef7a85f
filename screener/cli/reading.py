"""Commands that show how holdings files are read: read, columns; and how a person says how they are to be read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screener.cli.frame import Config, Files, progress
from screener.cli.printing import print_issues, print_tables
from screener.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from screener.holdings import Reading, ReadOptions
    from screener.settings import Settings

Profile = Annotated[
    str,
    typer.Option(metavar="NAME|FILE", help="How to read the files: a profile saved with `screener columns`."),
]
PasswordPrompt = Annotated[
    bool,
    typer.Option("--password-prompt", help="Ask for the password of workbooks, or set SCREENER_PASSWORD."),
]
_PASSWORD = "SCREENER_PASSWORD"  # the variable's name


def read_options(files: Sequence[Path], settings: Settings, profile: str, *, ask: bool) -> ReadOptions:
    """How to read ``files``: with a saved profile, and with a password where one of them needs it."""
    from screener.holdings import ReadOptions, find_profile

    options = ReadOptions(
        password=_password(files, ask=ask), profile=profile or None, profiles=settings.profiles_folder
    )
    find_profile(options)  # a profile that is wrong or not there stops before anything is read
    return options


def _password(files: Sequence[Path], *, ask: bool) -> str | None:
    """The password from the environment, else from a hidden prompt where it is asked for or a file needs one."""
    given = os.environ.get(_PASSWORD)
    if given and not ask:
        return given
    terminal = sys.stdin.isatty()
    if ask and not terminal:
        return sys.stdin.readline().rstrip("\r\n") or None
    if not terminal and not ask:
        return None
    from screener.holdings import needs_password

    locked = [path.name for path in files if needs_password(path)]
    if not locked and not ask:
        return None
    shown = ", ".join(locked) or "the workbooks"
    return str(typer.prompt(f"Password of {shown}", hide_input=True, err=True))


def read(
    files: Files,
    out: Annotated[Path, typer.Option(metavar="CSV", help="Where to write the holdings.")],
    profile: Profile = "",
    password_prompt: PasswordPrompt = False,
    config: Config = None,
) -> None:
    """Write what was understood of holdings files, in the normal form, without screening.

    The csv has one row a position; what could not be read or parsed is told on the screen.
    """
    from screener.holdings import read_files, to_csv_frame
    from screener.report.writing import put_in_place
    from screener.settings import load_settings

    options = read_options(files, load_settings(config), profile, ask=password_prompt)
    with progress() as tell:
        tell("Reading holdings")
        reading, unread = read_files(files, options)
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
    save: Annotated[
        str,
        typer.Option(metavar="NAME|FILE", help="Save this reading as a profile, to correct and to reuse."),
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a saved profile of that name.")] = False,
    profile: Profile = "",
    password_prompt: PasswordPrompt = False,
    config: Config = None,
) -> None:
    """Show the tables found in a file and what each column was taken for.

    Where a column was taken for the wrong field: save a profile, correct its TOML, and give it to `screener run
    --profile`.
    """
    from screener.holdings import read_file
    from screener.settings import load_settings

    settings = load_settings(config)
    reading = read_file(file, read_options([file], settings, profile, ask=password_prompt))
    if as_json:
        typer.echo(json.dumps(reading.columns.to_dict("records"), ensure_ascii=False, indent=2))
    else:
        print_tables(reading)
        print_issues(reading.issues)
    if save:
        path = _save(reading, save, settings, replace=replace)
        typer.echo(
            f"Profile written to {path}. Use it with: screener run {file} --profile {save}", err=as_json
        )


def _save(reading: Reading, name: str, settings: Settings, *, replace: bool) -> Path:
    from screener.holdings import make_profile, profile_path, save_profile

    path = profile_path(name, settings.profiles_folder)
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already", "Give another name, or --replace.")
    save_profile(make_profile(reading, path.stem), path)
    return path
