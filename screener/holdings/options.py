"""How holdings are read: what a caller may choose, and the limits that keep a hostile file harmless."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most. A file beyond a hard limit is refused; a cell beyond a soft one is cut, with an Issue.

    Sizes are in bytes, ``cells`` counts the rectangle that holds all filled cells of a sheet, blank ones included.
    """

    file_bytes: int = 300_000_000
    unpacked_bytes: int = 2_000_000_000  # of all parts of a zipped workbook together
    unpacked_ratio: int = 300  # a part of more than 50 MB may not be packed tighter than this
    rows: int = 1_048_576
    columns: int = 1_024
    cells: int = 24_000_000
    sparse_cells: int = 2_000_000  # the rectangle allowed to a sheet that fills less than a hundredth of it
    sheets: int = 1_000
    archive_members: int = 1_000
    text_length: int = 1_000  # of one cell; a longer text is cut


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``password`` opens an encrypted workbook; ``profile`` is the path of a saved profile, or its name in ``profiles``.

    ``read_hidden`` says whether hidden sheets are read (they are screened and said to be hidden).
    """

    password: str | None = field(default=None, repr=False)
    profile: str | Path | None = None
    profiles: Path | None = None
    read_hidden: bool = True
    limits: Limits = field(default_factory=Limits)


def too_wide(columns: int, read: int) -> str:
    """What is told of a sheet with more columns than are read."""
    return f"the sheet is {columns} columns wide; only the first {read} were read"


def too_long(read: int) -> str:
    """What is told of a sheet with more rows than are read."""
    return f"only the first {read:,} rows were read; split the file, so that none is left out"
