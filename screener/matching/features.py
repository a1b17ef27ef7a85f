"""What an aligned pair of names shows, as numbers: the columns that the score is computed from.

Weights are in nats (what a word or a meeting tells, see ``background``). ``ours`` is the query, ``theirs`` the name
of the list.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from screener.matching.against import against
from screener.matching.facts import Facts
from screener.matching.legal import NO_FAMILY
from screener.matching.likeness import BONES, CUT, CUT_STOP, HOUSE, INFLECTED, JOINED, SAME, TYPO
from screener.matching.pairs import Alignment, Side
from screener.matching.slots import Names
from screener.matching.words import WIDTH, Ints, Phrases

Floats = NDArray[np.float64]

FEATURES: Final = (
    "evidence",  # what all meetings tell
    "ours_left_most",  # what the most telling of our words that met nothing tells
    "theirs_left_most",
    "both_left",  # whether each has a word of its own
    "ours_share",  # share of what our words tell that met something
    "theirs_share",
    "first_nats",  # what the meeting of the first words tells; 0 when they do not meet
    "first_kind",  # how safe that meeting is, 0 to 1
    "cut",  # words that are the beginning of theirs without a stop, the last word of ours excepted, in nats of theirs
    "cut_last",  # the same for the last word of ours
    "stopped",  # cut with a stop
    "bones",  # vowels left out
    "typo",  # a letter differs
    "inflected",
    "house",  # usual short forms
    "missing_letters",  # letters of their cut words that ours have not
    "theirs_skipped",  # what their words between two met ones tell that met nothing
    "crossed",  # words that met in another order
    "words",  # how many of our words
    "their_words",
    "digits_differ",
    "places_differ",
    "form_same",  # both have a legal form of the same family
    "form_contradicts",  # both have a legal form, and the two contradict each other
    "forms_printed",  # 0, 1 or 2 of the names have one
    "tail",  # whether there were words about the paper behind our issuer
    "cut_width",  # whether ours fills a usual width of a column
    "alike",  # the same letters, blanks apart
    "begins",  # all our letters, at least five, are the beginning of theirs, blanks apart
    "complete",  # every word of both met one
    "likeness",  # of the letters of both, 0 to 1
    "their_weight",  # what all their words tell
    "ours_left_in_full",  # what of ours met nothing when ours is written in full
    "alike_and_form",  # the same letters and the same legal form
)
SAFETY: Final = {
    SAME: 1.0,
    JOINED: 0.9,
    HOUSE: 0.8,
    INFLECTED: 0.7,
    CUT_STOP: 0.6,
    TYPO: 0.5,
    BONES: 0.4,
    CUT: 0.3,
}


def features(alignment: Alignment, names: tuple[Names, Names], rows: tuple[Ints, Ints]) -> Floats:
    """One row a pair, the columns of ``FEATURES``."""
    phrases, facts = (names[0].phrases, names[1].phrases), (names[0].facts, names[1].facts)
    columns = {
        **_totals(alignment, facts, rows),
        **_by_kind(alignment, phrases, rows),
        **_by_place(alignment),
        **against(alignment, names, rows),
        **forms(phrases, rows, names[0].marks.agree),
        "tail": facts[0].tail[rows[0]],
        "cut_width": facts[0].cut_width[rows[0]],
        **_letters(phrases, rows),
    }
    _written_apart(columns)
    columns["ours_left_in_full"] = columns["ours_left"] * facts[0].in_full[rows[0]]
    columns["alike_and_form"] = columns["alike"] & columns["form_same"]
    return np.column_stack([np.asarray(columns[name], dtype=float) for name in FEATURES])


def _written_apart(columns: dict[str, Any]) -> None:
    """The same letters are the same name, however they are cut into words."""
    same = columns["alike"]
    for name in (
        "ours_left",
        "theirs_left",
        "ours_left_most",
        "theirs_left_most",
        "both_left",
        "cut",
        "cut_last",
    ):
        columns[name] = np.where(same, 0.0, columns[name])
    for name in ("ours_share", "theirs_share", "complete", "first_kind"):
        columns[name] = np.where(same, 1.0, columns[name])
    columns["evidence"] = np.where(
        same, np.maximum(columns["evidence"], columns["their_weight"]), columns["evidence"]
    )


def _totals(alignment: Alignment, facts: tuple[Facts, Facts], rows: tuple[Ints, Ints]) -> dict[str, Any]:
    ours, theirs = alignment.ours, alignment.theirs
    first, their_first = facts[0].first[rows[0]], _their_first(theirs, facts[1], rows[1])
    pair = np.arange(len(first))
    left, their_left = ours.weight * (ours.kind == 0), theirs.weight * (theirs.kind == 0)
    total, their_total = ours.weight.sum(axis=1), theirs.weight.sum(axis=1)
    both_first = (ours.kind[pair, first] > 0) & (ours.mate[pair, first] == their_first)
    safety = safety_of_kinds()
    return {
        "evidence": ours.nats.sum(axis=1),
        "ours_left": left.sum(axis=1),
        "theirs_left": their_left.sum(axis=1),
        "ours_left_most": left.max(axis=1),
        "theirs_left_most": their_left.max(axis=1),
        "both_left": (left.max(axis=1) > 0) & (their_left.max(axis=1) > 0),
        "ours_share": 1 - left.sum(axis=1) / np.maximum(total, 0.1),
        "theirs_share": 1 - their_left.sum(axis=1) / np.maximum(their_total, 0.1),
        "first_nats": np.where(both_first, ours.nats[pair, first], 0.0),
        "first_kind": np.where(both_first, safety[ours.kind[pair, first]], 0.0),
        "their_weight": their_total,
        "complete": (left.sum(axis=1) == 0) & (their_left.sum(axis=1) == 0),
    }


def _their_first(theirs: Side, facts: Facts, rows: Ints) -> Ints:
    """The place of their first word, or of the one behind it where that is a place which ours leaves out."""
    first = facts.first[rows]
    left_out = theirs.kind[np.arange(len(rows)), first] == 0
    return np.where(left_out, facts.behind_place[rows], first)


def safety_of_kinds() -> Floats:
    """``SAFETY`` by number of the kind."""
    return np.array([SAFETY.get(kind, 0.0) for kind in range(9)])


def _by_kind(
    alignment: Alignment, phrases: tuple[Phrases, Phrases], rows: tuple[Ints, Ints]
) -> dict[str, Any]:
    ours, theirs = alignment.ours, alignment.theirs
    kind, weight = theirs.kind, theirs.weight
    last = phrases[0].counts[rows[0]] - 1
    at_end = theirs.mate == last[:, None]
    found = {
        name: (weight * (kind == k)).sum(axis=1)
        for name, k in (
            ("stopped", CUT_STOP),
            ("bones", BONES),
            ("typo", TYPO),
            ("inflected", INFLECTED),
            ("house", HOUSE),
        )
    }
    lengths = [np.append(p.lexicon.lengths, 0)[p.words[r]] for p, r in zip(phrases, rows, strict=True)]
    mate_length = np.take_along_axis(lengths[0], np.maximum(theirs.mate, 0), axis=1)
    cut = np.isin(kind, (CUT, CUT_STOP, BONES))
    return {
        **found,
        "cut": (weight * ((kind == CUT) & ~at_end)).sum(axis=1),
        "cut_last": (weight * ((kind == CUT) & at_end)).sum(axis=1),
        "missing_letters": (np.maximum(lengths[1] - mate_length, 0) * cut).sum(axis=1),
        "words": (ours.weight > 0).sum(axis=1),
        "their_words": (weight > 0).sum(axis=1),
    }


def _by_place(alignment: Alignment) -> dict[str, Any]:
    ours, theirs = alignment.ours, alignment.theirs
    place = np.arange(WIDTH)
    met, their_met = ours.kind > 0, theirs.kind > 0
    last_met = np.where(their_met, place, -1).max(axis=1)[:, None]
    their_left = theirs.weight * ~their_met
    highest = np.maximum.accumulate(np.where(met, ours.mate, -1), axis=1)
    before = np.concatenate([np.full((len(met), 1), -1), highest[:, :-1]], axis=1)
    return {
        "theirs_skipped": (their_left * (place < last_met)).sum(axis=1),
        "crossed": (met & (ours.mate < before)).sum(axis=1),
    }


def forms(
    phrases: tuple[Phrases, Phrases], rows: tuple[Ints, Ints], agree: NDArray[np.bool_]
) -> dict[str, Any]:
    """Columns about the legal forms of both names."""
    ours, theirs = phrases[0].family[rows[0]], phrases[1].family[rows[1]]
    printed = (ours != NO_FAMILY).astype(np.int64) + (theirs != NO_FAMILY)
    same, both = ours == theirs, printed == 2
    return {
        "form_same": both & same,
        "form_contradicts": both & ~same & ~agree[ours, theirs],
        "forms_printed": printed,
    }


def _letters(phrases: tuple[Phrases, Phrases], rows: tuple[Ints, Ints]) -> dict[str, Any]:
    ours, theirs = ([p.core[n] for n in r.tolist()] for p, r in zip(phrases, rows, strict=True))
    bare = [p.bare[r] for p, r in zip(phrases, rows, strict=True)]
    begins = np.strings.startswith(bare[1], bare[0])
    return {
        "alike": bare[0] == bare[1],
        "begins": begins & (np.strings.str_len(bare[0]) >= 5),
        "likeness": process.cpdist(ours, theirs, scorer=Indel.normalized_similarity, dtype=np.float32),
    }
