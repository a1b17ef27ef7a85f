"""Two names word by word: which word of the query met which word of the listed name, and what was left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from screener.matching.likeness import JOINED, WordComparer
from screener.matching.slots import Names, same_first_letter
from screener.matching.words import WIDTH, Ints

Floats = NDArray[np.float64]
ROUNDS: Final = 2  # words that lost their best mate to another may meet their second best


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
class Met:
    """Words that meet, one row a meeting; places and joined are those of ours and of theirs."""

    pair: Ints
    places: tuple[Ints, Ints]
    joined: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    kind: NDArray[np.int8]
    nats: Floats
    strength: Floats  # how good a meeting it is beside others of the same words

    @classmethod
    def together(cls, parts: list[Met], many: list[int]) -> Met:
        """The meetings of all ``parts``, each of so ``many`` pairs, numbered on."""
        pair = [part.pair + offset for part, offset in zip(parts, np.cumsum([0, *many]), strict=False)]
        return cls(
            np.concatenate(pair),
            (_all(part.places[0] for part in parts), _all(part.places[1] for part in parts)),
            (_all(part.joined[0] for part in parts), _all(part.joined[1] for part in parts)),
            _all(part.kind for part in parts),
            _all(part.nats for part in parts),
            _all(part.strength for part in parts),
        )

    def turned(self) -> Met:
        """The same seen from the other side."""
        return Met(self.pair, self.places[::-1], self.joined[::-1], self.kind, self.nats, self.strength)

    def touched(self, pairs: int, side: int) -> NDArray[np.bool_]:
        """Which words of a side (0 ours, 1 theirs) meet any word at all: ``[pairs, WIDTH]``."""
        touched, place, joined = np.zeros((pairs, WIDTH), dtype=bool), self.places[side], self.joined[side]
        touched[self.pair, place] = True
        touched[self.pair[joined], place[joined] + 1] = True
        return touched

    def weakest_first(self) -> Met:
        """In the order in which a meeting takes the place of the ones before it."""
        return self._at(np.argsort(self.strength, kind="stable"))

    def still_free(self, ours: _Filled, theirs: _Filled) -> Met:
        """Only meetings of words that have not met yet."""
        free = np.ones(len(self.pair), dtype=bool)
        for side, place, joined in zip((ours, theirs), self.places, self.joined, strict=True):
            second = np.minimum(place + joined, WIDTH - 1)
            free &= (side.kind[self.pair, place] == 0) & (side.kind[self.pair, second] == 0)
        return self if free.all() else self._at(np.flatnonzero(free))

    def among(self, pairs: Ints, many: int) -> Met:
        """Only the meetings of ``pairs`` (ascending) of the ``many`` there are, numbered by their place among these."""
        number = np.full(many, -1, dtype=np.int64)
        number[pairs] = np.arange(len(pairs))
        kept = self._at(np.flatnonzero(number[self.pair] >= 0))
        return replace(kept, pair=number[kept.pair])

    def _at(self, which: Ints) -> Met:
        places = self.places[0][which], self.places[1][which]
        joined = self.joined[0][which], self.joined[1][which]
        kind, nats, strength = self.kind[which], self.nats[which], self.strength[which]
        return Met(self.pair[which], places, joined, kind, nats, strength)

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


def _all(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(list(parts))


def align(met: Met, ours: Names, theirs: Names, rows: tuple[Ints, Ints]) -> Alignment:
    """The alignment of ``ours[rows[0]]`` with ``theirs[rows[1]]``, whose words meet as ``met`` says."""
    pairs, met = len(rows[0]), met.weakest_first()
    one, other = _Filled.empty(pairs), _Filled.empty(pairs)
    for _ in range(ROUNDS):
        met = met.still_free(one, other)
        found, back = met.fill(pairs), met.turned().fill(pairs)
        one, other = one.joined_by(found.answered_by(back)), other.joined_by(back.answered_by(found))
    weight = ours.facts.weight[rows[0]], theirs.facts.weight[rows[1]]
    return Alignment(
        Side(weight[0], one.kind, one.nats, one.mate), Side(weight[1], other.kind, other.nats, other.mate)
    )


def meetings(ours: Names, theirs: Names, rows: tuple[Ints, Ints], comparer: WordComparer) -> Met:
    """All words that meet in each pair of ``ours[rows[0]]`` and ``theirs[rows[1]]``."""
    one, other = ours.slots, theirs.slots
    pair, a, b = same_first_letter(one, other, rows)
    size = max(len(theirs.phrases.lexicon.letters), 1)
    number, distinct = pd.factorize(one.word[a] * size + other.word[b])
    met = comparer.meet(ours.phrases.lexicon, theirs.phrases.lexicon, distinct // size, distinct % size)
    found = np.flatnonzero((met.kind > 0)[number])
    a, b, number = a[found], b[found], number[found]
    away = 0.02 * np.abs(one.place[a] - other.place[b])
    return Met(
        pair[found],
        (one.place[a], other.place[b]),
        (one.joined[a], other.joined[b]),
        met.kind[number],
        met.nats[number],
        met.strength[number] - away,
    )
