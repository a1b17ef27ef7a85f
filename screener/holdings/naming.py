"""Which column of a table is which field: by heading, by content, or by a saved profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from screener.holdings.content import SURE, Look, look
from screener.holdings.folding import fold
from screener.holdings.grid import Column
from screener.holdings.headings import AMOUNTS, IDENTIFIERS, Heading, in_base_currency
from screener.holdings.product import PRODUCT, fits_product
from screener.settings import shipped_toml

FIELDS: Final = (
    "name", "ticker", "exchange", *IDENTIFIERS, "asset_class", "country", "quantity", "price", "market_value",
    "currency", "weight", "portfolio", "issue_date", "maturity", "side", "id_type",
    "detail",
)  # fmt: skip
_NUMERIC: Final = AMOUNTS
_TEXTUAL: Final = frozenset(
    {"name", "exchange", "asset_class", "country", "currency", "portfolio", "side", "id_type", "detail"}
)
_CODES: Final = frozenset({*IDENTIFIERS, "identifier", "ticker"})


@dataclass(slots=True)
class Layout:
    """``columns`` holds the index of the column of each field found; ``codes`` every column of identifiers, best first."""

    columns: dict[str, int] = field(default_factory=dict)
    codes: list[tuple[int, str]] = field(default_factory=list)  # column, scheme it is taken for
    by: dict[int, tuple[str, str]] = field(default_factory=dict)  # column: field, and how it was known
    spare_names: list[int] = field(default_factory=list)
    currency: str = ""  # named by the heading of the market values
    unit: str = ""
    base: bool = False  # the values are in the base currency of the account, whatever currency a row prints
    languages: frozenset[str] = frozenset()
    doubtful: list[tuple[int, str, str]] = field(
        default_factory=list
    )  # column, what is odd about it, its field

    def take(self, name: str, column: int, how: str) -> None:
        """Let ``column`` be the field ``name``."""
        self.columns[name] = column
        self.by[column] = (name, how)


@dataclass(frozen=True, slots=True)
class _Candidate:
    column: int
    heading: Heading
    look: Look

    @property
    def order(self) -> tuple[bool, int, bool, int]:
        """Best first: a heading known as a whole, its preference, filled at all, further left."""
        return (not self.heading.exact, self.heading.rank, self.look.filled < 0.05, self.column)


def name_columns(headings: tuple[Heading, ...], columns: list[Column]) -> Layout:
    """The layout of a table from its ``headings`` (empty: none) and its data ``columns``."""
    layout = Layout()
    blank = Heading("")
    candidates = [
        _Candidate(i, headings[i] if i < len(headings) else blank, look(column))
        for i, column in enumerate(columns)
    ]
    candidates = [c for c in candidates if c.look.size or c.heading.field]
    by_field: dict[str, list[_Candidate]] = {}
    for candidate in candidates:
        by_field.setdefault(_field(candidate, layout), []).append(candidate)
    _codes(layout, by_field)
    for name in FIELDS:
        if name not in layout.columns and name not in IDENTIFIERS:
            _plain(layout, name, sorted(by_field.get(name, []), key=lambda c: c.order))
    _by_content(layout, candidates)
    _by_product(layout, candidates, columns)
    _describe(layout, headings)
    return layout


@cache
def _numeric_instead() -> dict[str, str]:
    raw = shipped_toml("headings.toml")["numeric_instead"]
    return {fold(text): name for name, texts in raw.items() for text in texts}


def _field(candidate: _Candidate, layout: Layout) -> str:
    """The field a column is a candidate for: its heading, unless its values contradict it."""
    name, seen = candidate.heading.field, candidate.look
    sure = max(SURE, key=lambda scheme: seen.valid[scheme])
    if seen.valid[sure] >= 0.6 and seen.size >= (1 if sure == "isin" else 3) and _may_be(sure, name, seen):
        return sure
    if name in ("name", "portfolio", "asset_class") and seen.numeric > 0.8 and seen.size >= 2:
        instead = _numeric_instead().get(fold(candidate.heading.text), "" if name == "name" else name)
        if name == "name" and not instead:
            layout.doubtful.append(
                (
                    candidate.column,
                    "holds numbers where names were expected, so it is not used as the name",
                    name,
                )
            )
        return instead
    if name == "asset_class" and seen.id_types > 0.8 and seen.size >= 2:
        return "id_type"
    if name in _NUMERIC and seen.currencies > 0.8:
        return (
            "currency"  # "Local value" of some brokers stands over the currency, the value under no heading
        )
    if name in _NUMERIC and seen.size and seen.numeric < 0.2 and (seen.wordy > 0.5 or seen.codes > 0.8):
        layout.doubtful.append(
            (candidate.column, "holds text where numbers were expected, so it is not used", name)
        )
        return ""
    return name


def _may_be(scheme: str, name: str, seen: Look) -> bool:
    """Whether a column headed as ``name`` may be taken for ``scheme`` by its values; seven digits may be a quantity."""
    if scheme == "isin":
        return name not in ("country",)
    if name in _CODES or name == "id_type":
        return True
    return name in ("", "ignored", "name") and seen.numeric < 0.5


def _codes(layout: Layout, by_field: dict[str, list[_Candidate]]) -> None:
    """Columns of identifiers and tickers: each scheme's best first; combined headings name several schemes."""
    for scheme in (*IDENTIFIERS, "identifier"):
        for candidate in sorted(
            by_field.get(scheme, []), key=lambda c: (-c.look.valid.get(scheme, 0.0), c.order)
        ):
            how = "heading" if candidate.heading.field == scheme else "content"
            shape = _shape(candidate) if scheme == "identifier" else scheme
            layout.codes.append((candidate.column, shape))
            if shape and shape not in layout.columns:
                layout.take(shape, candidate.column, how)
            else:
                layout.by[candidate.column] = (shape, how)
    for name in ("ticker", "name"):
        for candidate in by_field.get(name, []):
            if (
                any(other in IDENTIFIERS or other == "identifier" for other in candidate.heading.others)
                and name == "ticker"
            ):
                layout.codes.append((candidate.column, "ticker"))


def _shape(candidate: _Candidate) -> str:
    """The scheme that most values of a column of mixed identifiers have or are shaped like."""
    best = max(SURE, key=lambda scheme: candidate.look.valid[scheme])
    if candidate.look.valid[best] > 0.3:
        return best
    if candidate.look.rics > 0.7:
        return "ric"
    if candidate.look.bloomberg > 0.5:
        return "ticker"
    return "cusip" if candidate.look.short_cusips > 0.5 else "identifier"


def _plain(layout: Layout, name: str, choices: list[_Candidate]) -> None:
    choices = [c for c in choices if c.column not in layout.by]
    if not choices:
        return
    layout.take(name, choices[0].column, "heading" if choices[0].heading.field == name else "content")
    if name == "name":
        layout.spare_names = [c.column for c in choices[1:]]


def _by_content(layout: Layout, candidates: list[_Candidate]) -> None:
    """What headings did not tell: currency codes, scheme names, tickers with their exchange, names."""
    free = [c for c in candidates if c.column not in layout.by and c.heading.field in ("", "ignored")]
    _take_first(layout, "currency", [c for c in free if c.look.currencies > 0.8 and c.look.filled > 0.3])
    if layout.codes:
        _take_first(layout, "id_type", [c for c in free if c.look.id_types > 0.8])
    unheaded = [c for c in free if c.heading.field == "" and c.column not in layout.by]
    _take_first(layout, "ticker", [c for c in unheaded if c.look.bloomberg > 0.7 and c.look.size > 2])
    wordy = [c for c in unheaded if c.look.wordy > 0.5 and c.look.distinct > 0.5 and c.look.filled > 0.5]
    _take_first(
        layout, "name", sorted(wordy, key=lambda c: (-round(c.look.distinct, 1), -c.look.wordy, c.column))
    )


def _by_product(layout: Layout, candidates: list[_Candidate], columns: list[Column]) -> None:
    """The one of quantity, price and value that no heading told: the column that fits quantity times price is value."""
    lacking = [name for name in PRODUCT if name not in layout.columns]
    if len(lacking) != 1:
        return
    free = [
        c.column
        for c in candidates
        if c.column not in layout.by
        and c.look.numeric > 0.8
        and c.heading.field in ("", "ignored", *_NUMERIC)
    ]
    known = {name: columns[layout.columns[name]] for name in PRODUCT if name != lacking[0]}
    found = next((i for i in free if fits_product(lacking[0], columns[i], known)), None)
    if found is not None:
        layout.take(lacking[0], found, "content")


def _take_first(layout: Layout, name: str, choices: list[_Candidate]) -> None:
    choices = [c for c in choices if c.column not in layout.by]
    if name not in layout.columns and choices:
        layout.take(name, choices[0].column, "content")


def _describe(layout: Layout, headings: tuple[Heading, ...]) -> None:
    """Currency, unit and language, from the headings of the columns used."""
    value = layout.columns.get("market_value")
    if value is not None and value < len(headings):
        layout.currency, layout.unit = headings[value].currency, headings[value].unit
        layout.base = in_base_currency(headings[value].text)
    layout.languages = frozenset(language for item in headings for language in item.languages)
