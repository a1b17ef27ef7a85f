"""What changed since the run before, and why: holdings, list, day, software or a decision.

A finding is the same one on both days when portfolio, security and entry of the list are. Where neither the holding
nor the entry has changed, today's screening of that holding is repeated for the earlier day: if it gives what the
earlier run found, the day alone made the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.findings import Findings
from screener.funds import Books
from screener.holdings.model import Holdings
from screener.identity import compare_entries, packed_holds
from screener.job.grounds import Grounds
from screener.job.memory import Earlier
from screener.matching import Aids
from screener.report.changes import (
    DATE,
    DECIDED,
    EXPIRED,
    FIRST,
    HOLDINGS,
    INVESTOR,
    LIST,
    OTHER,
    OWNERSHIP,
    SOFTWARE,
    Change,
    Changes,
)
from screener.reviews import ENTRY_CHANGED, HOLDING_CHANGED, Reviews
from screener.reviews import EXPIRED as RAN_OUT
from screener.rules.days import in_words
from screener.screening import screen

_KEY: Final = ["portfolio", "security_key", "listing_id"]
_RULING: Final = ("action", "mandatory", "until", "effective", "status")
Row = Mapping[str, Any]
Case = tuple[str, str]  # security key, listing


@dataclass(frozen=True, slots=True)
class Today:
    """The run that is being made, as far as it is known before its report."""

    held: tuple[DataFrame[Holdings], pd.Series[str]]  # with what names the security of each
    findings: DataFrame[Findings]
    reviews: DataFrame[Reviews]
    grounds: Grounds
    helps: tuple[Books, Aids]  # what funds hold, and what helps the matching
    software: str
    files: Mapping[str, str]
    entries: bytes


def changes_since(earlier: Earlier | None, today: Today) -> Changes:
    """Every finding that came, went or changed since ``earlier``, each with its cause."""
    if earlier is None:
        return FIRST
    before = _positions(earlier.findings)
    told = today.reviews.reset_index(drop=True)
    now = _positions(
        today.findings.reset_index(drop=True).assign(
            suppressed=told["suppressed"], reopened=told["reopened"], told=told["told"]
        )
    )
    changed = [
        (before.get(key), now.get(key))
        for key in dict.fromkeys([*now, *before])
        if _differs(before.get(key), now.get(key))
    ]
    causes = _Causes.of(earlier, today, changed)
    rows = tuple(_change(was, new, *causes.why(was, new)) for was, new in changed)
    return Changes(_called(earlier), rows, _between(earlier, today), found=True)


def _positions(findings: pd.DataFrame) -> dict[tuple[Any, ...], Row]:
    """One row a portfolio, security and entry: its first finding, and the quantity of all its lots."""
    if findings.empty:
        return {}
    lots = findings.groupby(_KEY, sort=False)["quantity"].sum(min_count=1)
    first = findings.drop_duplicates(_KEY).set_index(_KEY, drop=False)
    rows = first.assign(quantity=lots).to_dict("records")
    return {tuple(row[name] for name in _KEY): {str(k): v for k, v in row.items()} for row in rows}


def _differs(was: Row | None, now: Row | None) -> bool:
    if was is None or now is None:
        return True
    return _ruling(was) != _ruling(now) or was["suppressed"] != now["suppressed"] or _resized(was, now)


def _ruling(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in _RULING)


def _resized(was: Row, now: Row) -> bool:
    return bool(_number(was["quantity"]) != _number(now["quantity"]))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


@dataclass(frozen=True, slots=True)
class _Causes:
    """What is needed to name the cause of a change."""

    earlier: Earlier
    today: Today
    entries: Mapping[str, str]  # listing -> same, changed, added, removed, absent
    held_then: frozenset[str]
    held_now: frozenset[str]
    on_the_day: Mapping[Case, tuple[str, ...]]  # today's screening for the earlier day

    @classmethod
    def of(cls, earlier: Earlier, today: Today, changed: list[tuple[Row | None, Row | None]]) -> _Causes:
        """Look up what the changes ask for, and no more."""
        rows = [row for pair in changed for row in pair if row is not None]
        securities = {str(row["security_key"]) for row in rows}
        _, keys = today.held
        then = packed_holds(earlier.held, securities) if earlier.held else securities
        listings = {str(row["listing_id"]) for row in rows}
        entries = compare_entries(earlier.entries, today.entries, listings) if earlier.entries else {}
        again = _for_the_earlier_day(earlier, today, securities) if rows else {}
        return cls(earlier, today, entries, frozenset(then), frozenset(keys[keys.isin(securities)]), again)

    def why(self, was: Row | None, now: Row | None) -> tuple[str, str]:
        """The cause and a sentence about it."""
        row = now or was
        assert row is not None
        held = self._held(str(row["security_key"]), was, now)
        if held:
            return HOLDINGS, held
        return self._reviewed(was, now) or self._listed(row) or self._dated(row, was) or self._made_with()

    def _held(self, key: str, was: Row | None, now: Row | None) -> str:
        """Whether the position itself came, went or changed in size."""
        if now is None and key not in self.held_now:
            return "The security is no longer in the file."
        if was is None and key not in self.held_then:
            return "The security was not in the file of the earlier run."
        if was is not None and now is not None and _ruling(was) == _ruling(now) and _resized(was, now):
            return f"Quantity {_size(was)} before, {_size(now)} now."
        return ""

    def _reviewed(self, was: Row | None, now: Row | None) -> tuple[str, str] | None:
        if (
            was is None
            or now is None
            or was["suppressed"] == now["suppressed"]
            or _ruling(was) != _ruling(now)
        ):
            return None
        causes = {RAN_OUT: EXPIRED, ENTRY_CHANGED: LIST, HOLDING_CHANGED: HOLDINGS}
        return causes.get(str(now["reopened"]), DECIDED), str(now["told"])

    def _listed(self, row: Row) -> tuple[str, str] | None:
        said = {
            "added": "The entry was added to the list since.",
            "removed": "The entry is no longer on the list.",
            "changed": "What the list says of the entry has changed.",
        }
        state = self.entries.get(str(row["listing_id"]), "")
        return (LIST, said[state]) if state in said else None

    def _dated(self, row: Row, was: Row | None) -> tuple[str, str] | None:
        """The day is the cause when today's lists, rules and holdings give the old answer for the earlier day."""
        then, now = self.earlier.as_of, self.today.grounds.rules.as_of
        case = str(row["security_key"]), str(row["listing_id"])
        answer = self.on_the_day.get(case)
        if then == now or answer != (_ruling(was) if was is not None else None):
            return None
        days = f"As-of day {in_words(then)} before, {in_words(now)} now"
        return DATE, f"{days}: {row['status']!s}."

    def _made_with(self) -> tuple[str, str]:
        """Neither holding, entry nor day: what the run was made with."""
        then, now = self.earlier.grounds, self.today.grounds.hashes
        if then.get("investor") != now["investor"]:
            return INVESTOR, "The profile of the investor has changed."
        if then.get("ownership") != now["ownership"]:
            return OWNERSHIP, "The file that says who owns whom has changed."
        if self.earlier.software != self.today.software:
            return SOFTWARE, f"{self.earlier.software} before, {self.today.software} now."
        if then.get("programmes") != now["programmes"]:
            return SOFTWARE, "The table of rules (programmes.toml) has changed."
        if dict(self.earlier.datasets) != self.today.grounds.datasets:
            return (
                LIST,
                "The lists have changed, though not this entry: another entry meets the holding differently.",
            )
        return (
            OTHER,
            "Holding, list, day and software are the same: a setting or another entry made the difference.",
        )


def _for_the_earlier_day(earlier: Earlier, today: Today, securities: set[str]) -> dict[Case, tuple[str, ...]]:
    """What today's screening says of each of ``securities`` for the day of the earlier run."""
    grounds = today.grounds
    if earlier.as_of == grounds.rules.as_of:
        return {}
    everything, keys = today.held
    chosen = keys[keys.isin(securities)].drop_duplicates()
    holdings = checked(Holdings, everything.loc[chosen.index].reset_index(drop=True))
    rules = replace(grounds.rules, as_of=earlier.as_of)
    found = screen(holdings, grounds.restricted, rules, grounds.ownership, *today.helps).findings
    rows = found.drop_duplicates(["security_key", "listing_id"]).to_dict("records")
    return {
        (str(row["security_key"]), str(row["listing_id"])): tuple(str(row[name]) for name in _RULING)
        for row in rows
    }


def _size(row: Row) -> str:
    number = _number(row["quantity"])
    return "not stated" if number is None else f"{number:,.10g}"


def _change(was: Row | None, now: Row | None, cause: str, told: str) -> Change:
    row = now or was
    assert row is not None
    return Change(
        action=str(row["action"]),
        security=str(row["security"]),
        identifier=str(row["isin"] or row["ticker"]),
        portfolio=str(row["portfolio"]),
        entity=str(row["entity"]),
        programme=str(row["programme"]),
        before=_said(was),
        after=_said(now),
        cause=cause,
        told=told,
    )


def _said(row: Row | None) -> str:
    """``DIVEST until 2022-06-02 · 50,000``, with what a reviewer decided."""
    if row is None:
        return ""
    day = (
        f" until {row['until']}" if row["until"] else f" from {row['effective']}" if row["effective"] else ""
    )
    decided = ", false positive" if row["suppressed"] else ""
    number = _number(row["quantity"])
    return f"{row['action']}{day}{decided}" + ("" if number is None else f" · {number:,.10g}")


def _called(earlier: Earlier) -> str:
    return f"run {earlier.run_id} (as of {in_words(earlier.as_of)})"


def _between(earlier: Earlier, today: Today) -> tuple[str, ...]:
    """What the two runs were made from, as far as it differs."""
    grounds, told = today.grounds, []
    if earlier.as_of != grounds.rules.as_of:
        told.append(f"As-of day: {in_words(earlier.as_of)} before, {in_words(grounds.rules.as_of)} now.")
    told += _differences("Holdings file", earlier.files, today.files)
    told += _differences("List", earlier.datasets, grounds.datasets)
    if earlier.software != today.software:
        told.append(f"Software: {earlier.software} before, {today.software} now.")
    names = {"investor": "investor profile", "programmes": "table of rules", "ownership": "ownership file"}
    different = [name for key, name in names.items() if earlier.grounds.get(key) != grounds.hashes[key]]
    told += [f"The {name} has changed." for name in different]
    return tuple(told)


def _differences(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    told = [f"{what} {name}: not in the run before." for name in now if name not in before]
    told += [f"{what} {name}: no longer in the run." for name in before if name not in now]
    return told + [
        f"{what} {name}: content {before[name][:12]} before, {now[name][:12]} now."
        for name in now
        if name in before and before[name] != now[name]
    ]
