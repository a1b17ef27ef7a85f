"""Two names word by word: which word of the query met which word of the listed name, and what was left over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.likeness import JOINED, Meetings, WordComparer
from screener.matching.words import WIDTH, Ints, Phrases

Floats = NDArray[np.float64]
ROUNDS: Final = 2  # words that lost their best mate to another may meet their second best
BEHIND: Final = 0.4  # of its weight is what a word behind the legal form keeps
JOINED_BIT: Final = np.uint8(64)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the pairs, ``[pairs, WIDTH]``: 0 and -1 where a word met nothing or there is no word."""

    weight: Floats  # what the word tells
    kind: NDArray[np.int8]  # how it met
    nats: Floats  # what the meeting tells
    mate: Ints  # place of the word that it met

    def at(self, pairs: Ints) -> Side:
        """The rows of ``pairs``."""
        return Side(self.weight[pairs], self.kind[pairs], self.nats[pairs], self.mate[pairs])


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of names, aligned."""

    ours: Side
    theirs: Side

    def at(self, pairs: Ints) -> Alignment:
        """The rows of ``pairs``."""
        return Alignment(self.ours.at(pairs), self.theirs.at(pairs))


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
    """Names as they are aligned: as phrases, and as the run of their words."""

    phrases: Phrases
    slots: Slots

    @classmethod
    def of(cls, phrases: Phrases) -> Names:
        """``phrases``, made ready once for any number of alignments."""
        return cls(phrases, Slots.of(phrases))


@dataclass(frozen=True, slots=True)
class _Filled:
    """For each word of one side how it met and which word: ``[pairs, WIDTH]``."""

    kind: NDArray[np.int8]
    nats: Floats
    mate: Ints

    @classmethod
    def empty(cls, pairs: int) -> _Filled:
        shape = (pairs, WIDTH)
        return cls(np.zeros(shape, dtype=np.int8), np.zeros(shape), np.full(shape, -1, dtype=np.int64))

    def answered_by(self, other: _Filled) -> _Filled:
        """Only words that are met by the very word that they meet, or by the one before it, when joined with it."""
        away = np.arange(WIDTH) - np.take_along_axis(other.mate, np.maximum(self.mate, 0), axis=1)
        mutual = (self.mate >= 0) & ((away == 0) | ((away == 1) & (self.kind == JOINED)))
        return _Filled(
            np.where(mutual, self.kind, 0), np.where(mutual, self.nats, 0.0), np.where(mutual, self.mate, -1)
        )

    def joined_by(self, other: _Filled) -> _Filled:
        """With what ``other`` found for words that had met nothing."""
        free = self.kind == 0
        return _Filled(*(np.where(free, b, a) for a, b in zip(self._parts(), other._parts(), strict=True)))

    def _parts(self) -> tuple[Any, Any, Any]:
        return self.kind, self.nats, self.mate


@dataclass(frozen=True, slots=True)
class _Met:
    """Words that meet, one row a meeting, weakest first; places and joined are those of ours and of theirs."""

    pair: Ints
    places: tuple[Ints, Ints]
    joined: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    kind: NDArray[np.int8]
    nats: Floats

    def turned(self) -> _Met:
        """The same seen from the other side."""
        return _Met(self.pair, self.places[::-1], self.joined[::-1], self.kind, self.nats)

    def still_free(self, ours: _Filled, theirs: _Filled) -> _Met:
        """Only meetings of words that have not met yet."""
        free = np.ones(len(self.pair), dtype=bool)
        for side, place, joined in zip((ours, theirs), self.places, self.joined, strict=True):
            second = np.minimum(place + joined, WIDTH - 1)
            free &= (side.kind[self.pair, place] == 0) & (side.kind[self.pair, second] == 0)
        return self if free.all() else self._only(free)

    def among(self, pairs: Ints) -> _Met:
        """Only the meetings of ``pairs`` (ascending), numbered by their place there."""
        place = np.minimum(np.searchsorted(pairs, self.pair), max(len(pairs) - 1, 0))
        kept = (
            self._only(pairs[place] == self.pair)
            if len(pairs)
            else self._only(np.zeros(len(place), dtype=bool))
        )
        return _Met(np.searchsorted(pairs, kept.pair), kept.places, kept.joined, kept.kind, kept.nats)

    def _only(self, which: NDArray[np.bool_]) -> _Met:
        places = self.places[0][which], self.places[1][which]
        joined = self.joined[0][which], self.joined[1][which]
        return _Met(self.pair[which], places, joined, self.kind[which], self.nats[which])

    def fill(self, pairs: int) -> _Filled:
        """The strongest meeting of each of our words; a joined word stands for two."""
        filled, (ours, theirs) = _Filled.empty(pairs), self.joined
        double = np.flatnonzero(ours)
        row = np.concatenate([np.arange(len(self.pair)), double])
        step = np.concatenate(
            [np.zeros(len(self.pair), dtype=np.int64), np.ones(len(double), dtype=np.int64)]
        )
        order = np.argsort(row, kind="stable")
        row, step = row[order], step[order]
        at = self.pair[row], self.places[0][row] + step
        filled.kind[at], filled.mate[at] = self.kind[row], self.places[1][row] + step * theirs[row]
        filled.nats[at] = self.nats[row] / (1 + ours[row])
        return filled


def align(
    ours: Names, theirs: Names, rows: tuple[Ints, Ints], comparer: WordComparer, least: float = 0.0
) -> tuple[tuple[Ints, Ints], Alignment]:
    """The alignment of ``ours[rows[0]]`` with ``theirs[rows[1]]``, and the rows: pairs whose words tell ``least`` nats."""
    met = _meetings(ours.slots, theirs.slots, rows, (ours.phrases, theirs.phrases, comparer))
    telling = np.flatnonzero(np.bincount(met.pair, met.nats, minlength=len(rows[0])) >= least)
    met, rows = met.among(telling), (rows[0][telling], rows[1][telling])
    one, other = _Filled.empty(len(telling)), _Filled.empty(len(telling))
    for _ in range(ROUNDS):
        met = met.still_free(one, other)
        found, back = met.fill(len(telling)), met.turned().fill(len(telling))
        one, other = one.joined_by(found.answered_by(back)), other.joined_by(back.answered_by(found))
    weight = _weights(ours.phrases, rows[0]), _weights(theirs.phrases, rows[1])
    return rows, Alignment(
        Side(weight[0], one.kind, one.nats, one.mate), Side(weight[1], other.kind, other.nats, other.mate)
    )


def _meetings(
    ours: Slots, theirs: Slots, rows: tuple[Ints, Ints], means: tuple[Phrases, Phrases, WordComparer]
) -> _Met:
    """All words that meet in each pair, weakest first."""
    pair, a, b = _same_first_letter(ours, theirs, rows)
    met = _compare_distinct(ours.word[a], theirs.word[b], means)
    away = 0.02 * np.abs(ours.place[a] - theirs.place[b])
    found = np.flatnonzero(met.kind > 0)
    found = found[np.argsort((met.strength - away)[found], kind="stable")]
    a, b = a[found], b[found]
    return _Met(
        pair[found],
        (ours.place[a], theirs.place[b]),
        (ours.joined[a], theirs.joined[b]),
        met.kind[found],
        met.nats[found],
    )


def _same_first_letter(ours: Slots, theirs: Slots, rows: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Pair, slot of ours and slot of theirs wherever both begin alike; two joined words are not compared.

    Only words of ours whose first letter the other name has at all are set beside each of its words.
    """
    pair, slot = _spread(ours.start[rows[0]], ours.count[rows[0]])
    bit = (ours.letter[slot] & np.uint8(63)).astype(np.uint64)
    had = np.flatnonzero((theirs.letters[rows[1]][pair] >> bit) & np.uint64(1))
    pair, slot = pair[had], slot[had]
    row, other = _spread(theirs.start[rows[1][pair]], theirs.count[rows[1][pair]])
    mine, its = ours.letter[slot][row], theirs.letter[other]
    near = np.flatnonzero(((mine ^ its) & np.uint8(63) == 0) & (mine & its & JOINED_BIT == 0))
    row = row[near]
    return pair[row], slot[row], other[near]


def _spread(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """For each row its ``count`` numbers from ``start`` on: number of the row, and number."""
    row = np.repeat(np.arange(len(start)), count)
    return row, np.arange(len(row)) + np.repeat(start - (np.cumsum(count) - count), count)


def _compare_distinct(left: Ints, right: Ints, means: tuple[Phrases, Phrases, WordComparer]) -> Meetings:
    ours, theirs, comparer = means
    size = max(len(theirs.lexicon.letters), 1)
    distinct, inverse = np.unique(left * size + right, return_inverse=True)
    met = comparer.meet(ours.lexicon, theirs.lexicon, distinct // size, distinct % size)
    return Meetings(met.kind[inverse], met.strength[inverse], met.nats[inverse])


def _weights(phrases: Phrases, rows: Ints) -> Floats:
    """What each word tells; words behind the legal form seldom belong to the name and count less."""
    weights: Floats = np.append(phrases.lexicon.weight, 0.0)[phrases.words[rows]]
    return np.where(phrases.behind[rows], BEHIND * weights, weights)
