"""The grammar of security descriptions: the issuer is left, everything else is kept as facts.

Exchanges and data vendors print ``SON.HO.UN.ADR 1/5 SF -,05``: an issuer, cut and abbreviated, and behind it what
kind of paper it is. The tail is taken off as a whole by one regular expression (``grammar``); the facts are then read
from the distinct tails (``tails``). The expression runs in RE2 (through pyarrow), whose time is linear in the
length of the text whatever the text is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from anyascii import anyascii
from pandera.typing import DataFrame, Series

from screener.contracts import Frame, checked
from screener.matching.columns import (
    as_bools,
    as_series,
    rewritten,
    sizes,
    sliced,
    texts,
    with_rows,
    without_tail,
)
from screener.matching.grammar import Grammar, shipped_grammar
from screener.matching.tails import FACTS, facts_of
from screener.matching.vocabulary import shipped

LONGEST: Final = 400  # characters of a description that are read; no issuer's name is longer
INSTRUMENTS: Final = ("", "equity", "bond", "receipt", "fund", "derivative")


class Descriptions(Frame):
    """What the descriptions say; the index is that of the names given."""

    name: Series[str]
    issuer: Series[str]  # capitals, ASCII, legal form included
    par_value: Series[str]  # as a decimal number, "0" for "no par value", "" when not printed
    par_currency: Series[str]  # ISO 4217
    share_class: Series[str]
    receipt: Series[str]  # ADR, GDR, NVDR, DR
    coupon: Series[str]  # percent, as a decimal number
    maturity: Series[str]  # ISO day, or the year where only that is printed
    restriction: Series[str]  # 144A, REGS
    instrument: Series[str] = pa.Field(isin=INSTRUMENTS)


def parse(names: pd.Series[str]) -> DataFrame[Descriptions]:
    """What each of ``names`` says, computed once a distinct name."""
    distinct = pd.Series(names.unique(), dtype="str")
    text = plain(distinct)
    issuer = as_series(issuers_in(text), distinct.index)
    facts = _tails(text, issuer).map(facts_of)
    parsed = pd.DataFrame(facts.tolist(), columns=list(FACTS), index=distinct.index, dtype="str")
    parsed = pd.concat([distinct.rename("name"), issuer.rename("issuer"), parsed], axis=1)
    rows = pd.Index(distinct).get_indexer(pd.Index(names))
    return checked(Descriptions, parsed.iloc[rows].set_axis(names.index))


def plain(names: pd.Series[str]) -> pyarrow.Array:
    """``names`` in capital ASCII letters, transliterated, without control characters, blanks folded."""
    text = pc.utf8_slice_codeunits(texts(names), 0, LONGEST)
    foreign = pc.invert(pc.string_is_ascii(text))
    if pc.any(foreign).as_py():
        latin = [_latin(value) for value in text.filter(foreign).to_pylist()]
        text = pc.replace_with_mask(text, foreign, pyarrow.array(latin, type=pyarrow.large_string()))
    folded = rewritten(text, r"[\s\x00-\x1f\x7f]{2,}|[\x00-\x1f\x7f]", " ")
    return pc.ascii_trim_whitespace(pc.ascii_upper(folded))


def issuers(names: pd.Series[str]) -> pd.Series[str]:
    """The issuer's part of each name; a name that is nothing but a tail stays as it is."""
    return as_series(issuers_in(plain(names)), names.index)


def issuers_in(text: pyarrow.Array) -> pyarrow.Array:
    """The same for names that are plain already."""
    grammar = shipped_grammar()
    left = _without_paper(text, grammar)
    left = rewritten(left, grammar.dotted_letter, r"\1")
    left = _without_repetition(left, grammar.repeated)
    named = pc.match_substring_regex(left, r"[A-Z0-9]")
    return pc.if_else(named, left, text)


def _without_paper(text: Any, grammar: Grammar) -> Any:
    """Without the words about the paper; a stop before them is the issuer's when they are complete without it."""
    left, stopped = without_tail(text, grammar.tail)
    whole = text.filter(pyarrow.array(stopped))
    behind = sizes(left)[stopped] + 1
    stopped[stopped] = as_bools(
        pc.match_substring_regex(sliced(whole, behind, sizes(whole)), grammar.all_tail)
    )
    return sliced(text, 0, sizes(left) + stopped)


def _tails(text: pyarrow.Array, issuer: pd.Series[str]) -> pd.Series[str]:
    """What stands behind the issuer in each name."""
    pairs = zip(text.to_pylist(), issuer, strict=True)
    return pd.Series(
        [whole[len(part) :] if whole.startswith(part) else "" for whole, part in pairs], dtype="str"
    )


def _without_repetition(left: Any, pattern: str) -> Any:
    """Take off a second printing of the name: ``ACCIONA SA ACCIONA`` (vendors print issuer and security in one)."""
    met = pc.match_substring_regex(left, pattern)
    rows = np.flatnonzero(met.to_numpy(zero_copy_only=False))
    chosen = left.filter(met)
    parts = pc.extract_regex(chosen, pattern).to_pylist()
    return with_rows(
        left, rows, [_once(value, part) for value, part in zip(chosen.to_pylist(), parts, strict=True)]
    )


def _once(value: str, part: dict[str, str]) -> str:
    head, again = _bare(part["head"]), _bare(part["again"])
    first = _bare(part["head"].split()[0])
    repeats = len(again) >= 2 and (head.startswith(again) or (len(first) >= 4 and again.startswith(first)))
    return part["head"] if repeats else value


def _latin(text: str) -> str:
    """``text`` in Latin letters: words that lists translate are translated, the rest is transliterated."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isprintable() or c.isspace())
    if max(kept, default="") > "\u0370":
        for word, latin in shipped().foreign:
            kept = kept.replace(word, f" {latin} ")
    return anyascii(kept)


def _bare(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text)
