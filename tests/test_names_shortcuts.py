"""What makes the matching of names quick leaves out nothing that would have been found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from screener.matching import candidates, names
from screener.matching.columns import sliced, without_tail
from screener.matching.features import FEATURES
from screener.matching.names import NameIndex
from screener.matching.scoring import Scoring, shipped_scoring
from screener.matching.tiers import shipped_tiers

WORDS = [
    "CHINA",
    "MOBILE",
    "TELECOM",
    "TELECOMMUNICATIONS",
    "INTL",
    "INTERNATIONAL",
    "HOLDINGS",
    "HLDGS",
    "SEMICON.",
    "SEMICONDUCTOR",
    "XIAOMI",
    "BANK",
    "OF",
    "AMERICA",
    "ALI",
    "BABA",
    "ALIBABA",
    "GLD",
    "GOLD",
    "RESOURCE",
    "RES.",
    "LTD",
    "LIMITED",
    "AG",
    "S.A.",
    "PLC",
    "CO",
    "INC",
    "3",
    "NORTH",
    "SOUTH",
]
PRINTED = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


def _table(listed: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"entity_id": [f"e{n}" for n in range(len(listed))], "name": listed})


@settings(deadline=None, max_examples=60)
@given(st.lists(PRINTED, min_size=1, max_size=12, unique=True), st.lists(PRINTED, min_size=1, max_size=12))
def test_pairs_left_out_beforehand_score_below_review(listed: list[str], asked: list[str]) -> None:
    index, queries = NameIndex.build(_table(listed)), pd.Series(asked, dtype="str").drop_duplicates()
    queries = queries.reset_index(drop=True)
    review, scoring = shipped_tiers().review, shipped_scoring()
    whole, quick = index.compared(queries), index.compared(queries, review)
    score = scoring.score(whole.features)
    seen = set(zip(quick.queries.tolist(), quick.names.tolist(), strict=True))
    told = whole.features[:, FEATURES.index("evidence")]
    due = (score >= review) & (told >= 5.5)
    assert {
        (q, n) for q, n in zip(whole.queries[due].tolist(), whole.names[due].tolist(), strict=True)
    } <= seen
    kept = [pair in seen for pair in zip(whole.queries.tolist(), whole.names.tolist(), strict=True)]
    np.testing.assert_allclose(scoring.score(quick.features), score[kept])


@given(arrays.arrays(np.float64, (4, len(FEATURES)), elements=st.floats(0, 40)))
def test_the_best_score_is_never_below_the_score(columns: np.ndarray) -> None:
    scoring = shipped_scoring()
    bounded = np.where(np.isfinite(scoring.caps), columns, np.minimum(columns, 1.0))
    known = dict(zip(FEATURES[:12], bounded.T[:12], strict=True))
    assert (scoring.at_most(known) >= scoring.score(bounded) - 1e-9).all()


def test_what_is_not_known_of_a_pair_counts_at_its_best() -> None:
    scoring = Scoring(weights=np.zeros(len(FEATURES)), caps=np.full(len(FEATURES), np.inf), constant=0.0)
    speaks_for = scoring.weights.copy()
    speaks_for[1], speaks_for[2] = 2.0, -3.0
    best = replace(scoring, weights=speaks_for).at_most({FEATURES[0]: np.zeros(1)})
    assert best[0] == pytest.approx(1 / (1 + np.exp(-2.0)))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([0.02, 0.2, 0.9]))
def test_the_nearest_names_are_the_nearest(seed: int, listed: int, density: float) -> None:
    chance = np.random.default_rng(seed)
    dense = chance.random((7, listed)).round(1).astype(np.float32) * 4  # many ties
    dense[chance.random(dense.shape) > density] = 0
    shared = sparse.csr_matrix(dense)
    rows, columns = candidates._closest(shared, 100)
    for row in range(7):
        enough = np.flatnonzero(dense[row] >= candidates.ENOUGH)
        order = sorted(enough, key=lambda n: (-dense[row, n], n))
        assert columns[rows == 100 + row].tolist() == order[: candidates.NEAREST]


def test_of_names_that_share_as_much_the_shorter_is_compared() -> None:
    crowd = [
        f"ALPHA {word} TRADING"
        for word in ["NORTH", "SOUTH", "EAST", "WEST", "RIVER", "LAKE", "HILL", "SEA", "SKY", "SUN", "MOON"]
    ]
    found = NameIndex.build(_table([*crowd, "ALPHA"])).search(pd.Series(["ALPHA CORPORATION"], dtype="str"))
    assert found["name"].iloc[0] == "ALPHA"


def test_a_search_in_many_pieces_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    index = NameIndex.build(_table(["China Mobile Limited", "Xiaomi Corporation", "Gold Resource Corp"]))
    queries = pd.Series(["CHINA MOBILE LTD", "XIAOMI CORP-CLASS B", "GOLD RES.", "CHINA MOB."], dtype="str")
    whole = index.search(queries)
    monkeypatch.setattr(names, "CHUNK", 1)
    monkeypatch.setattr(candidates, "CHUNK", 1)
    monkeypatch.setattr(names, "MOST_PART", 2)
    pd.testing.assert_frame_equal(index.search(queries), whole)


@given(st.lists(st.text("AB. X", max_size=9), min_size=1, max_size=6), st.integers(0, 3))
def test_slices_are_those_of_python(texts: list[str], skipped: int) -> None:
    column = pa.array(["", *texts], type=pa.large_string())[1:]
    sizes = np.array([len(text) for text in texts])
    first = np.minimum(skipped, sizes)
    assert sliced(column, first, sizes).to_pylist() == [text[skipped:] for text in texts]
    left, stopped = without_tail(column, r"\.?X$")
    assert left.to_pylist() == [
        text.removesuffix("X").removesuffix(".") if text.endswith("X") else text for text in texts
    ]
    assert stopped.tolist() == [text.endswith(".X") for text in texts]
