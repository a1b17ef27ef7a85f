"""Fits the score of name pairs and writes ``config/vocabulary/name_scoring.toml``.

Run as ``python -m tests.benchmarks.fit_name_scoring [--write]``. The score is a logistic regression over the columns of
``screener.matching.features``, fitted by maximum likelihood with a small ridge penalty and with the sign of every
weight given beforehand (a letter that differs can only lower the score), on the labelled pairs of
``shared/names/dev_*``. Five-fold cross-validation by entity comes first: no fold is judged by weights that saw its
entities, nor its queries.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from screener.matching.features import FEATURES
from screener.matching.names import NameIndex
from screener.matching.scoring import Scoring
from screener.matching.tiers import doubts, shipped_tiers
from tests.benchmarks.labelled import Labelled, calibration, figures, labelled

Floats = NDArray[np.float64]

OUT: Final = Path(__file__).resolve().parents[2] / "config" / "vocabulary" / "name_scoring.toml"
FOLDS: Final = 5
RIDGE: Final = 2.0  # against weights that are large in units of the column's deviation
FREE: Final = {"cut_last", "stopped", "house", "words", "their_words", "forms_printed", "their_weight"}
RAISE: Final = {
    *("evidence", "ours_share", "theirs_share", "first_nats", "first_kind", "form_same", "tail", "cut_width"),
    *("alike", "begins", "complete", "likeness", "alike_and_form"),
}
LEAST: Final = {
    "alike": 0.5,
    "alike_and_form": 3.0,
    "form_same": 0.7,
}  # in logits: what identity adds at least
MOST: Final = {  # and what contradiction adds at most
    "form_contradicts": -2.0,
    "places_differ": -1.0,
    "digits_differ": -0.5,
    "ours_left_most": -0.1,
    "theirs_skipped": -0.03,
}
CAPS: Final = {
    **dict.fromkeys(("evidence", "their_weight", "ours_left_in_full", "theirs_skipped"), 30.0),
    **dict.fromkeys(("cut", "cut_last", "stopped", "bones", "inflected", "house"), 20.0),
    **dict.fromkeys(("ours_left_most", "theirs_left_most", "first_nats", "missing_letters"), 12.0),
    "typo": 8.0,
    "words": 6.0,
    "their_words": 6.0,
    "crossed": 3.0,
}


def main() -> None:
    """Cross-validate, fit on everything, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="replace config/vocabulary/name_scoring.toml")
    data = labelled()
    index = NameIndex.build(data.entities)
    pairs = index.compared(data.queries["query"])
    truth = data.truth_of(pairs.queries, pairs.names)
    fold = folds(data, pairs.queries)
    score = np.zeros(len(truth))
    for held_out in range(FOLDS):
        scoring = fit(pairs.features[fold != held_out], truth[fold != held_out])
        score[fold == held_out] = scoring.score(pairs.features[fold == held_out])
    report("cross-validated by entity", data, pairs, score)
    scoring = fit(pairs.features, truth)
    report("fitted and measured on the same pairs", data, pairs, scoring.score(pairs.features))
    if options.parse_args().write:
        OUT.write_text(as_toml(scoring), encoding="utf-8")


def folds(data: Labelled, queries: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each pair: that of the entity the query means, or one by chance for a query that means none."""
    chance = np.random.default_rng(6)
    of_entity, of_query = (
        chance.integers(0, FOLDS, len(data.entities)),
        chance.integers(0, FOLDS, len(data.queries)),
    )
    by_query: NDArray[np.int64] = np.where(data.truth >= 0, of_entity[data.truth], of_query)
    return by_query[queries]


def fit(columns: Floats, truth: NDArray[np.bool_]) -> Scoring:
    """Weights by penalised maximum likelihood, each within the sign given."""
    caps = np.array([CAPS.get(name, np.inf) for name in FEATURES])
    capped = np.minimum(columns, caps)
    scale = np.maximum(capped.std(axis=0), 1e-6)
    scaled, target = capped / scale, truth.astype(float)
    bounds = [_bounds(name, size) for name, size in zip(FEATURES, scale, strict=True)]

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = scaled @ weights[:-1] + weights[-1]
        error = 1 / (1 + np.exp(-logit)) - target
        value = np.logaddexp(0, logit).sum() - target @ logit + RIDGE / 2 * (weights[:-1] ** 2).sum()
        return float(value), np.append(scaled.T @ error + RIDGE * weights[:-1], error.sum())

    start = np.zeros(len(FEATURES) + 1)
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"maxiter": 3000, "maxfun": 5000},
    )
    return Scoring(weights=found.x[:-1] / scale, caps=caps, constant=float(found.x[-1]))


def _bounds(name: str, scale: float) -> tuple[float | None, float | None]:
    if name in FREE:
        return None, None
    return (LEAST.get(name, 0.0) * scale, None) if name in RAISE else (None, MOST.get(name, 0.0) * scale)


def report(title: str, data: Labelled, pairs: Any, score: Floats) -> None:
    """Print the figures of the best pair of each query, and how well calibrated its score is."""
    weak = np.zeros(len(score), dtype=bool)
    score = shipped_tiers().weakened(score, weak, pairs.faint)
    tier = shipped_tiers().tier(score, doubts(pairs.features, weak, pairs.faint))
    best = pd.DataFrame({"query": pairs.queries, "name": pairs.names, "score": score, "tier": tier})
    best = best.sort_values("score", ascending=False, kind="stable").drop_duplicates("query")
    print(f"{title}\n{figures(data, best[best['tier'] != ''])}\n{calibration(data, best)}\n")


def as_toml(scoring: Scoring) -> str:
    """The fitted weights as a configuration file."""
    rows = [
        f"{name} = {{ weight = {weight:.5g}" + (f", cap = {cap:g}" if np.isfinite(cap) else "") + " }"
        for name, weight, cap in zip(FEATURES, scoring.weights, scoring.caps, strict=True)
    ]
    return HEADER + f"\n[score]\nconstant = {scoring.constant:.5g}\n\n[columns]\n" + "\n".join(rows) + "\n"


HEADER = """\
# How the score of a pair of names is made: a logistic regression over what the pair shows.
#
# score.constant    the logit of a pair that shows nothing
# columns.<name>    a column of screener/matching/features.py (its comment there says what it counts);
#   weight          what one unit of it adds to the logit; its sign was given before fitting
#   cap             values above it count as this much
#
# Fitted by tests/benchmarks/fit_name_scoring.py, which also prints the cross-validated figures.
# The tiers are in name_tiers.toml.
"""

if __name__ == "__main__":
    main()
