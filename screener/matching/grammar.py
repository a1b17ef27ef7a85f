"""The regular expressions of security descriptions, made from ``config/vocabulary``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from screener.matching.vocabulary import Term, Vocabulary, shipped, words_of

AMOUNT = r"-?[,.]?\d[\d.,/]*-?"
COMPANY_FORMS = r"S\.?A\.?|N\.?V\.?|S\.?E\.?|S\.?P\.?A\.?|AG|AB|A/?S|ASA|OYJ|PLC|INC\.?|CORP\.?|LTD\.?|CO\.?"
DAY = r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d\d-\d\d|\d\d/(?:\d\d|UND\.?)|DUE \d{4}"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The expressions: for RE2 those of the whole description, for ``re`` those of a tail."""

    tail: str  # everything behind the issuer, with the stop of the issuer's last word
    all_tail: str  # says whether a text is nothing but such a tail, that stop not included
    dotted_letter: str  # a share class written to the name: "CELL.A"
    repeated: str  # a second printing of the name: groups head, again
    par: str  # groups code, amount
    no_par: str
    letter_class: str  # groups named, alone
    hyphened: str  # group mark
    facts: tuple[tuple[str, str, str], ...]  # column, value, expression


@cache
def shipped_grammar() -> Grammar:
    """The grammar of the shipped vocabulary."""
    return grammar_of(shipped())


def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The expressions that ``vocabulary`` makes."""
    codes = _either((*vocabulary.currencies, *vocabulary.iso_currencies))
    no_par, letters = _either(vocabulary.no_par), "".join(vocabulary.class_letters)
    marks = _either(vocabulary.hyphened)
    tail = rf"(?:(?:{'|'.join(_parts(vocabulary))})\)?)+[\s.,)\-]*$"
    forms = COMPANY_FORMS
    return Grammar(
        tail=rf"\.?{tail}",
        all_tail=f"^{tail}",
        dotted_letter=r"([A-Z]{3}\.)[ABH]$",
        repeated=rf"^(?P<head>.{{3,}}? (?:{forms})(?:[ ,]+(?:{forms}|\(PUBL\)))*) (?P<again>[A-Z].*)$",
        par=rf"(?:^|[\s.\-(+]|[A-Z])(?P<code>{codes})\s*(?P<amount>{AMOUNT})[\s)]*$",
        no_par=rf"(?:^|[\s.])(?:{no_par})(?:$|\s)",
        letter_class=rf"(?:^|[\s.(\-])(?:(?:CL(?:ASS)?|SER(?:IES)?|AK)[\s.]*(?P<named>[A-Z]\d?)(?:$|[^A-Z])|(?P<alone>[{letters}])(?:$|[\s)]))",
        hyphened=rf"-\s?(?P<mark>{marks})$",
        facts=tuple(_facts(vocabulary.terms)),
    )


def _parts(vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a tail is made of, each with what stands before it."""
    codes, iso = _either(vocabulary.currencies), _either(vocabulary.iso_currencies)
    receipt = _spelled(words_of(vocabulary.terms, instrument="receipt"))
    spaced = _spelled(word for term in vocabulary.terms if term.after_blank for word in term.words)
    bonds = _spelled(words_of(vocabulary.terms, instrument="bond"))
    words = _spelled(_plain_words(vocabulary.terms) + vocabulary.market_words)
    return (
        rf"[\s.\-(+]+(?:{codes}|{iso})\s*{AMOUNT}",
        rf"(?:{codes})\s?(?:-[,.]?\d+|\d*,\d+)",
        r"[\s.][A-Z]?\d*-?,\d+|\s\d,-",
        rf"[\s.]+(?:{_either(vocabulary.no_par)})",
        rf"(?:[\s.(\-/,]+(?:\d+\s)?(?:{receipt})|DRN)(?:[\s/(.\-\d].*)?",
        rf"[\s(]+(?:{spaced})\s*$",
        r"[\s(]+COM(?:MON)?\s(?:CL(?:ASS)?\s?[A-Z0-9]|SER(?:IES)?\s?[A-Z0-9])",
        rf"[\s.\-(]+(?:COM\s)?(?:(?:PAR|FV|F\.V\.)(?:\sVALUE)?\s?(?:OF\s)?(?:{iso}|(?:US|HK|[ACS])?\$|R[SE]\.?)?|(?:US|HK|[ACS])?\$|RS\.?)\s?{AMOUNT}",
        r"\s?-\s?\$",
        rf"[\s.(\-/,]+(?:{words})(?:\s\d{{1,3}})?",
        rf"[\s\-]['\x22]?[{''.join(vocabulary.class_letters)}]['\x22]?",
        r"[\s\-]+(?:ON|PN[A-H]?|UNT|DR[123])(?:\s+(?:N[12]|NM|MA|MB|E[DJRSX]J?))+",
        r"[\s\-]+UNT|\s[BNPR]\d{4}[A-Z]?",  # units of Brazil; notes of Hong Kong: kind, year and month
        r"\s/[A-Z]{2,3}/?|/[A-Z]{2}/|\s\((?:DE|NV|MD|DI|F|NEW)\)",
        rf"[\s.]+H\s*YC\s?{AMOUNT}",
        r"[\s.]+ORD\.?\s?\d[^\s]*(?:\s?AIM\w?)?",
        rf"\s?-\s?(?:{_either(vocabulary.hyphened)})",
        r"[\s.(\-]+(?:CL(?:ASS)?[\s.]*|SER(?:IES)?[\s.]+|AK[\s.]+)[A-Z0-9]{1,2}",
        rf"[\s(]+(?:DUE\s+)?(?:{DAY})",
        r"[\s(]+\d{1,2}(?:[.,]\d+)?(?:\s?\d/\d+)?\s?%",
        rf"[\s(]+[FV]?\d{{1,2}}(?:[.,]\d+)?(?:\s\d/\d{{1,2}})?\s+(?:{DAY}|PERP\w*)",
        rf"[\s(]+(?:{bonds})(?:\s+\d{{1,2}}(?:[.,]\d+)?\s?%?)?\s+20\d\d",
        r"\sW(?:TS?|ARRANTS?)\s(?:EXP|\d).*",
        r"\d\d/\d\d(?:FLR)?(?:MTN)?(?:\s?CV)?",
    )


def _facts(terms: Iterable[Term]) -> Iterable[tuple[str, str, str]]:
    """``column, value, expression`` of each fact that a word of the tail states."""
    for term in terms:
        pattern = rf"(?:^|[\s.(\-/,\d])(?:{_spelled(term.words)})(?:$|[\s.,)/\d\-(])"
        for column in ("receipt", "share_class", "instrument"):
            if said := getattr(term, column):
                yield column, said, pattern
    yield "receipt", "DR", "DRN"
    yield "instrument", "receipt", "DRN"
    yield "restriction", "144A", "144A"
    yield "restriction", "REGS", r"REG\.?\s?S"


def _plain_words(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(
        w for term in terms if term.instrument != "receipt" and not term.after_blank for w in term.words
    )


def _spelled(words: Iterable[str]) -> str:
    """Alternatives for ``words`` in which stops may be missing and blanks may be hyphens or missing."""
    spelled = (re.escape(word).replace(r"\.", r"\.?").replace(r"\ ", r"[\s\-]?") for word in words)
    return "|".join(sorted(set(spelled), key=lambda word: (-len(word), word)))


def _either(words: Iterable[str]) -> str:
    return "|".join(
        re.escape(word).replace(r"\ ", " ") for word in sorted(set(words), key=lambda w: (-len(w), w))
    )
