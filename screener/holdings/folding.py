"""The folded form in which headings and row labels are compared: lower case, no accents, no punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z]{3})(?=[A-Z])|(?<=[a-z])(?=[A-Z]{3})")
_KEEP = re.compile(r"[^\w%$€£¥₹]+|_+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff]"
)


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """``text`` in lower case without accents, every run of punctuation or blanks one blank; ``%`` and currency signs stay."""
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text[:400]))
    plain = "".join(c for c in unicodedata.normalize("NFD", spaced) if not 0x300 <= ord(c) <= 0x36F)
    folded = _KEEP.sub(" ", unicodedata.normalize("NFC", plain).casefold())
    return " ".join(folded.replace("%", " % ").split())


def tidy(text: str, length: int) -> str:
    """``text`` on one line: no control or invisible characters, runs of blanks one blank, at most ``length`` long."""
    if len(text) > 16 * length:
        text = text[: 16 * length]
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())[:length]
