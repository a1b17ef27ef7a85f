"""Opening funds: every position inside, level by level, with its part of the value of the fund that is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, empty
from screener.funds.books import Book, Books
from screener.funds.model import MOST_LEVELS, Funds
from screener.holdings.model import Holdings
from screener.matching.instruments import instruments_of

PATHS = ["book", "inside", "chain", "level", "weight"]
_MOST_NAMED = 3
_JOINT = " > "


@dataclass(frozen=True, slots=True)
class Opened:
    """The funds of a portfolio, opened.

    ``holdings`` has every position of every book once; ``paths`` has a row for each way from a book down to one of them
    (``inside`` is its place in ``holdings``); ``funds`` has a row a fund held, on the index of the portfolio.
    """

    holdings: DataFrame[Holdings]
    paths: pd.DataFrame
    funds: DataFrame[Funds]

    def unknown(self) -> pd.Series[float]:
        """For each fund held, by its place, the percent of its value of which nobody knows what it is."""
        return (100 - self.funds["known"]).clip(lower=0).fillna(100.0)


@dataclass(slots=True)
class _Inside:
    """What is found while one book is opened."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    shut: list[tuple[str, float, str]] = field(default_factory=list)  # name, percent of the value, why


def open_funds(holdings: pd.DataFrame, books: Books) -> Opened:
    """The funds among ``holdings`` with what ``books`` say of them."""
    kinds = instruments_of(holdings)["instrument"]
    # A paper of unknown kind for which there is a book is a fund; what the file calls a share is none.
    file = books.of(holdings).where(kinds.isin(["fund", "", "other"]), "")
    held = holdings[(kinds == "fund") | (file != "")]
    places = _places(books)
    inside = {name: _expanded(name, books, places) for name in sorted(set(file[held.index]) - {""})}
    rows = [
        pd.concat(one.rows, ignore_index=True).assign(book=name) for name, one in inside.items() if one.rows
    ]
    paths = pd.concat(rows, ignore_index=True)[PATHS] if rows else pd.DataFrame(columns=PATHS)
    everything = [book.holdings for book in books.files()]
    return Opened(
        checked(Holdings, pd.concat(everything, ignore_index=True)) if everything else empty(Holdings),
        paths,
        _funds(held, file[held.index], inside),
    )


def _places(books: Books) -> dict[str, int]:
    """Where the positions of each book begin among those of all."""
    places, first = {}, 0
    for book in books.files():
        places[book.file] = first
        first += len(book.holdings)
    return places


def _expanded(name: str, books: Books, places: dict[str, int]) -> _Inside:
    by_file = {book.file: book for book in books.files()}
    found = _Inside()
    _open(found, (by_file, books, places), [name], (1.0, []))
    return found


def _open(
    found: _Inside,
    shelf: tuple[dict[str, Book], Books, dict[str, int]],
    chain: Sequence[str],
    above: tuple[float, Sequence[str]],
) -> None:
    """Adds the positions of the last book of ``chain``, then opens the funds among them."""
    by_file, books, places = shelf
    book, (factor, names) = by_file[chain[-1]], above
    weights = book.weights().reset_index(drop=True) * factor
    positions = book.holdings.reset_index(drop=True)
    kinds = instruments_of(positions)["instrument"]
    inner = books.of(positions).where(kinds.isin(["fund", "", "other"]), "")
    is_fund = (kinds == "fund") | (inner != "")
    found.rows.append(
        pd.DataFrame(
            {
                "inside": positions.index + places[book.file],
                "chain": _JOINT.join(names),
                "level": len(chain),
                "weight": weights,
            }
        )
    )
    funds = zip(positions["name"][is_fund], weights[is_fund], inner[is_fund], strict=True)
    for called, weight, file in funds:
        why = _shut(file, chain)
        if why:
            found.shut.append((called, weight, why))
        else:
            _open(found, shelf, [*chain, file], (weight / 100, [*names, called]))


def _shut(file: str, chain: Sequence[str]) -> str:
    if not file:
        return "no file says what it holds"
    if file in chain:
        return "it holds the fund that holds it"
    return f"deeper than {MOST_LEVELS} levels" if len(chain) >= MOST_LEVELS else ""


def _funds(held: pd.DataFrame, file: pd.Series[str], inside: dict[str, _Inside]) -> DataFrame[Funds]:
    told = {name: _told(one) for name, one in inside.items()}
    unopened = (0, float("nan"), "no file says what it holds")
    facts = pd.DataFrame(
        [told.get(name, unopened) for name in file],
        columns=["inside_count", "known", "note"],
        index=held.index,
    )
    frame = held.assign(
        security=held["name"],
        currency=held["value_currency"],
        book=file,
        holdings=facts["inside_count"],
        known=facts["known"],
        note=facts["note"],
    )
    return checked(Funds, frame)


def _told(one: _Inside) -> tuple[int, float, str]:
    """How many positions, how much of the value they make up, and what stayed shut."""
    rows = pd.concat(one.rows, ignore_index=True)
    first = rows.loc[rows["level"] == 1, "weight"]
    shut = sum(abs(weight) for _, weight, _ in one.shut if not isnan(weight))
    known = min(100.0, float(first.abs().sum())) - shut if first.notna().any() else float("nan")
    return len(rows), max(0.0, known), _note(one.shut)


def _note(shut: Sequence[tuple[str, float, str]]) -> str:
    named = [
        f"{name} ({weight:.2f} percent): {why}" if not isnan(weight) else f"{name}: {why}"
        for name, weight, why in shut[:_MOST_NAMED]
    ]
    more = f"; and {len(shut) - _MOST_NAMED} more" if len(shut) > _MOST_NAMED else ""
    return f"not opened: {'; '.join(named)}{more}" if named else ""
