"""The rows of one table become positions, other rows and totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from screener.holdings import rows as kinds_of
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Mask, Objects, objects
from screener.holdings.headings import AMOUNTS, IDENTIFIERS
from screener.holdings.odd_cells import tell_odd_cells
from screener.holdings.sections import Carried, carried_down
from screener.holdings.table import AMOUNT_FIELDS, Table, blank, days, without_missing
from screener.holdings.words import asset_class_of, value_words

_REASONS: Final = {
    kinds_of.TOTAL: "a total",
    kinds_of.SECTION: "a section heading",
    kinds_of.NOTE: "a note",
    kinds_of.REPEATED: "repeats a position listed elsewhere in the file, or a part of it",
    kinds_of.NOTHING: "says that there are none",
}
_COUNTED: Final = (kinds_of.HOLDING, kinds_of.CASH, kinds_of.UNNAMED)
_VALUES: Final = AMOUNTS - {"quantity"}


def gather(table: Table, into: Gathered, title: str, known: set[str]) -> set[str]:
    """Add the rows of ``table`` to ``into``; ``known`` holds ISINs and names valued above on the sheet. Returns its own."""
    carried = carried_down(table.facts, table.kinds, title)
    _appendix(table, known)
    holding = np.isin(table.kinds, (kinds_of.HOLDING, kinds_of.CASH))
    if holding.any():
        into.holdings.append(_holdings(table, np.flatnonzero(holding), carried, into))
    into.tables.append(_read(table, into.holdings[-1] if holding.any() else {}))
    _other_rows(table, into)
    tell_odd_cells(table, into, holding)
    valued = table.block.fields & _VALUES
    return (
        (set(table.codes.columns["isin"][holding]) | set(table.facts.name[holding])) - {""}
        if valued
        else set()
    )


def _appendix(table: Table, known: set[str]) -> None:
    """A table without values under one with values lists some of its positions again; those are not counted twice."""
    if not known or table.block.fields & _VALUES:
        return
    facts, ids = table.facts, table.codes.columns["isin"]
    again = np.isin(np.where(ids != "", ids, facts.name), list(known)) & (table.kinds == kinds_of.HOLDING)
    table.kinds[again] = kinds_of.REPEATED


def _holdings(table: Table, at: np.ndarray, carried: Carried, into: Gathered) -> dict[str, object]:
    grid, layout = table.grid, table.layout
    cash = (table.kinds == kinds_of.CASH) | (carried.cash & ~table.facts.identified)
    part: dict[str, object] = {"file": grid.file, "sheet": grid.sheet, "row": table.rows[at]}
    part["aside"], part["table"] = grid.aside, len(into.tables)
    part["name"] = _named(table)[at]
    for scheme in (*IDENTIFIERS, "ticker"):
        part[scheme] = table.codes.columns[scheme][at]
    for field in AMOUNT_FIELDS:
        part[field] = table.numbers[field].values[at] if field in table.numbers else np.full(len(at), np.nan)
    for field in ("exchange", "country"):
        part[field] = _text(table, field)[at] if field in layout.columns else ""
    part["portfolio"] = _filled_up(_text(table, "portfolio"), carried.portfolio)[at]
    part["asset_class"] = _classes(table, carried, cash)[at]
    part["currency"] = _currencies(table)[at]
    part["value_currency"] = _value_currencies(table)[at]
    for field in ("issue_date", "maturity"):
        part[field] = days(table, field)[0][at] if field in layout.columns else ""
    part["hidden"] = np.full(len(at), grid.hidden) | np.isin(table.rows[at], list(grid.hidden_rows))
    return part


def _named(table: Table) -> Objects:
    """Names, and for rows with nothing but an identifier of an uncarried scheme that identifier."""
    names, facts = table.facts.name.copy(), table.facts
    lone = (names == "") & (table.codes.unknown != "")
    names[lone] = table.codes.unknown[lone]
    bare = (names == "") & ~facts.identified & ~facts.ticker
    names[bare] = facts.label[bare]
    return names


def _text(table: Table, field: str) -> Objects:
    index = table.layout.columns.get(field)
    return blank(len(table.rows)) if index is None else without_missing(table.columns[index].shown)


def _filled_up(texts: Objects, spare: Objects) -> Objects:
    empty = texts == ""
    if not empty.any():
        return texts
    full = texts.copy()
    full[empty] = spare[empty]
    return full


def _classes(table: Table, carried: Carried, cash: Mask) -> Objects:
    printed = _text(table, "asset_class")
    classes = _filled_up(_mapped(printed, asset_class_of), carried.asset_class)
    unlike = (classes == "cash") & ~cash
    classes[unlike] = np.where(["money" in text.casefold() for text in printed[unlike]], "money_market", "")
    classes[cash] = "cash"
    return classes


def _value_currencies(table: Table) -> Objects:
    """The currency of each row's market value.

    "Market Value (USD)" says what the amounts are in; a column of currencies beside it then gives the trading
    currency of each security.
    """
    named = table.layout.currency
    if not named and table.layout.base:
        return blank(len(table.rows))
    return np.full(len(table.rows), named, dtype=object) if named else _currencies(table)


def _currencies(table: Table) -> Objects:
    """The currency that each row prints, in its own column or beside the amount."""
    known = value_words()
    printed = _mapped(
        _text(table, "currency"), lambda text: _currency(text) if text else table.layout.currency
    )
    if table.layout.currency or "market_value" not in table.layout.columns:
        return printed
    values = table.columns[table.layout.columns["market_value"]].texts
    return _filled_up(
        printed, _mapped(values, lambda text: _currency_within(text, known.marks, known.currencies))
    )


def _mapped(texts: Objects, what: Callable[[str], str]) -> Objects:
    """``what`` of each text, worked out once for each distinct one."""
    codes, distinct = pd.factorize(texts)
    return objects([what(text) for text in distinct])[codes]


def _currency(text: str) -> str:
    words = value_words()
    if text in words.currencies:
        return text
    upper = text.upper()
    if upper in words.currencies:
        return upper
    return words.marks.get(text.casefold(), text)


def _currency_within(text: str, marks: dict[str, str], codes: frozenset[str]) -> str:
    """The currency that a printed amount carries: "$1,234.00", "EUR 5"."""
    if not text or (text[0].isdigit() and text[-1].isdigit()):
        return ""
    rest = "".join(c for c in text if not c.isdigit() and c not in ".,-+()' \u00a0").strip()
    return rest if rest in codes else marks.get(rest.casefold(), "")


def _other_rows(table: Table, into: Gathered) -> None:
    grid, facts, rows = table.grid, table.facts, table.rows
    values = facts.market_value
    currency = _value_currencies(table)
    for i in np.flatnonzero(
        ~np.isin(table.kinds, (kinds_of.BLANK_ROW, kinds_of.HOLDING, kinds_of.CASH))
    ).tolist():
        kind, label = int(table.kinds[i]), str(facts.label[i])
        outcome = "not_screened" if kind == kinds_of.UNNAMED else "not_a_holding"
        reason = _REASONS.get(kind, "amounts without a name or an identifier: nothing to screen by")
        place = (grid.file, grid.sheet, int(rows[i]))
        into.other_rows.append((*place, label, outcome, reason, float(values[i]), currency[i]))
        if kind == kinds_of.TOTAL and not np.isnan(values[i]):
            stated = float(values[i])
            into.totals.append((*place, label, currency[i], stated, table.nearest_sum(i, stated)))


_MOST_NAMED: Final = 3


def _read(table: Table, holdings: dict[str, object]) -> tuple[object, ...]:
    """The row of TablesRead that tells of ``table``."""
    filled = np.flatnonzero(table.facts.filled > 0)
    kinds = table.kinds[filled]
    positions, cash, unnamed = (int((kinds == kind).sum()) for kind in _COUNTED)
    first, last = (int(table.rows[filled[0]]), int(table.rows[filled[-1]])) if len(filled) else (0, 0)
    counts = (positions, cash, unnamed, len(filled) - positions - cash - unnamed)
    named = [_distinct(holdings.get(field, "")) for field in ("portfolio", "value_currency")]
    header = int(table.grid.rows[table.block.start - 1]) if table.block.headings else 0
    place = (table.grid.file, table.grid.sheet, header, first, last)
    return (*place, named[0], *counts, table.decimal, named[1])


def _distinct(texts: object) -> str:
    """The distinct texts of a column in a few words."""
    found = [texts] if isinstance(texts, str) else list(dict.fromkeys(texts))  # type: ignore[call-overload]
    found = [text for text in found if text]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more
