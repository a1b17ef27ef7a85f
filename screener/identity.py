"""What makes a security, and an entry of a list, the same one on another day, and whether anything about it changed.

A *key* names it; a *hash* is over all that a decision about it may rest on. Both are texts that any machine and any
later version computes alike: they are kept for years.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from screener.lists.model import Restricted
from screener.matching.model import SECURITY_COLUMNS

# The first of these that a security has names it; what the sheet calls it comes last.
_KEYS: Final = ("isin", "figi", "sedol", "cusip", "wkn", "ric", "lei")
_DIGITS: Final = 32  # hexadecimal


def security_keys(holdings: pd.DataFrame) -> pd.Series[str]:
    """``isin:HK0883013259``, ``ticker:883 HK`` or ``name:CNOOC LTD``, whatever a holding has first."""
    ticker = (holdings["ticker"] + " " + holdings["exchange"]).str.strip().str.upper()
    name = holdings["name"].str.split().str.join(" ").str.upper()
    keys = ("name:" + name).where(ticker == "", "ticker:" + ticker)
    for scheme in reversed(_KEYS):
        keys = keys.where(holdings[scheme] == "", f"{scheme}:" + holdings[scheme])
    return keys.astype("str")


def security_hashes(holdings: pd.DataFrame) -> pd.Series[str]:
    """A hash of all that identifies each holding's security: a changed name or identifier changes it."""
    columns = list(SECURITY_COLUMNS)
    rows = [_hash(row) for row in holdings[columns].itertuples(index=False, name=None)]
    return pd.Series(rows, index=holdings.index, dtype="str")


def with_contents(hashes: pd.Series[str], contents: pd.Series[str]) -> pd.Series[str]:
    """``hashes`` of securities, and of what is in them where ``contents`` says so."""
    changed = [_hash([one, inside]) if inside else one for one, inside in zip(hashes, contents, strict=True)]
    return pd.Series(changed, index=hashes.index, dtype="str")


def entry_hashes(restricted: Restricted, listing_ids: Iterable[str]) -> dict[str, str]:
    """For each listing a hash of all the list says of it and of its entity: names, identifiers, dated events.

    The documents that it cites are left out: a list fetched anew has new ones and says the same.
    """
    listings = restricted.listings[restricted.listings["listing_id"].isin(set(listing_ids))]
    entities = set(listings["entity_id"])
    said = {
        "entity": _told(restricted.entities, "entity_id", entities, ["name", "kind", "country", "note"]),
        "names": _told(restricted.names, "entity_id", entities, ["name", "quality"]),
        "identifiers": _told(restricted.identifiers, "entity_id", entities, ["scheme", "value"]),
        "links": _told(restricted.links, "entity_id", entities, ["relation", "other"]),
    }
    ids = set(listings["listing_id"])
    events = _told(restricted.events, "listing_id", ids, ["event", "at", "note"])
    return {
        str(row.listing_id): _hash(
            [
                str(row.programme),
                str(row.printed),
                *(text for table in said.values() for text in table.get(str(row.entity_id), [])),
                *events.get(str(row.listing_id), []),
            ]
        )
        for row in listings.itertuples(index=False)
    }


def pack(keys: Iterable[str]) -> bytes:
    """A set of keys as a compressed, ordered array of 64-bit hashes."""
    distinct = pd.Series(sorted(set(keys)), dtype="object")
    numbers = np.unique(pd.util.hash_array(distinct.to_numpy()))
    return zlib.compress(numbers.astype("<u8").tobytes(), 6)


def packed_holds(packed: bytes, keys: pd.Series[str]) -> pd.Series[bool]:
    """Which of ``keys`` are in a packed set."""
    numbers = np.frombuffer(zlib.decompress(packed), dtype="<u8")
    found = np.isin(pd.util.hash_array(keys.astype("object").to_numpy()), numbers)
    return pd.Series(found, index=keys.index, dtype=bool)


def _told(table: pd.DataFrame, key: str, ids: set[str], columns: list[str]) -> dict[str, list[str]]:
    """What the rows of ``table`` say of each of ``ids``, in an order that does not depend on the file's."""
    told: dict[str, list[str]] = {}
    rows = table.loc[table[key].isin(ids), [key, *columns]].itertuples(index=False, name=None)
    for one, *values in rows:
        told.setdefault(str(one), []).append("\x1f".join(map(str, values)))
    return {one: sorted(lines) for one, lines in told.items()}


def _hash(parts: Iterable[object]) -> str:
    return hashlib.sha256("\x1e".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:_DIGITS]
