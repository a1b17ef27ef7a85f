"""The score of a pair of names: a logistic regression whose weights are data (``name_scoring.toml``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from screener.errors import ConfigurationError
from screener.matching.features import FEATURES
from screener.settings import shipped_toml

Floats = NDArray[np.float64]
FILE = "vocabulary/name_scoring.toml"


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """Weights and caps in the order of ``FEATURES``."""

    weights: Floats
    caps: Floats
    constant: float

    def score(self, columns: Floats) -> Floats:
        """The probability, in (0, 1), that each row of features is the same company."""
        logit = np.minimum(columns, self.caps) @ self.weights + self.constant
        result: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        return result

    def at_most(self, columns: dict[str, Floats]) -> Floats:
        """The highest score that rows can have of which some ``columns`` are known, at their best.

        A column that is not given counts as much as it can: its cap, or 1, when it speaks for a pair, else nothing.
        """
        best = np.where(np.isfinite(self.caps), self.caps, 1.0) * np.maximum(self.weights, 0.0)
        known = [place for place, name in enumerate(FEATURES) if name in columns]
        given = np.minimum(np.column_stack([columns[FEATURES[place]] for place in known]), self.caps[known])
        logit = given @ self.weights[known] + self.constant + best.sum() - best[known].sum()
        result: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        return result


@cache
def shipped_scoring() -> Scoring:
    """The weights that come with the program."""
    table = shipped_toml(FILE)
    rows = table["columns"]
    if set(rows) != set(FEATURES):
        wrong = ", ".join(sorted(set(rows) ^ set(FEATURES)))
        raise ConfigurationError(
            FILE, "columns", f"and the program do not agree on: {wrong}", "Fit it again."
        )
    return Scoring(
        weights=np.array([rows[name]["weight"] for name in FEATURES]),
        caps=np.array([rows[name].get("cap", np.inf) for name in FEATURES]),
        constant=table["score"]["constant"],
    )
