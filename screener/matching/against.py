"""What speaks against a pair of names: numbers and places that only one of them has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from screener.matching.pairs import Alignment
from screener.matching.slots import Names
from screener.matching.words import WIDTH, Ints


def against(alignment: Alignment, names: tuple[Names, Names], rows: tuple[Ints, Ints]) -> dict[str, Any]:
    """Whether the words left over on both sides differ in numbers, and in places."""
    sides = (alignment.ours, alignment.theirs)
    cut_off = _behind_a_cut(alignment, names[0], rows[0])
    digits = np.zeros(len(rows[0]), dtype=bool)
    places = []
    for side, name, row in zip(sides, names, rows, strict=True):
        left = (side.kind == 0) & ~(cut_off if side is alignment.theirs else False)
        words, marks = name.phrases.words[row], name.marks
        digits |= (marks.digits[words] & left).any(axis=1)
        places.append(np.where(left, marks.place[words], 0).max(axis=1))
    return {"digits_differ": digits, "places_differ": places[0] != places[1]}


def _behind_a_cut(alignment: Alignment, ours: Names, rows: Ints) -> NDArray[np.bool_]:
    """Which of their words stand where ours, which fills the width of a column, was cut off."""
    last_met = np.where(alignment.theirs.kind > 0, np.arange(WIDTH), -1).max(axis=1)
    behind: NDArray[np.bool_] = np.arange(WIDTH) > last_met[:, None]
    return behind & ours.facts.cut_width[rows][:, None]
