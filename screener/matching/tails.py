"""What the tail of a security description states: par value, class, receipt, coupon, maturity."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from screener.matching.grammar import shipped_grammar
from screener.matching.vocabulary import shipped

FACTS: Final = (
    "par_value",
    "par_currency",
    "share_class",
    "receipt",
    "coupon",
    "maturity",
    "restriction",
    "instrument",
)
_RATE: Final = r"(?P<rate>\d{1,2}(?:[.,]\d+)?)\s?%"
_DAY: Final = (
    r"(?:^|[\s(])(?:(?P<iso>\d{4}-\d\d-\d\d)|(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{2,4})"
    r"|\d\d/(?P<only>\d\d)(?:$|\D)|DUE (?P<due>\d{4}))"
)


@lru_cache(maxsize=50_000)
def facts_of(tail: str) -> dict[str, str]:
    """The columns of ``FACTS`` that ``tail`` states; a tail is read once a process, there are few distinct ones."""
    grammar, facts = shipped_grammar(), dict.fromkeys(FACTS, "")
    if not tail:
        return facts
    words = _expression(grammar.no_par).sub(" ", tail)
    for column, value, pattern in grammar.facts:
        if not facts[column] and _expression(pattern).search(words):
            facts[column] = value
    facts["share_class"] = _letter(words) or facts["share_class"]
    par = _groups(grammar.par, words)
    facts["par_currency"] = shipped().currencies.get(par.get("code", ""), par.get("code", ""))
    facts["par_value"] = _decimal(par.get("amount", "")) or ("0" if words != tail else "")
    facts["coupon"] = _decimal(_groups(_RATE, words).get("rate", ""))
    facts["maturity"] = _iso_day(**day) if (day := _groups(_DAY, words)) else ""
    facts["instrument"] = _instrument(facts)
    return facts


def _instrument(facts: dict[str, str]) -> str:
    """What the word says; a coupon or a maturity makes a bond, a par value or a class otherwise a share."""
    if (facts["coupon"] or facts["maturity"]) and facts["instrument"] in ("", "equity"):
        return "bond"
    return facts["instrument"] or ("equity" if facts["par_value"] or facts["share_class"] else "")


def _letter(words: str) -> str:
    grammar = shipped_grammar()
    found = _groups(grammar.letter_class, words)
    return _groups(grammar.hyphened, words).get("mark") or found.get("named") or found.get("alone") or ""


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _groups(pattern: str, text: str) -> dict[str, str]:
    """The named groups of ``pattern`` in ``text``, ``""`` for one that took no part; nothing when it is not there."""
    found = _expression(pattern).search(text)
    return found.groupdict(default="") if found else {}


def _iso_day(iso: str, a: str, b: str, year: str, only: str, due: str) -> str:
    """A maturity as ISO day; month before day as bond names print it, a year alone as it is."""
    if iso or not year:
        return iso or due or (f"20{only}" if only else "")
    month, day = (a, b) if int(a) <= 12 else (b, a)
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    return f"{year if len(year) == 4 else '20' + year}-{int(month):02}-{int(day):02}"


def _decimal(amount: str) -> str:
    """``-,01`` and ``-01`` are ``0.01``, ``1`` is ``1``; what cannot be read as a number is ``""``."""
    text = amount.strip("-.").replace(",", ".").rstrip(".")
    if text.startswith("."):
        text = f"0{text}"
    elif amount.startswith("-0") and "." not in text:
        text = f"0.{text}"
    return text if re.fullmatch(r"\d+(?:\.\d+)?", text) else ""
