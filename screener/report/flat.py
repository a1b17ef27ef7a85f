"""findings.csv and rows.csv: the columns other programs read."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

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


def _csv(frame: pd.DataFrame, columns: list[str]) -> bytes:
    """``frame`` in the form that Python's csv module writes, put together a column at a time: rows come by the million."""
    head = (",".join(columns) + "\n").encode()
    if frame.empty:
        return head
    none, comma, end = (pyarrow.scalar(text, pyarrow.large_string()) for text in ("", ",", "\n"))
    *fields, last = (_printed(frame[name], name in _NUMBERS) for name in columns)
    lines = pc.binary_join_element_wise(*fields, pc.binary_join_element_wise(last, none, end), comma)
    # The text of all rows stands behind each other in memory, and is the file.
    _, _, text = lines.buffers()
    return b"".join((head, text[: pc.sum(pc.binary_length(lines)).as_py()]))


def _printed(column: pd.Series[Any], numeric: bool) -> Any:
    """Each value as it stands in the file; of texts the distinct ones, as rows repeat a few files, reasons and securities."""
    if numeric:
        return _numbers(column)
    numbers, values = pd.factorize(column)
    texts = _quoted(csv_safe(pd.Series(values, dtype="str")))
    return pyarrow.array(texts, pyarrow.large_string()).take(pyarrow.array(numbers))


def _numbers(column: pd.Series[Any]) -> Any:
    whole = column.dtype.kind == "i"
    # pyarrow would print 1000.0 as 1000 and 1e-05 as 0.00001.
    printed = column if whole else column.map(str).mask(column.isna(), "")
    return pyarrow.array(printed).cast(pyarrow.large_string())


def _quoted(texts: pd.Series[str]) -> pd.Series[str]:
    """Quotation marks around what would be taken apart without them."""
    torn = texts.str.contains('[,"\n]', regex=True)
    return texts.mask(torn, '"' + texts.str.replace('"', '""', regex=False) + '"') if torn.any() else texts
