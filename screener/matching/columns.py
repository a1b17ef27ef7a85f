"""Columns of text, handled in C++ (pyarrow): what most names do not need is done only for those that need it.

A regular expression that only has to say yes or no runs many times faster than one that has to say what it found, so
rows are chosen by the former before the latter looks at them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from numpy.typing import NDArray


def texts(values: pd.Series[str]) -> Any:
    """``values`` as one pyarrow array."""
    array = pyarrow.array(values, type=pyarrow.large_string())
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array


def as_series(text: Any, index: Any) -> pd.Series[str]:
    """An array of text as a column with ``index``."""
    return pd.Series(text.to_pandas().array, index=index, dtype="str")


def rewritten(text: Any, pattern: str, replacement: str) -> Any:
    """``text`` with every meeting of ``pattern`` (RE2) replaced."""
    met = pc.match_substring_regex(text, pattern)
    rows = pc.sum(met).as_py() or 0
    if not rows:
        return text
    if 2 * rows > len(text):
        return pc.replace_substring_regex(text, pattern, replacement)
    changed = pc.replace_substring_regex(text.filter(met), pattern, replacement)
    return pc.replace_with_mask(text, met, changed)


def extracted(text: Any, pattern: str, group: str) -> tuple[NDArray[np.int64], Any]:
    """The rows of ``text`` in which ``pattern`` is met, and what its named ``group`` is there."""
    met = pc.match_substring_regex(text, pattern)
    rows = np.flatnonzero(met.to_numpy(zero_copy_only=False))
    return rows, pc.struct_field(pc.extract_regex(text.filter(met), pattern), group)


def without_tail(text: Any, pattern: str) -> tuple[Any, NDArray[np.bool_]]:
    """``text`` without what ``pattern`` meets, which reaches to the end; and whether that begins with a stop.

    RE2 is several times as quick where it need not say what the groups of an expression are.
    """
    left = pc.replace_substring_regex(text, pattern, "")
    kept = sizes(left)
    cut = np.flatnonzero(kept < sizes(text))
    start, letters = _buffers(text)
    stopped = np.zeros(len(kept), dtype=bool)
    stopped[cut] = letters[start[cut] + kept[cut]] == ord(".")
    return left, stopped


def as_bools(values: Any) -> NDArray[np.bool_]:
    """An array of truth values as one of numpy."""
    bools: NDArray[np.bool_] = values.to_numpy(zero_copy_only=False)
    return bools


def sizes(text: Any) -> NDArray[np.int64]:
    """How many letters each ASCII ``text`` has."""
    lengths: NDArray[np.int64] = pc.binary_length(text).to_numpy().astype(np.int64)
    return lengths


def sliced(text: Any, first: Any, last: Any) -> Any:
    """The letters from ``first`` up to ``last`` of each ASCII ``text``: numbers, or arrays of them."""
    start, letters = _buffers(text)
    size = np.broadcast_to(np.asarray(last - first), len(text))
    offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(offsets[-1]) + np.repeat(start[:-1] + first - offsets[:-1], size)
    buffers = pyarrow.py_buffer(offsets), pyarrow.py_buffer(letters[place])
    return pyarrow.LargeStringArray.from_buffers(len(text), *buffers)


def _buffers(text: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each of ``text`` (large_string, none missing) begins, with the end of the last; and all letters."""
    _, offsets, letters = text.buffers()
    start: NDArray[np.int64] = np.frombuffer(offsets, dtype=np.int64)
    return start[text.offset : text.offset + len(text) + 1], np.frombuffer(letters or b"", dtype=np.uint8)


def with_rows(text: Any, rows: NDArray[np.int64], values: list[str]) -> Any:
    """``text`` with ``values`` in ``rows`` (ascending)."""
    if not len(rows):
        return text
    mask = np.zeros(len(text), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(text, pyarrow.array(mask), pyarrow.array(values, type=text.type))


def letters_of(words: Any, most: int) -> NDArray[np.uint8]:
    """The first ``most`` characters of ASCII ``words`` as a matrix ``[words, most]``, 0 behind the end."""
    cut = pc.utf8_slice_codeunits(words.cast(pyarrow.string()), 0, most)
    padded = pc.ascii_rpad(cut, most, padding="\0").cast(pyarrow.binary())
    if not len(padded):
        return np.zeros((0, most), dtype=np.uint8)
    start = padded.offset * most
    matrix: NDArray[np.uint8] = np.frombuffer(padded.buffers()[2], dtype=np.uint8)
    return matrix[start : start + len(padded) * most].reshape(-1, most)


def places_among(words: Any, known: list[str]) -> NDArray[np.int64]:
    """The place of each of ``words`` (a list, or a column) among ``known``, -1 where it is not there."""
    asked = pyarrow.array(words, type=pyarrow.string()) if isinstance(words, list) else words
    found = pc.index_in(asked, value_set=pyarrow.array(known, type=asked.type))
    places: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return places
