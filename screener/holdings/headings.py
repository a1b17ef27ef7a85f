"""What a heading says: field, currency and unit, from ``config/headings.toml``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from screener.holdings.folding import fold
from screener.holdings.words import value_words
from screener.settings import shipped_toml

NAMING: Final = frozenset(
    {"name", "ticker", "isin", "cusip", "sedol", "figi", "lei", "wkn", "ric", "identifier"}
)
AMOUNTS: Final = frozenset({"quantity", "price", "market_value", "weight"})
IDENTIFIERS: Final = ("isin", "cusip", "sedol", "figi", "lei", "wkn", "ric")
_PARENTHESES: Final = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]?")
_WEAK_NAMES: Final = frozenset(
    {
        "name",
        "description",
        "company",
        "title",
        "product",
        "names",
        "naam",
        "navn",
        "omschrijving",
        "nom",
        "nombre",
        "nome",
    }
)
_THOUSANDS: Final = re.compile(r"(?<!\d)(?:x\s?)?1[., ']?000(?:[., ']?000)?(?!\d)")
_CURRENCY_TAIL: Final = re.compile(r"(?:\s|^)(?:in|i|en|em|in der|in de)?\s*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading as understood; ``rank`` is its place in the preference of its field, lower is better."""

    text: str
    field: str = ""
    rank: int = 0
    exact: bool = False
    languages: frozenset[str] = frozenset()
    currency: str = ""
    unit: str = ""
    others: tuple[str, ...] = ()  # further fields that a combined heading ("Symbol/ISIN") names

    @property
    def weak(self) -> bool:
        """A heading that many tables other than holdings have too."""
        return fold(self.text) in _WEAK_NAMES


@dataclass(frozen=True, slots=True)
class _Entry:
    field: str
    rank: int
    languages: frozenset[str]


@cache
def _entries() -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for field, languages in shipped_toml("headings.toml").items():
        for language, texts in languages.items():
            if language != "contains":
                _enter(found, field, language, texts)
    return found


def _enter(found: dict[str, _Entry], field: str, language: str, texts: list[str]) -> None:
    for rank, text in enumerate(texts):
        key, tongue = fold(text), frozenset() if language == "any" else frozenset({language})
        known = found.get(key)
        if known is None:
            found[key] = _Entry(field, rank, tongue)
        elif known.field == field:
            found[key] = _Entry(field, min(rank, known.rank), known.languages | tongue)


@cache
def _phrases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Phrases by field; those of headings that are not used come first, so that "total gain" is no total."""
    raw = shipped_toml("headings.toml")
    fields = sorted(
        (item for item in raw.items() if "contains" in item[1]), key=lambda item: item[0] != "ignored"
    )
    return tuple((field, _whole_words(languages["contains"])) for field, languages in fields)


def _whole_words(phrases: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(fold(text)) for text in phrases)})(?!\w)")


@lru_cache(maxsize=20_000)
def heading(text: str) -> Heading:
    """``text`` as understood; its ``field`` is "" where nothing is known of it."""
    if not text or len(text) > 120:
        return Heading(text)
    plain = unicodedata.normalize("NFKC", text)
    currency, unit, bare = _without_units(plain)
    for attempt in dict.fromkeys((fold(text), fold(bare), fold(bare.replace("%", " ")))):
        entry = _entries().get(attempt)
        if entry is not None:
            return Heading(text, entry.field, entry.rank, True, entry.languages, currency, unit)
    combined = _combined(text, plain, (currency, unit))
    if combined is not None:
        return combined
    folded = fold(bare) or fold(text)
    field = next((name for name, pattern in _phrases() if pattern.search(folded)), "")
    return Heading(text, field, 500, False, frozenset(), currency, unit)


@cache
def _base_words() -> re.Pattern[str]:
    return _whole_words(shipped_toml("vocabulary/holdings_values.toml")["base_currency"]["words"])


def in_base_currency(text: str) -> bool:
    """Whether a heading says that its amounts are in the base currency of the account."""
    return bool(_base_words().search(fold(text)))


def base_currency_in(text: str, beside: str) -> str:
    """The base currency that a text above a table names, by itself or in the cell ``beside`` it; "" for none."""
    if "currency" not in fold(text) or not in_base_currency(text):
        return ""
    words = re.findall(r"[A-Z]{3}", f"{text} {beside}")
    return next((word for word in words if word in value_words().currencies), "")


def _combined(text: str, plain: str, money: tuple[str, str]) -> Heading | None:
    """A heading of several parts: "Symbol/ISIN", "Security (Ticker)", "ISIN - Code"."""
    parts = [part for part in re.split(r"[/|()\n,;+&]|\s-\s|\sor\s|\sof\s|\sand\s", plain) if part.strip()]
    known = [entry for part in parts if (entry := _entries().get(fold(part)))]
    known = [entry for entry in known if entry.field != "ignored"] or known
    if len(parts) < 2 or not known:
        return None
    first = known[0]
    others = tuple(dict.fromkeys(entry.field for entry in known if entry.field != first.field))
    return Heading(text, first.field, 300 + first.rank, False, first.languages, *money, others)


def _without_units(text: str) -> tuple[str, str, str]:
    """Currency and unit that a heading names, and the heading without them and without its parentheses."""
    words = value_words()
    currency, unit = "", ""
    bare = _PARENTHESES.sub(" ", text)
    thousands = _THOUSANDS.search(text)
    if thousands:
        unit, bare = thousands[0].strip(), bare.replace(thousands[0], " ")
    for token in re.split(r"[\s()\[\]（）:,/_\-]+", text):
        code = _currency_of(token)
        if code:
            currency = currency or code
            bare = re.sub(rf"(?:\b(?:in|i|en|em)\s+)?{re.escape(token)}(?!\w)", " ", bare, count=1)
        elif fold(token) in words.units and len(text.split()) > 1:
            unit = unit or token
            bare = re.sub(rf"(?:\b(?:in|i|en|em)\s+)?{re.escape(token)}(?!\w)", " ", bare, count=1)
    return currency, unit, bare


def _currency_of(token: str) -> str:
    """The currency a word of a heading names; lower-case codes are left alone, they may be words."""
    words = value_words()
    if token in words.currencies:
        return token
    mark = token.casefold()
    if mark in words.marks and (len(mark) < 3 or token.upper() != token or mark not in ("inr", "gbp")):
        return words.marks[mark]
    return ""
