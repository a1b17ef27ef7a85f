"""What a report says of funds: one finding a fund, list and consequence, and what was not looked through."""

from __future__ import annotations

from collections.abc import Collection
from math import isnan
from typing import Any, Final

import pandas as pd

from screener.funds.exposure import LOOKED_THROUGH
from screener.funds.opening import Opened
from screener.rules.decision import Rules
from screener.rules.fund_shares import percent

NOT_LOOKED_THROUGH: Final = "not looked through: what this fund holds is not known"
_MOST_NAMED: Final = 5


def folded(found: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """``found`` with the findings of a fund under one programme and action made one, told by its heaviest position.

    ``lines`` are what was met inside. Every position has its own row in the exposures; two hundred findings on one
    fund would bury the rest. ``met_inside`` says which entries a finding rests on.
    """
    through = found["method"].str.startswith(LOOKED_THROUGH)
    # What a fund holds of released entries is history of others: the exposures tell it, no finding does.
    found = found[~through | (found["action"] != "RELEASED")].assign(met_inside="")
    through = through[found.index]
    if not through.any():
        return found
    groups = found[through].groupby(["holding", "programme", "action"], sort=False)
    told = pd.DataFrame([_one(rows, lines) for _, rows in groups])
    return pd.concat([found[~through], told[found.columns]], ignore_index=True)


def _one(rows: pd.DataFrame, lines: pd.DataFrame) -> dict[Any, Any]:
    """The finding of one group: the earliest deadline, the surest and heaviest position, and the others in words."""
    order = rows.assign(due=rows["until"].replace("", "9999"), size=-rows["weight"].abs().fillna(0.0))
    first = order.sort_values(["due", "tier", "size"], kind="stable").iloc[0].to_dict()
    entries = sorted(rows["listing_id"])
    inside = lines[(lines["book"] == first["book"]) & lines["listing_id"].isin(entries)]
    chain = f" through {first['chain']}" if first["chain"] else ""
    return {
        **first,
        "method": LOOKED_THROUGH,
        "ours": f"{first['inside_name']}{chain}, in {first['book']} ({first['ours']})",
        "why_y": f"the fund holds {_named(inside)}, by {first['book']}",
        "met_inside": ", ".join(entries),
    }


def _named(rows: pd.DataFrame) -> str:
    """``CNOOC LTD (0.31 percent) and 23 more of this list, together 4.2 percent of its value``."""
    heaviest = rows.assign(size=-rows["weight"].abs().fillna(0.0)).sort_values("size", kind="stable")
    once = heaviest.drop_duplicates(["inside", "chain"])
    first = once.head(_MOST_NAMED)
    named = [
        f"{name} ({percent(abs(weight))})" if not isnan(weight) else name
        for name, weight in zip(first["inside_name"], first["weight"], strict=True)
    ]
    if len(once) > _MOST_NAMED:
        named.append(f"{len(once) - _MOST_NAMED:,} more of this list")
    words = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    together = once["weight"].abs().sum(min_count=1)
    if len(named) == 1 or pd.isna(together):
        return words
    return f"{words}, together {percent(min(100.0, together))} of its value"


def reasons(opened: Opened) -> pd.Series[str]:
    """For each fund held, by its place, what to add to the reason of its outcome."""
    funds = opened.funds
    shut = "; " + funds["note"]
    known = "looked through by " + funds["book"] + " (" + funds["holdings"].astype(str) + " positions)"
    known = known + shut.where(funds["note"] != "", "")
    return known.where(funds["book"] != "", NOT_LOOKED_THROUGH)


def warnings(opened: Opened, listed: Collection[str], rules: Rules) -> tuple[str, ...]:
    """That funds were not looked through, where a rule or own policy would reach them by what they hold.

    ``listed`` are the programmes of which a list is in use.
    """
    shut = int((opened.funds["book"] == "").sum())
    reaching = [
        code
        for code, one in rules.programmes.by_code.items()
        if (code in listed or one.countries) and _reaches_funds(code, rules)
    ]
    if not shut or not reaching:
        return ()
    many = "1 fund was" if shut == 1 else f"{shut:,} funds were"
    return (
        f"{many} not looked through: {', '.join(reaching)} may reach a fund by what it holds (see sheet Funds); give its "
        "own holdings with --look-through",
    )


def _reaches_funds(code: str, rules: Rules) -> bool:
    """Whether the programme is in force on the day, and reaches funds of this investor by law or own policy."""
    programme, investor = rules.programmes.by_code[code], rules.investor
    begun = programme.version_on(rules.as_of) is not None and not programme.ended_by(rules.as_of)
    lawful = programme.funds != "none" and investor.is_bound_by(programme)
    adopted = investor.policy_on(code, rules.as_of) is not None
    return begun and not investor.reason_off(code) and (lawful or adopted)
