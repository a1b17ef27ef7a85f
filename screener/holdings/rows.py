"""What each row of a table is: a position, cash, a total, a section, a note.

The decision rests on what a row fills compared with what positions of the same table fill, and on words only where
the row is *bare*: without identifier, quantity and description. So "Total SA" with an ISIN is a position and
"Total equities" is a total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from screener.holdings.folding import fold
from screener.holdings.grid import Mask, Numbers, Objects
from screener.holdings.words import RowWords, asset_class_of, has_cash_phrase, is_cash_name, row_words

BLANK_ROW: Final = 0
HOLDING: Final = 1
CASH: Final = 2
TOTAL: Final = 3
SECTION: Final = 4
NOTE: Final = 5
UNNAMED: Final = 6  # amounts without anything to screen by
REPEATED: Final = 7  # a heading repeated, or a position listed again in an appendix
NOTHING: Final = 8  # says that there is nothing of a kind ("NIL")
Codes = npt.NDArray[np.int8]


@dataclass(slots=True)
class RowFacts:
    """What each row of a table fills; all arrays have one element a row."""

    label: Objects  # name, else the first text of the row
    name: Objects
    named: Mask
    identified: Mask  # an identifier, valid or not
    ticker: Mask
    quantity: Numbers
    price: Numbers
    market_value: Numbers
    weight: Numbers
    filled: npt.NDArray[np.int64]  # cells that are not blank
    described: Mask  # a cell filled that is neither the label nor an amount
    asset_class: Objects  # as printed
    nil: Mask  # a number column says "NIL"
    has_ids: bool
    has_amounts: bool

    @property
    def amounts(self) -> Mask:
        mask: Mask = ~(np.isnan(self.market_value) & np.isnan(self.weight))
        return mask

    @property
    def numbers(self) -> Mask:
        mask: Mask = self.amounts | ~np.isnan(self.quantity) | ~np.isnan(self.price)
        return mask


def classify(facts: RowFacts) -> Codes:
    """The kind of each row."""
    kinds = np.full(len(facts.label), BLANK_ROW, dtype=np.int8)
    filled = facts.filled > 0
    coded = facts.identified | facts.ticker
    substance = coded | facts.numbers if facts.has_amounts or facts.has_ids else facts.named
    bare = ~facts.identified & ~facts.ticker & ~(np.nan_to_num(facts.quantity) != 0)
    kinds[filled & substance] = HOLDING
    kinds[filled & ~substance] = NOTE
    _bare_rows(facts, kinds, bare & filled & substance)
    _cash_classes(facts, kinds)
    _text_rows(facts, kinds)
    return kinds


def _bare_rows(facts: RowFacts, kinds: Codes, bare: Mask) -> None:
    """Rows of a label and amounts only: totals, sections with their sum, cash, unnamed amounts, or positions after all."""
    usual = _usual(facts, kinds, bare)
    for i in np.flatnonzero(bare).tolist():
        label = str(facts.label[i])
        kind = HOLDING
        if not label:
            kind = TOTAL if np.isnan(facts.price[i]) else UNNAMED
        elif is_total(label, strict=not usual or bool(facts.described[i])):
            kind = TOTAL
        elif is_cash_name(label) or (usual and has_cash_phrase(label)):
            kind = CASH
        elif usual and not facts.described[i] and is_section(label):
            kind = SECTION
        kinds[i] = kind


def _usual(facts: RowFacts, kinds: Codes, bare: Mask) -> bool:
    """Whether positions of this table usually fill more than a label and amounts, so that a bare row stands out."""
    positions = kinds == HOLDING
    richer = positions & (~bare | facts.described)
    return bool(richer.sum() >= 1 and (facts.has_ids or richer.sum() >= 0.5 * positions.sum()))


def _cash_classes(facts: RowFacts, kinds: Codes) -> None:
    """Rows whose asset class says cash, or whose name is made of cash words, though they carry a ticker or quantity.

    Brokers also print "Cash" or "Margin" for the kind of account a share is held in; a row with ticker, name and
    a price of its own is therefore no cash line unless its name says so too.
    """
    holding = kinds == HOLDING
    classed = _among(
        facts.asset_class, [t for t in set(facts.asset_class[holding]) if asset_class_of(t) == "cash"]
    )
    traded = facts.ticker & facts.named & ~np.isnan(facts.price) & (facts.price != 1) & (facts.price != 100)
    kinds[holding & classed & ~facts.identified & ~traded] = CASH
    unsure = holding & (~classed | traded) & ~facts.identified
    kinds[unsure & _among(facts.label, [t for t in set(facts.label[unsure]) if is_cash_name(t)])] = CASH


def _among(texts: Objects, few: list[str]) -> Mask:
    mask: Mask = np.isin(texts, few) if few else np.zeros(len(texts), dtype=bool)
    return mask


def _text_rows(facts: RowFacts, kinds: Codes) -> None:
    """Rows without amounts and identifiers: "NIL", totals of nothing, sections before a position, notes after the last."""
    words = row_words()
    positions = np.flatnonzero((kinds == HOLDING) | (kinds == CASH))
    last = int(positions[-1]) if len(positions) else -1
    for i in np.flatnonzero(kinds == NOTE).tolist():
        label = str(facts.label[i])
        if is_total(label, strict=False):
            kinds[i] = TOTAL
        elif facts.nil[i] or fold(label) in words.nil:
            kinds[i] = NOTHING
        elif i < last and not is_note(label, words):
            kinds[i] = HOLDING if _lone_security(facts, kinds, i) else SECTION


def _lone_security(facts: RowFacts, kinds: Codes, i: int) -> bool:
    """A company name alone between two positions is a position whose amounts are missing, not a section."""
    if not facts.named[i] or not 0 < i < len(kinds) - 1:
        return False
    beside = kinds[i - 1] == HOLDING and kinds[i + 1] == HOLDING
    folded = fold(str(facts.name[i]))
    return (
        beside
        and not asset_class_of(folded)
        and folded.endswith(tuple(" " + form for form in row_words().legal_forms))
    )


def is_total(label: str, strict: bool) -> bool:
    """Whether ``label`` is that of a total; ``strict`` where companies such as "Total SA" may stand in such a row."""
    words, folded = row_words(), fold(label)
    if folded in words.total_whole or folded in words.total_starts:
        return True
    starts = any(folded.startswith(start + " ") for start in words.total_starts)
    ends = any(folded.endswith(" " + end) for end in words.total_ends)
    glued = any(folded.startswith(start) for start in words.total_starts if not start.isascii())
    if not (starts or ends or glued):
        return False
    if not strict:
        return True
    tokens = folded.split()
    known = words.total_strict | words.section_words
    return all(
        token in known or token.isdigit() or token in words.total_starts or token in ("%", "sub", "total")
        for token in tokens
    )


def is_section(label: str) -> bool:
    """Whether ``label`` names a kind of asset or listing and nothing else."""
    folded = fold(label)
    if asset_class_of(label) and len(folded.split()) <= 12:
        tokens = [token for token in folded.split() if not token.isdigit()]
        known = sum(token in row_words().section_words or bool(asset_class_of(token)) for token in tokens)
        return known >= 0.6 * len(tokens)
    return bool(folded) and all(token in row_words().section_words for token in folded.split())


def is_note(label: str, words: RowWords) -> bool:
    """Whether a lone text is a note rather than a section."""
    folded = fold(label)
    if label[:1] in "*^†‡#$@" or len(label) > 160:
        return True
    return any(folded == start or folded.startswith(start + " ") for start in words.notes)
