"""A sheet as columns of values, whatever the file it came from.

Everything after the opening of a file works on :class:`Grid`; its columns know which of their cells are blank,
text, number or date, computed once a distinct value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from screener.holdings.folding import tidy

BLANK: Final = 0
TEXT: Final = 1
NUMBER: Final = 2
DATE: Final = 3
_BOOLEAN: Final = 4


class _Kinds(dict[type, int]):
    """Kinds by type; a type no reader is known to give counts as blank."""

    def __missing__(self, key: type) -> int:
        return BLANK


_KINDS: Final = _Kinds(
    {
        str: TEXT,
        bool: _BOOLEAN,
        int: NUMBER,
        float: NUMBER,
        dt.date: DATE,
        dt.datetime: DATE,
        dt.time: DATE,
        dt.timedelta: DATE,
    }
)
_HEAD: Final = 64  # rows in which titles and headings stand above values of another kind
_ALIKE: Final = {"string": TEXT, "floating": NUMBER, "integer": NUMBER, "mixed-integer-float": NUMBER}
Mask = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.float64]


def _kinds_of(values: Objects) -> npt.NDArray[np.int8]:
    return np.fromiter(map(_KINDS.__getitem__, map(type, values)), dtype=np.int8, count=len(values))


class Column:
    """The values of one column of a sheet, top to bottom."""

    def __init__(self, values: Sequence[Any] | Objects, text_length: int = 1_000) -> None:
        self.values: Objects = values if isinstance(values, np.ndarray) else objects(values)
        self.text_length = text_length

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, chosen: slice | npt.NDArray[np.intp]) -> Column:
        """The column at the ``chosen`` rows."""
        part = Column(self.values[chosen], self.text_length)
        for name in ("_types", "kinds", "texts"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][chosen]
        return part

    @cached_property
    def _types(self) -> npt.NDArray[np.int8]:
        """The kind of each cell by the type of its value alone; most columns are all alike below their heading."""
        head, rest = self.values[:_HEAD], self.values[_HEAD:]
        alike = _ALIKE.get(pd.api.types.infer_dtype(rest, skipna=False)) if len(rest) else None
        if alike is None:
            return _kinds_of(self.values)
        return np.concatenate([_kinds_of(head), np.full(len(rest), alike, dtype=np.int8)])

    @cached_property
    def kinds(self) -> npt.NDArray[np.int8]:
        """BLANK, TEXT, NUMBER or DATE for each cell; a text of blanks only is BLANK."""
        kinds = self._types.copy()
        kinds[kinds == _BOOLEAN] = TEXT
        text = kinds == TEXT
        if text.any():
            kinds[text & (self.texts == "")] = BLANK
        return kinds

    @cached_property
    def texts(self) -> Objects:
        """The tidied text of text cells, "" for all others."""
        texts = np.full(len(self.values), "", dtype=object)
        is_text = self._types == TEXT
        if is_text.any():
            codes, distinct = pd.factorize(self.values[is_text])
            texts[is_text] = objects([tidy(text, self.text_length) for text in distinct])[codes]
        for row in np.flatnonzero(self._types == _BOOLEAN):
            texts[row] = str(self.values[row]).upper()
        return texts

    @property
    def filled(self) -> Mask:
        """Which cells are not blank."""
        mask: Mask = self.kinds != BLANK
        return mask

    @property
    def numeric(self) -> Mask:
        """Which cells hold a number or a date of the workbook, as opposed to text that looks like one."""
        mask: Mask = self.kinds >= NUMBER
        return mask

    @cached_property
    def shown(self) -> Objects:
        """Every cell as text: whole numbers without decimals, dates as ISO days, blanks as ""."""
        shown = self.texts.copy()
        other = self.kinds >= NUMBER
        if other.any():
            codes, distinct = pd.factorize(self.values[other])
            shown[other] = objects([printed(value) for value in distinct])[codes]
        return shown

    def at(self, row: int) -> str:
        """The cell at ``row`` as :attr:`shown` has it."""
        return str(self.texts[row]) or (printed(self.values[row]) if self.kinds[row] >= NUMBER else "")


@dataclass(slots=True)
class Grid:
    """One sheet (``sheet`` is "" for text files); ``rows[i]`` is the 1-based row in the file of cell ``i``.

    ``first_column`` is the 1-based spreadsheet column of ``columns[0]``. Hidden rows and columns are 1-based numbers.
    """

    file: str
    sheet: str
    columns: list[Column]
    rows: npt.NDArray[np.int64]
    first_column: int = 1
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row, first column, last row, last column
    aside: bool = False  # part of a statement that has another section for its positions
    decimal_hint: str = ""  # "," where the kind of file makes a decimal comma likely
    remarks: list[tuple[int, str, str, str, str]] = field(
        default_factory=list
    )  # row, column, value, reason, severity

    @property
    def height(self) -> int:
        return len(self.rows)

    def letter(self, index: int) -> str:
        """The spreadsheet letter of column ``index``."""
        return letter_of(self.first_column + index)


def letter_of(number: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def printed(value: Any) -> str:
    """A number or date as a person would have typed it."""
    if isinstance(value, float):
        if not np.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def columns_of(rows: Sequence[Sequence[Any]], width: int, text_length: int) -> list[Column]:
    """Columns from ``rows`` of equal ``width``."""
    size = len(rows)
    return [
        Column(np.fromiter(map(itemgetter(i), rows), dtype=object, count=size), text_length)
        for i in range(width)
    ]


def objects(values: Sequence[Any]) -> Objects:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
