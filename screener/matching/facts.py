"""What is said of a name as a whole, computed once a name and not once a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from screener.matching.legal import NO_FAMILY
from screener.matching.marks import Marks
from screener.matching.words import Bools, Ints, Phrases

Floats = NDArray[np.float64]
BEHIND: Final = 0.4  # of its weight is what a word behind the legal form keeps
# Characters of a column, as exchanges and vendors print names.
COLUMN_WIDTHS: Final = frozenset({15, 16, 18, 20, 25, 30, 31, 34, 35})


@dataclass(frozen=True, slots=True)
class Facts:
    """One row a name."""

    weight: Floats  # [names, WIDTH], what each word tells; words behind the legal form seldom belong to the name and count less
    total: Floats  # what all words tell
    words: Ints  # how many of them tell anything
    first: Ints  # the place of the first word that is no single letter; 0 when all are
    behind_place: Ints  # the place of the word behind it when it is a word of place, else its own
    tail: Bools  # whether there were words about the paper behind the issuer
    cut_width: Bools  # whether the name fills a usual width of a column
    in_full: Bools  # whether it ends in a legal form and has no word with a stop

    @classmethod
    def of(cls, phrases: Phrases, marks: Marks) -> Facts:
        """The facts of ``phrases``, of whose words ``marks`` are known."""
        told = np.append(phrases.lexicon.weight, 0.0)[phrases.words]
        weight = np.where(phrases.behind, BEHIND * told, told)
        lengths = np.append(phrases.lexicon.lengths, 0)[phrases.words]
        stops = np.append(phrases.lexicon.dotted, False)[phrases.words].any(axis=1)
        first = (lengths > 1).argmax(axis=1)
        leading = marks.place[phrases.words[np.arange(len(first)), first]] > 0
        return cls(
            weight=weight,
            total=weight.sum(axis=1),
            words=(weight > 0).sum(axis=1),
            first=first,
            behind_place=np.where(leading & (first + 1 < phrases.counts), first + 1, first),
            tail=phrases.cut_by > 1,
            cut_width=np.isin(phrases.printed, list(COLUMN_WIDTHS)) & (phrases.cut_by <= 4),
            in_full=(phrases.family != NO_FAMILY) & (phrases.cut_by <= 1) & ~stops,
        )
