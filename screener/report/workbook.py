"""The workbook as bytes: the same report gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.styles import Font

from screener.report.background import write_lists, write_method, write_not_screened, write_reading
from screener.report.details import write_findings_sheet
from screener.report.facts import Summary
from screener.report.front import write_summary
from screener.report.funds import write_funds
from screener.report.look import FONT, Look
from screener.report.model import Report
from screener.report.package import saved
from screener.report.since import write_changes
from screener.report.summary import described
from screener.reviews import keys_of


def workbook_bytes(report: Report, summary: Summary) -> bytes:
    """All sheets, in the order readers look for them; hidden keys let decisions find their way back."""
    book = Workbook()
    blank = book.worksheets[0]
    # The typeface of the style Normal sets the unit of column widths.
    book._named_styles["Normal"].font = Font(name=FONT, size=10)  # type: ignore[attr-defined]
    look = Look(book)
    found = described(report.findings, report.as_of, report.reviews)
    found = found.assign(key=keys_of(report.run_id, report.findings).to_numpy())
    write_summary(look, summary)
    book.remove(blank)
    for title in ("Action", "Review"):
        write_findings_sheet(look, title, found, summary)
    write_changes(look, summary)
    write_findings_sheet(look, "Information", found, summary)
    write_not_screened(look, report, summary)
    write_funds(look, report, summary)
    write_reading(look, report, summary)
    write_lists(look, report, summary)
    write_method(look, report, summary)
    _properties(book, report, summary)
    return saved(book, _utc(report.created), look.results)


def _utc(moment: datetime) -> datetime:
    """``moment`` in UTC, to the second; a moment without a zone is taken for UTC."""
    known = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return known.replace(microsecond=0, tzinfo=None)


def _properties(book: Workbook, report: Report, summary: Summary) -> None:
    properties = book.properties
    properties.title = f"{summary.title}, as of {report.as_of.isoformat()}"
    properties.subject = "Holdings screened against restricted-entity lists"
    properties.creator = properties.lastModifiedBy = "screener"
    properties.description = f"Run {report.run_id}. Not legal advice."
    properties.keywords = "screening, restricted securities"
    properties.created = _utc(report.created)
    book.calculation.fullCalcOnLoad = True
