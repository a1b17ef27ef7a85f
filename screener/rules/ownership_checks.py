"""What cannot be right, or is stated twice, in an ownership file: each remark names its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final

from screener.rules.ownership import Stake

_ALL: Final = 100.0
_ROUNDING: Final = 0.5  # percent by which shares that were rounded may be over the whole
_MOST_NAMED: Final = 5


def once_each(file: str, stakes: Iterable[Stake]) -> tuple[list[Stake], list[str]]:
    """``stakes`` without those stated twice word for word, which would count double."""
    rows: dict[Stake, list[int]] = defaultdict(list)
    for stake in stakes:
        rows[replace(stake, row=0)].append(stake.row)
    told = [
        f"{file} rows {_named(same)}: the same stake is stated {len(same)} times and is counted once"
        for same in rows.values()
        if len(same) > 1
    ]
    return [replace(stake, row=same[0]) for stake, same in rows.items()], _few(told)


def remarks(file: str, stakes: Sequence[Stake]) -> list[str]:
    """Companies of which more than all is owned, stakes that overlap, and circles of ownership."""
    return [*_over_the_whole(file, stakes), *_overlapping(file, stakes), *_circles(file, stakes)]


def _over_the_whole(file: str, stakes: Iterable[Stake]) -> list[str]:
    """Companies of which more than all is owned on one day: one of the rows must be wrong or out of date."""
    told = []
    for company, parts in _grouped(stakes, lambda stake: stake.owned).items():
        for day in sorted({part.since for part in parts}):
            held = [part for part in parts if part.since <= day <= part.until]
            total = sum(part.percent for part in held)
            if total > _ALL + _ROUNDING:
                rows = _named(part.row for part in held)
                told.append(
                    f"{file} rows {rows}: {total:g} percent of {company} is owned, more than all of it"
                )
                break
    return _few(told)


def _overlapping(file: str, stakes: Iterable[Stake]) -> list[str]:
    """Stakes of one owner in one company at one time: often the earlier one lacks its last day."""
    told = []
    for parts in _grouped(stakes, lambda stake: (stake.owner, stake.owned)).values():
        for first, second in pairwise(sorted(parts, key=lambda part: part.since)):
            if second.since <= first.until:
                told.append(
                    f"{file} rows {_named([first.row, second.row])}: {first.owner} holds two stakes in {first.owned} "
                    "at the same time and both are counted; end the earlier one with a day in `until` if it was replaced"
                )
    return _few(told)


def _circles(file: str, stakes: Sequence[Stake]) -> list[str]:
    """Companies that own each other in a circle, which is lawful but often a slip."""
    row_of = {(stake.owner, stake.owned): stake.row for stake in stakes}
    told = list[str]()
    while len(told) < _MOST_NAMED:
        circle = _circle(row_of)
        if not circle:
            break
        links = [(owner, owned) for owner, owned in pairwise(circle) if (owner, owned) in row_of]
        rows = _named(row_of[link] for link in links)
        told.append(
            f"{file} rows {rows}: {' > '.join(circle)} own each other in a circle; each is counted once"
        )
        del row_of[links[0]]
    return told


def _circle(links: Iterable[tuple[str, str]]) -> list[str]:
    """The companies of one circle, the first again at the end; none where there is no circle."""
    graph = TopologicalSorter[str]()
    for owner, owned in links:
        graph.add(owned, owner)
    try:
        graph.prepare()
    except CycleError as error:
        return [str(node) for node in error.args[1]]
    return []


def _grouped(stakes: Iterable[Stake], key: Callable[[Stake], Hashable]) -> dict[Hashable, list[Stake]]:
    groups: dict[Hashable, list[Stake]] = defaultdict(list)
    for stake in stakes:
        groups[key(stake)].append(stake)
    return groups


def _named(rows: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(rows)))


def _few(told: list[str]) -> list[str]:
    more = [f"{len(told) - _MOST_NAMED:,} more remarks of this kind"] if len(told) > _MOST_NAMED else []
    return [*told[:_MOST_NAMED], *more]
