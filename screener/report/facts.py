"""The shapes of the facts on the first page: plain values that every writer prints and none computes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from screener.report.changes import Changes
from screener.report.model import InvestorLine
from screener.report.text import money
from screener.report.words import day_in_words

_IN_WORDS: Final = {
    "finding": "with a finding",
    "clear": "clear",
    "not_screened": "not screened",
    "not_a_holding": "not a holding",
}
CHECKS_TOLD: Final = 5  # totals of the files that the first page tells one by one
HOLDING: Final = ["file", "sheet", "row", "portfolio"]  # what makes a row of findings one holding


@dataclass(frozen=True, slots=True)
class Amount:
    """Market value in one currency ("" when the file names none); never converted."""

    currency: str
    value: float

    def __str__(self) -> str:
        return f"{self.currency or 'no currency stated'} {money(self.value)}"


def in_words(amounts: Sequence[Amount]) -> str:
    """``EUR 1,200; USD 300``, or that nothing is stated."""
    return "; ".join(str(amount) for amount in amounts) or "not stated in the file"


@dataclass(frozen=True, slots=True)
class ActionLine:
    """The holdings that one decision code decides."""

    action: str
    title: str
    means: str
    holdings: int
    without_value: int
    amounts: tuple[Amount, ...]
    programmes: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something ends or begins for some holdings; ``days_left`` counts calendar days, 0 is today."""

    day: date
    days_left: int
    action: str
    event: str
    holdings: int
    amounts: tuple[Amount, ...]
    programmes: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """A holding that needs action or a decision, in words; ``also`` names its other findings."""

    action: str
    title: str
    security: str
    identifier: str
    portfolio: str
    quantity: float | None
    market_value: float | None
    currency: str
    do: str
    day: date | None
    days_left: int | None
    programme: str
    also: str


@dataclass(frozen=True, slots=True)
class ValueLine:
    """Market value on each side of the screen, in one currency."""

    currency: str
    with_finding: float
    clear: float
    not_screened: float
    cash: float
    without_value: int  # screened or unscreened rows that state no market value

    @property
    def total(self) -> float:
        """All that was read as a holding or as cash."""
        return self.with_finding + self.clear + self.not_screened + self.cash


@dataclass(frozen=True, slots=True)
class TotalCheck:
    """A total the file prints beside what was read; ``currency`` "" where the file names none."""

    file: str
    sheet: str
    label: str
    currency: str
    stated: float
    read: float

    @property
    def difference(self) -> float:
        """What was read less what the file states."""
        return self.read - self.stated

    @property
    def agrees(self) -> bool:
        """Within a thousandth or one unit: files print rounded values under an exact total."""
        return abs(self.difference) <= max(1.0, 0.001 * abs(self.stated))

    def sentence(self) -> str:
        """Both sides, and whether they agree."""
        place = f"{self.file}, {self.sheet}" if self.sheet else self.file
        verdict = "agrees with" if self.agrees else f"DIFFERS by {abs(self.difference):,.0f} from"
        stated = f"{self.currency} {self.stated:,.0f}".strip()
        label = f" ({self.label})" if self.label else ""
        return f"{place}: the file's own total{label} of {stated} {verdict} the rows read, {self.read:,.0f}."


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows that came in against rows accounted for; ``outcomes`` in the order of rows.csv's values."""

    rows_in: int
    outcomes: tuple[tuple[str, int], ...]
    values: tuple[ValueLine, ...]
    checks: tuple[TotalCheck, ...]
    gaps: tuple[str, ...]  # sentences: where the counts do not meet

    def count(self, outcome: str) -> int:
        """Rows with ``outcome``."""
        return dict(self.outcomes).get(outcome, 0)

    @property
    def screened(self) -> int:
        """Rows that were compared with the lists."""
        return self.count("finding") + self.count("clear")

    @property
    def accounted(self) -> int:
        """Rows with a known outcome."""
        return sum(number for _, number in self.outcomes)

    @property
    def reconciles(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.accounted == self.rows_in and not self.gaps

    def told(self) -> list[str]:
        """The checks of totals as sentences, those that differ first; a file of a hundred sheets has too many to read."""
        order = sorted(self.checks, key=lambda check: check.agrees)
        said = [check.sentence() for check in order[:CHECKS_TOLD]]
        rest = order[CHECKS_TOLD:]
        differing = sum(not check.agrees for check in rest)
        if rest:
            agreeing = len(rest) - differing
            verdict = f"{differing:,} DIFFER, {agreeing:,} agree" if differing else "all agree"
            said.append(
                f"{len(rest):,} further totals of the files were compared: {verdict}. See the sheet How we read your file."
            )
        return said

    def sentence(self) -> str:
        """``40 rows in = 8 with a finding + 30 clear + ...``."""
        equal = "=" if self.reconciles else "does not equal"
        parts = " + ".join(f"{number:,} {_IN_WORDS[name]}" for name, number in self.outcomes)
        return f"{self.rows_in:,} rows in {equal} {parts}."


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the banner has its colour; ``colour`` is that of this reason alone."""

    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Whether the report can be relied on, and why not."""

    colour: str
    title: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ListLine:
    """A dataset the run used; ``days_behind`` is how long before the as-of day it stops (0 when it reaches it)."""

    title: str
    name: str
    version: str
    kept_to: date
    days_behind: int
    entries: int
    programmes: str

    def sentence(self) -> str:
        """The list, the day it was kept to, and how far that is before the as-of day."""
        behind = f", {self.days_behind:,} days before the as-of day" if self.days_behind else ""
        kept = day_in_words(self.kept_to)
        return f"{self.title}: kept to {kept}{behind}; {self.entries:,} entries ({self.programmes})."


@dataclass(frozen=True, slots=True)
class Summary:
    """All facts of the first page."""

    title: str
    run_id: str
    as_of: date
    created: datetime
    software: str
    investor: InvestorLine
    verdict: str
    banner: Banner
    actions: tuple[ActionLine, ...]
    to_do: tuple[ToDo, ...]
    to_do_total: int
    changes: Changes
    deadlines: tuple[Deadline, ...]
    programmes: tuple[tuple[str, int], ...]
    coverage: Coverage
    lists: tuple[ListLine, ...]
    disclaimer: str
    notes: tuple[str, ...] = ()

    @property
    def needs_action(self) -> bool:
        """Whether anything needs action or a person's decision (exit code 1)."""
        return self.to_do_total > 0

    @property
    def to_do_left_out(self) -> int:
        """Holdings that need action and are not in ``to_do`` because that list is capped."""
        return self.to_do_total - len(self.to_do)
