"""Legal forms: taken off the name, and the family that each belongs to."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow  # type: ignore[import-untyped]
from numpy.typing import NDArray

from screener.matching.columns import extracted, rewritten, sizes, sliced, without_tail
from screener.matching.vocabulary import Vocabulary, families, squeezed

NO_FAMILY: Final = 0


def without_form(text: Any, vocabulary: Vocabulary) -> tuple[Any, NDArray[np.int64]]:
    """The names without their legal form, the last word's stop kept, and the family of that form."""
    behind, before = _form_patterns(vocabulary)
    left, stopped = without_tail(text, behind)
    rows = np.flatnonzero(sizes(left) < sizes(text))
    whole = text.take(pyarrow.array(rows))
    tails = sliced(whole, sizes(left)[rows], sizes(whole))
    family = np.full(len(text), NO_FAMILY)
    leading, heads = extracted(text, before, "form")
    for where, forms in ((leading, heads), (rows, tails)):
        of_form = _families(forms, vocabulary)
        family[where[of_form != NO_FAMILY]] = of_form[of_form != NO_FAMILY]
    return rewritten(sliced(text, 0, sizes(left) + stopped), before, ""), family


def _families(forms: Any, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The family of each printed form, looked up once a distinct form."""
    known, encoded = families(vocabulary).of_form, forms.dictionary_encode()
    distinct = [_family(form, known) for form in encoded.dictionary.to_pylist()]
    of_form: NDArray[np.int64] = np.array(distinct, dtype=np.int64)[encoded.indices.to_numpy()]
    return of_form


def _family(form: str, known: dict[str, int]) -> int:
    """The family of a printed form; of several in a row (``CO. LTD``, ``AG & CO KGAA``) the last known one."""
    if squeezed(form) in known:
        return known[squeezed(form)]
    words = form.replace(",", " ").split()
    for start in range(1, len(words)):
        if rest := known.get(squeezed("".join(words[start:]))):
            return rest
    return NO_FAMILY


@cache
def _form_patterns(vocabulary: Vocabulary) -> tuple[str, str]:
    """Expressions for RE2: the legal forms behind a name, with the punctuation around them, and those before it (group form)."""
    words = {w for form in vocabulary.forms for w in form.words}
    leading = {w for form in vocabulary.forms if form.leading for w in form.words}
    joint, end = r"[.\s,()\-][\s,.&+()\-]*", r"[\s).,\-]*$"
    return rf"(?:{joint}(?:{_spelled(words)}))+{end}", rf"^(?P<form>{_spelled(leading)})[\s.,]+"


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
