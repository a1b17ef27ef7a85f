"""Where the tables of a sheet are: rows of headings, one or two high, and the rows that belong to each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from screener.holdings.content import is_code, looks_like_identifiers
from screener.holdings.folding import fold
from screener.holdings.grid import Grid, Mask, Objects
from screener.holdings.headings import AMOUNTS, IDENTIFIERS, NAMING, Heading, heading
from screener.holdings.words import value_words

STRONG: Final = 3
TRADES: Final = 2  # looks like a list of transactions
WEAK: Final = 1  # names without amounts and identifiers under a heading that other tables have too
OTHER: Final = 0  # a table, but not of holdings
_IDENTIFYING: Final = frozenset(IDENTIFIERS) | {"ticker", "identifier"}


@dataclass(frozen=True, slots=True)
class Block:
    """One table: heading rows ``top`` to ``start`` (0-based indices, ``top == start`` without headings), data to ``end``."""

    top: int
    start: int
    end: int
    headings: tuple[Heading, ...]
    strength: int

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(item.field for item in self.headings)


@dataclass(frozen=True, slots=True)
class _Header:
    top: int
    bottom: int
    headings: tuple[Heading, ...]
    strength: int


def find_blocks(grid: Grid) -> list[Block]:
    """The tables of ``grid``, top to bottom; an empty list where nothing looks like one."""
    if not grid.columns or not grid.height:
        return []
    rows = _candidates(grid)
    headers = _headers(grid, rows)
    if not any(header.strength >= WEAK for header in headers):
        headers = _headers_by_content(grid, headers)
    if not headers:
        return []
    ends = [header.top for header in headers[1:]] + [grid.height]
    return [
        Block(
            header.top,
            header.bottom + 1 if header.headings else header.top,
            end,
            header.headings,
            header.strength,
        )
        for header, end in zip(headers, ends, strict=True)
    ]


def _candidates(grid: Grid) -> npt.NDArray[np.intp]:
    """Rows of text only with at least one cell that is a known heading."""
    size = grid.height
    numbers, filled, known = np.zeros(size, int), np.zeros(size, int), np.zeros(size, int)
    for column in grid.columns:
        numbers += column.numeric
        filled += column.filled
    textual = (numbers == 0) | ((numbers == 1) & (filled >= 4))
    chosen = np.flatnonzero(textual & (filled > 0))
    if not len(chosen):
        return chosen
    for column in grid.columns:
        known[chosen] += _known(column.texts[chosen])
    rows: npt.NDArray[np.intp] = np.flatnonzero(known > 0)
    return rows


def _known(texts: Objects) -> Mask:
    memory: dict[str, bool] = {"": False}
    for text in set(texts):
        memory[text] = 0 < len(text) <= 120 and not text[0].isdigit() and bool(heading(text).field)
    return np.fromiter((memory[text] for text in texts), dtype=bool, count=len(texts))


def _headers(grid: Grid, rows: npt.NDArray[np.intp]) -> list[_Header]:
    headers: list[_Header] = []
    taken = -1
    for row in rows.tolist():
        if row <= taken:
            continue
        found = _header_at(grid, row, taken)
        if found is not None and (found.strength > OTHER or any(h.strength > OTHER for h in headers)):
            headers.append(found)
            taken = found.bottom
    return headers


def _header_at(grid: Grid, row: int, taken: int) -> _Header | None:
    """The best reading of ``row`` as headings: alone, with the row above, or with the row below."""
    texts = _texts(grid, row)
    if any(is_code(text) and not heading(text).exact for text in texts):
        return None
    choices = [(row, row, texts)]
    if row > 0 and row - 1 > taken and _textual(grid, row - 1, 2):
        choices.append((row - 1, row, _stacked(_spread(grid, row - 1), texts)))
    if row + 1 < grid.height and _textual(grid, row + 1, 1) and not _has_identifiers(grid, row + 1):
        choices.append((row, row + 1, _stacked(_spread(grid, row), _texts(grid, row + 1))))
    best: _Header | None = None
    best_score = 0.0
    for top, bottom, joined in choices:
        headings = tuple(heading(text) for text in joined)
        strength = _strength(headings)
        units = bottom > row and _units_only(_texts(grid, bottom))
        score = _score(headings) - (1.5 if top != bottom and not units else 0) + units
        if strength is not None and score > best_score:
            best, best_score = _Header(top, bottom, headings, strength), score
    return best


def _score(headings: tuple[Heading, ...]) -> float:
    fields = {item.field for item in headings if item.field and item.field != "ignored"}
    known = sum(bool(item.field) for item in headings)
    naming = bool(fields & NAMING)
    return 2 * len(fields) + 0.5 * known + naming + 0.1 * sum(item.exact for item in headings)


def _strength(headings: tuple[Heading, ...]) -> int | None:
    """How surely headings are those of holdings; None where they are no headings at all."""
    filled = [item for item in headings if item.text]
    known = [item for item in filled if item.field]
    fields = {item.field for item in filled if item.field} - {"ignored"}
    naming = fields & NAMING
    if not naming or (len(filled) == 1 and not filled[0].exact):
        plain_table = (
            len(filled) >= 2 and len(known) >= max(2, 0.6 * len(filled)) and all(i.exact for i in known)
        )
        return OTHER if plain_table else None
    if len(filled) > 1 and len(fields) < 2 and len(known) < 2:
        return WEAK if len(filled) <= 3 and known[0].exact and not known[0].weak else None
    if len(known) < 0.4 * len(filled) and len(fields) < 3:
        return None
    if "trade" in fields and sum(item.field == "trade" for item in filled) >= 2:
        return TRADES
    if fields & _IDENTIFYING or fields & AMOUNTS:
        return STRONG if len(fields) > 1 or (filled[0].exact and fields & _IDENTIFYING) else WEAK
    return WEAK


def _headers_by_content(grid: Grid, others: list[_Header]) -> list[_Header]:
    """A table without known headings: identifiers in a column give it away; the text row above them has the headings."""
    found = [mask for column in grid.columns if (mask := looks_like_identifiers(column)) is not None]
    if not found:
        return others
    first = min(int(np.flatnonzero(mask)[0]) for mask in found)
    above = [row for row in range(max(0, first - 3), first) if _textual(grid, row, 2)]
    if not above:
        return [_Header(first, first - 1, (), STRONG)]
    headings = tuple(heading(text) for text in _texts(grid, above[-1]))
    return [_Header(above[-1], above[-1], headings, STRONG)]


def _texts(grid: Grid, row: int) -> list[str]:
    return [column.at(row) for column in grid.columns]


def _textual(grid: Grid, row: int, least: int) -> bool:
    """Whether a row holds at least ``least`` short texts and no numbers."""
    texts = [str(column.texts[row]) for column in grid.columns if column.filled[row]]
    numbers = any(column.numeric[row] for column in grid.columns)
    return (
        not numbers
        and len(texts) >= least
        and all(len(text) <= 120 and not text[:1].isdigit() for text in texts)
    )


def _has_identifiers(grid: Grid, row: int) -> bool:
    """Whether the row below a row of headings is already a position: something in it is longer than a unit and holds digits."""
    texts = [text for text in _texts(grid, row) if not _units_only([text])]
    return any(any(c.isdigit() for c in text) and len(text) >= 6 for text in texts)


def _spread(grid: Grid, row: int) -> list[str]:
    """The texts of an upper heading row, each carried over the merged or blank cells to its right."""
    texts = _texts(grid, row)
    number = int(grid.rows[row])
    merged = [m for m in grid.merged if m[0] <= number <= m[2] and m[3] > m[1]]
    if merged:
        for _, left, _, right in merged:
            first = left - grid.first_column
            if 0 <= first < len(texts):
                for index in range(first + 1, min(right - grid.first_column + 1, len(texts))):
                    texts[index] = texts[index] or texts[first]
        return texts
    below = _texts(grid, row + 1) if row + 1 < grid.height else texts
    for index in range(1, len(texts)):
        if not texts[index] and below[index] and below[index - 1]:
            texts[index] = texts[index - 1]
    return texts


def _stacked(upper: list[str], lower: list[str]) -> list[str]:
    """Two heading rows as one; where the pair says nothing, the part that does."""
    return [_joined(a, b) for a, b in zip(upper, lower, strict=True)]


def _joined(upper: str, lower: str) -> str:
    if not upper or not lower or upper == lower:
        return upper or lower
    both = f"{upper} {lower}"
    if _units_only([lower]) or heading(both).exact:
        return both
    above, below = heading(upper), heading(lower)
    return lower if below.exact and (not above.exact or above.field != below.field) else both


def _units_only(texts: list[str]) -> bool:
    """Whether a row below headings holds nothing but the units of some of them."""
    return all(_is_unit(part) for text in texts for part in text.replace("'", " ").split())


def _is_unit(text: str) -> bool:
    words = value_words()
    return text in words.currencies or fold(text) in words.units or text in ("%", "$", "€")


def side_by_side(grid: Grid) -> list[Grid]:
    """Tables that stand beside each other become grids of their own; any other grid stays whole.

    They show by a row of headings that names securities on both sides of a blank column.
    """
    blank = [i for i, column in enumerate(grid.columns) if not column.filled.any()]
    if not blank or len(grid.columns) < 5:
        return [grid]
    parts = [part for part in _runs(len(grid.columns), set(blank)) if len(part) >= 2]
    if len(parts) < 2:
        return [grid]
    pieces = [
        replace(
            grid,
            columns=[grid.columns[i] for i in part],
            first_column=grid.first_column + part[0],
            remarks=[],
        )
        for part in parts
    ]
    found = [find_blocks(piece) for piece in pieces]
    tops = [{block.top for block in blocks if block.strength == STRONG} for blocks in found]
    if sum(bool(top & tops[0]) for top in tops) < 2 or not tops[0]:
        return [grid]
    if any(not any(b.strength == STRONG and b.fields & NAMING for b in blocks) for blocks in found):
        return [grid]
    pieces[0].remarks.extend(grid.remarks)
    return pieces


def _runs(size: int, blank: set[int]) -> list[list[int]]:
    """Runs of neighbouring columns between blank ones."""
    runs: list[list[int]] = [[]]
    for i in range(size):
        if i in blank:
            runs.append([])
        else:
            runs[-1].append(i)
    return [run for run in runs if run]
