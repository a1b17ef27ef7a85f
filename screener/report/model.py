"""One report model that every writer (workbook, csv, json, later page and mail) prints from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import empty
from screener.findings import Findings, Outcomes
from screener.funds import Exposures, Funds
from screener.holdings.model import ColumnsRead, Issues, StatedTotals, TablesRead
from screener.lists.model import Dataset
from screener.report.changes import FIRST, Changes
from screener.reviews import Reviews


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file given to the run; ``failure`` is "" or the sentence that says why it could not be read."""

    name: str
    sha256: str
    size: int
    holdings: int
    failure: str


@dataclass(frozen=True, slots=True)
class InvestorLine:
    """The investor as the report states it; ``assumed`` when nobody said who the investor is."""

    name: str
    description: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says. ``warnings`` are sentences that turn the banner amber; ``failures`` red.

    ``created`` is the instant that the files carry: it belongs to what is reported, so that the same inputs give
    the same bytes. The clock of the run, ``made``, goes into run.json only.
    """

    run_id: str
    as_of: date
    created: datetime
    software: str
    investor: InvestorLine
    files: tuple[InputFile, ...]
    findings: DataFrame[Findings]
    outcomes: DataFrame[Outcomes]
    issues: DataFrame[Issues]
    columns: DataFrame[ColumnsRead]
    totals: DataFrame[StatedTotals]
    tables: DataFrame[TablesRead]
    datasets: tuple[Dataset, ...]
    warnings: tuple[str, ...]
    failures: tuple[str, ...]
    thresholds: tuple[tuple[str, str], ...]  # what settings the run used, in words
    made: datetime | None = None
    funds: DataFrame[Funds] = field(default_factory=lambda: empty(Funds))
    exposures: DataFrame[Exposures] = field(default_factory=lambda: empty(Exposures))
    notes: tuple[str, ...] = ()  # what this run did not look at: said, without turning the banner
    reviews: DataFrame[Reviews] | None = None  # a row a finding, in their order
    changes: Changes = FIRST
    fingerprint: str = ""  # hash of all the run was made from, history apart: a repetition has the same
    conflicts: pd.DataFrame | None = None  # identifiers that two issuers claim, a row a claim

    @property
    def suppressed(self) -> pd.Series[bool]:
        """Which findings a reviewer took off the desk, in the order of ``findings``."""
        if self.reviews is None:
            return pd.Series(False, index=range(len(self.findings)), dtype=bool)
        return self.reviews["suppressed"].reset_index(drop=True)
