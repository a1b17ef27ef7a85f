"""The rows of one table become positions, other rows, totals and issues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.holdings import rows as kinds_of
from screener.holdings.codes import Codes, codes_in_names, names_in_tickers, read_codes
from screener.holdings.dates import parse_days
from screener.holdings.folding import fold
from screener.holdings.gathered import Gathered
from screener.holdings.grid import Column, Grid, Mask, Objects
from screener.holdings.headings import AMOUNTS, IDENTIFIERS
from screener.holdings.naming import Layout
from screener.holdings.numbers import Parsed, parse, style_of
from screener.holdings.rows import RowFacts, classify
from screener.holdings.sections import Carried, carried_down
from screener.holdings.tables import Block
from screener.holdings.words import asset_class_of, row_words, value_words

_ATTRIBUTES: Final = ("currency", "asset_class", "country", "exchange", "issue_date", "maturity", "side")
_REASONS: Final = {
    kinds_of.TOTAL: "a total",
    kinds_of.SECTION: "a section heading",
    kinds_of.NOTE: "a note",
    kinds_of.REPEATED: "repeats a position listed above",
    kinds_of.NOTHING: "says that there are none",
}
_VALUES: Final = AMOUNTS - {"quantity"}
_AMOUNTS: Final = ("quantity", "price", "market_value", "weight")


@dataclass(slots=True)
class Table:
    """One table while it is read: its place, its data columns, and what they parse to."""

    grid: Grid
    block: Block
    layout: Layout
    columns: list[Column]
    numbers: dict[str, Parsed]
    codes: Codes
    facts: RowFacts
    kinds: kinds_of.Codes

    @property
    def rows(self) -> np.ndarray:
        return self.grid.rows[self.block.start : self.block.end]


def read_table(grid: Grid, block: Block, layout: Layout, decimal: str) -> Table:
    """The table of ``block`` with every row classified; ``decimal`` is the decimal sign where the file is silent."""
    columns = [column.rows(slice(block.start, block.end)) for column in grid.columns]
    size = block.end - block.start
    numbers = _numbers(layout, columns, decimal)
    codes = read_codes(layout, columns, size)
    facts = _facts(layout, columns, numbers, codes)
    return Table(grid, block, layout, columns, numbers, codes, facts, classify(facts))


def gather(table: Table, into: Gathered, title: str, known: set[str]) -> set[str]:
    """Add the rows of ``table`` to ``into``; ``known`` holds ISINs and names valued above on the sheet. Returns its own."""
    carried = carried_down(table.facts, table.kinds, title)
    _appendix(table, known)
    holding = np.isin(table.kinds, (kinds_of.HOLDING, kinds_of.CASH))
    if holding.any():
        into.holdings.append(_holdings(table, np.flatnonzero(holding), carried))
    _other_rows(table, into)
    _issues(table, into, holding)
    valued = table.block.fields & _VALUES
    return (
        (set(table.codes.columns["isin"][holding]) | set(table.facts.name[holding])) - {""}
        if valued
        else set()
    )


def _numbers(layout: Layout, columns: list[Column], decimal: str) -> dict[str, Parsed]:
    used = {name: columns[layout.columns[name]] for name in _AMOUNTS if name in layout.columns}
    hint = decimal
    if not hint and layout.languages and layout.languages <= value_words().comma_languages:
        hint = ","
    style = style_of(list(used.values()), hint)
    return {name: parse(column, style) for name, column in used.items()}


def _facts(layout: Layout, columns: list[Column], numbers: dict[str, Parsed], codes: Codes) -> RowFacts:
    size = len(columns[0])
    name = codes_in_names(codes, _names(layout, columns, codes))
    identified = _any([codes.columns[scheme] != "" for scheme in IDENTIFIERS] + [codes.unknown != ""], size)
    amounts = {
        field: numbers[field].values if field in numbers else np.full(size, np.nan) for field in _AMOUNTS
    }
    label = _labels(name, columns, layout, numbers)
    used = {layout.columns[field] for field in (*_AMOUNTS, "name", "portfolio") if field in layout.columns}
    described = _any([c.kinds == 1 for i, c in enumerate(columns) if i not in used], size) & (name != "")
    return RowFacts(
        label=label,
        name=name,
        named=name != "",
        identified=identified,
        ticker=codes.columns["ticker"] != "",
        **{field: amounts[field] for field in _AMOUNTS},
        filled=np.sum([column.filled for column in columns], axis=0),
        described=described,
        asset_class=columns[layout.columns["asset_class"]].texts
        if "asset_class" in layout.columns
        else _blank(size),
        nil=_nil(numbers, columns, layout, size),
        has_ids=bool(identified.any() or (codes.columns["ticker"] != "").any()),
        has_amounts=any(not np.isnan(values).all() for values in amounts.values()),
    )


def _blank(size: int) -> Objects:
    return np.full(size, "", dtype=object)


def _any(masks: list[Mask], size: int) -> Mask:
    combined: Mask = np.logical_or.reduce(masks) if masks else np.zeros(size, dtype=bool)
    return combined


def _names(layout: Layout, columns: list[Column], codes: Codes) -> Objects:
    """The name of each row: the name column, then other name columns where it is blank, then words in the ticker column."""
    size = len(columns[0])
    names = _blank(size)
    for index in [layout.columns[n] for n in ("name",) if n in layout.columns] + layout.spare_names:
        texts = _without_missing(columns[index].shown)
        empty = names == ""
        names[empty] = texts[empty]
    moved = names_in_tickers(codes.columns["ticker"], names)
    names[moved] = codes.columns["ticker"][moved]
    codes.columns["ticker"][moved] = ""
    return names


def _without_missing(texts: Objects) -> Objects:
    missing = [text for text in set(texts) if text and text.casefold() in value_words().missing]
    if not missing:
        return texts
    cleaned = texts.copy()
    cleaned[np.isin(cleaned, missing)] = ""
    return cleaned


def _labels(name: Objects, columns: list[Column], layout: Layout, numbers: dict[str, Parsed]) -> Objects:
    """What a row is called: its name, else its first text that is no attribute; a total may stand over the amounts."""
    label = name.copy()
    attributes = {layout.columns[field] for field in _ATTRIBUTES if field in layout.columns}
    amounts = {layout.columns[field]: field for field in numbers}
    for i in [i for i in range(len(columns)) if i not in attributes and i not in amounts] + sorted(amounts):
        empty = label == ""
        if not empty.any():
            break
        if i in amounts:
            empty &= numbers[amounts[i]].failed
        label[empty] = columns[i].texts[empty]
    return _without_missing(label)


def _nil(numbers: dict[str, Parsed], columns: list[Column], layout: Layout, size: int) -> Mask:
    words = row_words().nil
    masks = []
    for field in numbers:
        texts = columns[layout.columns[field]].texts
        nil = [
            text for text in set(texts[numbers[field].failed | (texts != "")][:5_000]) if fold(text) in words
        ]
        masks.append(np.isin(texts, nil) if nil else np.zeros(size, dtype=bool))
    return _any(masks, size)


def _appendix(table: Table, known: set[str]) -> None:
    """A table without values under one with values lists some of its positions again; those are not counted twice."""
    if not known or table.block.fields & _VALUES:
        return
    facts, ids = table.facts, table.codes.columns["isin"]
    again = np.isin(np.where(ids != "", ids, facts.name), list(known)) & (table.kinds == kinds_of.HOLDING)
    table.kinds[again] = kinds_of.REPEATED


def _holdings(table: Table, at: np.ndarray, carried: Carried) -> dict[str, object]:
    grid, layout = table.grid, table.layout
    cash = (table.kinds == kinds_of.CASH) | (carried.cash & ~table.facts.identified)
    part: dict[str, object] = {"file": grid.file, "sheet": grid.sheet, "row": table.rows[at]}
    part["name"] = _named(table)[at]
    for scheme in (*IDENTIFIERS, "ticker"):
        part[scheme] = table.codes.columns[scheme][at]
    for field in _AMOUNTS:
        part[field] = table.numbers[field].values[at] if field in table.numbers else np.full(len(at), np.nan)
    for field in ("exchange", "country"):
        part[field] = _text(table, field)[at] if field in layout.columns else ""
    part["portfolio"] = _filled_up(_text(table, "portfolio"), carried.portfolio)[at]
    part["asset_class"] = _classes(table, carried, cash)[at]
    part["currency"] = _currencies(table)[at]
    part["value_currency"] = _value_currencies(table)[at]
    for field in ("issue_date", "maturity"):
        part[field] = _days(table, field)[0][at] if field in layout.columns else ""
    part["hidden"] = np.full(len(at), grid.hidden) | np.isin(table.rows[at], list(grid.hidden_rows))
    return part


def _days(table: Table, field: str) -> tuple[Objects, list[int]]:
    """The ISO days of a column; files with CUSIPs come from America."""
    return parse_days(table.columns[table.layout.columns[field]], american="cusip" in table.layout.columns)


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
    return _blank(len(table.rows)) if index is None else _without_missing(table.columns[index].shown)


def _filled_up(texts: Objects, spare: Objects) -> Objects:
    empty = texts == ""
    if not empty.any():
        return texts
    full = texts.copy()
    full[empty] = spare[empty]
    return full


def _classes(table: Table, carried: Carried, cash: Mask) -> Objects:
    printed = _text(table, "asset_class")
    known = {text: asset_class_of(text) for text in set(printed)}
    classes = np.array([known[text] for text in printed], dtype=object)
    classes = _filled_up(classes, carried.asset_class)
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
    printed = _currencies(table)
    return np.full(len(printed), named, dtype=object) if named else printed


def _currencies(table: Table) -> Objects:
    """The currency that each row prints, in its own column or beside the amount."""
    printed = _text(table, "currency")
    known = value_words()
    codes = {text: _currency(text) for text in set(printed)}
    codes[""] = table.layout.currency
    if not table.layout.currency and "market_value" in table.layout.columns:
        values = table.columns[table.layout.columns["market_value"]].texts
        marks = {text: _currency_within(text, known.marks, known.currencies) for text in set(values)}
        found = np.array([marks[text] for text in values], dtype=object)
        return _filled_up(np.array([codes[text] for text in printed], dtype=object), found)
    return np.array([codes[text] for text in printed], dtype=object)


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
            into.totals.append((*place, label, currency[i], float(values[i])))


def _issues(table: Table, into: Gathered, holding: Mask) -> None:
    """What was odd in single cells of positions."""
    for row, column, value, fault in table.codes.wrong:
        if holding[row]:
            _add(table, into, (row, column), (value, fault, "warning"))
    for row, column, value, said in table.codes.mended:
        if holding[row]:
            _add(table, into, (row, column), (value, said, "note"))
    for field, parsed in table.numbers.items():
        _not_numbers(table, into, field, np.flatnonzero(parsed.failed & holding & ~table.facts.nil))
    if "quantity" in table.numbers:
        short = (table.facts.quantity < 0) & (table.kinds == kinds_of.HOLDING)
        index = table.layout.columns["quantity"]
        for row in np.flatnonzero(short).tolist():
            value = table.columns[index].at(row)
            _add(
                table,
                into,
                (row, index),
                (value, "the quantity is negative: read as a short position", "note"),
            )
    _not_days(table, into, holding)
    _cut_texts(table, into, holding)


def _add(table: Table, into: Gathered, cell: tuple[int, int], found: tuple[str, str, str]) -> None:
    row, column = cell
    into.issue((table.grid.file, table.grid.sheet, int(table.rows[row]), table.grid.letter(column)), *found)


def _not_numbers(table: Table, into: Gathered, field: str, rows: np.ndarray) -> None:
    index = table.layout.columns[field]
    for row in rows.tolist():
        said = f"the {field.replace('_', ' ')} is no number; the row was screened without it"
        _add(table, into, (row, index), (table.columns[index].at(row), said, "warning"))


def _cut_texts(table: Table, into: Gathered, holding: Mask) -> None:
    index = table.layout.columns.get("name")
    if index is not None:
        column = table.columns[index]
        long = np.fromiter(
            (len(text) >= column.text_length for text in column.texts), dtype=bool, count=len(column)
        )
        for row in np.flatnonzero(long & holding).tolist():
            said = f"the name is longer than {column.text_length:,} characters; only the beginning was read"
            _add(table, into, (row, index), (column.at(row), said, "warning"))


def _not_days(table: Table, into: Gathered, holding: Mask) -> None:
    for field in ("issue_date", "maturity"):
        if field in table.layout.columns:
            index = table.layout.columns[field]
            for row in _days(table, field)[1]:
                if holding[row]:
                    said = f"the {field.replace('_', ' ')} is no date; the row was screened without it"
                    _add(table, into, (row, index), (table.columns[index].at(row), said, "warning"))
