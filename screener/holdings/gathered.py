"""What has been read so far, as lists of arrays, and the frames they become."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from screener.contracts import Frame, checked, columns, empty
from screener.holdings.model import (
    ColumnsRead,
    Holdings,
    Issues,
    OtherRows,
    Reading,
    StatedTotals,
    TablesRead,
)

_MOST_ALIKE: Final = 25  # issues of one kind in one column that are listed one by one


@dataclass(slots=True)
class Gathered:
    """Rows of the frames of a :class:`Reading`, in the order they were met."""

    holdings: list[dict[str, Any]] = field(default_factory=list)  # column name: array or one value for all
    other_rows: list[tuple[Any, ...]] = field(default_factory=list)
    issues: list[tuple[str, str, int, str, str, str, str]] = field(default_factory=list)
    columns: list[tuple[str, str, int, str, str, str, str, str]] = field(default_factory=list)
    totals: list[tuple[str, str, int, str, str, float, float]] = field(default_factory=list)
    tables: list[tuple[Any, ...]] = field(default_factory=list)
    _alike: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def issue(self, place: tuple[str, str, int, str], value: str, reason: str, severity: str) -> None:
        """Add an issue at ``place`` (file, sheet, row, column); the hundredth of one kind is counted, not listed."""
        kind = (place[0], place[1], place[3], reason)
        self._alike[kind] += 1
        if self._alike[kind] <= _MOST_ALIKE:
            self.issues.append((*place, value[:200], reason, severity))

    def reading(self) -> Reading:
        """The frames, checked against their contracts."""
        return Reading(
            holdings=checked(Holdings, self._holdings()) if self.holdings else empty(Holdings),
            other_rows=_frame(OtherRows, self.other_rows),
            issues=_frame(Issues, self.issues + self._more()),
            columns=_frame(ColumnsRead, self.columns),
            totals=_frame(StatedTotals, self.totals),
            tables=_frame(TablesRead, self.tables),
        )

    def _holdings(self) -> pd.DataFrame:
        parts = self.holdings
        sizes = [len(part["row"]) for part in parts]
        return pd.DataFrame(
            {name: _joined([part[name] for part in parts], sizes) for name in columns(Holdings)}
        )

    def _more(self) -> list[tuple[str, str, int, str, str, str, str]]:
        return [
            (file, sheet, 0, column, "", f"{count - _MOST_ALIKE} more rows: {reason}", "note")
            for (file, sheet, column, reason), count in self._alike.items()
            if count > _MOST_ALIKE
        ]


def _joined(parts: list[Any], sizes: list[int]) -> Any:
    """One array from arrays and single values."""
    if all(isinstance(part, str) for part in parts):
        codes = np.repeat(np.arange(len(parts)), sizes)
        return pd.Series(parts, dtype="str").take(codes).reset_index(drop=True)
    full = [
        np.full(size, part, dtype=object) if isinstance(part, str) else part
        for part, size in zip(parts, sizes, strict=True)
    ]
    joined = np.concatenate(full) if len(full) > 1 else full[0]
    return pd.Series(joined, dtype="str") if joined.dtype == object else joined


def _frame(model: type[Frame], rows: list[tuple[Any, ...]]) -> Any:
    if not rows:
        return empty(model)
    return checked(model, pd.DataFrame(rows, columns=columns(model)))
