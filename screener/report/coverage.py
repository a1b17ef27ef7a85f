"""Rows in against rows accounted for, and market value read against the file's own totals."""

from __future__ import annotations

from typing import Final

import pandas as pd

from screener.report.facts import HOLDING, Coverage, TotalCheck, ValueLine
from screener.report.model import InputFile, Report

OUTCOMES: Final = ("finding", "clear", "not_screened", "not_a_holding")

CASH: Final = "cash"  # how the reason of a cash row begins


def reconcile(report: Report) -> Coverage:
    """Count every row and every amount of ``report`` once."""
    counts = report.outcomes["outcome"].value_counts()
    return Coverage(
        rows_in=len(report.outcomes),
        outcomes=tuple((outcome, int(counts.get(outcome, 0))) for outcome in OUTCOMES),
        values=_values(report.outcomes),
        checks=_checks(report.totals, report.outcomes),
        gaps=_gaps(report),
    )


def _worth(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The rows that are worth something: holdings, and cash, which is none but belongs to the file's total."""
    cash = (outcomes["outcome"] == "not_a_holding") & outcomes["reason"].str.startswith(CASH)
    worth = outcomes.assign(outcome=outcomes["outcome"].mask(cash, CASH))
    return worth[worth["outcome"] != "not_a_holding"]


def _values(outcomes: pd.DataFrame) -> tuple[ValueLine, ...]:
    """Amounts by currency, the currency of most rows first."""
    holdings = _worth(outcomes)
    sums = holdings.pivot_table(
        index="currency", columns="outcome", values="market_value", aggfunc="sum", fill_value=0.0
    )
    missing = holdings["market_value"].isna().groupby(holdings["currency"]).sum()
    lines = [
        ValueLine(
            currency=str(currency),
            with_finding=_cell(sums, currency, "finding"),
            clear=_cell(sums, currency, "clear"),
            not_screened=_cell(sums, currency, "not_screened"),
            cash=_cell(sums, currency, CASH),
            without_value=int(missing[currency]),
        )
        for currency in _most_frequent(holdings["currency"])
    ]
    return tuple(lines)


def _cell(sums: pd.DataFrame, currency: str, outcome: str) -> float:
    known = outcome in sums.columns and currency in sums.index
    return float(sums.at[currency, outcome]) if known else 0.0  # type: ignore[arg-type]


def _most_frequent(currencies: pd.Series[str]) -> list[str]:
    counts = currencies.value_counts()
    return sorted((str(currency) for currency in counts.index), key=lambda each: (-int(counts[each]), each))


def _checks(totals: pd.DataFrame, outcomes: pd.DataFrame) -> tuple[TotalCheck, ...]:
    """The closest total of each sheet and currency: files print subtotals too, and only one can be the whole."""
    holdings = _worth(outcomes)
    checks = [
        _closest(group, holdings)
        for _, group in totals.groupby(["file", "sheet", "currency"], sort=True)
        if len(group)
    ]
    return tuple(check for check in checks if check is not None)


def _closest(group: pd.DataFrame, holdings: pd.DataFrame) -> TotalCheck | None:
    first = group.iloc[int(group["market_value"].abs().to_numpy().argmax())]
    own = TotalCheck(
        first["file"], first["sheet"], str(first["label"]), str(first["currency"]), float(first["market_value"]),
        float(first["read"]),
    )  # fmt: skip
    if own.agrees:
        return own
    of_file = holdings[holdings["file"] == first["file"]]
    of_sheet = of_file[of_file["sheet"] == first["sheet"]]
    wholes = [of_sheet, of_file, of_sheet[of_sheet["outcome"] != CASH]]
    reads = [_read(rows, str(first["currency"])) for rows in wholes]
    candidates = [
        TotalCheck(first["file"], first["sheet"], str(label), str(first["currency"]), float(stated), read)
        for read in reads
        if read is not None
        for label, stated in [
            *zip(group["label"], group["market_value"], strict=True),
            ("all totals of the sheet together", group["market_value"].sum()),
        ]
    ]
    return min(candidates, key=lambda check: abs(check.difference), default=None)


def _read(rows: pd.DataFrame, currency: str) -> float | None:
    """What was read that the total could mean, or None when currencies are mixed and it names none."""
    if currency and (rows["currency"] == currency).any():
        rows = rows[rows["currency"] == currency]
    elif rows["currency"].nunique() > 1:
        return None
    return float(rows["market_value"].sum()) if len(rows) else None


def _gaps(report: Report) -> tuple[str, ...]:
    return (
        *_finding_gaps(report),
        *(gap for file in report.files for gap in _file_gap(file, report.outcomes)),
    )


def _finding_gaps(report: Report) -> tuple[str, ...]:
    """Findings and rows must tell of the same holdings, and each holding has one finding that decides."""
    place = ["file", "sheet", "row"]
    found = set(report.findings[place].itertuples(index=False, name=None))
    marked = report.outcomes[report.outcomes["outcome"] == "finding"]
    rows = set(marked[place].itertuples(index=False, name=None))
    gaps = []
    if found != rows:
        gaps.append(
            f"{len(rows - found):,} rows are marked as findings without one, and {len(found - rows):,} findings have no such row"
        )
    decisive = report.findings.groupby(HOLDING)["decisive"].sum()
    if (decisive != 1).any():
        gaps.append(f"{int((decisive != 1).sum()):,} holdings have no single finding that decides")
    return tuple(gaps)


def _file_gap(file: InputFile, outcomes: pd.DataFrame) -> tuple[str, ...]:
    """Every row screened was read as a holding, and every holding read is a row of the report."""
    own = (outcomes["file"] == file.name) | outcomes["file"].str.startswith(f"{file.name}/")
    kinds = outcomes.loc[own, "outcome"]
    screened, rows = int(kinds.isin(["finding", "clear"]).sum()), len(kinds)
    if screened <= file.holdings <= rows:
        return ()
    return (
        f"{file.name}: {file.holdings:,} holdings were read, {screened:,} of {rows:,} rows were screened",
    )
