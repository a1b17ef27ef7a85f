"""Which entities a few words of a person mean: an id, an identifier, a name, or part of one."""

from __future__ import annotations

import pandas as pd

from screener.identifiers import normal
from screener.lists.linking import SAME_AS
from screener.lists.model import Restricted
from screener.tickers import parse_columns


def find_entities(restricted: Restricted, query: str) -> list[str]:
    """Ids of the entities that ``query`` names, by the first of these that finds any; [] when none does.

    An id, also one that an entity had before it was joined to another list's; an identifier as printed anywhere, a
    ticker in any vendor's form; a whole name; a name in which it stands as words; a name of which it is a part.
    """
    text = query.strip().casefold()
    if not text:
        return []
    entities, links, names = restricted.entities, restricted.links, restricted.names
    printed = names["name"].str.casefold()
    former = (links["relation"] == SAME_AS) & (links["other"].str.casefold() == text)
    within = printed.str.contains(text, regex=False)
    for frame, found in (
        (entities, entities["entity_id"].str.casefold() == text),
        (links, former),
        (restricted.identifiers, _carries(restricted.identifiers, query)),
        (names, printed == text),
        (names, within & (" " + printed + " ").str.contains(f" {text} ", regex=False)),
        (names, within),
    ):
        if found.any():
            return list(dict.fromkeys(frame.loc[found, "entity_id"]))
    return []


def mentioned(restricted: Restricted, query: str) -> list[str]:
    """Ids of all entities in one of whose names ``query`` stands."""
    text = query.strip().casefold()
    within = restricted.names["name"].str.casefold().str.contains(text, regex=False)
    return list(dict.fromkeys(restricted.names.loc[within, "entity_id"])) if text else []


def _carries(identifiers: pd.DataFrame, query: str) -> pd.Series[bool]:
    """Which identifiers are the one asked for, however they are printed."""
    values = identifiers["value"]
    same = values.map({value: normal(value) for value in values.unique()}) == normal(query)
    unsaid = pd.Series("", index=identifiers.index, dtype="str")
    key = (
        parse_columns(pd.Series([query.strip()]), unsaid.head(1), unsaid.head(1)).iloc[0]
        if len(values)
        else ""
    )
    if not key or key.endswith("|"):
        return same
    tickers = identifiers["scheme"] == "ticker"
    keys = parse_columns(values[tickers], unsaid[tickers], unsaid[tickers])
    return same | (keys == key).reindex(identifiers.index, fill_value=False)
