"""The result of screening, as frames: what the report, the mail and other programs read."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa
from pandera.typing import Series

from screener.contracts import Frame
from screener.rules.model import ACTIONS

FINDINGS_CSV: Final = [
    "file",
    "sheet",
    "row",
    "portfolio",
    "security",
    "ticker",
    "isin",
    "quantity",
    "market_value",
    "currency",
    "action",
    "mandatory",
    "until",
    "effective",
    "status",
    "programme",
    "list",
    "entity_id",
    "entity",
    "tier",
    "score",
    "method",
    "ours",
    "theirs",
    "basis",
    "why",
]
ROWS_CSV: Final = ["file", "sheet", "row", "security", "outcome", "reason"]


class Findings(Frame):
    """A holding, a listing it met, and the consequence; sorted by action (worst first), then by deadline."""

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    portfolio: Series[str]
    security: Series[str]
    ticker: Series[str]
    isin: Series[str]
    quantity: Series[float] = pa.Field(nullable=True)
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]
    action: Series[str] = pa.Field(isin=ACTIONS)
    mandatory: Series[str] = pa.Field(isin=("", "yes", "no"))
    until: Series[str]
    effective: Series[str]
    status: Series[str]
    programme: Series[str]
    list: Series[str]
    entity_id: Series[str]
    entity: Series[str]
    tier: Series[str]
    score: Series[float] = pa.Field(ge=0, le=1)
    method: Series[str]
    ours: Series[str]
    theirs: Series[str]
    basis: Series[str]
    why: Series[str]
    # Beyond findings.csv: for the report.
    instrument: Series[str]
    printed: Series[str]  # the list's own words for the entity
    sources: Series[str]  # citations with addresses, one a line
    possible: Series[str]  # what a REVIEW turns out to be once its doubt is settled, where that is known
    decisive: Series[bool]  # the finding that gives the holding its action (one a holding)
    # What a later run, and a reviewer's decision, know it by.
    listing_id: Series[str]
    security_key: Series[str]
    security_hash: Series[str]
    entry_hash: Series[str]


class Outcomes(Frame):
    """Every non-blank row that came in, with what became of it; ``action`` only where it was screened."""

    file: Series[str]
    sheet: Series[str]
    row: Series[int] = pa.Field(ge=1)
    security: Series[str]
    outcome: Series[str] = pa.Field(isin=("finding", "clear", "not_screened", "not_a_holding"))
    reason: Series[str]
    action: Series[str] = pa.Field(isin=("", *ACTIONS))
    market_value: Series[float] = pa.Field(nullable=True)
    currency: Series[str]
