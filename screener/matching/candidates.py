"""Which listed names are worth comparing with a query: an inverted index over what survives of words.

People cut words, drop vowels and mistype, but the first four letters, or the first three consonants, or the
last five letters of some telling word nearly always survive. Each such key weighs what it tells; the candidates
of a query are the names that share most of what the query tells. Keys are packed into integers, ten letters of
six bits and four bits for the kind, so that all words of a file are looked up at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from screener.matching.background import Background, skeleton
from screener.matching.vocabulary import Vocabulary
from screener.matching.words import LETTERS, Ints, Lexicon, Phrases

Packed = NDArray[np.uint64]

CHUNK: Final = 2_000  # queries multiplied at once: what they share with the list stays near the processor
NEAREST: Final = 8  # candidates compared in full for each query
LEAST_NATS: Final = 3.5  # a beginning that more names than one in thirty have is no ground for a candidate
LEAST_SHARED: Final = 4.0  # nats, by the shares below: half of one rather common word
LEAST_SHARE: Final = 0.30  # of what the query tells
SHORT: Final = 5  # letters of a word of the query that may be cut to three, or be met by one that is
BESIDE: Final = 0.0001  # for each nat of a name: of names that share alike the shorter come first
ENOUGH: Final = 0.99  # of the least that a name must share, as BESIDE takes something off
BLOCKS: Final = 32  # into which what a query shares is cut to find a value that NEAREST names reach
WHOLE, BEGINNING, LONG_BEGINNING, BONES, ENDING, WORD_OF_THREE = range(1, 7)
SHARES: Final = {WHOLE: 1.0, BEGINNING: 0.7, LONG_BEGINNING: 0.8, BONES: 0.5, ENDING: 0.4, WORD_OF_THREE: 0.7}

_SIX_BITS = np.zeros(256, dtype=np.uint64)
_SIX_BITS[[ord(c) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]] = np.arange(1, 37, dtype=np.uint64)
_VOWEL = np.zeros(256, dtype=bool)
_VOWEL[[0, *(ord(c) for c in "AEIOUY")]] = True


@dataclass(frozen=True, slots=True)
class CandidateIndex:
    """The names of a list by key."""

    keys: Packed  # sorted
    by_key: Any  # csr [keys, names], what the key tells, a little less the more else the name tells

    @classmethod
    def build(cls, phrases: Phrases, vocabulary: Vocabulary, background: Background) -> CandidateIndex:
        """Index the names of a list."""
        words, keys = _keys(phrases.lexicon, vocabulary)
        distinct, first, number = np.unique(keys, return_index=True, return_inverse=True)
        nats = _nats(distinct, [phrases.lexicon.letters[word] for word in words[first].tolist()], background)
        telling = nats >= LEAST_NATS
        shape = (len(phrases.lexicon.letters), len(distinct))
        of_word = _matrix(words, number, np.ones(len(number)), shape)
        by_key = (_membership(phrases) @ of_word).T.tocsr()
        by_key.data[:] = 1
        share = np.array([SHARES[int(kind)] for kind in (distinct >> np.uint64(60)).tolist()])
        by_key = _scaled(by_key, nats * share)[telling]
        by_key.data /= 1 + BESIDE * _told(phrases)[by_key.indices]
        return cls(distinct[telling], by_key)

    def nearest(self, phrases: Phrases, vocabulary: Vocabulary) -> tuple[Ints, Ints]:
        """Numbers of query and name of every pair worth comparing, by query, nearest first."""
        words, keys = _keys(phrases.lexicon, vocabulary, SHORT)
        place = np.minimum(np.searchsorted(self.keys, keys), max(len(self.keys) - 1, 0))
        known = self.keys[place] == keys if len(self.keys) else np.zeros(len(place), dtype=bool)
        shape = (len(phrases.lexicon.letters), len(self.keys))
        of_word = _matrix(words[known], place[known], np.ones(int(known.sum())), shape)
        least = np.maximum(LEAST_SHARE * _told(phrases), LEAST_SHARED)
        asked = _scaled(_membership(phrases) @ of_word, 1 / least)
        pairs = [_closest(asked[part] @ self.by_key, part.start) for part in _chunks(len(least))]
        return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def _told(phrases: Phrases) -> NDArray[np.float32]:
    """What all words of each name tell."""
    told: NDArray[np.float64] = np.append(phrases.lexicon.weight, 0.0)[phrases.words].sum(axis=1)
    return told.astype(np.float32)


def _keys(lexicon: Lexicon, vocabulary: Vocabulary, short: int = LETTERS) -> tuple[Ints, Packed]:
    """Number of word and key, for every key of every word; joined words have only the whole and a long beginning.

    Only words of at most ``short`` letters have the key of three letters: a longer one is not met by these alone.
    """
    codes, lengths, single = lexicon.codes, lexicon.lengths, ~lexicon.joined
    found = [
        _kind(codes, WHOLE, 10, lengths >= 1),
        _kind(codes, LONG_BEGINNING, 6, lengths >= 6),
        _kind(codes, BEGINNING, 4, single & (lengths >= 4)),
        _kind(codes, WORD_OF_THREE, 3, single & (lengths >= 3) & (lengths <= short)),
        _endings(codes, lengths, single),
        _bones(lexicon, single),
        _spelled_out(lexicon, vocabulary),
    ]
    return np.concatenate([words for words, _ in found]), np.concatenate([keys for _, keys in found])


def _kind(codes: Any, kind: int, letters: int, which: Any) -> tuple[Ints, Packed]:
    words = np.flatnonzero(which)
    return words, _packed(codes[words, :letters], kind)


def _packed(codes: Any, kind: int) -> Packed:
    keys = np.full(len(codes), np.uint64(kind) << np.uint64(60), dtype=np.uint64)
    for place in range(codes.shape[1]):
        keys |= _SIX_BITS[codes[:, place]] << np.uint64(6 * (9 - place))
    return keys


def _endings(codes: Any, lengths: Ints, single: Any) -> tuple[Ints, Packed]:
    words = np.flatnonzero(single & (lengths >= 7) & (lengths < LETTERS))
    places = lengths[words, None] - 5 + np.arange(5)
    return words, _packed(codes[words[:, None], places], ENDING)


def _bones(lexicon: Lexicon, single: Any) -> tuple[Ints, Packed]:
    words = np.flatnonzero(single & (lexicon.lengths >= 3))
    bones = _first_bones(lexicon.codes[words])
    whole = bones[:, 2] != 0
    return words[whole], _packed(bones[whole], BONES)


def _first_bones(codes: Any) -> Any:
    """The first three letters of the ``skeleton`` of each word, all words at once, letter by letter."""
    bones = np.zeros((len(codes), 3), dtype=np.uint8)
    bones[:, 0] = last = codes[:, 0]
    count = np.ones(len(codes), dtype=np.int64)
    for letter in codes.T[1:]:
        kept = np.flatnonzero(~_VOWEL[letter] & (letter != last) & (count < 3))
        bones[kept, count[kept]] = letter[kept]
        count[kept] += 1
        last = last.copy()
        last[kept] = letter[kept]
    return bones


def _spelled_out(lexicon: Lexicon, vocabulary: Vocabulary) -> tuple[Ints, Packed]:
    """For a usual short form, the keys of the words that it stands for."""
    long_forms = vocabulary.long_forms
    house = np.flatnonzero(lexicon.house >= 0).tolist()
    rows = [(n, word) for n in house for word in long_forms.get(lexicon.letters[n], ())]
    padded = np.array([word[:10] for _, word in rows] or [""], dtype="S10").view(np.uint8).reshape(-1, 10)
    return np.array([n for n, _ in rows], dtype=np.int64), _packed(padded[: len(rows)], WHOLE)


def _nats(keys: Packed, words: list[str], background: Background) -> NDArray[np.float64]:
    """What each key tells, from one word that has it."""
    kind = (keys >> np.uint64(60)).astype(np.int64)
    if not len(words):
        return np.zeros(0)
    size = {BEGINNING: 4, LONG_BEGINNING: 6, WORD_OF_THREE: 3}
    begun = background.information_of_beginnings(
        [w[: size.get(k, 5)] for w, k in zip(words, kind.tolist(), strict=True)]
    )
    bones = background.information_of_skeletons([skeleton(word)[:3] for word in words])
    ended = np.full(len(words), 6.0)
    result: NDArray[np.float64] = np.select(
        [kind == WHOLE, kind == BONES, kind == ENDING], [background.information(words), bones, ended], begun
    )
    return result


def _membership(phrases: Phrases) -> Any:
    """csr [names, words]: which words, joined neighbours included, each name has."""
    both = np.concatenate([phrases.words, phrases.pairs], axis=1)
    given = both >= 0
    ends = np.concatenate([[0], np.cumsum(given.sum(axis=1))])
    words = both[given]
    shape = (len(both), len(phrases.lexicon.letters))
    return sparse.csr_matrix((np.ones(len(words), dtype=np.float32), words, ends), shape=shape)


def _matrix(rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> Any:
    return sparse.csr_matrix((values.astype(np.float32), (rows, columns)), shape=shape)


def _scaled(matrix: Any, factors: NDArray[np.float64]) -> Any:
    """The rows of a csr ``matrix`` times ``factors``."""
    data = matrix.data * np.repeat(factors.astype(np.float32), np.diff(matrix.indptr))
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _chunks(queries: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, queries)) for start in range(0, max(queries, 1), CHUNK)]


def _closest(shared: Any, offset: int) -> tuple[Ints, Ints]:
    """The ``NEAREST`` names of each query that share ``ENOUGH``, best first; the first query is number ``offset``."""
    bars = np.maximum(_bars(shared.data, shared.indptr), ENOUGH)
    near = np.flatnonzero(shared.data >= np.repeat(bars, np.diff(shared.indptr)))
    rows = np.searchsorted(shared.indptr, near, side="right") - 1
    rows, columns = _sorted(rows, shared.data[near], shared.indices[near].astype(np.int64))
    first = np.arange(len(rows)) - np.searchsorted(rows, np.arange(shared.shape[0]))[rows] < NEAREST
    return rows[first] + offset, columns[first]


def _sorted(rows: Ints, worth: NDArray[np.float32], columns: Ints) -> tuple[Ints, Ints]:
    """``rows`` and ``columns`` by row, then the worthiest first, then by column.

    All three are packed into one number, which sorts several times as quick as three.
    """
    row_bits, column_bits = (int(values.max(initial=0)).bit_length() for values in (rows, columns))
    short_of = worth.max(initial=0.0) - worth.astype(np.float64)
    steps = 2.0 ** (62 - row_bits - column_bits) / max(short_of.max(initial=0.0), 1e-9)
    packed = rows << (63 - row_bits) | (short_of * steps).astype(np.int64) << column_bits | columns
    packed.sort()
    return packed >> (63 - row_bits), packed & ((1 << column_bits) - 1)


def _bars(values: NDArray[Any], ends: Any) -> NDArray[Any]:
    """For each query a value that at least ``NEAREST`` of its ``values`` reach, seldom many more; none where they are few.

    The values of a query are cut into blocks: the greatest of each are that many different values.
    """
    count = np.diff(ends)
    bars = np.full(len(count), -np.inf, dtype=values.dtype)
    many = np.flatnonzero(count >= BLOCKS)
    if len(many):
        places = ends[many, None] + (count[many, None] * np.arange(BLOCKS + 1)) // BLOCKS
        greatest = np.maximum.reduceat(np.append(values, -np.inf), places.ravel()).reshape(places.shape)
        bars[many] = np.partition(greatest[:, :-1], BLOCKS - NEAREST, axis=1)[:, BLOCKS - NEAREST]
    return bars
