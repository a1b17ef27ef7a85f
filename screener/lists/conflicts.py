"""Identifiers that two issuers claim: one of the two lists, or entries, is wrong, and a reader must know it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from screener.identifiers import normal_column
from screener.lists.model import Restricted
from screener.tickers import parse_columns

CONFLICTS: Final = ("scheme", "value", "printed", "entity_id", "name", "lists")
# What holdings carry too; a number of a register is only shown beside the entry that prints it.
OF_SECURITIES: Final = ("isin", "cusip", "sedol", "figi", "lei", "wkn", "ric", "ticker")
_AS_WRITTEN: Final = ("isin", "cusip", "sedol", "figi", "lei", "wkn", "uscc", "cik")
_WITH_MARKET: Final = ("ticker", "ric")
_REGISTER: Final = "registration"
_LONG_ENOUGH: Final = 8  # shorter numbers of two registers meet by chance
_NO_ISSUER: Final = ("person", "vessel", "aircraft")


def conflicts(restricted: Restricted) -> pd.DataFrame:
    """Identifiers that more than one entity claims, a row a claim: columns CONFLICTS, sorted by scheme and value.

    ``value`` is the form in which identifiers are compared, ``printed`` the list's own, ``lists`` the titles of the
    claimant's lists. A check digit that fails makes no difference: such identifiers are matched as they stand.
    """
    claims = _claims(restricted).drop_duplicates(["scheme", "value", "entity_id"])
    several = claims.groupby(["scheme", "value"])["entity_id"].transform("size") > 1
    found = claims[several]
    lists = restricted.listings[restricted.listings["entity_id"].isin(found["entity_id"])]
    titles = lists.groupby("entity_id")["list"].agg(lambda each: "; ".join(dict.fromkeys(each)))
    names = restricted.entities.set_index("entity_id")["name"]
    told = found.assign(
        name=found["entity_id"].map(names).astype(str),
        lists=found["entity_id"].map(titles).fillna("").astype(str),
    )
    return told.sort_values(["scheme", "value", "entity_id"])[list(CONFLICTS)].reset_index(drop=True)


def _claims(restricted: Restricted) -> pd.DataFrame:
    """Columns scheme, value, printed, entity_id of all identifiers that belong to one issuer only."""
    table = restricted.identifiers
    parts = [*_plain(table), *_tickers(table), _registered(restricted)]
    return pd.concat(parts, ignore_index=True)


def _plain(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    rows = table[table["scheme"].isin(_AS_WRITTEN)]
    yield _told(rows, normal_column(rows["value"]))


def _tickers(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Codes with their market: the same code means another company on another market."""
    rows = table[table["scheme"].isin(_WITH_MARKET)]
    unsaid = pd.Series("", index=rows.index, dtype="str")
    keys = parse_columns(rows["value"], unsaid, unsaid).astype("str")
    whole = ~keys.str.endswith("|") & (keys != "")
    yield _told(rows[whole], keys[whole].str.replace("|", " ", regex=False))


def _registered(restricted: Restricted) -> pd.DataFrame:
    """Numbers of registers, of companies: a family and its firms may well print one passport."""
    entities, table = restricted.entities, restricted.identifiers
    issuers = entities.loc[~entities["kind"].isin(_NO_ISSUER), "entity_id"]
    rows = table[(table["scheme"] == _REGISTER) & table["entity_id"].isin(set(issuers))]
    values = normal_column(rows["value"])
    long_enough = values.str.len() >= _LONG_ENOUGH
    return _told(rows[long_enough], values[long_enough])


def _told(rows: pd.DataFrame, values: pd.Series[str]) -> pd.DataFrame:
    told = {
        "scheme": rows["scheme"],
        "value": values,
        "printed": rows["value"],
        "entity_id": rows["entity_id"],
    }
    return pd.DataFrame(told, dtype="str")
