"""Tables that only describe securities: their ticker with name and ISIN, while the positions stand in another table.

A statement that prints "1810" among its positions says elsewhere that 1810 is Xiaomi with such an ISIN. What is said
there is filled in where the position is silent, and the description is not counted as a position of its own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from screener.contracts import columns
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Objects
from screener.holdings.headings import AMOUNTS, IDENTIFIERS
from screener.holdings.model import TablesRead
from screener.holdings.remarks import NO_AMOUNTS

_KEY: Final = "ticker"
_TOLD: Final = ("name", *IDENTIFIERS, "exchange", "asset_class", "country", "issue_date", "maturity")
_POSITIONS, _OTHER_ROWS = (columns(TablesRead).index(name) for name in ("positions", "other_rows"))
_REASON: Final = "describes a position listed in another table"


def describes(fields: frozenset[str]) -> bool:
    """Whether a table with these fields tells of tickers what they are, and nothing of amounts."""
    return _KEY in fields and bool(fields & {"name", *IDENTIFIERS, "identifier"}) and not fields & AMOUNTS


def fold_descriptions(into: Gathered) -> None:
    """Fill the positions of a file from the descriptions in it, and take the descriptions out of the positions."""
    silent = [part for part in into.holdings if _without_amounts(part)]
    valued = [part for part in into.holdings if not _without_amounts(part)]
    held = {text for part in valued for text in _texts(part, _KEY)} - {""}
    for part in silent if held else []:
        told = np.isin(_texts(part, _KEY), list(held))
        if told.mean() < 0.5 and not part["aside"]:
            continue
        for other in valued:
            if other["file"] == part["file"]:
                _fill(other, part)
        _drop(part, told | part["aside"], into)
    into.holdings = [part for part in into.holdings if len(part["row"])]


def _without_amounts(part: dict[str, Any]) -> bool:
    return all(bool(np.isnan(part[field]).all()) for field in AMOUNTS)


def _texts(part: dict[str, Any], field: str) -> Objects:
    value = part[field]
    return value if isinstance(value, np.ndarray) else np.full(len(part["row"]), value, dtype=object)


def _fill(part: dict[str, Any], description: dict[str, Any]) -> None:
    """Fill blank cells of ``part`` from the row of ``description`` with the same ticker."""
    keys = _texts(part, _KEY)
    for field in _TOLD:
        known = dict(zip(_texts(description, _KEY), _texts(description, field), strict=True))
        values = _texts(part, field).copy()
        blank = values == ""
        values[blank] = [known.get(key, "") if key else "" for key in keys[blank]]
        part[field] = values


def _recount(part: dict[str, Any], dropped: int, into: Gathered) -> None:
    """A description counts no positions, and that it has no amounts needs no remark."""
    table = list(into.tables[part["table"]])
    table[_POSITIONS], table[_OTHER_ROWS] = table[_POSITIONS] - dropped, table[_OTHER_ROWS] + dropped
    into.tables[part["table"]] = tuple(table)
    if not table[_POSITIONS]:
        place = tuple(table[:2])
        into.issues = [one for one in into.issues if not (one[:2] == place and one[5] == NO_AMOUNTS)]


def _drop(part: dict[str, Any], mask: Any, into: Gathered) -> None:
    """Account for the rows at ``mask`` as descriptions and keep the others."""
    at = np.flatnonzero(mask)
    labels = np.where(_texts(part, "name") != "", _texts(part, "name"), _texts(part, _KEY))
    for i in at.tolist():
        place = (part["file"], part["sheet"], int(part["row"][i]))
        into.other_rows.append((*place, str(labels[i]), "not_a_holding", _REASON, np.nan, ""))
    _recount(part, len(at), into)
    size = len(part["row"])
    for field, value in part.items():
        if isinstance(value, np.ndarray) and len(value) == size:
            part[field] = np.delete(value, at)
