"""Pairs that cannot reach a score whatever a full comparison would show: most pairs, which need no full comparison.

Which words of a pair meet at all says how much of both names can meet at the most; everything else is taken at its
best. So nothing that is left out here could have been found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.features import as_printed, first_word, forms, safety_of_kinds
from screener.matching.likeness import CUT_STOP, HOUSE
from screener.matching.pairs import Met, weights
from screener.matching.scoring import Scoring
from screener.matching.words import WIDTH, Ints, Phrases

Floats = NDArray[np.float64]
LEAST_NATS: Final = 5.5  # common words that tell less than this never reach the review threshold
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Hope:
    """What decides whether a pair is worth a full comparison."""

    scoring: Scoring
    least: float  # score
    agree: NDArray[np.bool_]  # [family, family] of legal forms


Pairs = tuple[Ints, Ints]  # rows of ours and of theirs


def hopeful(met: Met, names: tuple[Phrases, Phrases], rows: Pairs, hope: Hope) -> Ints:
    """The numbers (ascending) of the pairs of ``names`` that may score the least that is hoped for."""
    told = np.bincount(met.pair, met.nats, minlength=len(rows[0]))
    telling = np.flatnonzero(told >= LEAST_NATS)
    met, rows = met.among(telling, len(told)), (rows[0][telling], rows[1][telling])
    best = hope.scoring.at_most(at_best(met, names, rows, hope.agree))
    same = names[0].bare[rows[0]] == names[1].bare[rows[1]]
    kept: Ints = telling[(best >= hope.least - ROUNDING) | same]
    return kept


def at_best(
    met: Met, names: tuple[Phrases, Phrases], rows: Pairs, agree: NDArray[np.bool_]
) -> dict[str, Floats]:
    """The best that columns of ``FEATURES`` can be for each pair whose letters are not the same."""
    printed = as_printed(names[0], rows[0])
    columns = {**_left(met, names, rows), **_told(met, names, rows), **forms(names, rows, agree), **printed}
    columns["ours_left_in_full"] = columns["ours_left"] * columns["in_full"]
    columns["alike"] = columns["alike_and_form"] = np.zeros(len(rows[0]))
    return columns


def _left(met: Met, names: tuple[Phrases, Phrases], rows: Pairs) -> dict[str, Any]:
    """What words tell that meet nothing at all, which is the least that is left over."""
    weight, their_weight = (weights(side, row) for side, row in zip(names, rows, strict=True))
    left = weight * ~met.touched(len(weight), 0)
    their_left = their_weight * ~met.touched(len(weight), 1)
    total, their_total = weight.sum(axis=1), their_weight.sum(axis=1)
    most, their_most = left.max(axis=1, initial=0.0), their_left.max(axis=1, initial=0.0)
    return {
        "ours_left": left.sum(axis=1),
        "ours_left_most": most,
        "theirs_left_most": their_most,
        "both_left": (most > 0) & (their_most > 0),
        "complete": (most == 0) & (their_most == 0),
        "ours_share": 1 - left.sum(axis=1) / np.maximum(total, 0.1),
        "theirs_share": 1 - their_left.sum(axis=1) / np.maximum(their_total, 0.1),
        "their_weight": their_total,
        "words": (weight > 0).sum(axis=1),
        "their_words": (their_weight > 0).sum(axis=1),
        **{
            name: _by_kind(met, their_weight, kind)
            for name, kind in (("stopped", CUT_STOP), ("house", HOUSE))
        },
    }


def _told(met: Met, names: tuple[Phrases, Phrases], rows: Pairs) -> dict[str, Any]:
    """What all meetings tell, and those of both first words."""
    pairs = len(rows[0])
    firsts = [first_word(side, row) for side, row in zip(names, rows, strict=True)]
    first = np.ones(len(met.pair), dtype=bool)
    for place, joined, word in zip(met.places, met.joined, firsts, strict=True):
        first &= (place == word[met.pair]) | (joined & (place + 1 == word[met.pair]))
    safe = np.zeros(pairs)
    np.maximum.at(safe, met.pair[first], safety_of_kinds()[met.kind[first]])
    return {
        "evidence": np.bincount(met.pair, met.nats, minlength=pairs),
        "first_nats": np.bincount(met.pair[first], met.nats[first], minlength=pairs),
        "first_kind": safe,
    }


def _by_kind(met: Met, weight: Floats, kind: int) -> Floats:
    """What their words tell that may be met in one way."""
    chosen = np.flatnonzero(met.kind == kind)
    pair, place, joined = met.pair[chosen], met.places[1][chosen], met.joined[1][chosen]
    second = np.where(joined, weight[pair, np.minimum(place + 1, WIDTH - 1)], 0.0)
    told = np.bincount(pair, weight[pair, place] + second, minlength=len(weight))
    return told.astype(np.float64)
