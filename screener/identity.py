"""What makes a security, and an entry of a list, the same one on another day, and whether anything about it changed.

A *key* names it; a *hash* is over all that a decision about it may rest on. Both are texts that any machine and any
later version computes alike: they are kept for years.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from screener.lists.model import Restricted
from screener.matching.model import SECURITY_COLUMNS

# The first of these that a security has names it; what the sheet calls it comes last.
_KEYS: Final = ("isin", "figi", "sedol", "cusip", "wkn", "ric", "lei")
_DIGITS: Final = 32  # hexadecimal


def security_keys(holdings: pd.DataFrame) -> pd.Series[str]:
    """``isin:HK0883013259``, ``ticker:883 HK`` or ``name:CNOOC LTD``, whatever a holding has first."""
    numbers, names = pd.factorize(holdings["name"])
    tidy = pd.Series(names, dtype="str").str.split().str.join(" ").str.upper()
    keys = ("name:" + tidy).take(numbers).set_axis(holdings.index).astype("str")
    traded = holdings[(holdings["ticker"] != "") | (holdings["exchange"] != "")]
    ticker = (traded["ticker"] + " " + traded["exchange"]).str.strip().str.upper()
    for scheme, values in (("ticker", ticker), *((scheme, holdings[scheme]) for scheme in reversed(_KEYS))):
        # Most columns are empty, and nothing is put together for an empty one.
        given = values[values != ""]
        keys.loc[given.index] = f"{scheme}:" + given
    return keys


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
    return zlib.compress(np.unique(_numbers(pd.unique(pd.Series(keys, dtype="object")))).tobytes(), 6)


def packed_holds(packed: bytes, keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` that are in a packed set."""
    asked = np.array(list(keys), dtype=object)
    found = np.isin(_numbers(asked), np.frombuffer(zlib.decompress(packed), dtype="<u8"))
    return set(asked[found].tolist())


def pack_entries(restricted: Restricted) -> bytes:
    """What every entry of the list says, as hashes: kept with a run, so that a later one sees what changed.

    Coarser than :func:`entry_hashes` and a hundred times as fast, because it is for the whole list.
    """
    listings = restricted.listings
    said = pd.util.hash_pandas_object(listings[["programme", "printed"]], index=False).to_numpy().view("i8")
    for table, key, columns in (
        (restricted.names, "entity_id", ["name", "quality"]),
        (restricted.identifiers, "entity_id", ["scheme", "value"]),
        (restricted.entities, "entity_id", ["name", "kind", "country", "note"]),
        (restricted.events, "listing_id", ["event", "at", "note"]),
    ):
        # Whole numbers throughout: as fractions they would lose their last digits.
        said = said + _added(table, key, columns).reindex(listings[key], fill_value=0).to_numpy()
    both = np.stack([_numbers(listings["listing_id"].to_numpy()), said.view("<u8")])
    return zlib.compress(both[:, np.argsort(both[0], kind="stable")].tobytes(), 6)


def compare_entries(before: bytes, after: bytes, listing_ids: Iterable[str]) -> dict[str, str]:
    """``same``, ``changed``, ``added``, ``removed`` or ``absent`` for each listing, between two packed lists."""
    old, new = _entries(before), _entries(after)
    ids = list(listing_ids)
    told = {}
    for one, number in zip(ids, _numbers(np.array(ids, dtype=object)).tolist(), strict=True):
        was, now = old.get(number), new.get(number)
        if was is None or now is None:
            told[one] = "absent" if was is now else ("added" if was is None else "removed")
        else:
            told[one] = "same" if was == now else "changed"
    return told


def _entries(packed: bytes) -> dict[int, int]:
    both = np.frombuffer(zlib.decompress(packed), dtype="<u8").reshape(2, -1)
    return dict(zip(both[0].tolist(), both[1].tolist(), strict=True))


def _numbers(texts: Any) -> Any:
    return pd.util.hash_array(np.asarray(texts, dtype=object)).astype("<u8")


def _added(table: pd.DataFrame, key: str, columns: list[str]) -> pd.Series[int]:
    """A number for each key that does not depend on the order of its rows."""
    hashes = pd.util.hash_pandas_object(table[columns], index=False).to_numpy().view("i8")
    return pd.Series(hashes, index=table[key].to_numpy(), dtype="int64").groupby(level=0).sum()


def _told(table: pd.DataFrame, key: str, ids: set[str], columns: list[str]) -> dict[str, list[str]]:
    """What the rows of ``table`` say of each of ``ids``, in an order that does not depend on the file's."""
    told: dict[str, list[str]] = {}
    rows = table.loc[table[key].isin(ids), [key, *columns]].itertuples(index=False, name=None)
    for one, *values in rows:
        told.setdefault(str(one), []).append("\x1f".join(map(str, values)))
    return {one: sorted(lines) for one, lines in told.items()}


def _hash(parts: Iterable[object]) -> str:
    return hashlib.sha256("\x1e".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:_DIGITS]
