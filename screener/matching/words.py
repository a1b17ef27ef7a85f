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
from screener.matching.columns import as_bools, letters_of, places_among, rewritten, sizes, texts
from screener.matching.description import issuers_in, plain
from screener.matching.legal import NO_FAMILY, without_form
from screener.matching.vocabulary import Vocabulary, families, house_words

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
    lengths: (
        Ints  # of single words at most LETTERS, of joined ones all, lest one that was cut equals its head
    )
    weight: NDArray[np.float64]  # what the word tells, in nats
    joined: Bools  # two neighbouring words of a name written as one
    head: Ints  # letters of the first of the two; 0 for a single word
    house: Ints  # which of the words with usual short forms it is, or which of these forms; -1: none


@dataclass(frozen=True, slots=True)
class Phrases:
    """Names as rows of numbers of words; ``-1`` fills up."""

    lexicon: Lexicon
    words: Ints  # [names, WIDTH]
    pairs: Ints  # [names, WIDTH - 1]: neighbouring words joined
    behind: Bools  # [names, WIDTH]: words behind a legal form, where the name is already complete
    counts: Ints
    family: Ints  # of the legal form, see ``vocabulary.families``
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
        whole = plain(names)
        issuer = issuers_in(whole)
        text, family = without_form(issuer, self.vocabulary)
        rows, tokens = _split(text)
        rows, tokens, family, after = _kept(rows, tokens, family, self.vocabulary)
        words, lexicon_words, behind = _matrix(rows, tokens, after, len(names))
        words = _once(words, lexicon_words)
        pairs, joined_words = _neighbours(words, lexicon_words)
        letters, counts = _without_stop(lexicon_words), (words >= 0).sum(axis=1)
        bare = pc.utf8_slice_codeunits(_joined_up(words, counts, letters, ""), 0, BARE)
        return Phrases(
            lexicon=_lexicon(lexicon_words, joined_words, self),
            words=words,
            pairs=pairs,
            behind=behind,
            counts=counts,
            family=family,
            core=_joined_up(words, counts, letters, " ").to_pylist(),
            bare=letters_of(bare, BARE).view(f"S{BARE}").ravel(),
            printed=pc.utf8_length(texts(names)).to_numpy().astype(np.int64),
            cut_by=(sizes(whole) - sizes(issuer)),
        )


def _split(text: Any) -> tuple[Ints, Any]:
    """Row number and text of every word, the stop behind a word kept."""
    odd = pc.match_substring_regex(text, r"[^A-Z0-9 ]")
    text = pc.replace_with_mask(text, odd, _spelled_evenly(text.filter(odd)))
    lists = pc.ascii_split_whitespace(text)
    lengths = pc.list_value_length(lists).to_numpy().astype(np.int64)
    return np.repeat(np.arange(len(lengths)), lengths), pc.list_flatten(lists)


def _spelled_evenly(text: Any) -> Any:
    """Names of capitals, digits, blanks, and stops each with a blank behind."""
    text = rewritten(text, r"\b[LD]['`]", " ")
    text = rewritten(text, r"['`\x22]", "")
    text = rewritten(text, r"\bA/S\b", "AS ")
    for form in ("S A B", "S A", "N V", "S P A", "P L C", "S E", "A G"):
        text = rewritten(text, rf"\b{form.replace(' ', chr(92) + '.')}\.", form.replace(" ", "") + " ")
    text = rewritten(text, r"[^A-Z0-9. ]+", " ")
    return rewritten(text, r"\.+", ". ")


def _kept(rows: Ints, tokens: Any, family: Ints, vocabulary: Vocabulary) -> tuple[Ints, Any, Ints, Bools]:
    """Without fillers and legal forms inside the name, unless nothing else is left; which words stand behind such a form.

    A form inside the name says the family when none stands at the end; "corporation" and "company" do not, as they
    are part of names as well ("Aluminum Corporation of China Limited").
    """
    encoded = tokens.dictionary_encode()
    printed, ids = encoded.dictionary, encoded.indices.to_numpy()
    distinct = _without_stop(printed)
    first = np.concatenate([[True], rows[1:] != rows[:-1]]) if len(rows) else np.zeros(0, dtype=bool)
    inner = _inner_families(distinct, vocabulary)
    fillers = pyarrow.array([*sorted(vocabulary.fillers), ".", ""], type=printed.type)
    idle = as_bools(pc.is_in(printed, value_set=fillers))
    legal = (inner[ids] != NO_FAMILY) & ~first
    parts = [families(vocabulary).names.index(name) for name in ("company", "corporation", "limited")]
    ends = legal & ~np.isin(inner, parts)[ids]
    told = ends & (family[rows] == NO_FAMILY)
    family[rows[told][::-1]] = inner[ids][told][::-1]
    keep = ~(legal | idle[ids])
    lost = np.bincount(rows[keep], minlength=len(family)) == 0
    keep |= lost[rows] & as_bools(pc.not_equal(distinct, ""))[ids]
    forms = np.concatenate([[0], np.cumsum(ends)])
    after = forms[:-1] > forms[np.searchsorted(rows, rows)]
    return rows[keep], tokens.filter(pyarrow.array(keep)), family, after[keep]


def _without_stop(words: Any) -> Any:
    return pc.ascii_rtrim(words, characters=".")


def _inner_families(words: Any, vocabulary: Vocabulary) -> Ints:
    """The family of each word that is a legal form of more than one letter."""
    known = {form: family for form, family in families(vocabulary).of_form.items() if len(form) > 1}
    named = np.array([NO_FAMILY, *known.values()], dtype=np.int64)
    inner: Ints = named[places_among(words, list(known)) + 1]
    return inner


def _matrix(rows: Ints, tokens: Any, after: Bools, names: int) -> tuple[Ints, Any, Bools]:
    encoded = tokens.dictionary_encode()
    starts = np.searchsorted(rows, np.arange(names))
    place = np.arange(len(rows)) - starts[rows]
    fits = place < WIDTH
    words = np.full((names, WIDTH), -1, dtype=np.int64)
    words[rows[fits], place[fits]] = encoded.indices.to_numpy()[fits]
    behind = np.zeros((names, WIDTH), dtype=bool)
    behind[rows[fits], place[fits]] = after[fits]
    return words, encoded.dictionary, behind


def _once(words: Ints, lexicon: Any) -> Ints:
    """Without a second printing of the name, which shows in its long first word coming again as the third or later."""
    long = np.append(sizes(lexicon) >= 5, False)
    again = (words == words[:, :1]) & long[words] & (np.arange(WIDTH) >= 2)
    words[np.logical_or.accumulate(again, axis=1)] = -1
    return words


def _neighbours(words: Ints, lexicon: Any) -> tuple[Ints, tuple[Any, Any]]:
    """Numbers (after those of the words) of every two neighbouring words joined, and the two."""
    both = (words[:, :-1] >= 0) & (words[:, 1:] >= 0)
    size = max(len(lexicon), 1)
    distinct, inverse = np.unique((words[:, :-1] * size + words[:, 1:])[both], return_inverse=True)
    pairs = np.full(both.shape, -1, dtype=np.int64)
    pairs[both] = inverse + len(lexicon)
    left, right = (pyarrow.array(number) for number in (distinct // size, distinct % size))
    return pairs, (_without_stop(lexicon).take(left), lexicon.take(right))


def _lexicon(words: Any, joined: tuple[Any, Any], reader: Reader) -> Lexicon:
    """The distinct ``words`` and, behind them, the ``joined`` ones."""
    single = _without_stop(words)
    together = pc.binary_join_element_wise(*joined, pyarrow.scalar("", type=words.type))
    printed = pyarrow.concat_arrays([words, together])
    letters = pyarrow.concat_arrays([single, _without_stop(together)])
    folded, none = _folded(letters), np.zeros(len(together))
    return Lexicon(
        letters=letters.to_pylist(),
        folded=folded.to_pylist(),
        dotted=as_bools(pc.ends_with(printed, ".")),
        codes=letters_of(folded, LETTERS),
        lengths=np.concatenate(
            [np.minimum(sizes(folded)[: len(words)], LETTERS), sizes(folded)[len(words) :]]
        ),
        weight=np.concatenate([_weights(words, single.to_pylist(), reader.background), none]),
        joined=np.arange(len(printed)) >= len(words),
        head=np.concatenate([np.zeros(len(words), dtype=np.int64), sizes(joined[0])]),
        house=places_among(letters, house_words(reader.vocabulary).words),
    )


def _weights(words: Any, letters: list[str], background: Background) -> NDArray[np.float64]:
    """What each word tells; one that is cut may be any that begins like it."""
    whole = background.information(letters)
    cut = np.flatnonzero(as_bools(pc.ends_with(words, ".")))
    whole[cut] = np.minimum(
        whole[cut], background.information_of_beginnings([letters[n] for n in cut.tolist()])
    )
    return whole


def _folded(letters: Any) -> Any:
    """Words with umlauts that are written as two letters written as one."""
    for two in ("AE", "OE", "UE"):
        letters = pc.replace_substring(letters, two, two[0])
    return letters


def _joined_up(words: Ints, counts: Ints, letters: Any, between: str) -> Any:
    """The words of each name as one text."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    values = letters.take(pyarrow.array(words[words >= 0]))
    lists = pyarrow.ListArray.from_arrays(pyarrow.array(offsets), values)
    return pc.binary_join(lists, pyarrow.scalar(between, type=letters.type))
