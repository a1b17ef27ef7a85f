"""Whether two entries can be one company at all: what speaks against it although they share an identifier.

A company has one LEI and one unified social credit code; entries that print different ones are two companies. A
shared ISIN alone joins nobody whose names have no telling word in common: a mistyped ISIN in one list would otherwise
put a stranger under another company's sanctions.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import pandas as pd

from screener.identifiers import normal
from screener.lists.model import Restricted
from screener.settings import shipped_toml

_WORD = re.compile(r"[A-Z0-9]{2,}")
_OWN_NUMBER = frozenset(("isin", "lei", "uscc"))


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells one company from another; empty where a list says nothing of the kind."""

    words: frozenset[str]
    leis: frozenset[str]
    usccs: frozenset[str]

    def with_those_of(self, other: Traits) -> Traits:
        """The traits of two entries that are one company."""
        return Traits(self.words | other.words, self.leis | other.leis, self.usccs | other.usccs)

    def speak_against(self, other: Traits, *, by_name: bool) -> bool:
        """Whether they cannot be one company; ``by_name`` when names without a word in common count too."""
        pairs = [(self.leis, other.leis), (self.usccs, other.usccs)]
        if by_name:
            pairs.append((self.words, other.words))
        return any(ours and theirs and not ours & theirs for ours, theirs in pairs)


def traits_of(restricted: Restricted, entity_ids: list[str]) -> dict[str, Traits]:
    """The traits of some entries."""
    names = restricted.names[restricted.names["entity_id"].isin(entity_ids)]
    numbers = restricted.identifiers[restricted.identifiers["entity_id"].isin(entity_ids)]
    numbers = numbers[numbers["scheme"].isin(_OWN_NUMBER)]
    by_scheme = {scheme: _gathered(rows) for scheme, rows in numbers.groupby("scheme")}
    own = _gathered(numbers)
    called = names.groupby("entity_id")["name"].agg(list).to_dict()
    nothing: frozenset[str] = frozenset()
    return {
        one: Traits(
            telling_words(
                [name for name in called.get(one, []) if normal(name) not in own.get(one, nothing)]
            ),
            by_scheme.get("lei", {}).get(one, nothing),
            by_scheme.get("uscc", {}).get(one, nothing),
        )
        for one in entity_ids
    }


def telling_words(names: list[str]) -> frozenset[str]:
    """Words of the names in Latin letters, without legal forms, places and small words."""
    spelled = (unicodedata.normalize("NFKD", name).upper() for name in names)
    return frozenset(word for text in spelled for word in _WORD.findall(text)) - _common()


def _gathered(rows: pd.DataFrame) -> dict[str, frozenset[str]]:
    values = rows.groupby("entity_id")["value"].agg(list).to_dict()
    return {str(one): frozenset(map(normal, printed)) for one, printed in values.items()}


@cache
def _common() -> frozenset[str]:
    forms = shipped_toml("vocabulary/legal_forms.toml")
    printed = [word for form in forms["form"] for word in form["words"]] + forms["fillers"]["words"]
    words = {word for text in printed for word in _WORD.findall(text)}
    return frozenset(words | set(shipped_toml("vocabulary/regions.toml")["places"]))
