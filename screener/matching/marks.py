"""What is said of single words: whether they are numbers or places, which speak against a pair when only one name has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screener.matching.columns import places_among
from screener.matching.vocabulary import Vocabulary, families
from screener.matching.words import Ints, Lexicon


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
