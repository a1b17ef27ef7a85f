"""The divestment report: one model, several writers that print the same facts."""

from screener.report.facts import Summary
from screener.report.full_page import report_fragment, report_page
from screener.report.manifest import manifest_tables
from screener.report.model import InputFile, InvestorLine, Report
from screener.report.page import html_page
from screener.report.summary import summarise
from screener.report.view import view_of
from screener.report.writing import report_files, write_report

__all__ = [
    "InputFile",
    "InvestorLine",
    "Report",
    "Summary",
    "html_page",
    "manifest_tables",
    "report_files",
    "report_fragment",
    "report_page",
    "summarise",
    "view_of",
    "write_report",
]
