"""Frames that leave the reading of holdings files.

Text columns are never null: a missing text is ``""``. Missing numbers are NaN. ``row`` is the 1-based row in
the file or sheet, so that a person finds it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandera.pandas as pa
from pandera.typing import DataFrame, Series

from screener.contracts import Frame

ASSET_CLASSES: Final = (
    "",  # the file does not say
    "equity",
    "bond",
    "receipt",
    "fund",
    "derivative",
    "money_market",
    "cash",
    "other",
)
SEVERITIES: Final = ("error", "warning", "note")


class Holdings(Frame):
    """One row a position, as read; identifiers in normal form where valid, as printed where not."""

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    portfolio: Series[str]
    name: Series[str]
    ticker: Series[str]
    exchange: Series[str]
    isin: Series[str]
    cusip: Series[str]
    sedol: Series[str]
    figi: Series[str]
    lei: Series[str]
    wkn: Series[str]
    ric: Series[str]
    asset_class: Series[str] = pa.Field(isin=ASSET_CLASSES)
    country: Series[str]
    quantity: Series[float] = pa.Field(nullable=True)
    price: Series[float] = pa.Field(nullable=True)
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]
    value_currency: Series[str]  # of market_value, where its heading names one; else as currency
    weight: Series[float] = pa.Field(nullable=True)
    issue_date: Series[str]  # ISO day or ""
    maturity: Series[str]  # ISO day or ""
    hidden: Series[bool]  # the row, column or sheet is hidden in the workbook


class OtherRows(Frame):
    """Non-blank rows of the tables found that are not screened.

    ``outcome`` is ``not_a_holding`` (totals, section words, notes, repeated headers) or ``not_screened``
    (a row that looks like a position but says nothing to screen by).
    """

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    security: Series[str]
    outcome: Series[str] = pa.Field(isin=("not_a_holding", "not_screened"))
    reason: Series[str]
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]


class Issues(Frame):
    """What was wrong with the data, with the place and what to do; ``row`` 0 means the whole sheet or file."""

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=0)
    column: Series[str]
    value: Series[str]
    reason: Series[str]
    severity: Series[str] = pa.Field(isin=SEVERITIES)


class ColumnsRead(Frame):
    """How each column of each table found was understood: shown to the user, so that it can be checked."""

    file: Series[str]
    sheet: Series[str]
    header_row: Series[int] = pa.Field(ge=0)  # 0: the table has no header
    column: Series[str]  # spreadsheet letter
    heading: Series[str]
    field: Series[str]  # a column of Holdings, or "" when not used
    by: Series[str]  # "heading", "content", "profile", "spare" (used where the main column is blank) or ""
    first_value: Series[str]  # the first value of the column in a position, as printed


class TablesRead(Frame):
    """The tables of holdings found, and what became of the rows below their headings."""

    file: Series[str]
    sheet: Series[str]
    header_row: Series[int] = pa.Field(ge=0)  # the last of its rows of headings; 0: none
    first_row: Series[int] = pa.Field(ge=0)  # of the data; 0: the table is empty
    last_row: Series[int] = pa.Field(ge=0)
    portfolio: Series[str]  # the accounts its positions are in, by title, section or column
    positions: Series[int] = pa.Field(ge=0)
    cash: Series[int] = pa.Field(ge=0)
    not_screened: Series[int] = pa.Field(ge=0)
    other_rows: Series[int] = pa.Field(ge=0)  # totals, sections, notes
    decimal: Series[str]  # the decimal sign of its printed numbers, "" where all are numbers of the workbook
    currency: Series[str]  # of its market values


class StatedTotals(Frame):
    """Totals of market value that the file itself prints, beside what was read that they may be the total of.

    ``read`` is the sum of the positions between a heading, section or other total and this one that comes nearest.
    """

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    label: Series[str]
    currency: Series[str]
    market_value: Series[float]
    read: Series[float] = pa.Field(nullable=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one or several files said."""

    holdings: DataFrame[Holdings]
    other_rows: DataFrame[OtherRows]
    issues: DataFrame[Issues]
    columns: DataFrame[ColumnsRead]
    totals: DataFrame[StatedTotals]
    tables: DataFrame[TablesRead]
