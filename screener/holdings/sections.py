"""Section rows carried down to the positions below them: asset class, account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from screener.holdings.folding import fold
from screener.holdings.grid import Mask, Objects
from screener.holdings.rows import SECTION, TOTAL, Codes, RowFacts
from screener.holdings.words import asset_class_of, country_names, row_words


@dataclass(slots=True)
class Carried:
    """For each row what the sections above it say; ``cash`` marks rows under a section of cash."""

    asset_class: Objects
    portfolio: Objects
    cash: Mask


def carried_down(facts: RowFacts, kinds: Codes, title: str) -> Carried:
    """What each row inherits; ``title`` is the account that the text above the table names."""
    size = len(kinds)
    classes, portfolios = np.full(size, "", dtype=object), np.full(size, title, dtype=object)
    cash = np.zeros(size, dtype=bool)
    for i in np.flatnonzero((kinds == SECTION) | (kinds == TOTAL)).tolist():
        label = str(facts.label[i])
        if kinds[i] == TOTAL:
            continue
        account = account_of(label)
        if account:
            portfolios[i:] = account
            continue
        found = asset_class_of(label)
        if found or not (_is_subsection(label) or (fold(label) in country_names() and not cash[i])):
            classes[i:] = "money_market" if found == "cash" else found
            cash[i:] = found == "cash"
    return Carried(classes, portfolios, cash)


def account_of(label: str) -> str:
    """The account or fund that a lone text names: "Account: 123" is "123"; "" where it names none."""
    words = row_words().portfolio
    head, separator, tail = label.partition(":")
    if separator and len(head) < 40 and (fold(head) in words or set(fold(head).split()) & set(words)):
        return tail.strip() or label
    folded = fold(label)
    if row_words().dated.search(folded):
        return ""  # "Portfolio as on 30 June 2025" says when, not whose
    begins = any(
        folded == w or folded.startswith(w + " ") or (not w.isascii() and folded.startswith(w)) for w in words
    )
    return label if begins and any(c.isdigit() for c in label) else ""


def _is_subsection(label: str) -> bool:
    """Whether a section only says where things are listed, so that the class above it still holds."""
    return all(token in row_words().section_words or len(token) == 1 for token in fold(label).split())
