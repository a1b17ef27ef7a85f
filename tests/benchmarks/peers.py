"""Other matchers on the same names, each run by the python of its own environment: this file imports nothing of ours.

``python peers.py MATCHER QUERIES.csv ENTITIES.csv OUT.csv [CANDIDATES.csv]`` writes ``query,entity_id,score,tier`` (the
best match of each query, no tier) and prints the seconds from the names in memory to the matches in memory.
``tfidf`` writes five candidates a query as well (``CANDIDATES.csv``), which ``logic-v2`` scores: it has no index.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

Row = tuple[str, str, float]
Found = tuple[list[Row], float]


def main() -> None:
    """Read, match, write, print the seconds."""
    matcher, queries_file, entities_file, out, *candidates = sys.argv[1:]
    queries = [row["query"] for row in _rows(queries_file)]
    entities = [(row["entity_id"], row["name"]) for row in _rows(entities_file)]
    found, seconds = MATCHERS[matcher](queries, entities, candidates[0] if candidates else "")
    best: dict[str, tuple[str, float]] = {}
    for query, entity, score in found:
        if query not in best or score > best[query][1]:
            best[query] = (entity, score)
    _write(out, ["query", "entity_id", "score", "tier"], ((q, e, s, "") for q, (e, s) in best.items()))
    print(f"{seconds:.4f}")


def _fuzz(scorer_name: str) -> Callable[[list[str], list[tuple[str, str]], str], Found]:
    def match(queries: list[str], entities: list[tuple[str, str]], _: str) -> Found:
        import numpy as np
        from rapidfuzz import distance, fuzz, process, utils

        scorer = (
            distance.JaroWinkler.similarity if scorer_name == "jaro_winkler" else getattr(fuzz, scorer_name)
        )
        names, found = [utils.default_process(name) for _, name in entities], []
        start = time.perf_counter()
        for place in range(0, len(queries), 2_000):
            part = [utils.default_process(query) for query in queries[place : place + 2_000]]
            score = process.cdist(part, names, scorer=scorer, workers=-1, dtype=np.float32)
            best = score.argmax(axis=1)
            found += [(queries[place + n], entities[e][0], float(score[n, e])) for n, e in enumerate(best)]
        return found, time.perf_counter() - start

    return match


def _tfidf(queries: list[str], entities: list[tuple[str, str]], candidates: str) -> Found:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sparse_dot_topn import sp_matmul_topn

    start = time.perf_counter()
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), lowercase=True)
    theirs = vectorizer.fit_transform([name for _, name in entities])
    ours = vectorizer.transform(queries)
    shared = sp_matmul_topn(ours, theirs.T.tocsr(), top_n=5, threshold=0.0, n_threads=2, sort=True).tocoo()
    seconds = time.perf_counter() - start
    found = [
        (queries[q], entities[e][0], float(s))
        for q, e, s in zip(shared.row, shared.col, shared.data, strict=True)
    ]
    if candidates:
        _write(candidates, ["query", "entity_id"], ((q, e) for q, e, _ in found))
    return found, seconds


def _logic_v2(queries: list[str], entities: list[tuple[str, str]], candidates: str) -> Found:
    from followthemoney import model
    from nomenklatura.matching import get_algorithm
    from nomenklatura.matching.types import ScoringConfig

    algorithm, names, found = get_algorithm("logic-v2"), dict(entities), []
    assert algorithm is not None
    config = ScoringConfig.defaults()
    number = {query: n for n, query in enumerate(queries)}
    pairs = [(row["query"], row["entity_id"]) for row in _rows(candidates)]

    def company(ident: str, name: str) -> Any:
        entity = model.make_entity("Company")
        entity.id = ident
        entity.add("name", name)
        return entity

    start = time.perf_counter()
    listed = {ident: company(ident, name) for ident, name in names.items()}
    asked = {query: company(f"q{n}", query) for query, n in number.items()}
    for query, entity in pairs:
        found.append((query, entity, float(algorithm.compare(asked[query], listed[entity], config).score)))
    return found, time.perf_counter() - start


def _emm(queries: list[str], entities: list[tuple[str, str]], _: str) -> Found:
    import pandas as pd
    from emm import PandasEntityMatching

    truth = pd.DataFrame({"id": range(len(entities)), "name": [name for _, name in entities]})
    asked = pd.DataFrame({"id": range(len(queries)), "name": queries})
    shared = {"type": "cosine_similarity", "num_candidates": 5, "cos_sim_lower_bound": 0.1}
    indexers = [
        {**shared, "tokenizer": "words", "ngram": 1},
        {**shared, "tokenizer": "characters", "ngram": 2},
    ]
    start = time.perf_counter()
    matcher = PandasEntityMatching(
        {
            "name_only": True,
            "entity_id_col": "id",
            "name_col": "name",
            "indexers": indexers,
            "supervised_on": False,
            "with_legal_entity_forms_match": True,
        }
    )
    matcher.fit(truth)
    rows = matcher.transform(asked).dropna(subset=["gt_uid"])
    seconds = time.perf_counter() - start
    score = rows[[column for column in rows if str(column).startswith("score_")]].fillna(0).max(axis=1)
    found = [
        (queries[int(q)], entities[int(e)][0], float(s))
        for q, e, s in zip(rows["uid"], rows["gt_uid"], score, strict=True)
    ]
    return found, seconds


def _rows(file: str) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as lines:  # noqa: PTH123
        return list(csv.DictReader(lines))


def _write(file: str, heading: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with open(file, "w", encoding="utf-8", newline="") as lines:  # noqa: PTH123
        writer = csv.writer(lines)
        writer.writerow(heading)
        writer.writerows(rows)


MATCHERS: dict[str, Callable[[list[str], list[tuple[str, str]], str], Found]] = {
    "WRatio": _fuzz("WRatio"),
    "token_sort": _fuzz("token_sort_ratio"),
    "token_set": _fuzz("token_set_ratio"),
    "jaro_winkler": _fuzz("jaro_winkler"),
    "tfidf": _tfidf,
    "logic-v2": _logic_v2,
    "emm": _emm,
}

if __name__ == "__main__":
    main()
