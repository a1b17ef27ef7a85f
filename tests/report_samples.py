"""Reports for the tests of the report: small ones built by hand, large ones, and any (hypothesis)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pandas as pd
from hypothesis import strategies as st

from screener.contracts import checked
from screener.findings import Findings, Outcomes
from screener.holdings.model import ColumnsRead, Issues, StatedTotals, TablesRead
from screener.lists.model import Dataset
from screener.report import InputFile, InvestorLine, Report
from screener.rules.model import ACTIONS

AS_OF: Final = date(2022, 1, 15)
Rows = Sequence[dict[str, Any]]

_FINDING: Final = {
    "file": "portfolio.xlsx",
    "sheet": "Holdings",
    "row": 2,
    "portfolio": "",
    "security": "CNOOC LTD",
    "ticker": "883 HK",
    "isin": "HK0883013259",
    "quantity": 50_000.0,
    "market_value": 512_345.5,
    "currency": "USD",
    "action": "HOLD",
    "mandatory": "",
    "until": "",
    "effective": "",
    "status": "in force",
    "programme": "NS-CMIC",
    "list": "NS-CMIC List (OFAC)",
    "entity_id": "cmic-cnooc",
    "entity": "CHINA NATIONAL OFFSHORE OIL CORPORATION",
    "tier": "match",
    "score": 1.0,
    "method": "isin+ticker",
    "ours": "HK0883013259 · 883 HK",
    "theirs": "HK0883013259 · 00883 HK",
    "basis": "EO 13959 as amended by EO 14032; 31 CFR part 586; OFAC FAQ 1046",
    "why": "Listed 3 June 2021; in effect from 2 August 2021 (00:01 New York); the window ended at 00:01 New York on 3 June 2022, so the last full day was 2 June 2022.",
    "instrument": "equity",
    "printed": "CNOOC LIMITED (a.k.a. CHINA NATIONAL OFFSHORE OIL); Equity Ticker 00883 HK; ISIN HK0883013259; Effective Date (CMIC) 02 Aug 2021; Purchase/Sales For Divestment Date (CMIC) 03 Jun 2022",
    "sources": "Executive Order 14032, 86 FR 30145, https://www.federalregister.gov/documents/2021/06/07/2021-12019\nOFAC FAQ 1046, https://ofac.treasury.gov/faqs/1046",
    "possible": "",
    "decisive": True,
    "listing_id": "cmic-cnooc/NS-CMIC",
    "security_key": "isin:HK0883013259",
    "security_hash": "a1",
    "entry_hash": "b2",
}
_OUTCOME: Final = {
    "file": "portfolio.xlsx",
    "sheet": "Holdings",
    "row": 2,
    "security": "",
    "outcome": "clear",
    "reason": "no restricted entity met",
    "action": "CLEAR",
    "market_value": 100_000.0,
    "currency": "USD",
}


def finding(**fields: Any) -> dict[str, Any]:
    """A row of Findings; what is not given is that of a listed Hong Kong share."""
    return _FINDING | fields


def outcome(**fields: Any) -> dict[str, Any]:
    """A row of Outcomes; what is not given is that of a clear holding."""
    return _OUTCOME | fields


def frame(model: Any, rows: Rows) -> Any:
    """``rows`` under the contract ``model``."""
    names = list(model.to_schema().columns)
    return checked(model, pd.DataFrame(list(rows), columns=names))


def sorted_findings(rows: Rows) -> list[dict[str, Any]]:
    """Worst first, then by deadline: the order screening gives."""
    return sorted(
        rows, key=lambda row: (ACTIONS.index(row["action"]), row["until"] or row["effective"] or "9")
    )


def build(findings: Rows = (), others: Rows = (), **fields: Any) -> Report:
    """A report on ``findings`` and on the rows ``others`` (of Outcomes); holdings are counted from them."""
    found = [
        outcome(
            **{
                name: row[name]
                for name in ("file", "sheet", "row", "security", "action", "market_value", "currency")
            },
            outcome="finding",
            reason=f"{row['action']}: {row['programme']}",
        )
        for row in findings
        if row["decisive"]
    ]
    rows = [*found, *others]
    files = fields.pop("files", None) or _files(rows)
    report = Report(
        run_id="20220115-0700-5f2c",
        as_of=AS_OF,
        created=datetime(2022, 1, 15, 7, 0, 12, tzinfo=UTC),
        software="screener 0.1.0",
        investor=InvestorLine("us", "U.S. person: organised in the United States", assumed=False),
        files=files,
        findings=frame(Findings, sorted_findings(findings)),
        outcomes=frame(Outcomes, rows),
        issues=frame(Issues, ()),
        columns=frame(ColumnsRead, _columns()),
        totals=frame(StatedTotals, ()),
        tables=frame(TablesRead, ()),
        datasets=(STARTER,),
        warnings=(),
        failures=(),
        thresholds=(("Name match from", "0.92"), ("Name review from", "0.80")),
    )
    return replace(report, **fields)


def _files(rows: Rows) -> tuple[InputFile, ...]:
    names = dict.fromkeys(row["file"] for row in rows) or {"portfolio.xlsx": None}
    return tuple(
        InputFile(
            name,
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            48_211,
            sum(row["file"] == name and row["outcome"] != "not_a_holding" for row in rows),
            "",
        )
        for name in names
    )


def _columns() -> Rows:
    headings = [
        ("A", "Security", "name"),
        ("B", "Ticker", "ticker"),
        ("C", "ISIN", "isin"),
        ("D", "Analyst", ""),
    ]
    return [
        {
            "file": "portfolio.xlsx",
            "sheet": "Holdings",
            "header_row": 1,
            "column": letter,
            "heading": heading,
            "field": field,
            "by": "heading" if field else "",
            "first_value": "",
        }
        for letter, heading, field in headings
    ]


STARTER: Final = Dataset(
    name="ns-cmic",
    title="Non-SDN Chinese Military-Industrial Complex Companies List",
    version="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    kept_to=date(2021, 12, 16),
    entries=68,
    programmes=("NS-CMIC",),
)


def mixed() -> Report:
    """One holding of nearly every kind, two currencies, a second list, unscreened rows and a total that differs."""
    rows = [
        finding(
            row=2, action="DIVEST", mandatory="no", until="2022-06-02", effective="2021-08-02", why=_WINDOW
        ),
        finding(row=2, action="INFO", programme="1260H", list="Section 1260H", decisive=False, why=_INFO),
        finding(
            row=3,
            action="PENDING",
            effective="2022-02-08",
            security="SENSETIME GROUP LIMITED",
            isin="",
            ticker="",
        ),
        finding(
            row=4,
            action="REVIEW",
            security="CHINA TELECOM",
            isin="",
            ticker="",
            tier="review",
            score=0.86,
            method="name",
        ),
        finding(
            row=5,
            action="BLOCK",
            until="2022-01-20",
            security="BLOCKED SHIPPING PJSC",
            currency="EUR",
            programme="SDN",
        ),
        finding(
            row=6,
            action="HOLD",
            security="中国移动有限公司 CHINA MOBILE",
            portfolio="Stiftelsen Ærfuglvær",
            currency="NOK",
        ),
        finding(
            row=7,
            action="RELEASED",
            security="XIAOMI CORP-CLASS B",
            programme="CCMC",
            market_value=float("nan"),
        ),
        finding(
            row=8, action="NO_BUY", security="Beheermaatschappij Voorbeeld N.V.", programme="RUS", until=""
        ),
        finding(row=9, action="NOT_BOUND", security="Huawei 4 1/8 05/26", programme="Entity List"),
    ]
    others = [
        *[outcome(row=row, security=f"Clear Holding {row}") for row in range(10, 40)],
        outcome(
            row=40,
            outcome="not_screened",
            action="",
            security="???",
            reason="no name and no identifier",
            market_value=2_500.0,
        ),
        outcome(
            row=41, outcome="not_a_holding", action="", security="Total", reason="a total", market_value=9e6
        ),
    ]
    issues = [
        {
            "file": "portfolio.xlsx",
            "sheet": "Holdings",
            "row": 40,
            "column": "C",
            "value": "=cmd|' /C calc'!A0",
            "reason": "is no ISIN: check the cell",
            "severity": "warning",
        }
    ]
    totals = [
        {
            "file": "portfolio.xlsx",
            "sheet": "Holdings",
            "row": 41,
            "label": "Total",
            "currency": "USD",
            "market_value": 9e6,
            "read": float("nan"),
        }
    ]
    return build(rows, others, issues=frame(Issues, issues), totals=frame(StatedTotals, totals))


_WINDOW: Final = "Listed 3 June 2021; purchases barred from 2 August 2021; the window ends at 00:01 New York on 3 June 2022, so the last full day is 2 June 2022."
_INFO: Final = (
    "Named in the edition of 3 June 2021; bars procurement by the Department of Defense, not investment."
)


def many(number: int, distinct: int = 2_000) -> Report:
    """``number`` findings on as many holdings, of ``distinct`` securities."""
    actions = ACTIONS[:-1]
    rows = [
        finding(
            row=position + 2,
            security=f"Listed Company {position % distinct} Holdings Ltd",
            action=actions[position % len(actions)],
            until="2022-06-02" if actions[position % len(actions)] == "DIVEST" else "",
            effective="2022-03-01" if actions[position % len(actions)] == "PENDING" else "",
            portfolio=f"Fund {position % 40}",
        )
        for position in range(number)
    ]
    return build(rows, [outcome(row=number + 2, security="Clear")])


HOSTILE: Final = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "#REF!",
    "a\x00b\x0bc",
    "x" * 40_000,
    "𝄞" * 20_000,
)


def texts() -> st.SearchStrategy[str]:
    """Anything a workbook may hold, hostile texts often."""
    return st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


def _days() -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.dates(date(2021, 6, 1), date(2023, 1, 1)).map(date.isoformat))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report whose findings and rows tell of the same holdings."""
    rows = []
    for row in range(2, 2 + draw(st.integers(0, 6))):
        codes = draw(st.lists(st.sampled_from(ACTIONS[:-1]), min_size=1, max_size=3))
        worst = min(range(len(codes)), key=lambda place: ACTIONS.index(codes[place]))
        security, value = draw(texts()), draw(st.one_of(st.just(float("nan")), st.floats(-1e9, 1e12)))
        currency = draw(st.sampled_from(["", "EUR", "USD"]))
        rows += [
            finding(
                row=row,
                security=security,
                market_value=value,
                currency=currency,
                action=code,
                until=draw(_days()),
                effective=draw(_days()),
                mandatory=draw(st.sampled_from(["", "yes", "no"])),
                decisive=place == worst,
            )
            for place, code in enumerate(codes)
        ]
    kinds = draw(st.lists(st.sampled_from(["clear", "not_screened", "not_a_holding"]), max_size=6))
    others = [
        outcome(
            row=100 + place, outcome=kind, action="CLEAR" if kind == "clear" else "", security=draw(texts())
        )
        for place, kind in enumerate(kinds)
    ]
    return build(rows, others, warnings=tuple(draw(st.lists(st.text(min_size=1, max_size=20), max_size=2))))
