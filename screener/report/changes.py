"""What changed since the previous run of the same portfolio, as values that every writer prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOLDINGS: Final = "holdings"
LIST: Final = "list"
DATE: Final = "date"
SOFTWARE: Final = "software"
EXPIRED: Final = "expired"
DECIDED: Final = "decided"
INVESTOR: Final = "investor"
OWNERSHIP: Final = "ownership"
OTHER: Final = "other"
# Every cause in words, in the order in which they are counted.
CAUSES: Final = {
    LIST: "List changed",
    HOLDINGS: "Holdings changed",
    DATE: "Rule date reached",
    SOFTWARE: "Software changed",
    EXPIRED: "Decision expired",
    DECIDED: "Decision recorded",
    INVESTOR: "Investor profile changed",
    OWNERSHIP: "Ownership file changed",
    OTHER: "Settings changed",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One finding that came, went or changed; ``before`` and ``after`` are what it said, "" where there was none."""

    action: str  # the code it has now, or had
    security: str
    identifier: str
    portfolio: str
    entity: str
    programme: str
    before: str
    after: str
    cause: str  # a key of CAUSES
    told: str  # the cause in a sentence


@dataclass(frozen=True, slots=True)
class Changes:
    """``compared`` says with which run, or why with none; ``between`` what differs between the two runs."""

    compared: str
    rows: tuple[Change, ...] = ()
    between: tuple[str, ...] = ()
    found: bool = False  # whether there was a run to compare with

    def counted(self) -> tuple[tuple[str, int], ...]:
        """How many changes each cause has, in words."""
        counts = {cause: sum(row.cause == cause for row in self.rows) for cause in CAUSES}
        return tuple((CAUSES[cause], number) for cause, number in counts.items() if number)

    def sentence(self) -> str:
        """``3 changes since run ...: list changed (2), holdings changed (1).``"""
        if not self.found:
            return self.compared
        if not self.rows:
            return f"No finding changed since {self.compared}."
        parts = ", ".join(f"{cause.lower()} ({number:,})" for cause, number in self.counted())
        noun = "change" if len(self.rows) == 1 else "changes"
        return f"{len(self.rows):,} {noun} since {self.compared}: {parts}."


FIRST: Final = Changes("No earlier run of this portfolio is on record: there is nothing to compare with.")
