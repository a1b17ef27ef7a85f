"""Whether a report can be relied on: red, amber or green, each reason in words."""

from __future__ import annotations

from screener.report.facts import Banner, Coverage, Reason, TotalCheck
from screener.report.model import Report
from screener.report.words import SALE_ALLOWED, urges_sale, words

GREEN = "Every row is accounted for, every holding was screened, and nothing had to be assumed."


def banner(report: Report, coverage: Coverage, closed: int) -> Banner:
    """The colour of the worst reason; ``closed`` counts findings that offer a sale after its last day."""
    red = _distinct([*_failures(report), *_contradictions(report, coverage, closed)])
    amber = _distinct([*report.warnings, *_assumptions(report), *_gaps(report, coverage)])
    reasons = [Reason("red", text) for text in red] + [Reason("amber", text) for text in amber]
    colour = reasons[0].colour if reasons else "green"
    return Banner(colour, words().banner[colour].title, tuple(reasons) or (Reason("green", GREEN),))


def _distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(f"{text.rstrip('. ')}." for text in texts if text))


def _failures(report: Report) -> list[str]:
    """Failures of the run, and of files where no sentence of the run names them already."""
    said = list(report.failures)
    for file in report.files:
        if file.failure and not any(file.failure in text or text in file.failure for text in said):
            said.append(file.failure if file.name in file.failure else f"{file.name}: {file.failure}")
    return said


def _contradictions(report: Report, coverage: Coverage, closed: int) -> list[str]:
    """What must never happen is looked for all the same, and said where everybody sees it."""
    texts = [f"The counts do not meet: {gap}." for gap in coverage.gaps]
    if not coverage.screened:
        texts.append("No holding was screened: this report says nothing about the portfolio.")
    if closed:
        texts.append(f"{closed:,} findings offer a sale though its last day has passed: treat them as Hold.")
    misleading = _misleading(report)
    if misleading:
        texts.append(
            f"The explanation of {misleading:,} findings speaks of selling where no sale is allowed: ask compliance before acting."
        )
    return texts


def _misleading(report: Report) -> int:
    """Findings under a code that allows no sale, whose explanation calls for one all the same."""
    found = report.findings
    # A REVIEW says what follows if the issuer is the listed one: that may be a code which allows a sale.
    said = found["possible"].where((found["action"] == "REVIEW") & (found["possible"] != ""), found["action"])
    outside = found[~said.isin(SALE_ALLOWED)]
    return sum(urges_sale(text) for text in outside["why"])


def _assumptions(report: Report) -> list[str]:
    if not report.investor.assumed:
        return []
    return [
        f"The investor was not stated: {report.investor.name} was assumed. Who invests decides who is bound; state it and run again."
    ]


def _gaps(report: Report, coverage: Coverage) -> list[str]:
    texts = []
    unscreened = coverage.count("not_screened")
    if unscreened:
        texts.append(
            f"{_rows(unscreened)} could not be screened: see sheet Not screened. Unscreened is not clear."
        )
    worth_saying = int(report.issues["severity"].isin(["error", "warning"]).sum())
    if worth_saying:
        remarks = "1 remark" if worth_saying == 1 else f"{worth_saying:,} remarks"
        texts.append(f"The input raised {remarks}: see sheet Not screened.")
    return [*texts, *(_total(check) for check in coverage.checks if not check.agrees)]


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _total(check: TotalCheck) -> str:
    place = f"{check.file}, sheet {check.sheet}" if check.sheet else check.file
    currency = f"{check.currency} " if check.currency else ""
    return (
        f"{place}: the rows read add up to {currency}{check.read:,.0f}, the file's own total says "
        f"{currency}{check.stated:,.0f} ({check.difference:+,.0f}): check that no row was missed."
    )
