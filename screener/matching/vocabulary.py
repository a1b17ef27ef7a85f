"""The words of security descriptions, read from ``config/vocabulary`` into one frozen value.

The files define every field in their headers; this module only gives them a shape that is quick to look up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from screener.errors import ConfigurationError
from screener.settings import shipped_toml

_NOT_WORD = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One row of ``share_classes.toml``: spellings and what they say."""

    words: tuple[str, ...]
    share_class: str
    receipt: str
    instrument: str
    after_blank: bool = False


@dataclass(frozen=True, slots=True)
class LegalForm:
    """One row of ``legal_forms.toml``."""

    name: str
    family: str
    words: tuple[str, ...]
    leading: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Everything that is known about words in descriptions."""

    currencies: dict[str, str]
    iso_currencies: tuple[str, ...]
    no_par: tuple[str, ...]
    terms: tuple[Term, ...]
    class_letters: tuple[str, ...]
    hyphened: dict[str, str]
    market_words: tuple[str, ...]
    forms: tuple[LegalForm, ...]
    agreeing: frozenset[tuple[str, str]]  # families of legal forms that do not contradict each other
    fillers: frozenset[str]
    foreign: tuple[tuple[str, str], ...]  # word in another script, word in Latin letters; longest first
    places: dict[str, str]  # word of place = the place
    short_forms: dict[str, tuple[str, ...]]  # word = its short forms
    long_forms: dict[str, tuple[str, ...]]  # short form = the words it may stand for


def squeezed(text: str) -> str:
    """``text`` in capitals without anything that is neither letter nor digit: ``Co., Ltd.`` is ``COLTD``."""
    return _NOT_WORD.sub("", text.upper())


@cache
def shipped() -> Vocabulary:
    """The vocabulary that comes with the program, read once a process."""
    par = shipped_toml("vocabulary/par_values.toml")
    shares = shipped_toml("vocabulary/share_classes.toml")
    legal = shipped_toml("vocabulary/legal_forms.toml")
    short = shipped_toml("vocabulary/abbreviations.toml")
    return Vocabulary(
        currencies=par["currencies"],
        iso_currencies=tuple(par["iso"]["codes"]),
        no_par=tuple(par["no_par"]["words"]),
        terms=tuple(_row(Term, row, "share_classes.toml", "term") for row in shares["term"]),
        class_letters=tuple(shares["letters"]["classes"]),
        hyphened=shares["hyphened"],
        market_words=tuple(shares["market"]["words"]),
        forms=tuple(_row(LegalForm, row, "legal_forms.toml", "form") for row in legal["form"]),
        agreeing=frozenset(
            pair
            for row in legal["agree"]
            for other in row["with"]
            for pair in _both_ways(row["family"], other)
        ),
        fillers=frozenset(legal["fillers"]["words"]),
        foreign=_longest_first(shipped_toml("vocabulary/foreign_words.toml")["words"]),
        places=shipped_toml("vocabulary/regions.toml")["places"],
        short_forms={word: tuple(forms) for word, forms in short["words"].items()},
        long_forms=_turned(short["words"]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Families:
    """The families of legal forms, by number; 0 is none."""

    names: tuple[str, ...]
    of_form: dict[str, int]  # squeezed spelling of a legal form = number of its family
    agree: NDArray[
        np.bool_
    ]  # [family, family]: whether two that are not the same do not contradict each other


@cache
def families(vocabulary: Vocabulary) -> Families:
    """The families of the forms of ``vocabulary``."""
    names = ("", *sorted({form.family for form in vocabulary.forms}))
    number = {name: place for place, name in enumerate(names)}
    agree = np.zeros((len(names), len(names)), dtype=bool)
    for one, other in vocabulary.agreeing:
        agree[number[one], number[other]] = True
    of_form = {squeezed(word): number[form.family] for form in vocabulary.forms for word in form.words}
    return Families(names, of_form, agree)


def words_of(terms: Iterable[Term], **said: str) -> tuple[str, ...]:
    """The spellings of the terms that say ``said``, for instance ``receipt="ADR"``."""
    return tuple(
        word for term in terms if all(getattr(term, k) == v for k, v in said.items()) for word in term.words
    )


@dataclass(frozen=True, slots=True, eq=False)
class HouseWords:
    """Words with usual short forms, and those forms; ``alike[a, b]``: whether two of them can stand for one word."""

    words: list[str]
    alike: NDArray[np.bool_]

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> HouseWords:
        """Those of ``vocabulary``; one more row and column, of falsehoods, are for words that are none of them."""
        words = sorted({*vocabulary.short_forms, *vocabulary.long_forms})
        number = {word: place for place, word in enumerate(words)}
        pairs = {
            (place, number[meant])
            for word, place in number.items()
            for meant in (word, *vocabulary.long_forms.get(word, ()))
        }
        rows, columns = np.array(sorted(pairs)).T
        shape = (len(words) + 1, len(words))
        means = csr_array((np.ones(len(pairs), dtype=np.int32), (rows, columns)), shape)
        return cls(words, (means @ means.T).toarray() > 0)


@cache
def house_words(vocabulary: Vocabulary) -> HouseWords:
    """The same, made once a vocabulary."""
    return HouseWords.of(vocabulary)


def _longest_first(words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(words.items(), key=lambda item: (-len(item[0]), item[0])))


def _both_ways(one: str, other: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, other), (other, one)


def _turned(short_forms: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    long_forms: dict[str, list[str]] = {}
    for word, forms in short_forms.items():
        for form in forms:
            long_forms.setdefault(form, []).append(word)
    return {form: tuple(words) for form, words in long_forms.items()}


def _row(kind: type[Any], row: dict[str, Any], file: str, table: str) -> Any:
    try:
        return kind(**{**row, "words": tuple(row["words"])})
    except (TypeError, KeyError) as error:
        raise ConfigurationError(
            f"vocabulary/{file}", f"[[{table}]]", f"has a wrong field: {error}"
        ) from None
