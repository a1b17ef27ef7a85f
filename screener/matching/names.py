"""Names met: which entities of a restricted list a printed security name may mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from pandera.typing import DataFrame
from rapidfuzz import fuzz, process

from screener.contracts import checked, empty
from screener.matching.description import issuers
from screener.matching.model import NameMatches
from screener.matching.vocabulary import families, shipped, squeezed

REVIEW: Final = 0.5
MATCH: Final = 0.9


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names of a restricted list, ready to be searched."""

    names: pd.DataFrame  # entity_id, name, core, family

    @classmethod
    def build(cls, names: pd.DataFrame) -> NameIndex:
        """An index of ``names`` (columns ``entity_id``, ``name`` and optionally ``quality``, ``country``, ``kind``)."""
        listed = names.loc[names["name"].str.strip() != "", ["entity_id", "name"]].drop_duplicates()
        return cls(
            pd.concat([listed.reset_index(drop=True), _folded(listed["name"]).reset_index(drop=True)], axis=1)
        )

    def search(self, queries: pd.Series[str], limit: int = 5) -> DataFrame[NameMatches]:
        """For each distinct query up to ``limit`` entities, best first, at or above the review threshold."""
        found = self.explain_all(queries, limit)
        return checked(NameMatches, found[found["score"] >= REVIEW]) if len(found) else empty(NameMatches)

    def explain(self, query: str, limit: int = 3) -> pd.DataFrame:
        """The closest listed names of one query, those below the review threshold included (tier ``""``)."""
        return self.explain_all(pd.Series([query], dtype="str"), limit)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.names.to_parquet(folder / "names.parquet")

    @classmethod
    def load(cls, folder: Path) -> NameIndex | None:
        """The index in ``folder``, or None when there is none that this program wrote."""
        file = folder / "names.parquet"
        return cls(pd.read_parquet(file)) if file.is_file() else None

    def explain_all(self, queries: pd.Series[str], limit: int) -> pd.DataFrame:
        """The closest names of each distinct query, without regard to the threshold."""
        distinct = pd.Series(queries.unique(), dtype="str")
        asked = _folded(distinct)
        if not len(self.names) or not len(distinct):
            return _as_matches(pd.DataFrame(columns=["query", "entity_id", "name", "score", "why"]))
        score = process.cdist(
            asked["core"].tolist(), self.names["core"].tolist(), scorer=fuzz.ratio, score_cutoff=70
        )
        rows, columns = np.nonzero(score)
        found = pd.DataFrame({"query": distinct.to_numpy()[rows], "score": (score[rows, columns] / 100) ** 3})
        theirs, ours = (
            self.names.iloc[columns].reset_index(drop=True),
            asked.iloc[rows].reset_index(drop=True),
        )
        found[["entity_id", "name"]] = theirs[["entity_id", "name"]]
        both = (ours["family"] != "") & (theirs["family"] != "")
        found["score"] *= np.where(
            both & (ours["family"] != theirs["family"]), 0.85, np.where(both, 1.0, 0.97)
        )
        found["why"] = np.where(ours["core"] == theirs["core"], "the same name", "a similar name")
        best = found.sort_values("score", ascending=False).drop_duplicates(["query", "entity_id"])
        return _as_matches(best.groupby("query", sort=False).head(limit))


def _as_matches(found: pd.DataFrame) -> pd.DataFrame:
    found["tier"] = np.select([found["score"] >= MATCH, found["score"] >= REVIEW], ["match", "review"], "")
    return found[["query", "entity_id", "name", "score", "tier", "why"]]


def _folded(names: pd.Series[str]) -> pd.DataFrame:
    """The words of each name without its legal form, and the family of that form."""
    family_of, fillers = families(shipped()), shipped().fillers
    rows = [_core(text, family_of, fillers) for text in issuers(names).tolist()]
    return pd.DataFrame(rows, columns=["core", "family"], dtype="str")


def _core(text: str, family_of: dict[str, str], fillers: frozenset[str]) -> tuple[str, str]:
    words = [squeezed(word) for word in text.replace("(", " ").replace(".", ". ").split()]
    words = [word for word in words if word and word not in fillers]
    for length in (4, 3, 2, 1):
        family = family_of.get("".join(words[-length:]), "") if len(words) > length else ""
        if family:
            return " ".join(words[:-length]), family
    return " ".join(words), ""
