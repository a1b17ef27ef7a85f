"""The facts of the first page, computed once, so that workbook, page, mail and command line say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from datetime import date
from typing import Any, Final

import pandas as pd

from screener.lists.model import Dataset
from screener.report.banner import banner
from screener.report.coverage import reconcile
from screener.report.facts import HOLDING, ActionLine, Amount, Coverage, Deadline, ListLine, Summary, ToDo
from screener.report.model import Report
from screener.report.words import DECIDED, counted, day_in_words, is_closed, parse_day, what_to_do, words
from screener.rules.model import NEEDS_ACTION

TO_DO_CAP: Final = 25


def summarise(report: Report) -> Summary:
    """The first page of ``report`` as facts."""
    found = described(report.findings, report.as_of, report.reviews)
    decisive = found[found["decisive"]]
    coverage = reconcile(report)
    actions = _actions(decisive)
    deadlines = _deadlines(found, report.as_of)
    to_do = _placed(decisive[decisive["action"].isin(NEEDS_ACTION)])
    return Summary(
        title=words().title,
        run_id=report.run_id,
        as_of=report.as_of,
        created=report.created,
        software=report.software,
        investor=report.investor,
        verdict=_verdict(actions, deadlines, coverage, report),
        banner=banner(report, coverage, closed=int(found["closed"].sum())),
        actions=actions,
        to_do=tuple(_to_do(row) for row in to_do.head(TO_DO_CAP).to_dict("records")),
        to_do_total=len(to_do),
        changes=report.changes,
        deadlines=deadlines,
        programmes=_programmes(found),
        coverage=coverage,
        lists=tuple(_list_line(dataset, report.as_of) for dataset in report.datasets),
        disclaimer=words().disclaimer,
        notes=report.notes,
    )


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the sheet in place of a portfolio that is not named: fund houses have a sheet for each."""
    if rows["sheet"].nunique() < 2:
        return rows
    return rows.assign(portfolio=rows["portfolio"].mask(rows["portfolio"] == "", "sheet " + rows["sheet"]))


def described(findings: pd.DataFrame, as_of: date, reviews: pd.DataFrame | None = None) -> pd.DataFrame:
    """``findings`` with ``day`` (ISO or ""), ``days_left``, ``do``, ``closed`` and ``also`` (its other findings).

    With ``reviews`` also what was decided (columns of screener.reviews.Reviews); a finding that a reviewer took off the
    desk is shown under the code DECIDED. The words are made once for each distinct combination of action, duty and day.
    """
    also = _also(findings)
    findings = _decided(findings, reviews)
    day = pd.Series("", index=findings.index, dtype="str")
    for code, chosen in words().actions.items():
        if chosen.date:
            day = day.mask(findings["action"] == code, findings[chosen.date].str[:10])
    keys = pd.Series(zip(findings["action"], findings["mandatory"], day, strict=True), index=findings.index)
    distinct = set(keys)
    do = {key: what_to_do(key[0], key[1], key[2], as_of) for key in distinct}
    closed = {key: is_closed(key[0], key[2], as_of) for key in distinct}
    left = {key: _days_left(key[2], as_of) for key in distinct}
    return findings.assign(
        day=day,
        do=keys.map(do).astype("str"),
        closed=keys.map(closed).astype(bool),
        days_left=keys.map(left).astype("float"),
        also=also,
    )


def _decided(findings: pd.DataFrame, reviews: pd.DataFrame | None) -> pd.DataFrame:
    names = ["choice", "reviewer", "note", "valid_until", "told", "suppressed"]
    if reviews is None:
        blank: dict[str, Any] = dict.fromkeys(names[:-1], "")
        return findings.assign(**blank, suppressed=False)
    beside = findings.assign(**{name: reviews[name].to_numpy() for name in names})
    return beside.assign(action=beside["action"].mask(beside["suppressed"], DECIDED))


def _days_left(day: str, as_of: date) -> float:
    known = parse_day(day)
    return float("nan") if known is None else float((known - as_of).days)


def _also(findings: pd.DataFrame) -> pd.Series[str]:
    """For each finding the other findings of the same holding, as ``INFO (1260H)``."""
    said = (findings["action"] + " (" + findings["programme"] + ")").tolist()
    places = list(zip(*(findings[name] for name in HOLDING), strict=True))
    together: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for position, place in enumerate(places):
        together[place].append(position)
    also = [
        "; ".join(dict.fromkeys(said[other] for other in together[place] if other != position))
        for position, place in enumerate(places)
    ]
    return pd.Series(also, index=findings.index, dtype="str")


def amounts(rows: pd.DataFrame) -> tuple[Amount, ...]:
    """The market value of ``rows`` by currency, currencies in alphabetical order."""
    sums = rows.dropna(subset="market_value").groupby("currency", sort=True)["market_value"].sum()
    return tuple(Amount(str(currency), float(value)) for currency, value in sums.items())


def _actions(decisive: pd.DataFrame) -> tuple[ActionLine, ...]:
    lines = []
    for code in sorted(words().actions, key=lambda code: words().actions[code].order):
        rows = decisive[decisive["action"] == code]
        if len(rows):
            lines.append(_action_line(code, rows))
    return tuple(lines)


def _action_line(code: str, rows: pd.DataFrame) -> ActionLine:
    return ActionLine(
        action=code,
        title=words().actions[code].title,
        means=words().actions[code].means,
        holdings=len(rows),
        without_value=int(rows["market_value"].isna().sum()),
        amounts=amounts(rows),
        programmes=_distinct(rows["programme"]),
    )


def _deadlines(found: pd.DataFrame, as_of: date) -> tuple[Deadline, ...]:
    """Days in order, also those that a second finding of a holding brings; a report that is overdue stays."""
    dated = found[found["day"] != ""]
    lines = []
    for (day, code), rows in dated.groupby(["day", "action"], sort=True):
        known = parse_day(str(day))
        if known is not None:
            once = rows.drop_duplicates(HOLDING)
            lines.append(
                Deadline(
                    day=known,
                    days_left=(known - as_of).days,
                    action=str(code),
                    event=words().actions[str(code)].event,
                    holdings=len(once),
                    amounts=amounts(once),
                    programmes=_distinct(rows["programme"]),
                )
            )
    return tuple(sorted(lines, key=lambda line: (line.day, words().actions[line.action].order)))


def _distinct(texts: pd.Series[str]) -> str:
    return ", ".join(sorted({text for text in texts if text}))


def _programmes(found: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    """Holdings met by each programme, the largest first; a holding on two lists counts in both."""
    pairs = found.drop_duplicates([*HOLDING, "programme"])
    counts = [(str(name), int(number)) for name, number in pairs["programme"].value_counts().items()]
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _to_do(row: dict[Hashable, Any]) -> ToDo:
    days = row["days_left"]
    return ToDo(
        action=str(row["action"]),
        title=words().actions[str(row["action"])].title,
        security=str(row["security"]),
        identifier=str(row["isin"] or row["ticker"]),
        portfolio=str(row["portfolio"]),
        quantity=_number(row["quantity"]),
        market_value=_number(row["market_value"]),
        currency=str(row["currency"]),
        do=str(row["do"]),
        day=parse_day(str(row["day"])),
        days_left=None if pd.isna(days) else int(days),
        programme=str(row["programme"]),
        also=str(row["also"]),
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, float) and pd.notna(value) else None


def _list_line(dataset: Dataset, as_of: date) -> ListLine:
    return ListLine(
        title=dataset.title,
        name=dataset.name,
        version=dataset.version,
        kept_to=dataset.kept_to,
        days_behind=max(0, (as_of - dataset.kept_to).days),
        entries=dataset.entries,
        programmes=", ".join(dataset.programmes),
    )


def _verdict(
    actions: tuple[ActionLine, ...], deadlines: tuple[Deadline, ...], coverage: Coverage, report: Report
) -> str:
    needing = [line for line in actions if line.action in NEEDS_ACTION]
    on_day = f"As of {day_in_words(report.as_of)} (investor: {report.investor.name}),"
    if not coverage.screened:
        body = f"{on_day} nothing could be screened"
    elif not needing:
        body = f"{on_day} none of the {coverage.screened:,} holdings screened needs action or a decision"
    else:
        number = sum(line.holdings for line in needing)
        verb = "needs" if number == 1 else "need"
        parts = "; ".join(
            counted(line.action, line.holdings, _first(line.action, deadlines)) for line in needing
        )
        body = f"{on_day} {number:,} of {coverage.screened:,} holdings screened {verb} action or a decision: {parts}"
    unscreened = coverage.count("not_screened")
    rest = (
        f" {unscreened:,} {'row' if unscreened == 1 else 'rows'} could not be screened." if unscreened else ""
    )
    return f"{body}.{rest}"


def _first(action: str, deadlines: tuple[Deadline, ...]) -> date | None:
    return next((line.day for line in deadlines if line.action == action), None)
