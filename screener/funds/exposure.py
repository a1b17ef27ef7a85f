"""What was met inside funds, and how much of each fund it is."""

from __future__ import annotations

from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, empty
from screener.funds.model import Exposures
from screener.funds.opening import Opened
from screener.lists.model import Restricted
from screener.rules.counting import counted
from screener.rules.decision import Rules
from screener.rules.fund_shares import Share
from screener.rules.model import ACTIONS, Hits

LOOKED_THROUGH: Final = "look-through"
_SURE_FIRST: Final = {"yes": 0, "unknown": 1}


def lines_of(met: pd.DataFrame, opened: Opened, restricted: Restricted, rules: Rules) -> pd.DataFrame:
    """A row for each listed security inside each book, by each way to it, with ``answer``, ``chain`` and ``weight``.

    ``met`` are matches of the positions inside (columns of Matches and of Hits); its ``holding`` is the place of the
    position in ``opened.holdings``.
    """
    answer = counted(checked(Hits, met), restricted, rules)
    rows = met.assign(answer=answer)[answer != "no"].rename(columns={"holding": "inside"})
    programmes = restricted.listings.set_index("listing_id")["programme"]
    rows["programme"] = rows["listing_id"].map(programmes)
    rows["inside_name"] = rows["inside"].map(opened.holdings["name"])
    return rows.merge(opened.paths, on="inside")


def hits_of(lines: pd.DataFrame, opened: Opened) -> pd.DataFrame:
    """``lines`` as hits of the funds held: one a fund and listing, told by the heaviest position inside."""
    if lines.empty:
        return pd.DataFrame()
    heaviest = lines.assign(size=lines["weight"].abs().fillna(0.0)).sort_values("size", ascending=False)
    keys = ["book", "listing_id"]
    first = heaviest.drop_duplicates(keys).set_index(keys)
    first["weight"] = heaviest.groupby(keys)["weight"].sum(min_count=1)
    first["tier"] = heaviest.groupby(keys)["tier"].min()  # "match" comes before "review"
    shares = _shares(lines)
    held = opened.funds[["book"]].assign(holding=opened.funds.index, unknown=opened.unknown())
    hits = held.merge(first.reset_index(), on="book")
    hits["share"] = [
        str(Share(*shares.get((book, programme), (0.0, 0.0)), unknown))
        for book, programme, unknown in zip(hits["book"], hits["programme"], hits["unknown"], strict=True)
    ]
    return hits.assign(
        instrument="fund", issue_date="", maturity="", method=LOOKED_THROUGH + ":" + hits["method"]
    )


def _shares(lines: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """For each book and programme the percent that is restricted, and the percent that may be.

    A position counts once under a programme, whatever the number of its entries that it met.
    """
    rows = lines[lines["answer"].isin(list(_SURE_FIRST))]
    rows = rows.assign(order=rows["answer"].map(_SURE_FIRST), size=rows["weight"].abs())
    once = rows.sort_values("order", kind="stable").drop_duplicates(["book", "programme", "inside", "chain"])
    sums = once.pivot_table(
        index=["book", "programme"], columns="answer", values="size", aggfunc="sum", fill_value=0.0
    )
    return {
        (str(key[0]), str(key[1])): (float(row.get("yes", 0.0)), float(row.get("unknown", 0.0)))
        for key, row in sums.iterrows()
        if isinstance(key, tuple)
    }


def exposures_of(lines: pd.DataFrame, opened: Opened, found: pd.DataFrame) -> DataFrame[Exposures]:
    """Every listed security inside every fund held, with what follows for the fund; the gravest and heaviest first.

    ``found`` has the decisions: columns holding, listing_id, action and entity.
    """
    if lines.empty or found.empty:
        return empty(Exposures)
    funds = opened.funds.assign(holding=opened.funds.index).rename(columns={"market_value": "whole"})
    rows = lines.merge(funds.drop(columns=["isin", "ticker", "note", "known", "holdings"]), on="book")
    decided = found[["holding", "listing_id", "action", "entity"]]
    rows = rows.drop(columns=["action", "entity"], errors="ignore").merge(
        decided, on=["holding", "listing_id"]
    )
    rows["chain"] = (rows["security"] + " > " + rows["chain"]).str.removesuffix(" > ")
    rows["market_value"] = rows["whole"] * rows["weight"] / 100
    rows["inside"] = rows["inside_name"]
    rank = rows["action"].map({action: place for place, action in enumerate(ACTIONS)})
    order = rows.assign(rank=rank, size=-rows["weight"].abs().fillna(0.0))
    order = order.sort_values(["file", "sheet", "row", "rank", "size"], kind="stable")
    return checked(Exposures, order.reset_index(drop=True))
