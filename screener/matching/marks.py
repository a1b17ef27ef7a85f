"""What single words say that speaks against a pair: numbers and places that only one of the names has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.columns import places_among
from screener.matching.pairs import Alignment
from screener.matching.vocabulary import Vocabulary, families
from screener.matching.words import WIDTH, Ints, Lexicon, Phrases

# Characters of a column, as exchanges and vendors print names.
COLUMN_WIDTHS: Final = frozenset({15, 16, 18, 20, 25, 30, 31, 34, 35})


@dataclass(frozen=True, slots=True)
class Marks:
    """What is said of single words of a lexicon, by number of word."""

    digits: NDArray[np.bool_]
    place: Ints  # 0: no place
    agree: NDArray[np.bool_]  # [family, family] of legal forms

    @classmethod
    def of(cls, lexicon: Lexicon, vocabulary: Vocabulary) -> Marks:
        """The marks of the words of ``lexicon``, with nothing said of "no word" behind the last."""
        numbers = {place: number + 1 for number, place in enumerate(sorted(set(vocabulary.places.values())))}
        digits = ((lexicon.codes >= ord("0")) & (lexicon.codes <= ord("9"))).any(axis=1)
        of_word = np.array([0, *(numbers[place] for place in vocabulary.places.values())], dtype=np.int64)
        places = of_word[places_among(lexicon.letters, list(vocabulary.places)) + 1]
        return cls(np.append(digits, False), np.append(places, 0), families(vocabulary).agree)


def marked(
    alignment: Alignment,
    phrases: tuple[Phrases, Phrases],
    rows: tuple[Ints, Ints],
    marks: tuple[Marks, Marks],
) -> dict[str, Any]:
    sides = (alignment.ours, alignment.theirs)
    cut_off = _behind_a_cut(alignment, phrases[0], rows[0])
    digits = np.zeros(len(rows[0]), dtype=bool)
    places = []
    for side, phrase, row, mark in zip(sides, phrases, rows, marks, strict=True):
        left = (side.kind == 0) & ~(cut_off if side is alignment.theirs else False)
        digits |= (mark.digits[phrase.words[row]] & left).any(axis=1)
        places.append(np.where(left, mark.place[phrase.words[row]], 0).max(axis=1))
    return {"digits_differ": digits, "places_differ": places[0] != places[1]}


def _behind_a_cut(alignment: Alignment, ours: Phrases, rows: Ints) -> NDArray[np.bool_]:
    """Which of their words stand where ours, which fills the width of a column, was cut off."""
    last_met = np.where(alignment.theirs.kind > 0, np.arange(WIDTH), -1).max(axis=1)
    behind: NDArray[np.bool_] = np.arange(WIDTH) > last_met[:, None]
    return behind & fills_column(ours, rows)[:, None]


def fills_column(ours: Phrases, rows: Ints) -> NDArray[np.bool_]:
    filled: NDArray[np.bool_] = np.isin(ours.printed[rows], list(COLUMN_WIDTHS)) & (ours.cut_by[rows] <= 4)
    return filled
