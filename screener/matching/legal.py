"""Legal forms: taken off the name, and the family that each belongs to."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc  # type: ignore[import-untyped]
from numpy.typing import NDArray

from screener.matching.vocabulary import Vocabulary, families, squeezed

NO_FAMILY: Final = ""


def without_form(text: Any, vocabulary: Vocabulary) -> tuple[Any, NDArray[np.str_]]:
    """The names without their legal form, and the family of that form."""
    behind, before = _form_patterns(vocabulary)
    found = pc.fill_null(pc.struct_field(pc.extract_regex(text, behind), "form"), "")
    leading = pc.fill_null(pc.struct_field(pc.extract_regex(text, before), "form"), "")
    text = pc.replace_substring_regex(text, behind, r"\1")
    text = pc.replace_substring_regex(text, before, "")
    form = pc.if_else(pc.equal(found, ""), leading, found).dictionary_encode()
    known = families(vocabulary)
    named = np.array([_family(value, known) for value in form.dictionary.to_pylist()] or [""], dtype=object)
    return text, named[form.indices.to_numpy()].astype(str)


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
def _form_patterns(vocabulary: Vocabulary) -> tuple[str, str]:
    every = _spelled({w for form in vocabulary.forms for w in form.words})
    leading = _spelled({w for form in vocabulary.forms if form.leading for w in form.words})
    behind = rf"(?:(?P<stop>\.)[\s,(\-]*|[\s,()\-]+)(?P<form>(?:{every})(?:[\s,.&+()\-]*(?:[\s,.&+()\-])(?:{every}))*)[\s).,\-]*$"
    return behind, rf"^(?P<form>{leading})[\s.,]+"


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
