"""Words of rows and values from ``config/vocabulary/holdings_*.toml``, folded once a process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from screener.holdings.folding import fold
from screener.settings import shipped_toml

_CODE: Final = re.compile(r"\b[a-z]{3}\b")


@dataclass(frozen=True, slots=True)
class StatementWords:
    """Words of statements that print on every line its section and its kind."""

    header: frozenset[str]
    data: frozenset[str]
    total: frozenset[str]
    positions: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowWords:
    """Words that tell rows apart; every set holds folded text."""

    total_starts: tuple[str, ...]
    total_ends: tuple[str, ...]
    total_whole: frozenset[str]
    total_strict: frozenset[str]
    portfolio: tuple[str, ...]
    dated: re.Pattern[str]
    notes: tuple[str, ...]
    nil: frozenset[str]
    legal_forms: tuple[str, ...]
    other_tables: tuple[str, ...]
    section_words: frozenset[str]
    whole: frozenset[str]
    part: frozenset[str]
    statement: StatementWords


@dataclass(frozen=True, slots=True)
class ValueWords:
    """Words of values: what is missing, signs, suffixes, currencies, months."""

    missing: frozenset[str]
    missing_numbers: frozenset[str]
    missing_codes: frozenset[str]
    signs: tuple[str, ...]
    comma_languages: frozenset[str]
    suffixes: dict[str, float]
    marks: dict[str, str]
    currencies: frozenset[str]
    units: frozenset[str]
    id_types: dict[str, str]
    months: dict[str, int]


@dataclass(frozen=True, slots=True)
class ClassWords:
    """Asset classes by word, and what makes a line cash."""

    exact: dict[str, str]
    phrases: tuple[tuple[str, re.Pattern[str]], ...]
    cash_names: frozenset[str]
    cash_words: frozenset[str]
    cash_glue: frozenset[str]
    cash_phrases: re.Pattern[str]
    currency_names: re.Pattern[str]


@cache
def row_words() -> RowWords:
    """The words of ``holdings_rows.toml``."""
    raw = shipped_toml("vocabulary/holdings_rows.toml")
    classes = shipped_toml("vocabulary/holdings_classes.toml")
    totals = raw["totals"]
    return RowWords(
        total_starts=_folded(totals["starts"]),
        total_ends=_folded(totals["ends"]),
        total_whole=frozenset(_folded(totals["whole"])),
        total_strict=frozenset(_folded(totals["strict"])),
        portfolio=_folded(raw["portfolio_labels"]["words"]),
        dated=_any_phrase(raw["portfolio_labels"]["dated"]),
        notes=_folded(raw["notes"]["starts"]),
        nil=frozenset(_folded(raw["notes"]["values"])),
        legal_forms=_folded(raw["legal_forms"]["words"]),
        other_tables=_folded(raw["other_tables"]["titles"]),
        whole=frozenset(_folded(raw["details"]["whole"])),
        part=frozenset(_folded(raw["details"]["part"])),
        statement=StatementWords(
            **{key: frozenset(_folded(texts)) for key, texts in raw["statements"].items()}
        ),
        section_words=frozenset(word for text in classes["sections"]["words"] for word in fold(text).split()),
    )


@cache
def value_words() -> ValueWords:
    """The words of ``holdings_values.toml``."""
    raw = shipped_toml("vocabulary/holdings_values.toml")
    numbers = raw["numbers"]
    return ValueWords(
        missing=frozenset(text.casefold() for text in raw["missing"]["any"]) | {""},
        missing_numbers=frozenset(text.casefold() for text in raw["missing"]["numbers"]),
        missing_codes=frozenset(text.casefold() for text in raw["missing"]["codes"]),
        signs=tuple(sorted(numbers["signs"], key=len, reverse=True)),
        comma_languages=frozenset(numbers["comma"]),
        suffixes={suffix.casefold(): float(factor) for suffix, factor in numbers["suffixes"].items()},
        marks={mark.casefold(): code for mark, code in raw["currency_marks"].items()},
        currencies=frozenset(raw["currency_codes"]["known"]),
        units=frozenset(_folded(raw["units"]["words"])),
        id_types={fold(text): scheme for scheme, texts in raw["id_types"].items() for text in texts},
        months={fold(name): int(number) for number, names in raw["months"].items() for name in names},
    )


@cache
def class_words() -> ClassWords:
    """The words of ``holdings_classes.toml``."""
    raw = shipped_toml("vocabulary/holdings_classes.toml")
    cash = raw["cash"]
    return ClassWords(
        exact={fold(text): name for name, texts in raw["exact"].items() for text in texts},
        phrases=tuple((name, _any_phrase(texts)) for name, texts in raw["words"].items()),
        cash_names=frozenset(_folded(cash["names"])),
        cash_words=frozenset(_folded(cash["words"])),
        cash_glue=frozenset(_folded(cash["glue"])),
        cash_phrases=_any_phrase(cash["phrases"]),
        currency_names=_any_phrase(raw["currencies"]["names"]),
    )


@cache
def country_names() -> frozenset[str]:
    """Names of countries, folded: files print them as sections below an asset class."""
    names = shipped_toml("countries.toml")["names"].values()
    return frozenset(_folded([name for printed in names for name in printed]))


@cache
def asset_class_of(text: str) -> str:
    """The asset class that a printed asset class or section heading names; "" where it names none."""
    words, folded = class_words(), fold(text)
    if not folded:
        return ""
    if folded in words.exact:
        return words.exact[folded]
    return next((name for name, pattern in words.phrases if pattern.search(folded)), "")


@cache
def is_cash_name(name: str) -> bool:
    """Whether a name is made up of cash words, currencies and filler only, so that "Cash Converters" is not."""
    words, folded = class_words(), fold(name)
    if not folded or folded in words.cash_names:
        return bool(folded)
    rest, currencies = words.currency_names.subn(" ", folded)
    tokens = [token for token in rest.split() if not token.isdigit() and token != "%"]
    known = value_words().currencies
    coded = sum(token.upper() in known for token in tokens)
    cash = sum(token in words.cash_words for token in tokens)
    allowed = all(
        token in words.cash_words or token in words.cash_glue or token.upper() in known for token in tokens
    )
    if not allowed:
        return False
    return (
        cash > 0 or (currencies == 1 and not tokens) or (coded == 1 and len(tokens) == 1 and len(folded) == 3)
    )


@cache
def has_cash_phrase(name: str) -> bool:
    """Whether a name holds a phrase that makes a line without identifier and quantity a cash line."""
    return bool(class_words().cash_phrases.search(fold(name)))


def _folded(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for text in texts if (folded := fold(text))))


def _any_phrase(texts: list[str]) -> re.Pattern[str]:
    """A pattern of whole words; Chinese and Japanese have no blanks between words, so theirs are found anywhere."""
    phrases = sorted(_folded(texts), key=len, reverse=True)
    plain = [re.escape(text) for text in phrases if text.isascii() or text[0] < "\u3000"]
    wide = [re.escape(text) for text in phrases if not (text.isascii() or text[0] < "\u3000")]
    parts = [rf"(?<!\w)(?:{'|'.join(plain)})(?!\w)"] if plain else []
    return re.compile("|".join(parts + wide) or r"(?!)")
