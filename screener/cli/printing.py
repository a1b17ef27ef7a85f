"""Results in words on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from screener.cli.frame import rows
from screener.cli.terminal import say

if TYPE_CHECKING:
    from screener.holdings import Reading
    from screener.inspection import EntityStory
    from screener.job import RunResult
    from screener.rules.decision import Rules
    from screener.screening import Screening


def print_result(result: RunResult) -> None:
    """The verdict, why the report has its colour, and where it is."""
    summary = result.summary
    typer.echo(summary.verdict)
    for reason in summary.banner.reasons:
        typer.echo(f"  {reason.colour}: {reason.text}")
    typer.echo(f"Report: {result.written['divestment-report.xlsx']}")
    if result.unrecorded:
        typer.echo(f"screener: {result.unrecorded}", err=True)


def print_tables(reading: Reading) -> None:
    """Each table with what became of its rows, and each of its columns with its first value."""
    keys = ["file", "sheet", "header_row"]
    columns = dict(list(reading.columns.groupby(keys, sort=False)))
    for (file, sheet, header), tables in reading.tables.groupby(keys, sort=False):
        for table in rows(tables):
            where = f"headings in row {header}" if header else "no headings"
            typer.echo(f"{sheet or file}: {where}{_rows_read(table)}")
        for row in rows(columns[file, sheet, header]):
            taken = f"{row.field} ({_known_by(row.by)})" if row.field else "not used"
            shown = f"e.g. {row.first_value}" if row.first_value else ""
            heading = str(row.heading) or "(no heading)"
            typer.echo(f"  {row.column:>3}  {heading[:40]:40}  {taken:26}  {shown[:60]}".rstrip())
        typer.echo("")


def _rows_read(table: Any) -> str:
    """What became of the rows of one table, in words."""
    counts = (
        (table.positions, "position", "positions"),
        (table.cash, "cash line", "cash lines"),
        (table.not_screened, "row that says nothing to screen by", "rows that say nothing to screen by"),
        (table.other_rows, "total, section or note", "totals, sections or notes"),
    )
    told = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]
    where = f", rows {table.first_row:,} to {table.last_row:,}: " if table.last_row else ": "
    of = f"; account {table.portfolio}" if table.portfolio else ""
    money = f"; values in {table.currency}" if table.currency else ""
    sign = {",": "; decimal comma", ".": "; decimal point", "": ""}[table.decimal]
    return f"{where}{', '.join(told) or 'empty'}{of}{money}{sign}"


def _known_by(how: str) -> str:
    return "where the first is blank" if how == "spare" else f"by {how}"


def print_issues(issues: Any) -> None:
    """The first issues that matter, with their places."""
    for row in rows(issues[issues["severity"] != "note"].head(20)):
        place = ", ".join(
            part for part in (row.file, row.sheet, f"row {row.row}" if row.row else "", row.column) if part
        )
        typer.echo(
            f"  {row.severity}: {place}: {row.reason}" + (f" ('{row.value}')" if row.value else ""), err=True
        )


def heading(said: dict[str, str], rules: Rules, *, assumed: bool) -> str:
    """What was asked, for which day and whom."""
    from screener.rules.days import in_words

    what = " · ".join(value for value in said.values() if value)
    whom = rules.investor.name + (" (assumed)" if assumed else "")
    return f"{what}\nas of {in_words(rules.as_of)}, for: {whom}\n"


def print_check(screening: Screening) -> None:
    """Every finding with both sides, dates, basis and sources."""
    if screening.findings.empty:
        outcome = screening.outcomes.iloc[0]
        typer.echo(
            "CLEAR: on no list in force"
            if outcome["outcome"] == "clear"
            else f"NOT SCREENED: {outcome['reason']}"
        )
    for row in rows(screening.findings):
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


def print_closest(near: Any) -> None:
    """The nearest listed name, and why it is no match."""
    if not len(near):
        typer.echo("No listed name comes near.")
        return
    best = near.iloc[0]
    typer.echo(
        f"Closest listed name: {best['name']} (score {best['score']:.2f}), no match because: {best['why']}."
    )


def print_notes(notes: Sequence[str]) -> None:
    """What was not looked at, or is to be known before relying on the answer."""
    for note in notes:
        typer.echo(f"Note: {note.rstrip('.')}.")


def print_story(story: EntityStory) -> None:
    """An entity as the list holds it, with every listing and its dated events."""
    from screener.rules.days import in_words

    say(f"{story.name}   ", f"[{story.entity_id}]", indent=2)
    for label, values in (("names", story.names), ("identifiers", story.identifiers), ("links", story.links)):
        if values:
            say(f"  {label:12} ", "; ".join(values))
    for label, text in (("note", story.note), *(("CONFLICT", one) for one in story.conflicts)):
        if text:
            say(f"  {label:12} ", text)
    for listing in story.listings:
        typer.echo("")
        say(f"  {listing.programme}: ", listing.list, indent=4)
        say("  printed as: ", listing.printed, indent=4)
        for entry in listing.entries:
            source = f"computed: {entry.source}" if entry.computed else entry.source
            say(f"    {in_words(entry.day):>11}  ", entry.what)
            say(" " * 17, f"[{source}]", indent=18)
        say("    ", listing.stands)
    typer.echo("")
