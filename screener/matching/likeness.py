"""How one word meets another: the same, a usual short form, cut, without its vowels, inflected, mistyped, joined.

Each meeting has a kind, a strength in [0, 1] that orders kinds, and what it tells in nats: a shared ``XIAOMI`` tells
much, a ``TECH.`` that may be any of a hundred words tells little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, LCSseq

from screener.matching.background import Background, skeleton
from screener.matching.vocabulary import Vocabulary, house_words
from screener.matching.words import Bytes, Ints, Lexicon

Floats = NDArray[np.float64]

SAME, HOUSE, CUT_STOP, CUT, BONES, INFLECTED, TYPO, JOINED = range(1, 9)
STRENGTH: Final = {
    SAME: 1.0,
    HOUSE: 0.95,
    CUT_STOP: 0.9,
    CUT: 0.8,
    BONES: 0.7,
    INFLECTED: 0.85,
    TYPO: 0.75,
    JOINED: 0.9,
}
IN_WORDS: Final = {
    SAME: "{theirs}",
    HOUSE: "{ours} for {theirs}",
    CUT_STOP: "{ours}. for {theirs}",
    CUT: "{ours} as the beginning of {theirs}",
    BONES: "{ours} for {theirs} (letters left out)",
    INFLECTED: "{ours} for {theirs} (another ending)",
    TYPO: "{ours} for {theirs} (a letter differs)",
    JOINED: "{ours} for {theirs} (written together or apart)",
}


@dataclass(frozen=True, slots=True)
class Meetings:
    """How pairs of words meet, one row a pair."""

    kind: NDArray[np.int8]  # 0: not at all
    strength: Floats
    nats: Floats


@dataclass(frozen=True, slots=True)
class WordComparer:
    """Compares words of a query (``ours``) with words of the list (``theirs``)."""

    vocabulary: Vocabulary
    background: Background

    def meet(self, ours: Lexicon, theirs: Lexicon, left: Ints, right: Ints) -> Meetings:
        """How the words ``ours[left]`` and ``theirs[right]`` meet."""
        kind = _by_beginning(ours, theirs, left, right)
        alike = house_words(self.vocabulary).alike
        house = (kind != SAME) & alike[ours.house[left], theirs.house[right]]
        kind[house] = HOUSE
        open_ones = np.flatnonzero((kind == 0) & ~ours.joined[left] & ~theirs.joined[right])
        open_ones = open_ones[_near_in_size(ours.lengths[left[open_ones]], theirs.lengths[right[open_ones]])]
        kind[open_ones] = _by_letters(ours, theirs, left[open_ones], right[open_ones])
        strength = np.array([STRENGTH.get(k, 0.0) for k in range(9)])[kind]
        nats, met = np.zeros(len(kind)), np.flatnonzero(kind)
        nats[met] = self._nats(ours, theirs, (left[met], right[met]), kind[met])
        return Meetings(kind, strength, nats)

    def _nats(
        self, ours: Lexicon, theirs: Lexicon, rows: tuple[Ints, Ints], kind: NDArray[np.int8]
    ) -> Floats:
        left, right = rows
        short, first, place = [ours.folded[n] for n in left.tolist()], theirs.weight[right], self.background
        nats = np.where(kind == SAME, first, 0.0)
        cut = np.flatnonzero(np.isin(kind, (CUT, CUT_STOP)))
        nats[cut] = place.information_of_beginnings([short[n] for n in cut.tolist()])
        bare = np.flatnonzero(kind == BONES)
        nats[bare] = place.information_of_skeletons([skeleton(short[n]) for n in bare.tolist()])
        stem = np.flatnonzero(kind == INFLECTED)
        nats[stem] = place.information_of_beginnings([short[n][:5] for n in stem.tolist()])
        near = kind == TYPO
        nats[near] = np.maximum(first[near] - 2.0, 0.0)
        joined = kind == JOINED
        nats[joined] = np.maximum(ours.weight[left[joined]], first[joined])
        house = np.flatnonzero(kind == HOUSE)
        nats[house] = np.minimum(
            first[house], place.information_of_beginnings([short[n][:3] for n in house.tolist()]) + 1.0
        )
        return np.minimum(nats, np.where(theirs.joined[right], 12.0, first))


def _by_beginning(ours: Lexicon, theirs: Lexicon, left: Ints, right: Ints) -> NDArray[np.int8]:
    """Kinds that show in the common beginning of two words."""
    size, other = ours.lengths[left], theirs.lengths[right]
    common = np.minimum(np.minimum(size, other), _common(ours.codes, theirs.codes, left, right))
    joined = ours.joined[left] | theirs.joined[right]
    same = (common == size) & (size == other)
    cut = (common == size) & (size < other)
    turned = (common == other) & (other < size) & theirs.dotted[right]
    rest, other_rest = size - common, other - common
    stem = (common >= 5) & (np.minimum(rest, other_rest) <= 1) & (np.maximum(rest, other_rest) <= 3)
    single_cut = np.where(ours.dotted[left] | (size == 1), CUT_STOP, CUT)
    kind = np.select(
        [
            same & joined,
            same,
            cut & (size >= 5) & (size > theirs.head[right] + 1) & theirs.joined[right],
            cut & ~joined,
            turned & ~joined,
            stem & ~joined,
        ],
        [JOINED, SAME, JOINED, single_cut, CUT_STOP, INFLECTED],
        0,
    )
    return kind.astype(np.int8)


def _common(ours: Bytes, theirs: Bytes, left: Ints, right: Ints) -> Ints:
    """How many letters are the same before the first that differs: eight at once, as the bytes of one number."""
    halves = [words.view("<u8")[rows] for words, rows in ((ours, left), (theirs, right))]
    differ = halves[0] ^ halves[1]
    alike: Ints = (np.bitwise_count((differ & (~differ + np.uint64(1))) - np.uint64(1)) // 8).astype(np.int64)
    return np.where(differ[:, 0] != 0, alike[:, 0], 8 + np.where(differ[:, 1] != 0, alike[:, 1], 8))


def _near_in_size(size: Ints, other: Ints) -> NDArray[np.bool_]:
    """Whether letters may be left out of the other word, or letters be mistyped, see ``_by_letters``."""
    near: NDArray[np.bool_] = (size >= 2) & (size < other)
    near |= (np.abs(size - other) <= 2) & (np.minimum(size, other) >= 5)
    return near


def _by_letters(ours: Lexicon, theirs: Lexicon, left: Ints, right: Ints) -> NDArray[np.int8]:
    """Kinds that need all letters: vowels left out, a typing error."""
    a, b = [ours.folded[n] for n in left.tolist()], [theirs.folded[n] for n in right.tolist()]
    size, other = ours.lengths[left], theirs.lengths[right]
    if not len(left):
        return np.zeros(0, dtype=np.int8)
    kept = process.cpdist(a, b, scorer=LCSseq.similarity, dtype=np.int32)
    bones = (kept == size) & (size >= 2) & (size < other)
    wrong = process.cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    shorter = np.minimum(size, other)
    typo = ((wrong == 1) & (shorter >= 5)) | ((wrong == 2) & (shorter >= 9))
    return np.select([typo, bones], [TYPO, BONES], 0).astype(np.int8)
