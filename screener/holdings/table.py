"""One table while it is read: its columns parsed, its codes sorted, every row classified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.holdings import rows as kinds_of
from screener.holdings.codes import Codes, codes_in_names, names_in_tickers, read_codes
from screener.holdings.dates import parse_days
from screener.holdings.folding import fold
from screener.holdings.grid import TEXT, Column, Grid, Mask, Objects
from screener.holdings.headings import IDENTIFIERS
from screener.holdings.naming import Layout
from screener.holdings.numbers import Parsed, looks_numeric, parse, style_of
from screener.holdings.rows import RowFacts, classify, is_total
from screener.holdings.tables import Block
from screener.holdings.words import row_words, value_words

_ATTRIBUTES: Final = ("currency", "asset_class", "country", "exchange", "issue_date", "maturity", "side")
_SHORTEST_TOTAL: Final = 4  # shorter words, such as "SUM", are tickers too
AMOUNT_FIELDS: Final = ("quantity", "price", "market_value", "weight")


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
    decimal: str  # the decimal sign of its printed numbers, "" where it has none

    def nearest_sum(self, total: int, stated: float) -> float:
        """The sum of positions above the row ``total`` that comes nearest to what it states.

        The positions run up to the total from the top of the table, or from a section or total on the way.
        """
        values = np.nan_to_num(self.facts.market_value[:total])
        counted = np.isin(self.kinds[:total], (kinds_of.HOLDING, kinds_of.CASH))
        sums = np.concatenate([[0.0], np.cumsum(np.where(counted, values, 0.0))])
        breaks = np.flatnonzero(np.isin(self.kinds[:total], (kinds_of.TOTAL, kinds_of.SECTION))) + 1
        runs = sums[total] - sums[np.concatenate([[0], breaks])]
        return float(runs[np.argmin(np.abs(runs - stated))])

    @property
    def rows(self) -> np.ndarray:
        return self.grid.rows[self.block.start : self.block.end]


def read_table(grid: Grid, block: Block, layout: Layout, decimal: str) -> Table:
    """The table of ``block`` with every row classified; ``decimal`` is the decimal sign where the file is silent."""
    columns = [column.rows(slice(block.start, block.end)) for column in grid.columns]
    size = block.end - block.start
    numbers, style = _numbers(layout, columns, decimal)
    codes = read_codes(layout, columns, size)
    facts = _facts(layout, columns, numbers, codes)
    kinds = classify(facts)
    kinds[_parts_of_positions(layout, columns) & (kinds == kinds_of.HOLDING)] = kinds_of.REPEATED
    return Table(grid, block, layout, columns, numbers, codes, facts, kinds, style)


def _numbers(layout: Layout, columns: list[Column], decimal: str) -> tuple[dict[str, Parsed], str]:
    """The amounts, and the decimal sign of those that are printed as text."""
    used = {name: columns[layout.columns[name]] for name in AMOUNT_FIELDS if name in layout.columns}
    hint = decimal
    if not hint and layout.languages and layout.languages <= value_words().comma_languages:
        hint = ","
    style = style_of(list(used.values()), hint)
    parsed: dict[str, Parsed] = {name: parse(column, style) for name, column in used.items()}
    printed = any(
        (column.kinds == TEXT)[~np.isnan(parsed[name].values)].any() for name, column in used.items()
    )
    return parsed, style if printed else ""


def _parts_of_positions(layout: Layout, columns: list[Column]) -> Mask:
    """Rows that list again the lots of a position which has a row of its own as a whole."""
    index = layout.columns.get("detail")
    if index is None:
        return np.zeros(len(columns[0]), dtype=bool)
    folded = np.array([fold(text) for text in columns[index].texts], dtype=object)
    whole, part = (np.isin(folded, list(words)) for words in (row_words().whole, row_words().part))
    return part if whole.any() else np.zeros(len(folded), dtype=bool)


def _facts(layout: Layout, columns: list[Column], numbers: dict[str, Parsed], codes: Codes) -> RowFacts:
    size = len(columns[0])
    name = codes_in_names(codes, _names(layout, columns, codes))
    identified = _any([codes.columns[scheme] != "" for scheme in IDENTIFIERS] + [codes.unknown != ""], size)
    amounts = {
        field: numbers[field].values if field in numbers else np.full(size, np.nan) for field in AMOUNT_FIELDS
    }
    label = _labels(name, columns, layout, numbers)
    lead = _led_by_totals(columns, codes, ~identified & ~(np.nan_to_num(amounts["quantity"]) != 0))
    label[lead != ""] = lead[lead != ""]
    used = {
        layout.columns[field] for field in (*AMOUNT_FIELDS, "name", "portfolio") if field in layout.columns
    }
    described = _any([c.kinds == 1 for i, c in enumerate(columns) if i not in used], size) & (name != "")
    return RowFacts(
        label=label,
        name=name,
        named=name != "",
        identified=identified,
        ticker=codes.columns["ticker"] != "",
        **{field: amounts[field] for field in AMOUNT_FIELDS},
        filled=np.sum([column.filled for column in columns], axis=0),
        described=described,
        asset_class=columns[layout.columns["asset_class"]].texts
        if "asset_class" in layout.columns
        else blank(size),
        nil=_nil(numbers, columns, layout, size),
        has_ids=bool(identified.any() or (codes.columns["ticker"] != "").any()),
        has_amounts=any(not np.isnan(values).all() for values in amounts.values()),
    )


def blank(size: int) -> Objects:
    return np.full(size, "", dtype=object)


def _any(masks: list[Mask], size: int) -> Mask:
    combined: Mask = np.logical_or.reduce(masks) if masks else np.zeros(size, dtype=bool)
    return combined


def _names(layout: Layout, columns: list[Column], codes: Codes) -> Objects:
    """The name of each row: the name column, then other name columns where it is blank, then words in the ticker column."""
    size = len(columns[0])
    names = blank(size)
    for index in [layout.columns[n] for n in ("name",) if n in layout.columns] + layout.spare_names:
        texts = without_missing(columns[index].shown)
        empty = names == ""
        names[empty] = texts[empty]
    moved = names_in_tickers(codes.columns["ticker"], names)
    names[moved] = codes.columns["ticker"][moved]
    codes.columns["ticker"][moved] = ""
    return names


def without_missing(texts: Objects) -> Objects:
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
        label[empty] = _worded(columns[i].texts[empty])
    return without_missing(label)


def _worded(texts: Objects) -> Objects:
    """The texts that are no printed numbers, which call nothing by name."""
    numbers = [text for text in set(texts) if text and looks_numeric(text)]
    return np.where(np.isin(texts, numbers), "", texts) if numbers else texts


def _led_by_totals(columns: list[Column], codes: Codes, lone: Mask) -> Objects:
    """The first text of rows that begin with the word for a total, though a ticker or a name may stand in them."""
    lead = blank(len(lone))
    for column in columns:
        empty = (lead == "") & lone
        if not empty.any():
            break
        lead[empty] = column.texts[empty]
    words = [text for text in set(lead) if len(text) > _SHORTEST_TOTAL and is_total(text, strict=True)]
    lead[~np.isin(lead, words)] = ""
    codes.columns["ticker"][lead != ""] = ""
    return lead


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


def days(table: Table, field: str) -> tuple[Objects, list[int]]:
    """The ISO days of a column; files with CUSIPs come from America."""
    return parse_days(table.columns[table.layout.columns[field]], american="cusip" in table.layout.columns)
