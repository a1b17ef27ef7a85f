"""Health gates: what a list must look like before it comes into force, and how old it may be afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from screener.lists.config import Source
from screener.lists.parsed import CUT_SHORT, Parsed
from screener.lists.succession import Before, added_now, removed_now


@dataclass(frozen=True, slots=True)
class Failing:
    """A gate that was not passed, and the sentence that says why."""

    check: str
    severity: str
    sentence: str


def examine(source: Source, parsed: Parsed, before: Before | None) -> tuple[Failing, ...]:
    """The gates that a newly read list does not pass; an empty list never passes."""
    failing = [
        Failing(gate.check, gate.severity, sentence)
        for gate in source.gates
        if gate.check in _EXAMINERS and (sentence := _EXAMINERS[gate.check](gate.value, parsed, before))
    ]
    if not len(parsed.entities):
        failing.insert(0, Failing("min_entries", "error", "the list is empty"))
    failing += [
        Failing("truncated", "error", f"{value}: {reason}")
        for value, reason in parsed.unread.loc[
            parsed.unread["what"] == CUT_SHORT, ["value", "reason"]
        ].to_numpy()
    ]
    if before is not None and before.dated and parsed.published < before.published:
        sentence = f"the file is of {parsed.published}, older than the one in force, of {before.published}"
        failing.append(Failing("older", "error", sentence))
    return tuple(failing)


def overdue(source: Source, confirmed: str, published: str, today: date) -> tuple[Failing, ...]:
    """The age gates that a version in force does not pass on ``today``."""
    ages = (
        (
            "max_age_days",
            confirmed[:10],
            "the publisher last confirmed it {days} days ago ({day}); {limit} are allowed",
        ),
        (
            "max_file_age_days",
            published,
            "the file is of {day}, {days} days ago; {limit} are allowed (its address may have changed)",
        ),
    )
    failing = []
    for check, day, sentence in ages:
        gate = source.gate(check)
        if gate is None or not day:
            continue
        days = (today - date.fromisoformat(day)).days
        if days > gate.value:
            failing.append(
                Failing(check, gate.severity, sentence.format(days=days, day=day, limit=gate.value))
            )
    return tuple(failing)


def _too_few(limit: Any, parsed: Parsed, before: Before | None) -> str:
    found = len(parsed.entities)
    return f"{found} entries, fewer than {limit}" if found < limit else ""


def _too_many(limit: Any, parsed: Parsed, before: Before | None) -> str:
    found = len(parsed.entities)
    return f"{found} entries, more than {limit}" if found > limit else ""


def _changed(limit: Any, parsed: Parsed, before: Before | None) -> str:
    if before is None or not len(before.tables.listings):
        return ""
    added, removed = len(added_now(parsed, before)), len(removed_now(parsed, before))
    share = (added + removed) / max(len(parsed.listings) - added + removed, 1)
    if share <= limit:
        return ""
    return f"{added} listings added and {removed} removed at once, {share:.0%} of the last version; {limit:.0%} is allowed"


def _removed(limit: Any, parsed: Parsed, before: Before | None) -> str:
    if before is None or not len(before.tables.listings):
        return ""
    removed = len(removed_now(parsed, before))
    share = removed / max(len(parsed.listings) - len(added_now(parsed, before)) + removed, 1)
    if share <= limit:
        return ""
    return (
        f"{removed} listings of the last version are gone at once, {share:.1%} of it; {limit:.0%} is allowed"
    )


def _unread(limit: Any, parsed: Parsed, before: Before | None) -> str:
    found = int((parsed.unread["severity"] != "note").sum())
    return f"{found} things were not understood; {limit} are tolerated" if found > limit else ""


def _sentinels(names: Any, parsed: Parsed, before: Before | None) -> str:
    printed = set(parsed.names["name"].str.casefold())
    missing = [name for name in names if name.casefold() not in printed]
    return f"{', '.join(missing)} must be on this list and is not" if missing else ""


_EXAMINERS: Final[dict[str, Callable[[Any, Parsed, Before | None], str]]] = {
    "min_entries": _too_few,
    "max_entries": _too_many,
    "max_change": _changed,
    "max_removed": _removed,
    "max_unread": _unread,
    "sentinels": _sentinels,
}
