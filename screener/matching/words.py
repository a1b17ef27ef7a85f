"""Names as words: the legal form set aside, the rest cut into words that carry what they tell.

Everything is done on whole columns and on distinct words; a name is a row of word numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from numpy.typing import NDArray

from screener.matching.background import Background
from screener.matching.description import issuers, plain, texts
from screener.matching.legal import without_form
from screener.matching.vocabulary import Vocabulary, families, squeezed

WIDTH: Final = 10  # words of a name that are compared
LETTERS: Final = 16  # letters of a word that are compared
BARE: Final = 48  # letters of a whole name without its blanks that are compared

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Distinct words of one side; ``dotted`` ones end in a stop, which says that they are cut."""

    letters: list[str]
    folded: list[str]  # umlauts written as two letters as one: what is compared
    dotted: Bools
    codes: Bytes  # [words, LETTERS], 0 behind the end
    lengths: Ints
    weight: NDArray[np.float64]  # what the word tells, in nats
    joined: Bools  # two neighbouring words of a name written as one
    head: Ints  # letters of the first of the two; 0 for a single word


@dataclass(frozen=True, slots=True)
class Phrases:
    """Names as rows of numbers of words; ``-1`` fills up."""

    lexicon: Lexicon
    words: Ints  # [names, WIDTH]
    pairs: Ints  # [names, WIDTH - 1]: neighbouring words joined
    behind: Bools  # [names, WIDTH]: words behind a legal form, where the name is already complete
    counts: Ints
    family: NDArray[np.str_]
    core: list[str]  # the words without legal form, blanks between
    bare: NDArray[np.bytes_]  # the same without blanks, as much as is compared
    printed: Ints  # length of the name as printed
    cut_by: Ints  # letters that the grammar took off behind the issuer


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read names as words."""

    vocabulary: Vocabulary
    background: Background

    def read(self, names: pd.Series[str]) -> Phrases:
        """``names`` as phrases, in their order."""
        issuer = issuers(names)
        text, family = without_form(texts(issuer), self.vocabulary)
        rows, tokens = _split(text)
        rows, tokens, family, after = _kept(rows, tokens, family, self.vocabulary)
        words, lexicon_words, behind = _matrix(rows, tokens, after, len(names))
        words = _once(words, lexicon_words)
        pairs, joined_words = _neighbours(words, lexicon_words)
        lexicon = _lexicon(lexicon_words, joined_words, self.background)
        length = pc.utf8_length(plain(names)).to_numpy().astype(np.int64)
        return Phrases(
            lexicon=lexicon,
            words=words,
            pairs=pairs,
            behind=behind,
            counts=(words >= 0).sum(axis=1),
            family=family,
            core=(core := _cores(words, lexicon.letters)),
            bare=_bare(core),
            printed=names.str.len().to_numpy(dtype=np.int64).astype(np.int64),
            cut_by=length - pc.utf8_length(texts(issuer)).to_numpy(),
        )


def _split(text: Any) -> tuple[Ints, Any]:
    """Row number and text of every word, the stop behind a word kept."""
    text = pc.replace_substring_regex(text, r"\b[LD]['`]", " ")
    text = pc.replace_substring_regex(text, r"['`\x22]", "")
    text = pc.replace_substring_regex(text, r"\bA/S\b", "AS ")
    for form in ("S A B", "S A", "N V", "S P A", "P L C", "S E", "A G"):
        text = pc.replace_substring_regex(
            text, rf"\b{form.replace(' ', chr(92) + '.')}\.", form.replace(" ", "") + " "
        )
    text = pc.replace_substring_regex(text, r"[^A-Z0-9.]+", " ")
    text = pc.replace_substring_regex(text, r"\.+", ". ")
    lists = pc.ascii_split_whitespace(text)
    lengths = pc.list_value_length(lists).to_numpy().astype(np.int64)
    return np.repeat(np.arange(len(lengths)), lengths), pc.list_flatten(lists)


def _kept(
    rows: Ints, tokens: Any, family: NDArray[np.str_], vocabulary: Vocabulary
) -> tuple[Ints, Any, NDArray[np.str_], Bools]:
    """Without fillers and legal forms inside the name, unless nothing else is left; which words stand behind such a form.

    A form inside the name says the family when none stands at the end; "corporation" and "company" do not, as they
    are part of names as well ("Aluminum Corporation of China Limited").
    """
    encoded = tokens.dictionary_encode()
    distinct, ids = [squeezed(word) for word in encoded.dictionary.to_pylist()], encoded.indices.to_numpy()
    first = np.concatenate([[True], rows[1:] != rows[:-1]]) if len(rows) else np.zeros(0, dtype=bool)
    known = families(vocabulary)
    inner = np.array(
        [known.get(word, "") if len(word) > 1 else "" for word in distinct] or [""], dtype=object
    )
    printed = encoded.dictionary.to_pylist()
    idle = np.array([word in vocabulary.fillers or word in "." for word in printed] or [True])
    legal = (inner[ids] != "") & ~first
    ends = legal & ~np.isin(inner[ids], ["company", "corporation", "limited"])
    told = ends & (family[rows] == "")
    family = family.astype(object)
    family[rows[told][::-1]] = inner[ids][told][::-1]
    keep = ~(legal | idle[ids])
    lost = np.bincount(rows[keep], minlength=len(family)) == 0
    keep |= lost[rows] & (np.array([bool(word) for word in distinct] or [False])[ids])
    forms = np.concatenate([[0], np.cumsum(ends)])
    after = forms[:-1] > forms[np.searchsorted(rows, rows)]
    return rows[keep], tokens.filter(pyarrow.array(keep)), family.astype(str), after[keep]


def _matrix(rows: Ints, tokens: Any, after: Bools, names: int) -> tuple[Ints, list[str], Bools]:
    encoded = tokens.dictionary_encode()
    starts = np.searchsorted(rows, np.arange(names))
    place = np.arange(len(rows)) - starts[rows]
    fits = place < WIDTH
    words = np.full((names, WIDTH), -1, dtype=np.int64)
    words[rows[fits], place[fits]] = encoded.indices.to_numpy()[fits]
    behind = np.zeros((names, WIDTH), dtype=bool)
    behind[rows[fits], place[fits]] = after[fits]
    return words, encoded.dictionary.to_pylist(), behind


def _once(words: Ints, lexicon: list[str]) -> Ints:
    """Without a second printing of the name, which shows in its long first word coming again as the third or later."""
    long = np.array([len(word) >= 5 for word in lexicon] + [False])
    again = (words == words[:, :1]) & long[words] & (np.arange(WIDTH) >= 2)
    words[np.logical_or.accumulate(again, axis=1)] = -1
    return words


def _neighbours(words: Ints, lexicon: list[str]) -> tuple[Ints, list[tuple[str, str]]]:
    """Numbers (after those of the words) of every two neighbouring words joined, and the two."""
    both = (words[:, :-1] >= 0) & (words[:, 1:] >= 0)
    keys = np.where(both, words[:, :-1] * max(len(lexicon), 1) + words[:, 1:], -1)
    distinct, inverse = np.unique(keys[both], return_inverse=True)
    pairs = np.full(keys.shape, -1, dtype=np.int64)
    pairs[both] = inverse + len(lexicon)
    size = max(len(lexicon), 1)
    bare = [word.removesuffix(".") for word in lexicon]
    left, right = (distinct // size).tolist(), (distinct % size).tolist()
    return pairs, [(bare[a], lexicon[b]) for a, b in zip(left, right, strict=True)]


def _lexicon(words: list[str], joined: list[tuple[str, str]], background: Background) -> Lexicon:
    printed = words + [first + second for first, second in joined]
    letters = [word.removesuffix(".") for word in printed]
    folded = _folded(letters)
    padded = np.array([word[:LETTERS] for word in folded] or [""], dtype=f"S{LETTERS}")
    dotted = np.array([word.endswith(".") for word in printed] or [False])
    single = [word.removesuffix(".") for word in words]
    whole = background.information(single)
    begun = background.information_of_beginnings(single)
    weight = np.concatenate(
        [np.where(dotted[: len(words)], np.minimum(whole, begun), whole), np.zeros(len(joined))]
    )
    return Lexicon(
        letters=letters,
        folded=folded,
        dotted=dotted,
        codes=padded.view(np.uint8).reshape(-1, LETTERS),
        lengths=np.array([min(len(word), LETTERS) for word in folded] or [0], dtype=np.int64),
        weight=weight,
        joined=np.arange(len(printed)) >= len(words),
        head=np.array([0] * len(words) + [len(first) for first, _ in joined] or [0], dtype=np.int64),
    )


def _bare(core: list[str]) -> NDArray[np.bytes_]:
    text = pc.replace_substring(pyarrow.array(core, type=pyarrow.large_string()), " ", "")
    bare: NDArray[np.bytes_] = np.array(
        pc.utf8_slice_codeunits(text, 0, BARE).to_pylist() or [""], dtype=f"S{BARE}"
    )
    return bare


def _folded(letters: list[str]) -> list[str]:
    """Words with umlauts that are written as two letters written as one."""
    text = pyarrow.array(letters, type=pyarrow.large_string())
    for two in ("AE", "OE", "UE"):
        text = pc.replace_substring(text, two, two[0])
    folded: list[str] = text.to_pylist()
    return folded


def _cores(words: Ints, letters: list[str]) -> list[str]:
    return [" ".join([letters[i] for i in row if i >= 0]) for row in words.tolist()]
