"""Which pairs of names are a match, which a person must see, and what speaks against a pair.

Thresholds and the words of the caveats are in ``config/vocabulary/name_tiers.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from screener.matching.features import FEATURES
from screener.settings import shipped_toml

Floats = NDArray[np.float64]
TELLING = 6.0  # nats of a word whose misspelling makes another company likely


@dataclass(frozen=True, slots=True, eq=False)
class Tiers:
    """The policy as read from the file."""

    match: float
    review: float
    weak_logit: float
    caveats: dict[str, str]

    def tier(self, score: Floats, spoken_against: dict[str, NDArray[np.bool_]]) -> NDArray[np.str_]:
        """``match``, ``review`` or ``""`` for each pair; a caveat keeps a pair out of ``match``."""
        doubted = np.zeros(len(score), dtype=bool)
        for doubt in spoken_against.values():
            doubted |= doubt
        return np.select([(score >= self.match) & ~doubted, score >= self.review], ["match", "review"], "")

    def weakened(self, score: Floats, weak: NDArray[np.bool_]) -> Floats:
        """``score`` with the odds of weak aliases lowered."""
        logit = np.log(score / (1 - score)) - np.where(weak, self.weak_logit, 0.0)
        result: Floats = 1 / (1 + np.exp(-logit))
        return result


def doubts(columns: Floats, weak: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """For each caveat the pairs that it holds for; ``columns`` are those of ``FEATURES``."""
    column = dict(zip(FEATURES, columns.T, strict=True))
    return {
        "form": column["form_contradicts"] > 0,
        "typo": column["typo"] >= TELLING,
        "digits": column["digits_differ"] > 0,
        "places": column["places_differ"] > 0,
        "weak": weak,
    }


@cache
def shipped_tiers() -> Tiers:
    """The policy that comes with the program."""
    table = shipped_toml("vocabulary/name_tiers.toml")
    return Tiers(table["tiers"]["match"], table["tiers"]["review"], table["weak"]["logit"], table["caveats"])
