"""A bar on sale in one binding rule prevails over every sale that another finding of the same holding allows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import pandas as pd

from screener.rules.ruling import NO_SALE

# Codes under which a sale is possible: a bar on sale in another rule takes their place.
_SALE: Final = ("DIVEST", "NO_BUY")


def bar_sales(taken: pd.DataFrame, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A bar on sale in one binding rule takes the place of every sale that another finding of the holding allows."""
    allowed, binding = table["action"].isin(_SALE), table["binding"]
    bars = binding & table["action"].isin(NO_SALE)
    doubted = binding & table["possible"].isin(NO_SALE)
    if not allowed.any() or not (bars | doubted).any():
        return taken, table
    first = taken[bars.to_numpy()[taken["case"]]].drop_duplicates("holding").set_index("holding")["case"]
    maybe = taken[doubted.to_numpy()[taken["case"]]].drop_duplicates("holding").set_index("holding")["case"]
    pairs = taken.assign(bar=taken["holding"].map(first), doubt=taken["holding"].map(maybe))
    sale = pairs["case"].isin(table.index[allowed])
    own = pairs["case"].isin(table.index[allowed & table["by_policy"]])
    barred = sale & pairs["bar"].notna()
    unsure = own & ~barred & pairs["doubt"].notna()
    for chosen, by, action in ((barred, "bar", "HOLD"), (unsure, "doubt", "REVIEW")):
        table = _replaced(taken, table, pairs.loc[chosen, ["case", by]].astype(int), action)
    return taken, table


def _replaced(taken: pd.DataFrame, table: pd.DataFrame, pairs: pd.DataFrame, action: str) -> pd.DataFrame:
    """``table`` with a further row for each pair of a sale and its bar; ``taken`` is pointed to them."""
    further, told = [], table.to_dict("records")
    for place, ((case, bar), rows) in enumerate(pairs.groupby(list(pairs.columns)), len(table)):
        further.append(_prevailed(told[int(str(case))], told[int(str(bar))], action))
        taken.loc[rows.index, "case"] = place
    return pd.concat([table, pd.DataFrame(further)], ignore_index=True) if further else table


def _prevailed(sale: Mapping[Hashable, Any], by: Mapping[Hashable, Any], action: str) -> dict[Hashable, Any]:
    """The decision that allowed a sale, with ``action`` in its place and the rule that prevails named."""
    who = "Own policy" if sale["by_policy"] else f"{sale['programme']} by itself"
    verdict = "forbids a sale and prevails" if action == "HOLD" else "may forbid a sale: decide that first"
    why = f"{who} asks for {sale['action']}; {by['programme']} {verdict}. {sale['story']}."
    return {
        **sale,
        "action": action,
        "mandatory": "",
        "until": "",
        "effective": "",
        "why": why,
        "barred": True,
    }
