"""The report of a run from its request, what it rests on and what it remembers: the same again gives the same report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from screener import __version__
from screener.errors import HoldingsError, ScreenerError, UsageError
from screener.funds import Books
from screener.identity import pack_entries, security_keys
from screener.job.aids import aids_for, reference_for
from screener.job.changes import Today, changes_since
from screener.job.inputs import read_inputs
from screener.job.memory import Memory
from screener.job.reporting import Found, Terms, fingerprint_of, inputs_of, report_of
from screener.job.request import RunRequest, Stopwatch
from screener.job.setting import books_for
from screener.reference import Reference
from screener.report import Report
from screener.report.changes import Changes
from screener.reviews import reviews_of, with_reviews
from screener.screening import screen


@dataclass(frozen=True, slots=True)
class Made:
    """A report, and what a later run will want to know of it."""

    report: Report
    held: pd.Series[str]  # what names each security that is held, once
    entries: bytes  # what every entry of the lists says, packed
    books: Books
    reference: Reference


def make(terms: Terms, memory: Memory, watch: Stopwatch) -> Made:
    """Read, screen, apply decisions, compare with the run before; raises when no file could be read."""
    request, grounds = terms.request, terms.grounds
    watch.begin("Reading holdings")
    reading, unread = read_inputs(request)
    _refuse_nothing(request, unread)
    books = grounds.books or books_for(request, terms.settings, reading.holdings)
    watch.begin("Screening")
    inside = [reading.holdings, *(book.holdings for book in books.files())]
    reference = grounds.reference or reference_for(request, terms.settings, inside, grounds.restricted)
    aids = aids_for(terms.settings, reference)
    screening = screen(reading.holdings, grounds.restricted, grounds.rules, grounds.ownership, books, aids)
    watch.begin("Comparing with the run before")
    inputs = inputs_of(request, reading, unread)
    fingerprint = fingerprint_of(inputs, _hashes(books, reference), terms)
    four_eyes = terms.settings.review.four_eyes
    reviews = reviews_of(screening.findings, memory.decisions(), request.as_of, four_eyes)
    findings = with_reviews(screening.findings, reviews)
    entries = pack_entries(grounds.restricted)
    files = {one.name: one.sha256 for one in inputs}
    keys = security_keys(reading.holdings)
    held = (reading.holdings, keys)
    today = Today(held, findings, reviews, grounds, (books, aids), f"screener {__version__}", files, entries)
    changes = changes_since(memory.earlier(fingerprint), today) if memory.store else _unknown(terms)
    watch.begin("Writing the report")
    found = Found(inputs, books, reference.files, reading, screening, findings, reviews, changes, fingerprint)
    return Made(report_of(found, terms), keys.drop_duplicates(), entries, books, reference)


def _hashes(books: Books, reference: Reference) -> list[str]:
    return [book.sha256 for book in books.files()] + [one.sha256 for one in reference.files]


def _unknown(terms: Terms) -> Changes:
    why = "the history could not be used" if terms.unrecorded else "this run is not recorded"
    return Changes(f"Changes since an earlier run cannot be told: {why}.")


def _refuse_nothing(request: RunRequest, unread: Sequence[tuple[Path, HoldingsError]]) -> None:
    """A run in which no file could be read writes no report: there is nothing to account for."""
    if len(unread) < len(request.files):
        return
    if all(not path.exists() for path, _ in unread):
        raise UsageError("; ".join(str(error) for _, error in unread))
    raise ScreenerError("\n".join(str(error) for _, error in unread))
