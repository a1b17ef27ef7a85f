"""The state of the lists in words on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from screener.cli.frame import rows
from screener.cli.terminal import cut, say, width

if TYPE_CHECKING:
    from screener.lists import UpdateResult

_MOST_UNREAD: Final = 5
_SMALLEST_NAME: Final = 24


def print_update(result: UpdateResult) -> None:
    """What became of one source, and what its file says that nobody understood."""
    entries = f"{result.version.entries:,} entries" if result.version else "no version"
    first = result.version is None or not result.version.previous
    change = "" if first else f", {result.added:,} added, {result.removed:,} removed"
    change = change if result.added or result.removed else ""
    day = f" of {result.version.published}" if result.version else ""
    typer.echo(f"{result.outcome:10} {result.source}: {entries}{day}{change}")
    if result.outcome in ("refused", "failed"):
        say(" " * 11, result.message)
        return
    for failing in result.failing:
        # A file comes into force past an error only where a person said so.
        label = "overruled by --accept" if failing.severity == "error" else failing.severity
        say(" " * 11, f"{label}: {failing.sentence}")
    for failing in result.too_old:
        say(" " * 11, f"{failing.severity}: {failing.sentence}")
    if result.outcome == "new" and result.version:
        _unread(result.version.unread, result.source)


def _unread(sentences: tuple[str, ...], source: str) -> None:
    for sentence in sentences[:_MOST_UNREAD]:
        say(" " * 11 + "not understood: ", sentence, indent=13)
    if len(sentences) > _MOST_UNREAD:
        say(" " * 11, f"{len(sentences) - _MOST_UNREAD:,} more: screener lists status {source}")


def print_status(table: Any) -> None:
    """A line a source, in eighty columns, and below it why it is not well."""
    name = max(int(table["source"].str.len().max()), _SMALLEST_NAME)
    typer.echo(f"{'source':{name}} {'health':13} {'entries':>8}  {'file of':10} {'age':>5}  hash")
    for row in rows(table):
        health = "off" if row.health == "never fetched" and not row.enabled else row.health
        age = f"{row.age_days} d" if row.age_days >= 0 else ""
        entries = f"{row.entries:,}" if row.hash else ""
        line = (
            f"{row.source:{name}} {health:13} {entries:>8}  {row.published[:10]:10} {age:>5}  {row.hash[:12]}"
        )
        typer.echo(line.rstrip())
        if row.reasons:
            say("    ", row.reasons)


def print_source(row: Any) -> None:
    """All that is known of one source."""
    typer.echo(f"{row['title']}   [{row['source']}]")
    age = f"{row['age_days']} days ago" if row["age_days"] > 0 else "today" if row["age_days"] == 0 else ""
    facts = (
        ("health", row["health"]),
        ("why", row["reasons"]),
        ("updated", "by `screener lists update`" if row["enabled"] else "only when named (enabled = false)"),
        ("entries", f"{row['entries']:,}" if row["hash"] else ""),
        ("file of", row["published"]),
        ("fetched", row["fetched"].replace("T", " ") + (" UTC" if row["fetched"] else "")),
        ("confirmed", f"{row['confirmed'].replace('T', ' ')} UTC, {age}" if row["confirmed"] else ""),
        ("hash", row["hash"]),
        ("understood", row["understood"]),
        *(("not understood", one) for one in row["unread"]),
        *(("from", one) for one in row["addresses"]),
        ("drop folder", row["drop_folder"]),
        *(("version", one) for one in row["versions"]),
    )
    for label, text in facts:
        if text:
            say(f"  {label:15} ", text)


def print_changes(changes: Any) -> None:
    """A block an entity that changed, and the numbers of each source."""
    for (source, change, entity_id), group in changes.groupby(["source", "change", "entity_id"], sort=False):
        mark = {"added": "+", "removed": "-"}.get(change, "~")
        say(f"{mark} {source}  ", f"{group['name'].iloc[0]} [{entity_id}]", indent=4)
        for row in rows(group):
            if change != "changed":
                say("    ", cut(row.after or row.before, 2 * width()))
                continue
            for sign, text in (("-", row.before), ("+", row.after)):
                if text:
                    say(f"    {row.what} {sign} ", text, indent=8)
    once = changes.drop_duplicates(["source", "change", "entity_id"])
    for source, group in once.groupby("source", sort=False):
        counts = group["change"].value_counts()
        told = [f"{counts[one]:,} {one}" for one in ("added", "removed", "changed") if one in counts]
        typer.echo(f"{source}: {', '.join(told)}")
    if changes.empty:
        typer.echo("Nothing changed.")
