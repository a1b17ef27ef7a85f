"""The sheets that let a reader check the report: Not screened, How we read your file, Lists, Method."""

from __future__ import annotations

import pandas as pd

from screener.lists.model import Dataset
from screener.report.details import write_link
from screener.report.facts import Summary
from screener.report.look import Look, Style, chip
from screener.report.model import Report
from screener.report.sheet import Page, close_page, open_page
from screener.report.table import Column, write_table
from screener.report.words import day_in_words, words

MOST_REASONS = 200


def write_not_screened(look: Look, report: Report, summary: Summary) -> None:
    """Rows that were not screened and why, remarks on the data, and what became of every other row."""
    page = open_page(look, "Not screened", [30, 18, 9, 34, 20, 60, 18, 8], summary)
    page.paragraph(
        "Unscreened is not clear: nobody has looked whether these rows are restricted. Correct the file and run again."
    )
    for text in report.failures:
        page.paragraph(f"Failure: {text}", Style(bold=True, colour=words().banner["red"].text, wrap=True))
    page.section("Rows not screened")
    unscreened = report.outcomes[report.outcomes["outcome"] == "not_screened"]
    write_table(page, _ROWS, unscreened, "NotScreened", "rows.csv")
    page.section("Remarks on the data", "Row 0 means the whole sheet or file.")
    write_table(page, _ISSUES, _by_severity(report.issues), "Remarks")
    page.section(
        "What became of every row",
        "Rows of totals, notes and headings are not holdings; cash is not a security.",
    )
    _write_reasons(page, _reasons(report.outcomes))
    close_page(page)


def _write_reasons(page: Page, reasons: pd.DataFrame) -> None:
    """The commonest reasons of each file and outcome: a file can give each of its rows one of its own."""
    shown = reasons.groupby(["file", "outcome"], sort=False).head(MOST_REASONS)
    write_table(page, _REASONS, shown, "RowsByReason", "rows.csv")
    if len(shown) < len(reasons):
        page.paragraph(
            f"{len(reasons) - len(shown):,} more in rows.csv: {MOST_REASONS:,} reasons of a kind are shown.",
            Style(bold=True, wrap=True),
        )


_ROWS = [
    Column("file", "File", wrap=True),
    Column("sheet", "Sheet", wrap=True),
    Column("row", "Row", "int"),
    Column("security", "Security", wrap=True),
    Column("market_value", "Market value", "money"),
    Column("reason", "Why it was not screened", wrap=True),
    Column("currency", "Currency"),
]
_ISSUES = [
    Column("file", "File", wrap=True),
    Column("sheet", "Sheet", wrap=True),
    Column("row", "Row", "int"),
    Column("column", "Column", wrap=True),
    Column("severity", "Severity"),
    Column("reason", "What is wrong and what to do", wrap=True),
    Column("value", "Value", wrap=True),
]
_REASONS = [
    Column("file", "File", wrap=True),
    Column("outcome", "Outcome"),
    Column("rows", "Rows", "int"),
    Column("example", "First of them", wrap=True),
    Column("market_value", "Market value", "money"),
    Column("reason", "Reason", wrap=True),
    Column("currency", "Currency"),
]


def _by_severity(issues: pd.DataFrame) -> pd.DataFrame:
    order = issues["severity"].map({"error": 0, "warning": 1, "note": 2})
    return issues.assign(order=order).sort_values("order", kind="stable").drop(columns="order")


def _reasons(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Rows that are no finding, counted by file, outcome, reason and currency; the commonest first."""
    rows = outcomes[outcomes["outcome"] != "finding"]
    keys = ["file", "outcome", "reason", "currency"]
    counted = rows.groupby(keys, sort=True).agg(
        rows=("row", "size"), example=("security", "first"), market_value=("market_value", _sum_or_missing)
    )
    order = ["file", "outcome", "rows", "reason"]
    return counted.reset_index().sort_values(order, ascending=[True, True, False, True], kind="stable")


def _sum_or_missing(values: pd.Series[float]) -> float:
    return float(values.sum(min_count=1))


def write_reading(look: Look, report: Report, summary: Summary) -> None:
    """What each file and column was taken for, so that a misread column is seen."""
    page = open_page(look, "How we read your file", [34, 18, 11, 32, 36, 16, 16, 14, 16], summary)
    page.paragraph(
        "Compare this with your file. A column taken for the wrong field, or not used, changes what could be found."
    )
    page.section("Files")
    write_table(page, _FILES, _files(report), "Files")
    page.section("Tables", "The tables of holdings that were found, and what became of their rows.")
    write_table(page, _TABLES, report.tables, "Tables")
    page.section("Columns", "What each column was taken for, and its first value so that you can tell.")
    write_table(page, _COLUMNS, _columns(report.columns), "Columns")
    page.section("Totals the files state", "Subtotals are compared too; the closest is the one that counts.")
    write_table(page, _TOTALS, _totals(summary), "StatedTotals")
    close_page(page)


_FILES = [
    Column("name", "File", wrap=True),
    Column("size", "Bytes", "int"),
    Column("holdings", "Holdings", "int"),
    Column("failure", "Failure", wrap=True),
    Column("sha256", "SHA-256", wrap=True),
]
_TABLES = [
    Column("file", "File", wrap=True),
    Column("sheet", "Sheet", wrap=True),
    Column("header_row", "Headings in row", "int"),
    Column("portfolio", "Account", wrap=True),
    Column("currency", "Values in", wrap=True),
    Column("positions", "Positions", "int"),
    Column("cash", "Cash lines", "int"),
    Column("not_screened", "Not screened", "int"),
    Column("other_rows", "Totals, sections, notes", "int"),
]
_COLUMNS = [
    Column("file", "File", wrap=True),
    Column("sheet", "Sheet", wrap=True),
    Column("column", "Column"),
    Column("heading", "Heading in the file", wrap=True),
    Column("first_value", "First value", wrap=True),
    Column("taken_for", "Taken for", wrap=True),
    Column("by", "Known by", wrap=True),
    Column("header_row", "Headings in row", "int"),
]
_TOTALS = [
    Column("file", "File", wrap=True),
    Column("sheet", "Sheet", wrap=True),
    Column("currency", "Currency"),
    Column("label", "Label in the file", wrap=True),
    Column("stated", "The file states", "money"),
    Column("read", "Read", "money"),
    Column("difference", "Difference", "money"),
    Column("verdict", "Verdict"),
]


def _files(report: Report) -> pd.DataFrame:
    rows = [(each.name, each.size, each.holdings, each.failure, each.sha256) for each in report.files]
    return pd.DataFrame(rows, columns=[column.name for column in _FILES])


def _columns(columns: pd.DataFrame) -> pd.DataFrame:
    taken = columns["field"].str.replace("_", " ").mask(columns["field"] == "", "not used")
    by = columns["by"].replace({"spare": "heading, where the first is blank"})
    return columns.assign(taken_for=taken, by=by)


def _totals(summary: Summary) -> pd.DataFrame:
    rows = [
        (
            check.file,
            check.sheet,
            check.currency,
            check.label,
            check.stated,
            check.read,
            check.difference,
            "agrees" if check.agrees else "differs",
        )
        for check in summary.coverage.checks
    ]
    return pd.DataFrame(rows, columns=[column.name for column in _TOTALS])


def write_lists(look: Look, report: Report, summary: Summary) -> None:
    """The datasets the run used, each with the day to which it was kept, and where they contradict each other."""
    page = open_page(look, "Lists", [44, 22, 10, 14, 14, 34, 66], summary)
    page.paragraph(
        "Facts after the day a list was kept to are not in it: compare that day with the as-of day."
    )
    page.gap(4)
    rows = [
        (each.title, each.name, each.entries, each.kept_to, each.days_behind, each.programmes, each.version)
        for each in summary.lists
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in _LISTS])
    write_table(page, _LISTS, frame, "Lists")
    _write_conflicts(page, report.conflicts)
    close_page(page)


_LISTS = [
    Column("title", "List", wrap=True),
    Column("name", "Dataset", wrap=True),
    Column("entries", "Entries", "int"),
    Column("kept_to", "Kept to", "date"),
    Column("days_behind", "Days before as-of", "int"),
    Column("programmes", "Programmes", wrap=True),
    Column("version", "Version (content hash)", wrap=True),
]


_CONFLICTS = [
    Column("name", "Issuer", wrap=True),
    Column("value", "Identifier", wrap=True),
    Column("scheme", "Kind"),
    Column("printed", "As printed", wrap=True),
    Column("entity_id", "Entry", wrap=True),
    Column("lists", "On the lists", wrap=True),
]


def _write_conflicts(page: Page, conflicts: pd.DataFrame | None) -> None:
    """Identifiers that holdings carry too; numbers of registers, which no holding is compared by, are counted."""
    if conflicts is None:
        return
    registered = conflicts["scheme"] == "registration"
    shown = conflicts[~registered]
    shown = shown.assign(scheme=shown["scheme"].str.upper())
    numbers = conflicts.loc[registered, "value"].nunique()
    text = (
        "The lists cannot all be right about these. Findings that rest on one of them say so."
        if len(shown)
        else "None."
    )
    stand = "1 registration number stands" if numbers == 1 else f"{numbers:,} registration numbers stand"
    further = f" Besides, {stand} with more than one entry: holdings are not compared by such numbers."
    page.section("Identifiers claimed for more than one issuer", text + (further if numbers else ""))
    if len(shown):
        write_table(page, _CONFLICTS, shown, "Conflicts")


def write_method(look: Look, report: Report, summary: Summary) -> None:
    """How the report was made: investor, day, software, settings, codes and sources."""
    page = open_page(look, "Method", [14, 26, 60, 52, 8], summary)
    for paragraph in words().method:
        page.paragraph(paragraph)
    page.section("This run")
    for label, value in _run(report):
        _fact(page, label, value)
    page.section("What the codes mean")
    for code, each in words().actions.items():
        page.fits([(f"{each.title}. {each.means}", 3, page.printed)])
        page.merge(1, 2, code, chip(each.fill, each.text))
        page.merge(3, page.printed, f"{each.title}. {each.means}", Style(wrap=True, rule=True))
        page.row += 1
    page.section("Sources cited by the findings")
    for source in _sources(report.findings):
        write_link(page, source)
    page.section("Disclaimer")
    page.paragraph(summary.disclaimer)
    close_page(page)


def _fact(page: Page, label: str, value: str) -> None:
    page.fits([(value, 3, page.printed), (label, 1, 2)])
    page.merge(1, 2, label, Style(bold=True, rule=True, wrap=True))
    page.merge(3, page.printed, value, Style(wrap=True, rule=True))
    page.row += 1


def _run(report: Report) -> list[tuple[str, str]]:
    investor = report.investor
    assumed = " Assumed: the run was not told who the investor is." if investor.assumed else ""
    return [
        ("Run", report.run_id),
        ("As of", day_in_words(report.as_of)),
        ("Software", report.software),
        ("Investor", f"{investor.name}: {investor.description}{assumed}"),
        *report.thresholds,
        *((f"List {one.name}", _dataset(one)) for one in report.datasets),
        ("Compared with", report.changes.compared),
    ]


def _dataset(one: Dataset) -> str:
    return f"version {one.version}, kept to {day_in_words(one.kept_to)}, {one.entries:,} entries"


def _sources(findings: pd.DataFrame) -> list[str]:
    """Distinct citations, in order."""
    return sorted(
        {line.strip() for text in findings["sources"].unique() for line in text.splitlines() if line.strip()}
    )
