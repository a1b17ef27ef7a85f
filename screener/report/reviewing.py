"""The columns by which a reviewer decides on a finding in the workbook, and by which the decision finds its way back."""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from screener.report.sheet import Page
from screener.report.table import ROW_CAP, Column
from screener.report.words import parse_day
from screener.reviews import CHOICES

DECISION: Final = "Decision"
REVIEWER: Final = "Reviewer"
NOTE: Final = "Note"
VALID_UNTIL: Final = "Valid until"
KEY: Final = "Key"
SECURITY: Final = "Security"
ENTITY: Final = "Restricted entity"

COLUMNS: Final = (
    (16, Column("choice", DECISION, "entry")),
    (18, Column("reviewer", REVIEWER, "entry")),
    (30, Column("note", NOTE, "entry")),
    (12, Column("valid_until", VALID_UNTIL, "entry_date")),
    (40, Column("told", "Decided so far", wrap=False)),
)
HIDDEN: Final = (28, Column("key", KEY))
INVITATION: Final = (
    "To record a decision, fill the pale columns Decision, Reviewer, Note and Valid until to the right of Programme, save, "
    "and hand this file back with `screener review import`."
)


def for_entry(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with what stands of each decision in the words and days of the columns."""
    days = {text: _day(text) for text in frame["valid_until"].unique()}
    standing = frame["choice"] != ""
    return frame.assign(
        choice=frame["choice"].map(CHOICES).fillna(""),
        reviewer=frame["reviewer"].where(standing, ""),
        note=frame["note"].where(standing, ""),
        valid_until=frame["valid_until"].map(days).astype("object").where(standing, None),
    )


def _day(text: str) -> date | None:
    return parse_day(text)


def add_entry(page: Page, header: int, rows: int, first: int) -> None:
    """Drop-downs and checks on the columns for decisions, which begin at column ``first``; hides the key."""
    last = header + max(1, min(rows, ROW_CAP))
    choices = DataValidation(
        type="list",
        formula1='"' + ",".join(CHOICES.values()) + '"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=DECISION,
        error=f"Choose {', '.join(CHOICES.values())}.",
    )
    days = DataValidation(
        type="date",
        operator="greaterThan",
        formula1="36526",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=VALID_UNTIL,
        error="Give a day, such as 2027-06-30.",
    )
    for offset, rule in ((0, choices), (3, days)):
        letter = get_column_letter(first + offset)
        rule.add(f"{letter}{header + 1}:{letter}{last}")
        page.sheet.add_data_validation(rule)


def hide(page: Page, column: int) -> None:
    """The key is for the program alone."""
    page.sheet.column_dimensions[get_column_letter(column)].hidden = True
