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


def extracted(text: Any, pattern: str, group: str) -> tuple[NDArray[np.int64], list[str]]:
    """The rows of ``text`` in which ``pattern`` is met, and what its named ``group`` is there."""
    met = pc.match_substring_regex(text, pattern)
    rows = np.flatnonzero(met.to_numpy(zero_copy_only=False))
    found = pc.struct_field(pc.extract_regex(text.filter(met), pattern), group)
    return rows, found.to_pylist()


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


def places_among(words: list[str], known: list[str]) -> NDArray[np.int64]:
    """The place of each of ``words`` among ``known``, -1 where it is not there."""
    found = pc.index_in(pyarrow.array(words, type=pyarrow.string()), value_set=pyarrow.array(known))
    places: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return places
