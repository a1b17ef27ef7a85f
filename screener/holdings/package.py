"""What calamine does not say about a zipped workbook: hidden rows and columns; and whether it is safe to open."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SheetFacts:
    """Facts of one sheet, by 1-based row and column numbers."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    unreadable: bool = False  # the sheet would need absurd memory; a remark says why
    remarks: list[tuple[int, str, str, str, str]] = field(default_factory=list)
