"""Does a security's name speak for or against an issuer that its identifiers name?

Needed only for the few pairs that identifiers bring together. A name speaks *for* when it shares a distinctive
word, or the beginning of one, or the issuer's initials; it speaks *against* when it shares none although both
sides have such words; else it says nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

import pandas as pd

from screener.matching.background import shipped_background, skeleton
from screener.matching.description import issuers

Verdict = Literal["for", "against", "silent"]
# Nats that a word must tell: above it fewer than about one name in four hundred has the word.
_DISTINCTIVE: Final = 6.0
_SHORTEST: Final = 3
_WORD: Final = re.compile(r"[A-Z0-9]+")


def agreement(pairs: pd.DataFrame) -> pd.Series[str]:
    """The verdict on each pair of columns ``ours`` (a printed name) and ``theirs`` (names of the entity, ``|``)."""
    texts = pd.concat([pairs["ours"], pairs["theirs"].str.split("|").explode()]).drop_duplicates()
    words = dict(zip(texts, (tuple(_WORD.findall(text)) for text in issuers(texts)), strict=True))
    verdicts = [
        _verdict(words, ours, theirs) for ours, theirs in zip(pairs["ours"], pairs["theirs"], strict=True)
    ]
    return pd.Series(verdicts, index=pairs.index, dtype="str")


def _verdict(words: dict[str, tuple[str, ...]], ours: str, theirs: str) -> Verdict:
    mine = words[ours]
    others = [words[name] for name in theirs.split("|")]
    if any(_kin(mine, other) for other in others):
        return "for"
    has_words = any(map(_distinctive, mine)) and any(_distinctive(word) for other in others for word in other)
    return "against" if has_words else "silent"


def _kin(mine: tuple[str, ...], other: tuple[str, ...]) -> bool:
    initials = "".join(word[0] for word in other)
    if any(len(word) >= _SHORTEST and word in initials for word in mine):
        return True
    return any(_same_beginning(a, b) for a in mine for b in other if _distinctive(a) or _distinctive(b))


def _same_beginning(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if len(short) < _SHORTEST:
        return False
    return long.startswith(short) or (
        len(skeleton(short)) >= _SHORTEST and skeleton(long).startswith(skeleton(short))
    )


@cache
def _distinctive(word: str) -> bool:
    return len(word) >= _SHORTEST and float(shipped_background().information([word])[0]) >= _DISTINCTIVE
