"""Names met: which entities of a restricted list a printed security name may mean.

The stages are those of the modules: names become words (``words``), an inverted index gives the names worth
comparing (``candidates``), the words of each pair are aligned (``pairs``), what the pair shows becomes columns
(``features``), the columns a score (``scoring``), the score a tier (``tiers``), and the alignment a sentence
(``reasons``).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame
from rapidfuzz import fuzz, process

from screener.contracts import checked, columns, empty
from screener.matching import storage
from screener.matching.background import shipped_background
from screener.matching.candidates import CandidateIndex
from screener.matching.features import features
from screener.matching.hopeless import Hope, hopeful
from screener.matching.likeness import WordComparer
from screener.matching.model import NameMatches
from screener.matching.pairs import Alignment, Met, align, meetings
from screener.matching.reasons import Reasons
from screener.matching.scoring import shipped_scoring
from screener.matching.slots import Names, spread
from screener.matching.tiers import doubts, faint, shipped_tiers
from screener.matching.vocabulary import shipped
from screener.matching.words import Ints, Phrases, Reader

Floats = NDArray[np.float64]
CORES: Final = os.cpu_count() or 1
CHUNK: Final = 100_000  # pairs looked at at once: bounds the memory
LEAST_PART: Final = 1_000  # queries for which a thread of their own pays
MOST_PART: Final = 50_000  # queries read at once: bounds the memory


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of a query and a distinct listed name, by number, with what they show."""

    queries: Ints
    names: Ints
    features: Floats
    faint: NDArray[np.bool_]
    alignment: Alignment
    ours: Phrases


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names of a restricted list, ready to be searched."""

    owners: pd.DataFrame  # number (of the distinct name), entity_id, weak; sorted by number
    names: list[str]  # the distinct names as the list prints them
    phrases: Phrases
    candidates: CandidateIndex
    ready: Names  # the phrases, made ready to be compared

    @classmethod
    def build(cls, names: pd.DataFrame) -> NameIndex:
        """An index of ``names``: columns ``entity_id``, ``name`` and optionally ``quality`` (``strong``, ``weak``)."""
        text = names["name"].fillna("").astype("str").str.strip()
        distinct = pd.Series(text[text != ""].unique(), dtype="str")
        weak = names["quality"] == "weak" if "quality" in names else pd.Series(False, index=names.index)
        owners = pd.DataFrame(
            {
                "number": pd.Index(distinct).get_indexer(pd.Index(text)),
                "entity_id": names["entity_id"],
                "weak": weak,
            }
        )
        owners = owners[owners["number"] >= 0].sort_values(["number", "entity_id", "weak"], kind="stable")
        owners = owners.drop_duplicates(["number", "entity_id"]).reset_index(drop=True)
        phrases = _reader().read(distinct)
        candidates = CandidateIndex.build(phrases, shipped(), shipped_background())
        return cls._of(owners, distinct.tolist(), phrases, candidates)

    @classmethod
    def _of(
        cls, owners: pd.DataFrame, names: list[str], phrases: Phrases, candidates: CandidateIndex
    ) -> NameIndex:
        return cls(owners, names, phrases, candidates, Names.of(phrases, shipped()))

    def search(self, queries: pd.Series[str], limit: int = 5) -> DataFrame[NameMatches]:
        """For each distinct query up to ``limit`` entities, best first, at or above the review threshold."""
        distinct = pd.Series(queries.unique(), dtype="str")
        parts = _parts(distinct) if self.names else []
        kept = [part for part in self._in_parallel(parts, limit) if len(part)]
        return checked(NameMatches, pd.concat(kept, ignore_index=True)) if kept else empty(NameMatches)

    def _in_parallel(self, parts: list[pd.Series[str]], limit: int) -> list[pd.DataFrame]:
        """The parts searched on all cores: most of the work is done in C++ and numpy, which let other threads run."""

        def search(part: pd.Series[str]) -> pd.DataFrame:
            least = shipped_tiers().review
            return self._found(part, self.compared(part, least), limit, least)

        if len(parts) < 2:
            return [search(part) for part in parts]
        with ThreadPoolExecutor(max_workers=min(len(parts), CORES)) as threads:
            return list(threads.map(search, parts))

    def explain(self, query: str, limit: int = 3) -> pd.DataFrame:
        """The closest listed names of one query with the reason, those that are no match (tier ``""``) included."""
        asked = pd.Series([query], dtype="str")
        if not self.names:
            return pd.DataFrame(columns=columns(NameMatches))
        found = self._found(asked, self.compared(asked), limit, least=0.0)
        if len(found) < limit:
            others = self._found(
                asked, self._pairs(_asked(asked), self._look_alikes(asked)), limit, least=0.0
            )
            found = pd.concat(
                [found, others[~others["entity_id"].isin(found["entity_id"])]], ignore_index=True
            )
        return found.head(limit)

    def compared(self, queries: pd.Series[str], least: float = 0.0) -> Compared:
        """Every pair worth comparing, compared; those that cannot score ``least`` are left out."""
        ours = _asked(queries)
        return self._pairs(ours, self.candidates.nearest(ours.phrases, shipped()), least)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which is made when it is not there."""
        storage.save(folder, self.owners, self.names, self.phrases, self.candidates)

    @classmethod
    def load(cls, folder: Path) -> NameIndex | None:
        """The index in ``folder``; None when there is none, or one that was made with another vocabulary or program."""
        stored = storage.load(folder)
        return cls._of(*stored) if stored else None

    def _pairs(self, ours: Names, rows: tuple[Ints, Ints], least: float = 0.0) -> Compared:
        """``rows`` compared; those that cannot score ``least`` are left out."""
        pieces = [
            self._hopeful(ours, (rows[0][start : start + CHUNK], rows[1][start : start + CHUNK]), least)
            for start in range(0, max(len(rows[0]), 1), CHUNK)
        ]
        met = Met.together([met for met, _ in pieces], [len(kept[0]) for _, kept in pieces])
        queries, names = (np.concatenate([kept[side] for _, kept in pieces]) for side in (0, 1))
        alignment = align(met, ours, self.ready, (queries, names))
        shown = features(alignment, (ours, self.ready), (queries, names))
        by_chance = faint(alignment, (ours, self.ready), (queries, names))
        return Compared(queries, names, shown, by_chance, alignment, ours.phrases)

    def _hopeful(self, ours: Names, rows: tuple[Ints, Ints], least: float) -> tuple[Met, tuple[Ints, Ints]]:
        """How the words of ``rows`` meet, and the rows; without those that cannot score ``least``."""
        met = meetings(ours, self.ready, rows, WordComparer(shipped(), shipped_background()))
        if not least:
            return met, rows
        kept = hopeful(met, (ours, self.ready), rows, Hope(shipped_scoring(), least))
        return met.among(kept, len(rows[0])), (rows[0][kept], rows[1][kept])

    def _look_alikes(self, query: pd.Series[str]) -> tuple[Ints, Ints]:
        """The names whose letters are nearest: what a person may have meant when no word met."""
        core, cores = _reader().read(query).core[0], self.phrases.core
        nearest = process.extract(core, cores, scorer=fuzz.WRatio, limit=5)
        names = np.array([number for _, _, number in nearest], dtype=np.int64)
        return np.zeros(len(names), dtype=np.int64), names

    def _found(self, queries: pd.Series[str], pairs: Compared, limit: int, least: float) -> pd.DataFrame:
        """The best name of each entity, at least ``least``, at most ``limit`` entities a query."""
        score = shipped_scoring().score(pairs.features)
        near, tiers = self._owned(pairs, np.flatnonzero(score >= least)), shipped_tiers()
        weak, by_chance = near["weak"].to_numpy(), pairs.faint[near["pair"]]
        near["score"] = tiers.weakened(score[near["pair"]], weak, by_chance)
        near["asked"] = pairs.queries[near["pair"]]
        near = near[near["score"] >= least].sort_values(
            ["asked", "score", "entity_id"], ascending=[True, False, True], kind="stable"
        )
        near = (
            near.drop_duplicates(["asked", "entity_id"]).groupby("asked").head(limit).reset_index(drop=True)
        )
        spoken_against = doubts(
            pairs.features[near["pair"]], near["weak"].to_numpy(), pairs.faint[near["pair"]]
        )
        near["tier"] = tiers.tier(near["score"].to_numpy(), spoken_against)
        near["query"], near["name"] = (
            queries.to_numpy()[near["asked"]],
            [self.names[n] for n in near["number"]],
        )
        near["why"] = self._why(near, pairs, spoken_against)
        return near[columns(NameMatches)].astype({"score": float})

    def _owned(self, pairs: Compared, chosen: Ints) -> pd.DataFrame:
        """Each of the ``chosen`` pairs with every entity that has its name."""
        numbers, wanted = self.owners["number"].to_numpy(), pairs.names[chosen]
        start, end = (np.searchsorted(numbers, wanted, side=side) for side in ("left", "right"))
        row, place = spread(start, end - start)
        return self.owners.iloc[place].reset_index(drop=True).assign(pair=chosen[row])

    def _why(
        self, near: pd.DataFrame, pairs: Compared, spoken_against: dict[str, NDArray[np.bool_]]
    ) -> list[str]:
        chosen = near["pair"].to_numpy()
        rows = pairs.queries[chosen], pairs.names[chosen]
        reasons = Reasons(
            pairs.alignment.at(chosen),
            pairs.ours,
            self.phrases,
            rows,
            spoken_against,
            shipped_tiers().caveats,
        )
        return [reasons.of(pair) for pair in range(len(chosen))]


def _parts(queries: pd.Series[str]) -> list[pd.Series[str]]:
    """``queries`` in parts of equal size, one a core, or as many as bound the memory; few queries stay together."""
    many = -(-len(queries) // MOST_PART)
    if len(queries) >= CORES * LEAST_PART:
        many = -(-many // CORES) * CORES
    size = -(-len(queries) // max(many, 1)) or 1
    return [queries[start : start + size] for start in range(0, len(queries), size)]


def _asked(queries: pd.Series[str]) -> Names:
    return Names.of(_reader().read(queries), shipped())


def _reader() -> Reader:
    return Reader(shipped(), shipped_background())
