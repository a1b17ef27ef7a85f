"""Pairs that cannot reach a score whatever a full comparison would show: most pairs, which need no full comparison.

Which words of a pair meet at all says how much of both names can meet at the most; everything else is taken at its
best. So nothing that is left out here could have been found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.features import forms, safety_of_kinds
from screener.matching.likeness import CUT_STOP, HOUSE
from screener.matching.pairs import Met
from screener.matching.scoring import Scoring
from screener.matching.slots import Names
from screener.matching.words import WIDTH, Ints

Floats = NDArray[np.float64]
LEAST_NATS: Final = 5.5  # common words that tell less than this never reach the review threshold
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Hope:
    """What decides whether a pair is worth a full comparison."""

    scoring: Scoring
    least: float  # score


Pairs = tuple[Ints, Ints]  # rows of ours and of theirs


def hopeful(met: Met, names: tuple[Names, Names], rows: Pairs, hope: Hope) -> Ints:
    """The numbers (ascending) of the pairs of ``names`` that may score the least that is hoped for."""
    told = np.bincount(met.pair, met.nats, minlength=len(rows[0]))
    telling = np.flatnonzero(told >= LEAST_NATS)
    met, rows = met.among(telling, len(told)), (rows[0][telling], rows[1][telling])
    best = hope.scoring.at_most(at_best(met, names, rows))
    same = names[0].phrases.bare[rows[0]] == names[1].phrases.bare[rows[1]]
    kept: Ints = telling[(best >= hope.least - ROUNDING) | same]
    return kept


def at_best(met: Met, names: tuple[Names, Names], rows: Pairs) -> dict[str, Any]:
    """The best that columns of ``FEATURES`` can be for each pair whose letters are not the same."""
    facts, (ours, theirs) = names[0].facts, rows
    left = _left(met, names, rows)
    return {
        **left,
        **_first(met, names, rows),
        **forms((names[0].phrases, names[1].phrases), rows, names[0].marks.agree),
        "tail": facts.tail[ours],
        "cut_width": facts.cut_width[ours],
        "words": facts.words[ours],
        "ours_left_in_full": left["ours_left"] * facts.in_full[ours],
        "their_words": names[1].facts.words[theirs],
        "evidence": np.bincount(met.pair, met.nats, minlength=len(ours)),
        "their_weight": names[1].facts.total[theirs],
        "alike": np.zeros(len(ours)),
        "alike_and_form": np.zeros(len(ours)),
    }


def _left(met: Met, names: tuple[Names, Names], rows: Pairs) -> dict[str, Any]:
    """What words tell that meet nothing at all, which is the least that is left over."""
    ours, theirs = (side.facts.weight[row] for side, row in zip(names, rows, strict=True))
    total, their_total = (side.facts.total[row] for side, row in zip(names, rows, strict=True))
    left, their_left = ours * ~met.touched(len(ours), 0), theirs * ~met.touched(len(ours), 1)
    most, their_most = left.max(axis=1, initial=0.0), their_left.max(axis=1, initial=0.0)
    sum_left = left.sum(axis=1)
    return {
        "ours_left": sum_left,
        "ours_left_most": most,
        "theirs_left_most": their_most,
        "both_left": (most > 0) & (their_most > 0),
        "complete": (most == 0) & (their_most == 0),
        "ours_share": 1 - sum_left / np.maximum(total, 0.1),
        "theirs_share": 1 - their_left.sum(axis=1) / np.maximum(their_total, 0.1),
        "stopped": _by_kind(met, theirs, CUT_STOP),
        "house": _by_kind(met, theirs, HOUSE),
    }


def _first(met: Met, names: tuple[Names, Names], rows: Pairs) -> dict[str, Any]:
    """What the meetings of both first words tell, and how safe they are."""
    first = np.ones(len(met.pair), dtype=bool)
    for side, row, place, joined in zip(names, rows, met.places, met.joined, strict=True):
        is_first = np.zeros(len(met.pair), dtype=bool)
        for word in (side.facts.first[row][met.pair], side.facts.behind_place[row][met.pair]):
            is_first |= (place == word) | (joined & (place + 1 == word))
        first &= is_first
    pair, kind, nats = met.pair[first], met.kind[first], met.nats[first]
    safe = np.zeros(len(rows[0]))
    np.maximum.at(safe, pair, safety_of_kinds()[kind])
    return {"first_nats": np.bincount(pair, nats, minlength=len(safe)), "first_kind": safe}


def _by_kind(met: Met, weight: Floats, kind: int) -> Floats:
    """What their words tell that may be met in one way."""
    chosen = np.flatnonzero(met.kind == kind)
    pair, place, joined = met.pair[chosen], met.places[1][chosen], met.joined[1][chosen]
    second = np.where(joined, weight[pair, np.minimum(place + 1, WIDTH - 1)], 0.0)
    told = np.bincount(pair, weight[pair, place] + second, minlength=len(weight))
    return told.astype(np.float64)
