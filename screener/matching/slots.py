"""Names as runs of words, and which words of two names begin with the same letter: what may meet at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.facts import Facts
from screener.matching.marks import Marks
from screener.matching.vocabulary import Vocabulary
from screener.matching.words import WIDTH, Ints, Phrases

JOINED_BIT: Final = np.uint8(64)


@dataclass(frozen=True, slots=True)
class Slots:
    """The words and joined neighbours of names in one run: where each name's begin, and what they are."""

    start: Ints
    count: Ints
    word: Ints
    place: Ints
    joined: NDArray[np.bool_]
    letter: NDArray[np.uint8]  # first letter of the word, as a number below 64, and JOINED_BIT
    letters: NDArray[np.uint64]  # for each name a bit for every first letter that it has

    @classmethod
    def of(cls, phrases: Phrases) -> Slots:
        """The words of ``phrases``."""
        both = np.concatenate([phrases.words, phrases.pairs], axis=1)
        rows, columns = np.nonzero(both >= 0)
        count = (both >= 0).sum(axis=1)
        joined = columns >= WIDTH
        first = phrases.lexicon.codes[both[rows, columns], 0] & np.uint8(63)
        letters = np.zeros(len(both), dtype=np.uint64)
        np.bitwise_or.at(letters, rows, np.uint64(1) << first.astype(np.uint64))
        return cls(
            start=np.cumsum(count) - count,
            count=count,
            word=both[rows, columns],
            place=np.where(joined, columns - WIDTH, columns),
            joined=joined,
            letter=first | np.where(joined, JOINED_BIT, np.uint8(0)),
            letters=letters,
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Names made ready once for any number of comparisons: as phrases, as the run of their words, with what is known of both."""

    phrases: Phrases
    slots: Slots
    facts: Facts
    marks: Marks

    @classmethod
    def of(cls, phrases: Phrases, vocabulary: Vocabulary) -> Names:
        """``phrases``, made ready."""
        marks = Marks.of(phrases.lexicon, vocabulary)
        return cls(phrases, Slots.of(phrases), Facts.of(phrases, marks), marks)


def same_first_letter(ours: Slots, theirs: Slots, rows: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Pair, slot of ours and slot of theirs wherever both begin alike; two joined words are not compared.

    Only words of ours whose first letter the other name has at all are set beside each of its words.
    """
    pair, slot = spread(ours.start[rows[0]], ours.count[rows[0]])
    bit = (ours.letter[slot] & np.uint8(63)).astype(np.uint64)
    had = np.flatnonzero((theirs.letters[rows[1]][pair] >> bit) & np.uint64(1))
    pair, slot = pair[had], slot[had]
    row, other = spread(theirs.start[rows[1][pair]], theirs.count[rows[1][pair]])
    mine, its = ours.letter[slot][row], theirs.letter[other]
    near = np.flatnonzero(((mine ^ its) & np.uint8(63) == 0) & (mine & its & JOINED_BIT == 0))
    row = row[near]
    return pair[row], slot[row], other[near]


def spread(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """For each row its ``count`` numbers from ``start`` on: number of the row, and number."""
    row = np.repeat(np.arange(len(start)), count)
    return row, np.arange(len(row)) + np.repeat(start - (np.cumsum(count) - count), count)
