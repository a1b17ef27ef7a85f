"""The labelled names of ``shared/names`` for benchmarks."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "names"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Queries (``query``, ``entity_id``), entities (``entity_id``, ``name``), and the number of the entity meant."""

    queries: pd.DataFrame
    entities: pd.DataFrame
    truth: NDArray[np.int64]  # -1: none

    def truth_of(self, queries: NDArray[np.int64], names: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pairs of numbers of query and name are right."""
        result: NDArray[np.bool_] = self.truth[queries] == names
        return result


def labelled(folder: Path = FOLDER, part: str = "dev") -> Labelled:
    """The labelled names in ``folder``; raises FileNotFoundError with a clear text when they are not there."""
    if not (folder / f"{part}_queries.csv").is_file():
        raise FileNotFoundError(f"{folder}: the labelled names are not here")
    queries = pd.read_csv(folder / f"{part}_queries.csv", keep_default_na=False, dtype=str)
    entities = pd.read_csv(folder / f"{part}_entities.csv", keep_default_na=False, dtype=str)
    number = {entity: n for n, entity in enumerate(entities["entity_id"])}
    return Labelled(
        queries, entities, np.array([number.get(e, -1) for e in queries["entity_id"]], dtype=np.int64)
    )


def figures(data: Labelled, best: pd.DataFrame) -> str:
    """The scorer's figures of the best pairs (numbers ``query`` and ``name``, ``score``, optionally ``tier``), as text."""
    tiers = best["tier"] if "tier" in best else pd.Series("", index=best.index)
    asked, listed = data.queries["query"], data.entities["entity_id"]
    found = {
        asked[q]: (listed[n], float(s), t)
        for q, n, s, t in zip(best["query"], best["name"], best["score"], tiers, strict=True)
    }
    measured = scorer().evaluate(dict(zip(asked, data.queries["entity_id"], strict=True)), found)
    return "\n".join(f"  {name:38} {value:.4f}" for name, value in measured.items())


def calibration(data: Labelled, best: pd.DataFrame) -> str:
    """How many of the best pairs of each band of scores are right, as text."""
    edges = [0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0]
    right = data.truth_of(best["query"].to_numpy(), best["name"].to_numpy())
    bands = pd.cut(best["score"], edges, include_lowest=True)
    table = pd.DataFrame({"score": best["score"], "right": right}).groupby(bands, observed=True)
    lines = [
        f"  {band!s:16} {len(rows):6} pairs, mean score {rows['score'].mean():.3f}, right {rows['right'].mean():.3f}"
        for band, rows in table
    ]
    return "\n".join(lines)


def scorer() -> Any:
    """The published scorer as a module."""
    spec = importlib.util.spec_from_file_location("names_score", FOLDER / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
