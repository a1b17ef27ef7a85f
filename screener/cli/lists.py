"""Commands about the restricted lists: lists update, status, diff, show."""

from __future__ import annotations

from typing import Annotated

import typer

from screener.cli.frame import AsOf, Config, lists_and_rules, now, progress, rows
from screener.cli.printing import print_story
from screener.errors import ExitCode

lists = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Fetch the restricted lists and look at them."
)


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
    with progress() as tell:
        tell("Updating restricted lists")
        results = update(sources, now=now(), only=tuple(only or ()), accept=tuple(accept or ()))
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

    table = status(job.lists_config(load_settings(config)), now().date())
    typer.echo(f"{'source':22} {'health':14} {'entries':>8}  {'file of':10} {'age':>5}  hash")
    for row in rows(table):
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
    for row in rows(changes):
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

    restricted, rules, _ = lists_and_rules(config, "", as_of)
    found = inspection.find_entities(restricted, entity)
    if len(found) > _MOST_SHOWN:
        names = restricted.entities.set_index("entity_id")["name"]
        typer.echo(f"{len(found)} entities fit '{entity}'. Show one by its id:")
        for one in found:
            typer.echo(f"  {one:45} {names[one]}")
        return
    for one in found:
        print_story(inspection.story(restricted, one, rules))


_MOST_SHOWN = 3
