"""findings.csv and rows.csv: the columns other programs read."""

from __future__ import annotations

from typing import Final

import pandas as pd

from screener.findings import FINDINGS_CSV, ROWS_CSV
from screener.report.model import Report
from screener.report.text import csv_safe

_NUMBERS: Final = ("row", "quantity", "market_value", "score")


def findings_csv(report: Report) -> bytes:
    """A row per finding. UTF-8 without a mark; a text that a spreadsheet could run begins with an apostrophe."""
    return _csv(report.findings, FINDINGS_CSV)


def rows_csv(report: Report) -> bytes:
    """A row per row that came in, in the same form."""
    return _csv(report.outcomes, ROWS_CSV)


def _safe(column: pd.Series[str]) -> pd.Series[str]:
    """``csv_safe`` over the distinct texts: a million rows repeat a few files, reasons and securities."""
    numbers, values = pd.factorize(column)
    texts = csv_safe(pd.Series(values, dtype="str"))
    return texts.take(numbers).set_axis(column.index)


def _csv(frame: pd.DataFrame, columns: list[str]) -> bytes:
    texts = {name: _safe(frame[name]) for name in columns if name not in _NUMBERS}
    return frame[columns].assign(**texts).to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")
