"""Commands about the restricted lists: lists update, status, diff, show."""

from __future__ import annotations

from typing import Annotated

import typer

from screener.cli.bars import downloads
from screener.cli.frame import AsOf, Config, lists_and_rules, now
from screener.cli.list_printing import print_changes, print_source, print_status, print_update
from screener.cli.printing import print_story
from screener.cli.terminal import say
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

    Exit code 3 when any source could not be updated, or what its address serves is too old.
    """
    from screener import job
    from screener.lists import update
    from screener.settings import load_settings

    sources = job.lists_config(load_settings(config))
    with downloads() as tell:
        results = update(sources, tell, now=now(), only=tuple(only or ()), accept=tuple(accept or ()))
    for result in results:
        print_update(result)
    usable = all(result.usable for result in results)
    raise typer.Exit(ExitCode.NOTHING_TO_DO if usable else ExitCode.NOT_FINISHED)


@lists.command("status")
def lists_status(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="One source, with all that is known of it.")
    ] = "",
    config: Config = None,
) -> None:
    """Show every source: health, entries, date of the file, days since it was confirmed, hash.

    With SOURCE also where it comes from, and what of its file was not understood. Exit code 3 when a source has failed.
    """
    from screener import job
    from screener.lists import status
    from screener.settings import load_settings

    sources = job.lists_config(load_settings(config))
    table = status(sources, now().date(), source)
    if source:
        print_source(table.iloc[0])
    else:
        print_status(table)
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

    print_changes(diff(job.lists_config(load_settings(config)), before, after, source=source))


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
        widest = min(max(map(len, found)), _WIDEST_ID)
        for one in found:
            say(f"  {one:{widest}}  ", str(names[one]))
        return
    for one in found:
        print_story(inspection.story(restricted, one, rules))
    others = [one for one in inspection.mentioned(restricted, entity) if one not in found]
    if others:
        more = f", and {len(others) - _MOST_SHOWN:,} more" if len(others) > _MOST_SHOWN else ""
        names = restricted.entities.set_index("entity_id")["name"]
        told = "; ".join(f"{names[one]} [{one}]" for one in others[:_MOST_SHOWN])
        say(f"Other entities with '{entity}' in a name: ", told + more, indent=2)


_MOST_SHOWN = 3
_WIDEST_ID = 40
