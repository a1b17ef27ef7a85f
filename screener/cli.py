"""The command line: arguments in, exit code out. The only module that prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from screener import __version__
from screener.errors import ExitCode, ScreenerError, UsageError

# Everything heavy is imported inside the commands: `screener --help` answers at once.
if TYPE_CHECKING:
    from screener.inspection import EntityStory
    from screener.job import RunResult
    from screener.rules.decision import Rules
    from screener.screening import Screening

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
lists = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Fetch the restricted lists and look at them."
)
app.add_typer(lists, name="lists")

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Holdings: xlsx, xlsm, xlsb, xls, ods, csv.")
]
AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day to decide for; today when not given.")]
Investor = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="Whose holdings: us, eu, nl, no, uk, or a profile (.toml). Assumed to be us when not given.",
    ),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings in place of the shipped screener.toml.")
]


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


@app.command()
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
        as_of=_day(as_of),
        out=out or settings.run.out,
        investor=investor,
        now=_now(),
        known_on=_day(known_on, "--known-on") if known_on else None,
        accept_stale=accept_stale,
    )
    with _progress() as progress:
        result = job.run(request, settings, progress)
    _print_result(result)
    raise typer.Exit(result.exit_code)


@app.command()
def read(
    files: Files, out: Annotated[Path, typer.Option(metavar="CSV", help="Where to write the holdings.")]
) -> None:
    """Write what was understood of holdings files, in the normal form, without screening.

    The csv has one row a position; what could not be read or parsed is told on the screen.
    """
    from screener.holdings import read_files, to_csv_frame
    from screener.report.writing import put_in_place

    with _progress() as progress:
        progress("Reading holdings")
        reading, unread = read_files(files)
    for _, error in unread:
        typer.echo(f"screener: {error}", err=True)
    _print_issues(reading.issues)
    if len(unread) == len(files):
        raise typer.Exit(
            ExitCode.WRONG_USAGE if not any(path.exists() for path in files) else ExitCode.NOT_FINISHED
        )
    text = to_csv_frame(reading.holdings).to_csv(index=False, lineterminator="\n")
    put_in_place({out.name: text.encode()}, out.parent)
    typer.echo(f"{len(reading.holdings):,} holdings written to {out}")
    raise typer.Exit(ExitCode.NOT_FINISHED if unread else ExitCode.NOTHING_TO_DO)


@app.command()
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
        for row in _rows(table):
            taken = f"{row.field} (by {row.by})" if row.field else "not used"
            typer.echo(f"  {row.column:>3}  {str(row.heading)[:40]:40}  {taken}")


@app.command()
def match(
    names: Annotated[Path, typer.Argument(metavar="NAMES.csv", help="Names to look for: a column `query`.")],
    against: Annotated[
        Path, typer.Option(metavar="ENTITIES.csv", help="Columns entity_id,name; aliases as rows.")
    ],
    out: Annotated[Path, typer.Option(metavar="CSV", help="Where to write the matches.")] = Path(
        "matches.csv"
    ),
) -> None:
    """Match names in bulk: the best entity of each printed name, with score, tier and reason."""
    from screener.matching.names_csv import match_file
    from screener.report.writing import put_in_place

    asked = _csv(names, ["query"])
    entities = _csv(against, ["entity_id", "name"])
    with _progress() as progress:
        progress("Matching names")
        found = match_file(asked, entities)
    put_in_place({out.name: found.to_csv(index=False, lineterminator="\n").encode()}, out.parent)
    typer.echo(f"{len(found):,} of {asked['query'].nunique():,} names met an entity; written to {out}")


@app.command()
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The security as printed.")] = "",
    isin: str = "",
    cusip: str = "",
    sedol: str = "",
    figi: str = "",
    lei: str = "",
    ticker: Annotated[str, typer.Option(help="With its market: '1810 HK', '1810.HK', 'XIACY US'.")] = "",
    country: Annotated[str, typer.Option(help="Country or exchange of a bare ticker.")] = "",
    as_of: AsOf = "",
    investor: Investor = "",
    config: Config = None,
) -> None:
    """Screen one security by hand and say why.

    Examples:  screener check "XIAOMI CORP-CLASS B" --as-of 2021-02-01   ·   screener check --isin HK0883013259
    """
    from screener import inspection

    said = {"name": name, "isin": isin, "cusip": cusip, "sedol": sedol, "figi": figi, "lei": lei}
    said |= {"ticker": ticker, "country": country}
    if not any(value.strip() for value in said.values()):
        raise UsageError("Nothing to check", "Give a name, an ISIN or another identifier.")
    restricted, rules = _lists_and_rules(config, investor, as_of)
    screening = inspection.check(said, restricted, rules)
    typer.echo(_heading(said, rules, assumed=not investor))
    _print_check(screening)
    if screening.findings.empty and name.strip():
        _print_closest(inspection.closest(name, restricted, rules.as_of))
    from screener.job import needs_action

    raise typer.Exit(ExitCode.ACTION_NEEDED if needs_action(screening.findings) else ExitCode.NOTHING_TO_DO)


@lists.command("update")
def lists_update(
    only: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Sources of lists.toml; all enabled ones when none."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Overrule the failing gates of a source, after a look at it."),
    ] = None,
    config: Config = None,
) -> None:
    """Fetch the publishers' lists; a file that fails its checks leaves the last good version in force.

    Exit code 3 when any source could not be updated.
    """
    from screener import job
    from screener.lists import update
    from screener.settings import load_settings

    sources = job.lists_config(load_settings(config))
    with _progress() as progress:
        progress("Updating restricted lists")
        results = update(sources, now=_now(), only=tuple(only or ()), accept=tuple(accept or ()))
    for result in results:
        change = (
            f", {result.added:,} added, {result.removed:,} removed" if result.added or result.removed else ""
        )
        entries = f"{result.version.entries:,} entries" if result.version else "no version"
        typer.echo(f"{result.outcome:10} {result.source}: {entries}{change}")
        if result.outcome in ("refused", "failed"):
            typer.echo(f"           {result.message}")
    kept_out = any(result.outcome in ("refused", "failed") for result in results)
    raise typer.Exit(ExitCode.NOT_FINISHED if kept_out else ExitCode.NOTHING_TO_DO)


@lists.command("status")
def lists_status(config: Config = None) -> None:
    """Show every source: health, entries, date of the file, days since it was confirmed, hash.

    Exit code 3 when a source has failed.
    """
    from screener import job
    from screener.lists import status
    from screener.settings import load_settings

    table = status(job.lists_config(load_settings(config)), _now().date())
    typer.echo(f"{'source':22} {'health':14} {'entries':>8}  {'file of':10} {'age':>5}  hash")
    for row in _rows(table):
        age = f"{row.age_days} d" if row.age_days >= 0 else ""
        typer.echo(
            f"{row.source:22} {row.health:14} {row.entries:>8,}  {row.published[:10]:10} {age:>5}  {row.hash[:12]}"
        )
        if row.reasons:
            typer.echo(f"    {row.reasons}")
    raise typer.Exit(ExitCode.NOT_FINISHED if (table["health"] == "failed").any() else ExitCode.NOTHING_TO_DO)


@lists.command("diff")
def lists_diff(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A day (as known on it), or a version's hash.")
    ],
    after: Annotated[
        str, typer.Argument(metavar="AFTER", help="A day (as known on it), or a version's hash.")
    ],
    source: Annotated[str, typer.Option(metavar="SOURCE", help="One source only.")] = "",
    config: Config = None,
) -> None:
    """Show what changed between two versions of the lists: entities added, removed, changed, and in what."""
    from screener import job
    from screener.lists import diff
    from screener.settings import load_settings

    changes = diff(job.lists_config(load_settings(config)), before, after, source=source)
    for row in _rows(changes):
        what = (
            f"  {row.what}: {row.before} -> {row.after}"
            if row.change == "changed"
            else f"  {row.after or row.before}"
        )
        typer.echo(f"{row.source}  {row.change:8} {row.name} [{row.entity_id}]{what}")
    typer.echo(f"{len(changes):,} changes")


@lists.command("show")
def lists_show(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="An id, an identifier, or part of a name.")],
    as_of: AsOf = "",
    config: Config = None,
) -> None:
    """Tell the whole story of one entity: names, identifiers, and every listing with its dates and sources."""
    from screener import inspection

    restricted, rules = _lists_and_rules(config, "", as_of)
    found = inspection.find_entities(restricted, entity)
    if len(found) > _MOST_SHOWN:
        names = restricted.entities.set_index("entity_id")["name"]
        typer.echo(f"{len(found)} entities fit '{entity}'. Show one by its id:")
        for one in found:
            typer.echo(f"  {one:45} {names[one]}")
        return
    for one in found:
        _print_story(inspection.story(restricted, one, rules))


_MOST_SHOWN = 3


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if version:
        typer.echo(f"screener {__version__}")
        raise typer.Exit


def _day(text: str, option: str = "--as-of") -> date:
    if not text:
        return date.today()  # noqa: DTZ011 - the caller's own day, as printed on their wall
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: '{text}' is not a day", "Write it as 2021-02-01.") from None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _lists_and_rules(config: Path | None, investor: str, as_of: str) -> tuple[Any, Rules]:
    from screener import job
    from screener.settings import load_settings

    settings = load_settings(config)
    request = job.RunRequest((), _day(as_of), Path(), investor)
    return job.load_lists(settings), job.rules_for(request, settings)


def _csv(path: Path, needed: list[str]) -> Any:
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", "Check the path.") from None
    except (ValueError, OSError) as error:
        raise UsageError(f"{path}: cannot be read as csv ({error})", "Save it as UTF-8 csv.") from None
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise UsageError(f"{path}: no column '{missing[0]}'", f"It needs the columns {', '.join(needed)}.")
    return frame


def _rows(frame: Any) -> Iterator[Any]:
    yield from frame.itertuples(index=False)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is going on, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as line:
        yield lambda stage: line.update(f"{stage} …")


def _print_result(result: RunResult) -> None:
    from screener.report import summarise

    summary = summarise(result.report)
    typer.echo(summary.verdict)
    for reason in summary.banner.reasons:
        typer.echo(f"  {reason.colour}: {reason.text}")
    typer.echo(f"Report: {result.written['divestment-report.xlsx']}")


def _print_issues(issues: Any) -> None:
    for row in _rows(issues[issues["severity"] != "note"].head(20)):
        place = ", ".join(
            part for part in (row.file, row.sheet, f"row {row.row}" if row.row else "", row.column) if part
        )
        typer.echo(
            f"  {row.severity}: {place}: {row.reason}" + (f" ('{row.value}')" if row.value else ""), err=True
        )


def _heading(said: dict[str, str], rules: Rules, *, assumed: bool) -> str:
    from screener.rules.days import in_words

    what = " · ".join(value for value in said.values() if value)
    whom = rules.investor.name + (" (assumed)" if assumed else "")
    return f"{what}\nas of {in_words(rules.as_of)}, for: {whom}\n"


def _print_check(screening: Screening) -> None:
    if screening.findings.empty:
        outcome = screening.outcomes.iloc[0]
        typer.echo(
            "CLEAR: on no list in force"
            if outcome["outcome"] == "clear"
            else f"NOT SCREENED: {outcome['reason']}"
        )
    for row in _rows(screening.findings):
        dates = [f"until {row.until}"] if row.until else []
        dates += [f"effective {row.effective}"] if row.effective else []
        dates += [f"mandatory: {row.mandatory}"] if row.mandatory else []
        typer.echo(
            f"{row.action}  {row.programme}  {row.entity}" + (f"  ({', '.join(dates)})" if dates else "")
        )
        typer.echo(
            f"  ours    {row.ours}\n  theirs  {row.theirs}   [{row.tier}, {row.score:.3f}, {row.method}]"
        )
        typer.echo(f"  status  {row.status}\n  why     {row.why}\n  basis   {row.basis}")
        for number, line in enumerate(row.sources.splitlines()):
            typer.echo(f"  {'sources' if number == 0 else '       '} {line}")
        typer.echo("")


def _print_closest(near: Any) -> None:
    if not len(near):
        typer.echo("No listed name comes near.")
        return
    best = near.iloc[0]
    typer.echo(
        f"Closest listed name: {best['name']} (score {best['score']:.2f}), no match because: {best['why']}."
    )


def _print_story(story: EntityStory) -> None:
    from screener.rules.days import in_words

    typer.echo(f"{story.name}   [{story.entity_id}]")
    for label, values in (("names", story.names), ("identifiers", story.identifiers), ("links", story.links)):
        if values:
            typer.echo(f"  {label:12} {'; '.join(values)}")
    if story.note:
        typer.echo(f"  {'note':12} {story.note}")
    for listing in story.listings:
        typer.echo(f"\n  {listing.programme}: {listing.list}\n  printed as: {listing.printed}")
        for entry in listing.entries:
            source = f"computed: {entry.source}" if entry.computed else entry.source
            typer.echo(f"    {in_words(entry.day):>11}  {entry.what}\n                 [{source}]")
        typer.echo(f"    {listing.stands}")
    typer.echo("")


if __name__ == "__main__":
    main()
