"""Which pairs of names are a match, which a person must see, and what speaks against a pair.

Thresholds and the words of the caveats are in ``config/vocabulary/name_tiers.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from screener.matching.features import FEATURES
from screener.matching.likeness import BONES, CUT, CUT_STOP, INFLECTED, TYPO
from screener.matching.pairs import Alignment
from screener.matching.slots import Names
from screener.matching.words import Ints
from screener.settings import shipped_toml

Floats = NDArray[np.float64]
FAINT = (CUT, CUT_STOP, BONES, INFLECTED, TYPO)
TELLING = 6.0  # nats of a word whose misspelling makes another company likely


@dataclass(frozen=True, slots=True, eq=False)
class Tiers:
    """The policy as read from the file."""

    match: float
    review: float
    weak_logit: float
    faint_logit: float
    faint_letters: int
    caveats: dict[str, str]

    def tier(self, score: Floats, spoken_against: dict[str, NDArray[np.bool_]]) -> NDArray[np.str_]:
        """``match``, ``review`` or ``""`` for each pair; a caveat keeps a pair out of ``match``."""
        doubted = np.zeros(len(score), dtype=bool)
        for doubt in spoken_against.values():
            doubted |= doubt
        return np.select([(score >= self.match) & ~doubted, score >= self.review], ["match", "review"], "")

    def weakened(self, score: Floats, weak: NDArray[np.bool_], faint: NDArray[np.bool_]) -> Floats:
        """``score`` with the odds of weak aliases lowered, and those of names that meet by chance."""
        logit = np.log(score / (1 - score)) - self.weak_logit * weak - self.faint_logit * faint
        result: Floats = 1 / (1 + np.exp(-logit))
        return result


def faint(alignment: Alignment, names: tuple[Names, Names], rows: tuple[Ints, Ints]) -> NDArray[np.bool_]:
    """Which pairs meet by one short word that is not theirs, or by nothing but words of place; see ``[faint]``."""
    ours, words = names[0], names[0].phrases.words[rows[0]]
    kind = alignment.ours.kind[:, 0]
    short = np.append(ours.phrases.lexicon.lengths, 0)[words[:, 0]] <= shipped_tiers().faint_letters
    alone = (ours.phrases.counts[rows[0]] == 1) & short & np.isin(kind, FAINT)
    places = ((ours.marks.place[words] > 0) | (words < 0)).all(axis=1)
    same = ours.phrases.bare[rows[0]] == names[1].phrases.bare[rows[1]]
    result: NDArray[np.bool_] = (alone | places) & ~same
    return result


def doubts(
    columns: Floats, weak: NDArray[np.bool_], by_chance: NDArray[np.bool_]
) -> dict[str, NDArray[np.bool_]]:
    """For each caveat the pairs that it holds for; ``columns`` are those of ``FEATURES``."""
    column = dict(zip(FEATURES, columns.T, strict=True))
    return {
        "form": column["form_contradicts"] > 0,
        "typo": column["typo"] >= TELLING,
        "digits": column["digits_differ"] > 0,
        "places": column["places_differ"] > 0,
        "weak": weak,
        "faint": by_chance,
    }


@cache
def shipped_tiers() -> Tiers:
    """The policy that comes with the program."""
    table = shipped_toml("vocabulary/name_tiers.toml")
    return Tiers(
        match=table["tiers"]["match"],
        review=table["tiers"]["review"],
        weak_logit=table["weak"]["logit"],
        faint_logit=table["faint"]["logit"],
        faint_letters=table["faint"]["letters"],
        caveats=table["caveats"],
    )
