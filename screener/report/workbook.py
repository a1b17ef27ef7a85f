"""The workbook as bytes: the same report gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font

from screener.report.background import write_lists, write_method, write_not_screened, write_reading
from screener.report.details import write_findings_sheet
from screener.report.facts import Summary
from screener.report.front import write_summary
from screener.report.funds import write_funds
from screener.report.look import FONT, Look
from screener.report.model import Report
from screener.report.since import write_changes
from screener.report.summary import described
from screener.reviews import keys_of

_CONTENT_TYPES: Final = "[Content_Types].xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_FORMULA = re.compile(rb'(?P<formula><c r="(?P<place>[A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)<v ?(?:/>|></v>)')


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
    raw = io.BytesIO()
    book.save(raw)
    return repacked(raw.getvalue(), _utc(report.created), _cached(book, look.cached))


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


def _cached(book: Workbook, cached: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    """Formula results by the part of the package that holds their sheet."""
    parts = {
        sheet.title: f"xl/worksheets/sheet{number}.xml" for number, sheet in enumerate(book.worksheets, 1)
    }
    return {parts[title]: values for title, values in cached.items()}


def repacked(archive: bytes, moment: datetime, cached: Mapping[str, Mapping[str, float]]) -> bytes:
    """``archive`` with fixed times and the results of formulas filled in, content types first."""
    out = io.BytesIO()
    stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        for name in sorted(names, key=lambda name: (name != _CONTENT_TYPES, names.index(name))):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), data)
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3
            target.writestr(entry, _filled(data, cached.get(name, {})))
    return out.getvalue()


def _filled(sheet: bytes, values: Mapping[str, float]) -> bytes:
    """``sheet`` with ``values`` as the results of its formulas, which openpyxl leaves empty."""
    if not values:
        return sheet

    def with_result(found: re.Match[bytes]) -> bytes:
        value = values.get(found["place"].decode())
        return found[0] if value is None else found["formula"] + f"<v>{value!r}</v>".encode()

    return _FORMULA.sub(with_result, sheet)
