"""Our matching of names and that of others on the labelled names, in one run on one machine.

Run as ``python -m tests.benchmarks.names``. Peers run in environments of their own; the option or the environment
variable gives the path of the python of each (``--python`` / ``PEERS_PYTHON`` for rapidfuzz, scikit-learn and
sparse_dot_topn; ``--emm-python`` / ``EMM_PYTHON``; ``--logic-python`` / ``LOGIC_V2_PYTHON``); a peer without one is skipped.
Seconds run from the names in memory to the matches in memory, all cores, building of the index included.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from screener.matching.names import NameIndex
from screener.matching.scoring import shipped_scoring
from screener.matching.tiers import shipped_tiers
from tests.benchmarks.labelled import FOLDER, Labelled, calibration, figures, labelled, scorer

PEERS: Final = {
    "rapidfuzz WRatio": ("WRatio", "python"),
    "rapidfuzz token_sort": ("token_sort", "python"),
    "rapidfuzz token_set": ("token_set", "python"),
    "rapidfuzz Jaro-Winkler": ("jaro_winkler", "python"),
    "TF-IDF 3-grams, sparse_dot_topn": ("tfidf", "python"),
    "nomenklatura logic-v2": ("logic-v2", "logic_python"),
    "emm, words and 2-grams": ("emm", "emm_python"),
}
SHOWN: Final = (
    "average precision",
    "best F1",
    "recall at precision 0.99",
    "recall at precision 0.95",
    "recall at precision 0.90",
)
REPEATS: Final = 3
QUICK: Final = (
    5.0  # seconds: a peer that takes no longer is run as often as we are, and its best run counts too
)


def main() -> None:
    """Print our figures, our worst pairs, and the table with the peers."""
    options = _options()
    data = labelled(options.folder, options.part)
    found, seconds = _ours(data)
    print(f"{len(data.queries):,} names, {len(data.entities):,} entities; best of {REPEATS} runs")
    print(
        figures(data, found), "\n\ncalibration of the best pair of each name, below the review threshold too"
    )
    print(calibration(data, _all_best(data)), "\n")
    table = {"this program": _shown(data, found, seconds)}
    with tempfile.TemporaryDirectory() as folder:
        for name, (matcher, option) in PEERS.items():
            python = getattr(options, option)
            if not python:
                print(f"{name}: skipped, no python of its environment given (--{option.replace('_', '-')})")
            elif (peer := _peer(matcher, python, options, Path(folder))) is not None:
                table[name] = _shown(data, _numbered(data, peer[0]), peer[1])
    print(pd.DataFrame(table).T.to_string(float_format=lambda value: f"{value:,.3f}"))
    ours = table.pop("this program")["names a second"]
    for name, row in table.items():
        print(f"  {ours / row['names a second']:8.2f} times the speed of {name}")
    _worst(data, found)


def _ours(data: Labelled) -> tuple[pd.DataFrame, float]:
    """Numbers of query and entity, score and tier of each best match, and the seconds of the best run."""
    seconds = []
    for _ in range(REPEATS + 1):  # the first run reads the vocabulary and makes the expressions
        start = time.perf_counter()
        matches = NameIndex.build(data.entities).search(data.queries["query"], limit=1)
        seconds.append(time.perf_counter() - start)
    return _numbered(data, matches), min(seconds)


def _all_best(data: Labelled) -> pd.DataFrame:
    """The best pair of each query whatever its score."""
    pairs = NameIndex.build(data.entities).compared(data.queries["query"])
    no_alias = np.zeros(len(pairs.queries), dtype=bool)
    score = shipped_tiers().weakened(shipped_scoring().score(pairs.features), no_alias, pairs.faint)
    best = pd.DataFrame({"query": pairs.queries, "name": pairs.names, "score": score})
    return best.sort_values("score", ascending=False, kind="stable").drop_duplicates("query")


def _peer(
    matcher: str, python: str, options: argparse.Namespace, folder: Path
) -> tuple[pd.DataFrame, float] | None:
    """The matches of a peer and its seconds; None, with the reason printed, when it cannot run."""
    out, candidates = folder / f"{matcher}.csv", folder / "candidates.csv"
    files = [options.folder / f"{options.part}_{kind}.csv" for kind in ("queries", "entities")]
    command = [python, Path(__file__).with_name("peers.py"), matcher, *files, out, candidates]
    seconds: list[float] = []
    while not seconds or (len(seconds) < REPEATS and max(seconds) < QUICK):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            print(f"{matcher}: skipped, it failed with: {ran.stderr.strip().splitlines()[-1:]}")
            return None
        seconds.append(float(ran.stdout.strip().splitlines()[-1]))
    return pd.read_csv(out, keep_default_na=False), min(seconds)


def _numbered(data: Labelled, matches: pd.DataFrame) -> pd.DataFrame:
    """``matches`` with numbers of query and entity in place of texts."""
    queries, entities = pd.Index(data.queries["query"]), pd.Index(data.entities["entity_id"])
    return pd.DataFrame(
        {
            "query": queries.get_indexer(pd.Index(matches["query"].astype(str))),
            "name": entities.get_indexer(pd.Index(matches["entity_id"])),
            "score": matches["score"].astype(float),
            "tier": matches["tier"],
        }
    ).query("query >= 0")


def _shown(data: Labelled, found: pd.DataFrame, seconds: float) -> dict[str, float]:
    asked, listed = data.queries["query"], data.entities["entity_id"]
    rows = zip(found["query"], found["name"], found["score"], found["tier"], strict=True)
    answer = {asked[q]: (listed[n], float(s), t) for q, n, s, t in rows}
    measured = scorer().evaluate(dict(zip(asked, data.queries["entity_id"], strict=True)), answer)
    return {**{name: measured[name] for name in SHOWN}, "names a second": len(data.queries) / seconds}


def _worst(data: Labelled, found: pd.DataFrame, many: int = 20) -> None:
    """Print the names of listed issuers that were scored lowest, and the wrong pairs that were scored highest."""
    asked, listed = data.queries["query"], data.entities["name"]
    right = data.truth[found["query"]] == found["name"]
    score = pd.Series(0.0, index=np.flatnonzero(data.truth >= 0))
    score.update(found[right].set_index("query")["score"])
    print("\nworst misses (score 0: not above the review threshold, or another entity was better)")
    for query, value in score.sort_values(kind="stable").head(many).items():
        print(f"  {value:.3f}  {asked[int(str(query))]}  |  {listed[data.truth[int(str(query))]]}")
    print("\nworst false matches")
    for row in found[~right].sort_values("score", ascending=False).head(many).itertuples():
        print(f"  {row.score:.3f} {row.tier:6}  {asked[row.query]}  |  {listed[row.name]}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where <part>_queries.csv and <part>_entities.csv are"
    )
    parser.add_argument("--part", default="dev")
    parser.add_argument("--python", default=os.environ.get("PEERS_PYTHON", ""))
    parser.add_argument("--emm-python", default=os.environ.get("EMM_PYTHON", ""))
    parser.add_argument("--logic-python", default=os.environ.get("LOGIC_V2_PYTHON", ""))
    return parser.parse_args()


if __name__ == "__main__":
    main()
