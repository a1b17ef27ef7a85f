"""The result of screening, as frames: what the report, the mail and other programs read."""

from __future__ import annotations

from typing import Final

import pandas as pd
import pandera.pandas as pa
from pandera.typing import DataFrame, Series

from screener.contracts import Frame, checked
from screener.rules.decision import Rules
from screener.rules.model import ACTIONS
from screener.rules.programmes import Programme

# What a programme concerns, gravest for a holder of securities first.
_GRAVITY: Final = ("property", "securities", "procurement", "exports", "other")

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


def with_decisive(found: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The worst finding of each holding is decisive; of equals, the graver programme in force, the latest, the surest.

    A listing whose day is not known is never the latest.
    """
    gravity = {code: _gravity(one) for code, one in rules.programmes.by_code.items()}
    in_force = found["action"] != "RELEASED"
    order = found.assign(
        rank=_rank(found["action"]),
        gravity=found["programme"].map(gravity).fillna(0).where(in_force, 0),
        doubt=1 - found["score"],
    )
    # The rule that bars a sale decides, not the one in whose place it stands.
    columns = ["holding", "rank", "barred", "gravity", "since", "doubt"]
    first = order.sort_values(columns, ascending=[True, True, True, True, False, True], kind="stable")
    return found.assign(decisive=found.index.isin(first.drop_duplicates("holding").index))


def _gravity(programme: Programme) -> int:
    """Property before securities before the rest; what only adopters are bound by comes last."""
    return len(_GRAVITY) if programme.binds == ("adopters",) else _GRAVITY.index(programme.concerns)


def _rank(actions: pd.Series[str]) -> pd.Series[int]:
    return actions.map({action: place for place, action in enumerate(ACTIONS)}).astype(int)


def in_order(findings: DataFrame[Findings]) -> DataFrame[Findings]:
    """Worst first, then by deadline, then in the order of the files."""
    order = findings.assign(rank=_rank(findings["action"]), due=findings["until"].replace("", "9999"))
    order = order.sort_values(["rank", "due", "file", "sheet", "row", "programme"], kind="stable")
    return checked(Findings, order.reset_index(drop=True))
