"""Legal forms: taken off the name, and the family that each belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from numpy.typing import NDArray

from screener.matching.columns import extracted, rewritten, with_rows
from screener.matching.vocabulary import Vocabulary, families, squeezed

NO_FAMILY: Final = ""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Expressions for RE2: legal forms behind a name and before it."""

    behind: str  # all forms; group tail
    plain: str  # forms of plain words only; group tail
    special: str  # says whether there is any other form among those behind the name
    before: str  # group form


def without_form(text: Any, vocabulary: Vocabulary) -> tuple[Any, NDArray[np.str_]]:
    """The names without their legal form, and the family of that form."""
    patterns, known = _form_patterns(vocabulary), families(vocabulary)
    family = np.full(len(text), NO_FAMILY, dtype=object)
    rows, tails = _tails(text, patterns)
    leading, heads = extracted(text, patterns.before, "form")
    for where, forms in ((leading, heads), (rows, tails)):
        of_form = {form: _family(form, known) for form in set(forms)}
        told = np.array([of_form[form] for form in forms], dtype=object)
        family[where[told != NO_FAMILY]] = told[told != NO_FAMILY]
    names = text.take(pyarrow.array(rows)).to_pylist()
    bare = [name[: len(name) - len(tail) + (tail[0] == ".")] for name, tail in zip(names, tails, strict=True)]
    return rewritten(with_rows(text, rows, bare), patterns.before, ""), family.astype(str)


def _tails(text: Any, patterns: _Patterns) -> tuple[NDArray[np.int64], list[str]]:
    """The rows that end in a legal form, ascending, and the form with the punctuation around it.

    The expression of plain words alone is small, which makes it several times as quick as the whole one.
    """
    special = pc.match_substring_regex(text, patterns.special)
    numbers = pyarrow.array(np.arange(len(text)))
    found = []
    for chosen, pattern in ((special, patterns.behind), (pc.invert(special), patterns.plain)):
        rows, tails = extracted(text.filter(chosen), pattern, "tail")
        found.append(pd.Series(tails, index=numbers.filter(chosen).to_numpy()[rows], dtype="object"))
    both = pd.concat(found).sort_index()
    return both.index.to_numpy(np.int64), both.tolist()


def _family(form: str, known: dict[str, str]) -> str:
    """The family of a printed form; of several in a row (``CO. LTD``, ``AG & CO KGAA``) the last known one."""
    if squeezed(form) in known:
        return known[squeezed(form)]
    words = form.replace(",", " ").split()
    for start in range(1, len(words)):
        if rest := known.get(squeezed("".join(words[start:]))):
            return rest
    return NO_FAMILY


@cache
def _form_patterns(vocabulary: Vocabulary) -> _Patterns:
    words = {w for form in vocabulary.forms for w in form.words}
    plain = {word for word in words if re.fullmatch(r"[A-Z]+", word)}
    special = {word for word in words if not set(re.split(r"[\s.,]+", word.rstrip("."))) <= plain}
    every, leading = _spelled(words), {w for form in vocabulary.forms if form.leading for w in form.words}
    joint, end = r"[.\s,()\-][\s,.&+()\-]*", r"[\s).,\-]*$"
    return _Patterns(
        behind=rf"(?P<tail>(?:{joint}(?:{every}))+{end})",
        plain=rf"(?P<tail>(?:{joint}(?:{_spelled(plain)}))+{end})",
        special=rf"{joint}(?:{_spelled(special)})(?:{joint}(?:{every}))*{end}",
        before=rf"^(?P<form>{_spelled(leading)})[\s.,]+",
    )


def _spelled(words: set[str]) -> str:
    """Alternatives in which stops may be missing, and blanks and commas may stand or not after a stop."""
    spelled = set()
    for word in words:
        text = (
            word.replace("(", r"\(").replace(")", r"\)").replace("+", r"\s?\+\s?").replace("&", r"\s?[&+]\s?")
        )
        text = text.replace(", ", " ").replace(". ", ".").replace(".", r"\.?[\s,]*").replace(" ", r"[\s,\-]*")
        spelled.add(text.removesuffix(r"[\s,]*"))
    return "|".join(sorted(spelled, key=lambda word: (-len(word), word)))
