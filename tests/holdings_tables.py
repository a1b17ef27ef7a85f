"""Generated tables of holdings whose truth is known: place, order, language, number format, noise."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from screener.holdings.headings import heading
from screener.settings import shipped_toml

LANGUAGES = ("en", "nl", "no", "sv", "da", "de", "fr", "es", "it", "pt", "zh", "ja")
TOTALS = {
    "en": "Total", "nl": "Totaal", "no": "Totalt", "sv": "Summa", "da": "I alt", "de": "Gesamtsumme", "fr": "Total",
    "es": "Total general", "it": "Totale", "pt": "Total geral", "zh": "合计", "ja": "合計",
}  # fmt: skip
SECTIONS = {
    "en": "Equities", "nl": "Aandelen", "no": "Aksjer", "sv": "Aktier", "da": "Aktier", "de": "Aktien", "fr": "Actions",
    "es": "Acciones", "it": "Azioni", "pt": "Ações", "zh": "股票", "ja": "株式",
}  # fmt: skip
NUMBERS = {",": (".", " ", "\u00a0", "'", ""), ".": (",", " ", "\u00a0", "'", "")}
CURRENCIES = ("USD", "EUR", "HKD", "JPY", "NOK", "CNY")
FIELDS = ("isin", "ticker", "quantity", "price", "market_value", "currency", "weight", "country")
WORDS = (
    "Harbin",
    "Nordlys",
    "Kestrel",
    "Almere",
    "Sakura",
    "Polder",
    "Vega",
    "Tundra",
    "Baltic",
    "Jade",
    "Orchid",
)
KINDS = ("Industries", "Energy", "Shipping", "Telecom", "Semiconductor", "Holdings", "Pharma", "Steel")
FORMS = ("Ltd", "NV", "ASA", "AG", "Inc", "Co Ltd", "SpA", "plc")


def isin_of(country: str, number: int) -> str:
    """A valid ISIN for each number."""
    body = f"{country}{number:09d}"
    digits = "".join(str(int(c, 36)) for c in body)
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return f"{body}{-total % 10}"


@dataclass(frozen=True, slots=True)
class Position:
    name: str
    isin: str
    ticker: str
    quantity: int
    price: float
    market_value: float
    currency: str
    weight: float
    country: str


@dataclass(frozen=True, slots=True)
class Format:
    """How numbers are printed; ``typed`` writes them as numbers of the workbook instead."""

    decimal: str
    thousands: str
    negative: str  # "-", "(" or "behind"
    typed: bool

    def printed(self, value: float, decimals: int) -> object:
        """``value`` as the file prints it."""
        if self.typed:
            return int(value) if decimals == 0 else value
        plain = f"{abs(value):,.{decimals}f}"
        text = plain.translate({ord(","): self.thousands, ord("."): self.decimal})
        if value >= 0:
            return text
        return {"-": f"-{text}", "(": f"({text})", "behind": f"{text}-"}[self.negative]


@dataclass(slots=True)
class Generated:
    """A table as rows of cells, and its truth."""

    rows: list[list[object]]
    holdings: dict[int, Position]  # by the row of the file, from 1
    fields: list[str]
    totals: dict[int, float]
    section: str
    format: Format
    filled: list[int] = field(default_factory=list)


@st.composite
def positions(draw: st.DrawFn) -> list[Position]:
    """Two to a dozen positions with distinct names and identifiers."""
    numbers = draw(st.lists(st.integers(1, 99_999), min_size=2, max_size=12, unique=True))
    found = []
    for number in numbers:
        country = draw(st.sampled_from(("US", "HK", "NO", "NL", "DE", "JP")))
        word, kind, form = WORDS[number % 11], KINDS[number % 8], FORMS[number % 7]
        quantity = draw(st.integers(2, 4_000_000)) * draw(st.sampled_from((1, 1, 1, -1)))
        price = round(draw(st.floats(0.5, 900)), 2)
        found.append(
            Position(
                name=f"{word} {kind} {number} {form}",
                isin=isin_of(country, number),
                ticker=f"{word[:3].upper()}{chr(65 + number % 26)} {country}",
                quantity=quantity,
                price=price,
                market_value=round(quantity * price, 2),
                currency=draw(st.sampled_from(CURRENCIES)),
                weight=round(draw(st.floats(0.01, 9)), 2),
                country=country,
            )
        )
    return found


def headings_of(name: str, language: str) -> list[str]:
    """The headings of a field in a language that mean that field and nothing else."""
    known = shipped_toml("headings.toml")[name]
    texts = known.get(language) or known.get("any") or known["en"]
    return [
        text for text in texts if (found := heading(text)).field == name and found.exact and not found.unit
    ]


@st.composite
def tables(draw: st.DrawFn, typed: bool | None = None) -> Generated:
    """A table somewhere on a sheet, with titles, sections, blank rows, totals and notes around its positions."""
    language = draw(st.sampled_from(LANGUAGES))
    decimal = draw(st.sampled_from((",", ".")))
    form = Format(
        decimal,
        draw(st.sampled_from(NUMBERS[decimal])),
        draw(st.sampled_from(("-", "(", "behind"))),
        draw(st.booleans()) if typed is None else typed,
    )
    chosen = ["name", "market_value", *draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=8))]
    fields_ = draw(st.permutations(list(dict.fromkeys(chosen))))
    if not {"isin", "ticker", "quantity"} & set(fields_):
        fields_ = [*fields_, "isin"]
    return _laid_out(draw, language, form, list(fields_))


def _laid_out(draw: st.DrawFn, language: str, form: Format, fields_: list[str]) -> Generated:
    held = draw(positions())
    left = [None] * draw(st.integers(0, 3))
    rows: list[list[object]] = [[] for _ in range(draw(st.integers(0, 2)))]
    for text in draw(
        st.lists(st.sampled_from(("Monthly report", "31 July 2026", "Confidential")), max_size=3)
    ):
        rows.append([*left, text])
        rows += [[] for _ in range(draw(st.integers(0, 1)))]
    rows.append([*left, *(draw(st.sampled_from(headings_of(name, language))) for name in fields_)])
    section = SECTIONS[language] if draw(st.booleans()) and {"isin", "ticker"} & set(fields_) else ""
    if section:
        rows.append([*left, *[section if name == "name" else None for name in fields_]])
    truth: dict[int, Position] = {}
    for position in held:
        rows += [[]] * draw(st.sampled_from((0, 0, 0, 1)))
        rows.append([*left, *(_cell(position, name, form) for name in fields_)])
        truth[len(rows)] = position
    totals: dict[int, float] = {}
    if draw(st.booleans()) and {"isin", "ticker", "quantity"} & set(fields_):
        total = round(sum(position.market_value for position in held), 2)
        cells = {"name": TOTALS[language], "market_value": form.printed(total, 2)}
        rows.append([*left, *(cells.get(name) for name in fields_)])
        totals[len(rows)] = total
    if draw(st.booleans()):
        rows += [[], [*left, "Source: the manager. Past performance is no guide."]]
    filled = [number for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    return Generated(rows, truth, fields_, totals, section, form, filled)


def _cell(position: Position, name: str, form: Format) -> object:
    decimals = {"quantity": 0, "price": 2, "market_value": 2, "weight": 2}.get(name)
    value = getattr(position, name)
    return value if decimals is None else form.printed(value, decimals)


def as_workbook(table: Generated, path: Path) -> Path:
    """The table on a sheet of an .xlsx."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for r, row in enumerate(table.rows, 1):
        for c, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(r, c).value = value  # type: ignore[assignment]
    book.save(path)
    return path


def as_text(table: Generated, path: Path, delimiter: str, encoding: str) -> Path:
    """The table as delimited text; numbers are printed in its format."""
    width = max(map(len, table.rows))
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    for row in table.rows:
        writer.writerow(["" if cell is None else cell for cell in row] + [""] * (width - len(row)))
    path.write_bytes(target.getvalue().encode(encoding))
    return path
