"""Why a pair of names met, in words that a reviewer can check against both names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screener.matching.likeness import IN_WORDS, JOINED, SAME
from screener.matching.pairs import Alignment
from screener.matching.vocabulary import families, shipped
from screener.matching.words import Ints, Phrases


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is needed to say why: the alignment of the pairs, both sides, the doubts."""

    alignment: Alignment
    ours: Phrases
    theirs: Phrases
    rows: tuple[Ints, Ints]
    doubts: dict[str, NDArray[np.bool_]]
    caveats: dict[str, str]

    def of(self, pair: int) -> str:
        """The sentence for one pair: what met what, what was left over on each side, what speaks against it."""
        met = list(self._met(pair))
        parts = [f"met: {', '.join(met)}" if met else "no word met"]
        for side, left in (("ours", self._left(pair, ours=True)), ("theirs", self._left(pair, ours=False))):
            if left:
                parts.append(f"only {side}: {' '.join(left)}")
        parts.append(self._form(pair))
        against = [
            self.caveats[name] for name, doubt in self.doubts.items() if doubt[pair] and name != "form"
        ]
        return "; ".join([part for part in parts if part] + against)

    def _met(self, pair: int) -> Iterator[str]:
        ours, theirs = self._words(pair, ours=True), self._words(pair, ours=False)
        kinds, mates = self.alignment.ours.kind[pair], self.alignment.ours.mate[pair]
        done: set[int] = set()
        for place, word in enumerate(ours):
            mate = int(mates[place])
            if not (kind := int(kinds[place])) or mate in done:
                continue
            done.add(mate)
            whole = kind == JOINED
            our_words = self._whole(pair, place, ours=True) if whole else word
            their_words = self._whole(pair, mate, ours=False) if whole else theirs[mate]
            yield IN_WORDS[SAME if our_words == their_words else kind].format(
                ours=our_words, theirs=their_words
            )

    def _whole(self, pair: int, place: int, ours: bool) -> str:
        """The word at ``place`` with the next one when both met the same word."""
        side = self.alignment.ours if ours else self.alignment.theirs
        words = self._words(pair, ours)
        following = place + 1
        together = following < len(words) and side.kind[pair, following] == JOINED
        return " ".join(words[place : following + 1]) if together else words[place]

    def _left(self, pair: int, ours: bool) -> list[str]:
        side = self.alignment.ours if ours else self.alignment.theirs
        return [word for place, word in enumerate(self._words(pair, ours)) if side.kind[pair, place] == 0]

    def _words(self, pair: int, ours: bool) -> list[str]:
        phrases, row = (self.ours, self.rows[0][pair]) if ours else (self.theirs, self.rows[1][pair])
        return [phrases.lexicon.letters[number] for number in phrases.words[row].tolist() if number >= 0]

    def _form(self, pair: int) -> str:
        names = families(shipped()).names
        ours = names[self.ours.family[self.rows[0][pair]]]
        theirs = names[self.theirs.family[self.rows[1][pair]]]
        if ours and theirs:
            return "same legal form" if ours == theirs else f"legal form {ours} against {theirs}"
        return "no legal form to compare" if ours or theirs else ""
