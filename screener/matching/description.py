"""The grammar of security descriptions: the issuer is left, everything else is kept as facts.

Exchanges and data vendors print ``SON.HO.UN.ADR 1/5 SF -,05``: an issuer, cut and abbreviated, and behind it what
kind of paper it is. The tail is taken off as a whole by one regular expression that is made from
``config/vocabulary``; the facts are then read from the tail. The expressions run in RE2 (through pyarrow), whose
time is linear in the length of the text whatever the text is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from anyascii import anyascii
from pandera.typing import DataFrame, Series

from screener.contracts import Frame
from screener.matching.vocabulary import Term, Vocabulary, shipped, words_of

LONGEST: Final = 400  # characters of a description that are read; no issuer's name is longer
INSTRUMENTS: Final = ("", "equity", "bond", "receipt", "fund", "derivative")


class Descriptions(Frame):
    """What the descriptions say; the index is that of the names given, ``maturity`` an ISO day or ``""``."""

    name: Series[str]
    issuer: Series[str]  # capitals, ASCII, legal form included
    par_value: Series[str]  # as a decimal number, "0" for "no par value", "" when not printed
    par_currency: Series[str]  # ISO 4217
    share_class: Series[str]
    receipt: Series[str]  # ADR, GDR, NVDR, DR
    coupon: Series[str]  # percent, as a decimal number
    maturity: Series[str]
    restriction: Series[str]  # 144A, REGS
    instrument: Series[str] = pa.Field(isin=INSTRUMENTS)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions (RE2) of the tail and of each fact in it."""

    tail: str
    dotted_letter: str
    repeated: str
    par: str
    no_par: str
    letter_class: str
    hyphened: str
    facts: tuple[tuple[str, str, str], ...]  # column, value, expression


def parse(names: pd.Series[str]) -> DataFrame[Descriptions]:
    """What each of ``names`` says, computed once a distinct name."""
    distinct = pd.Series(names.unique(), dtype="str")
    parsed = _facts(distinct, issuers(distinct))
    rows = pd.Index(distinct).get_indexer(pd.Index(names))
    return Descriptions.validate(parsed.iloc[rows].set_axis(names.index))


def plain(names: pd.Series[str]) -> pyarrow.Array:
    """``names`` in capital ASCII letters, transliterated, without control characters, blanks folded."""
    text = pyarrow.array(names.str.slice(0, LONGEST), type=pyarrow.large_string())
    foreign = pc.invert(pc.string_is_ascii(text))
    if pc.any(foreign).as_py():
        latin = [_latin(value) for value in text.filter(foreign).to_pylist()]
        text = pc.replace_with_mask(text, foreign, pyarrow.array(latin, type=pyarrow.large_string()))
    return pc.ascii_trim_whitespace(
        pc.replace_substring_regex(pc.ascii_upper(text), r"[\s\x00-\x1f\x7f]+", " ")
    )


def issuers(names: pd.Series[str]) -> pd.Series[str]:
    """The issuer's part of each name; a name that is nothing but a tail stays as it is."""
    grammar, text = shipped_grammar(), plain(names)
    left = pc.replace_substring_regex(text, grammar.tail, r"\1")
    left = pc.replace_substring_regex(left, grammar.dotted_letter, r"\1")
    left = _without_repetition(left, text, grammar.repeated)
    empty = pc.invert(pc.match_substring_regex(left, r"[A-Z0-9]"))
    return pd.Series(pc.if_else(empty, text, left).to_pandas().array, index=names.index, dtype="str")


@cache
def shipped_grammar() -> Grammar:
    """The grammar of the shipped vocabulary."""
    return grammar_of(shipped())


def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The expressions that ``vocabulary`` makes."""
    amount = r"-?[,.]?\d[\d.,/]*-?"
    codes = _either(vocabulary.currencies)
    iso = _either(vocabulary.iso_currencies)
    par = rf"(?:[\s.\-(+]+(?:{codes}|{iso})\s*{amount}|(?:{codes})\s?(?:-[,.]?\d+|\d*,\d+)|[\s.][A-Z]?\d*-?,\d+|\s\d,-)"
    no_par = rf"[\s.]+(?:{_either(vocabulary.no_par)})"
    receipt = _spelled(words_of(vocabulary.terms, instrument="receipt"))
    receipts = rf"(?:[\s.(\-/,]+(?:\d+\s)?(?:{receipt})|DRN)(?:[\s/(.\-\d].*)?"
    spaced = _spelled(word for term in vocabulary.terms if term.after_blank for word in term.words)
    words = _spelled(_plain_words(vocabulary.terms) + vocabulary.market_words)
    letters = "".join(vocabulary.class_letters)
    klass = r"[\s.(\-]+(?:CL(?:ASS)?[\s.]*|SER(?:IES)?[\s.]+|AK[\s.]+)[A-Z0-9]{1,2}"
    dated = (
        r"[\s(]+(?:DUE\s+)?(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d\d-\d\d|\d\d/(?:\d\d|UND\.?)|DUE \d{4})"
    )
    coupon = r"[\s(]+\d{1,2}(?:[.,]\d+)?(?:\s?\d/\d+)?\s?%"
    forms = r"S\.?A\.?|N\.?V\.?|S\.?E\.?|S\.?P\.?A\.?|AG|AB|A/?S|ASA|OYJ|PLC|INC\.?|CORP\.?|LTD\.?|CO\.?"
    parts = (
        par,
        no_par,
        receipts,
        rf"[\s(]+(?:{spaced})\s*$",
        rf"[\s.(\-/,]+(?:{words})(?:\s\d{{1,3}})?",
        rf"[\s\-][{letters}]",
        rf"[\s.]+H\s*YC\s?{amount}",
        r"[\s.]+ORD\.?\s?\d[^\s]*(?:\s?AIM\w?)?",
        rf"\s?-\s?(?:{_either(vocabulary.hyphened)})",
        klass,
        dated,
        coupon,
        r"\d\d/\d\d(?:FLR)?(?:MTN)?",
    )
    return Grammar(
        tail=rf"(\.?)(?:(?:{'|'.join(parts)})\)?)+[\s.,)\-]*$",
        dotted_letter=r"([A-Z]{3}\.)[ABH]$",
        repeated=rf"^(?P<head>.{{3,}}? (?:{forms})(?:[ ,]+(?:{forms}|\(PUBL\)))*) (?P<again>[A-Z].*)$",
        par=rf"(?:^|[\s.\-(+]|[A-Z])(?P<code>{codes}|{iso})\s*(?P<amount>{amount})[\s)]*$",
        no_par=rf"(?:^|[\s.])(?:{_either(vocabulary.no_par)})(?:$|\s)",
        letter_class=rf"(?:^|[\s.(\-])(?:(?:CL(?:ASS)?|SER(?:IES)?|AK)[\s.]*(?P<named>[A-Z]\d?)(?:$|[^A-Z])|(?P<alone>[{letters}])(?:$|[\s)]))",
        hyphened=rf"-\s?(?P<mark>{_either(vocabulary.hyphened)})$",
        facts=tuple(_fact_patterns(vocabulary.terms)),
    )


def _without_repetition(left: Any, text: Any, pattern: str) -> Any:
    """Take off a second printing of the name: ``ACCIONA SA ACCIONA`` (vendors print issuer and security in one)."""
    parts = pc.extract_regex(left, pattern)
    found = [row for row, part in enumerate(parts.to_pylist()) if part]
    if not found:
        return left
    values = left.to_pylist()
    for row in found:
        values[row] = _once(values[row], parts[row].as_py())
    return pyarrow.array(values, type=pyarrow.large_string())


def _once(value: str, part: dict[str, str]) -> str:
    head, again = _bare(part["head"]), _bare(part["again"])
    first = _bare(part["head"].split()[0])
    repeats = len(again) >= 2 and (head.startswith(again) or (len(first) >= 4 and again.startswith(first)))
    return part["head"] if repeats else value


def _facts(names: pd.Series[str], issuer: pd.Series[str]) -> pd.DataFrame:
    grammar, text = shipped_grammar(), plain(names)
    tail = pyarrow.array(
        [
            whole[len(part) :] if whole.startswith(part) else ""
            for whole, part in zip(text.to_pylist(), issuer, strict=True)
        ],
        type=pyarrow.large_string(),
    )
    facts = pd.DataFrame(dict.fromkeys(Descriptions.to_schema().columns, ""), index=names.index, dtype="str")
    facts["name"], facts["issuer"] = names, issuer
    has_no_par, tail = _matches(tail, grammar.no_par), pc.replace_substring_regex(tail, grammar.no_par, " ")
    for column, value, pattern in grammar.facts:
        facts.loc[_matches(tail, pattern) & (facts[column] == ""), column] = value
    _read_par(facts, tail, grammar)
    facts.loc[(facts["par_value"] == "") & has_no_par, "par_value"] = "0"
    _read_class(facts, tail, grammar)
    _read_terms_of_bond(facts, tail)
    facts.loc[
        (facts["instrument"] == "") & (facts["par_value"] + facts["share_class"] != ""), "instrument"
    ] = "equity"
    return facts


def _read_par(facts: pd.DataFrame, tail: Any, grammar: Grammar) -> None:
    found = _extracted(tail, grammar.par)
    currencies = shipped().currencies
    facts["par_currency"] = found["code"].map(lambda code: currencies.get(code, code)).astype("str")
    facts["par_value"] = found["amount"].map(_decimal).astype("str")


def _read_class(facts: pd.DataFrame, tail: Any, grammar: Grammar) -> None:
    found = _extracted(tail, grammar.letter_class)
    letter = found["named"].where(found["named"] != "", found["alone"])
    mark = _extracted(tail, grammar.hyphened)["mark"]
    letter = letter.where(mark == "", mark)
    facts["share_class"] = letter.where(letter != "", facts["share_class"])


def _read_terms_of_bond(facts: pd.DataFrame, tail: Any) -> None:
    coupon = _extracted(tail, r"(?P<rate>\d{1,2}(?:[.,]\d+)?)\s?%")["rate"]
    facts["coupon"] = coupon.map(_decimal).astype("str")
    day = _extracted(
        tail,
        r"(?:^|[\s(])(?:(?P<iso>\d{4}-\d\d-\d\d)|(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{2,4})|\d\d/(?P<only>\d\d)(?:$|\D)|DUE (?P<due>\d{4}))",
    )
    facts["maturity"] = [_iso_day(*row) for row in day.itertuples(index=False)]
    is_bond = (facts["coupon"] != "") | (facts["maturity"] != "")
    facts.loc[is_bond & facts["instrument"].isin(["", "equity"]), "instrument"] = "bond"


def _iso_day(iso: str, a: str, b: str, year: str, only: str, due: str) -> str:
    """A maturity as ISO day; month before day as bond names print it, a year alone as its last day is not known."""
    if iso or not year:
        return iso or due or (f"20{only}" if only else "")
    month, day = (a, b) if int(a) <= 12 else (b, a)
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    return f"{year if len(year) == 4 else '20' + year}-{int(month):02}-{int(day):02}"


def _fact_patterns(terms: Iterable[Term]) -> Iterable[tuple[str, str, str]]:
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


def _matches(text: Any, pattern: str) -> Any:
    return pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False)


def _extracted(text: Any, pattern: str) -> pd.DataFrame:
    """The named groups of ``pattern`` as text columns, ``""`` where it does not match."""
    found = pc.extract_regex(text, pattern)
    groups = re.findall(r"\?P<(\w+)>", pattern)
    columns = {group: pc.fill_null(pc.struct_field(found, group), "").to_pandas() for group in groups}
    return pd.DataFrame(columns, dtype="str")


def _decimal(amount: str) -> str:
    """``-,01`` and ``-01`` are ``0.01``, ``1`` is ``1``; what cannot be read as a number is ``""``."""
    text = amount.strip("-.").replace(",", ".").rstrip(".")
    if text.startswith("."):
        text = f"0{text}"
    elif amount.startswith("-0") and "." not in text:
        text = f"0.{text}"
    return text if re.fullmatch(r"\d+(?:\.\d+)?", text) else ""


def _latin(text: str) -> str:
    """``text`` in Latin letters: words that lists translate are translated, the rest is transliterated."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isprintable() or c.isspace())
    if max(kept, default="") > "\u0370":
        for word, latin in shipped().foreign:
            kept = kept.replace(word, f" {latin} ")
    return anyascii(kept)


def _bare(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text)
