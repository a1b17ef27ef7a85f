"""Strict reading of delimited lists: every row as wide as the format says, every column known."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.collect import Collector
from screener.lists.text import decoded, refuse_html

csv.field_size_limit(16_000_000)


def headless(source: str, name: str, content: bytes, width: int) -> pd.DataFrame:
    """Rows of a file without header whose every row has ``width`` cells; column names are 0 to ``width`` - 1.

    A Ctrl-Z line at the end is the publisher's mark of the end of the file. Raises when a row is not as wide, when
    a quote stays open (a truncated file), or when the file is a web page.
    """
    refuse_html(source, name, content)
    text = decoded(source, name, content).rstrip("\x1a\r\n ")
    rows = _rows(source, name, text, ",")
    wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != width), 0)
    if wrong:
        reason = f"{name} row {wrong} has {len(rows[wrong - 1])} columns, the format has {width}"
        raise RestrictedListError(source, reason, "The file is truncated or its columns have moved.")
    return pd.DataFrame(rows, dtype=str)


def headed(
    source: str, name: str, content: bytes, *, delimiter: str = ",", skip: int = 0
) -> tuple[pd.DataFrame, list[str]]:
    """A table with a header row after ``skip`` lines, and the skipped lines."""
    refuse_html(source, name, content)
    text = decoded(source, name, content).rstrip("\x1a\r\n ")
    rows = _rows(source, name, text, delimiter)
    if len(rows) <= skip:
        raise RestrictedListError(source, f"{name} has no header row", "The file is truncated.")
    header = [cell.strip() for cell in rows[skip]]
    body = rows[skip + 1 :]
    wrong = next((number for number, row in enumerate(body, start=1) if len(row) != len(header)), 0)
    if wrong:
        reason = (
            f"{name} row {wrong + skip + 1} has {len(body[wrong - 1])} columns, its header has {len(header)}"
        )
        raise RestrictedListError(source, reason, "The file is truncated or damaged.")
    return pd.DataFrame(body, columns=header, dtype=str), [" ".join(row) for row in rows[:skip]]


def check_columns(
    collect: Collector, name: str, table: pd.DataFrame, known: Sequence[str], needed: Sequence[str]
) -> None:
    """Raises when a needed column is missing; reports columns that are not known."""
    found = [str(column) for column in table]
    missing = [column for column in needed if column not in found]
    if missing:
        reason = f"{name} has no column {', '.join(missing)}"
        raise RestrictedListError(collect.reading.source, reason, "The publisher changed the format.")
    for column in found:
        if column not in known:
            collect.unread("column", column, "this column is not known and was not read", file=name)
    for column in known:
        if column not in found:
            collect.unread(
                "column", column, "this column of the format is missing", file=name, severity="note"
            )


def _rows(source: str, name: str, text: str, delimiter: str) -> list[list[str]]:
    try:
        return [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row
        ]
    except csv.Error as error:
        reason = f"{name} is not a readable table ({error})"
        raise RestrictedListError(source, reason, "The file is truncated or damaged.") from None
