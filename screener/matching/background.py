"""How common words are in company names at large, whatever the list that is searched.

The counts come from ``config/vocabulary/word_frequencies.csv`` and not from the list, so that adding an entity
to a list changes no other match, and a list of ten names is weighed like one of a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.errors import ConfigurationError
from screener.settings import shipped_config

Floats = NDArray[np.float64]

STEM: Final = 3  # letters by which the file sums up the words too rare to be listed
RARE_SHARE: Final = 0.35  # of the rare words that share n letters, about a third share the next one too


@dataclass(frozen=True, slots=True)
class Background:
    """Sorted words with their counts, summed so that every beginning of a word can be looked up."""

    names: int  # how many names were counted
    words: NDArray[np.str_]
    counts: Floats
    summed: Floats  # summed[i]: count of words[:i]
    stems: NDArray[np.str_]
    stem_counts: Floats
    stem_summed: Floats
    skeletons: NDArray[np.str_]
    skeleton_summed: Floats

    def information(self, words: Sequence[str]) -> Floats:
        """What it tells that a name has each of ``words``: minus the logarithm of how often names have it."""
        asked = np.asarray(words, dtype=str)
        place = np.minimum(np.searchsorted(self.words, asked), len(self.words) - 1)
        known = np.where(self.words[place] == asked, self.counts[place], 0.0)
        return self._nats(known)

    def information_of_beginnings(self, beginnings: Sequence[str]) -> Floats:
        """What it tells that a name has a word that begins like this."""
        asked = np.asarray(beginnings, dtype=str)
        listed = _range_sum(self.words, self.summed, asked)
        stem = asked.astype(f"<U{STEM}")
        rare = _range_sum(self.stems, self.stem_summed, stem)
        return self._nats(listed + rare * RARE_SHARE ** np.maximum(np.char.str_len(asked) - STEM, 0))

    def information_of_skeletons(self, skeletons: Sequence[str]) -> Floats:
        """What it tells that a name has a word whose consonants begin like this."""
        asked = np.asarray(skeletons, dtype=str)
        return self._nats(_range_sum(self.skeletons, self.skeleton_summed, asked) * 1.3)

    def _nats(self, count: Floats) -> Floats:
        result: Floats = np.log(self.names / (np.minimum(count, self.names - 1) + 1.0))
        return result


def skeleton(word: str) -> str:
    """The first letter and the consonants after it, doubled ones once: what people leave of a word."""
    kept = word[:1]
    for letter in word[1:]:
        if letter not in "AEIOUY" and letter != kept[-1]:
            kept += letter
    return kept


@cache
def shipped_background() -> Background:
    """The counts that come with the program, read once a process."""
    file = shipped_config() / "vocabulary" / "word_frequencies.csv"
    lines = [
        line for line in file.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")
    ]
    try:
        rows = [(word, int(count)) for word, count in (line.split(",") for line in lines[1:])]
    except ValueError as error:
        raise ConfigurationError(file, "", f"is not a table of word and count ({error})") from None
    return background_of(dict(rows))


def background_of(counts: dict[str, int]) -> Background:
    """A background of ``counts``: words, beginnings of rare words (``ABC*``), and ``*`` the number of names."""
    names = counts["*"]
    words, listed, summed = _table({w: c for w, c in counts.items() if "*" not in w})
    stems, stem_counts, stem_summed = _table(
        {w[:-1]: c for w, c in counts.items() if len(w) > 1 and w[-1] == "*"}
    )
    bones: dict[str, int] = {}
    for word, count in zip(words.tolist(), listed.tolist(), strict=True):
        key = skeleton(word)
        bones[key] = bones.get(key, 0) + int(count)
    skeletons, _, skeleton_summed = _table(bones)
    return Background(
        names, words, listed, summed, stems, stem_counts, stem_summed, skeletons, skeleton_summed
    )


def _table(counts: dict[str, int]) -> tuple[NDArray[np.str_], Floats, Floats]:
    words = sorted(counts) or [""]
    values = np.array([counts.get(word, 0) for word in words], dtype=float)
    return np.array(words, dtype=str), values, np.concatenate([[0.0], np.cumsum(values)])


def _range_sum(words: NDArray[np.str_], summed: Floats, beginnings: NDArray[Any]) -> Floats:
    """For each beginning the summed counts of the sorted ``words`` that begin with it."""
    low = np.searchsorted(words, beginnings)
    high = np.searchsorted(words, np.char.add(beginnings, "~"))
    result: Floats = summed[high] - summed[low]
    return result
