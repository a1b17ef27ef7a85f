"""A report that comes back from a reviewer: the decisions in it, wherever its rows and columns have been moved to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from screener.errors import UsageError
from screener.holdings.panics import panics_as_errors
from screener.report.reviewing import DECISION, ENTITY, KEY, NOTE, REVIEWER, SECURITY, VALID_UNTIL
from screener.reviews import CHOICES

MOST_BYTES: Final = 200_000_000
_NEEDED: Final = (DECISION, REVIEWER, NOTE, VALID_UNTIL, KEY)
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y")
_CODES: Final = {title.casefold(): code for code, title in CHOICES.items()} | {code: code for code in CHOICES}


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One row with a decision: ``choice`` is a key of CHOICES; what is wrong with it is in ``fault``."""

    place: str
    key: str
    choice: str
    reviewer: str
    note: str
    valid_until: date | None
    security: str
    entity: str
    fault: str = ""


def read_returned(path: Path) -> list[ReturnedRow]:
    """Every row of the workbook at ``path`` in which something was decided.

    Columns are found by their headings, on whichever sheet and in whichever order they stand; hidden and filtered rows
    count. Raises UsageError for a file that is no workbook or has no such columns.
    """
    book = _opened(path)
    found, tables = list[ReturnedRow](), 0
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        header = _header(rows)
        if header is None:
            continue
        tables += 1
        place, columns = header
        found += _rows(name, rows[place + 1 :], place + 2, columns)
    if not tables:
        raise UsageError(
            f"{path.name}: no sheet has the columns {', '.join(_NEEDED)}",
            "Hand in the report itself; columns may be moved, but neither renamed nor deleted (Key is hidden).",
        )
    return found


def _opened(path: Path) -> CalamineWorkbook:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path.name}: is too large to be a report", "Hand in the report itself.")
        with panics_as_errors():
            return CalamineWorkbook.from_path(path)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", "Check the path.") from None
    except PasswordError:
        raise UsageError(f"{path.name}: is protected by a password", "Save it without one.") from None
    except (OSError, CalamineError, ValueError) as error:
        raise UsageError(f"{path.name}: cannot be read as a workbook ({error})", "Save it as xlsx.") from None


def _header(rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]] | None:
    """The first row that has all headings, and the place of each."""
    for number, row in enumerate(rows):
        names = {str(cell).strip().casefold(): place for place, cell in reversed(list(enumerate(row)))}
        if all(name.casefold() in names for name in _NEEDED):
            wanted = (*_NEEDED, SECURITY, ENTITY)
            return number, {name: names[name.casefold()] for name in wanted if name.casefold() in names}
    return None


def _rows(
    sheet: str, rows: Sequence[Sequence[Any]], first: int, columns: dict[str, int]
) -> Iterator[ReturnedRow]:
    for number, row in enumerate(rows, first):
        cells = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
        said = _text(cells[DECISION])
        if not said:
            continue
        choice, (until, fault) = _CODES.get(said.casefold(), ""), _day(cells[VALID_UNTIL])
        if not choice:
            fault = f"'{said}' is no decision: choose {', '.join(CHOICES.values())}"
        yield ReturnedRow(
            place=f"sheet {sheet}, row {number}",
            key=_text(cells[KEY]),
            choice=choice,
            reviewer=_text(cells[REVIEWER]),
            note=_text(cells[NOTE]),
            valid_until=until,
            security=_text(cells.get(SECURITY, "")),
            entity=_text(cells.get(ENTITY, "")),
            fault=fault,
        )


def _text(cell: Any) -> str:
    return " ".join(str(cell).split())


def _day(cell: Any) -> tuple[date | None, str]:
    """The day in a cell, and what is wrong with it."""
    if isinstance(cell, datetime):
        return cell.date(), ""
    if isinstance(cell, date):
        return cell, ""
    text = _text(cell)
    if not text:
        return None, ""
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date(), ""  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None, f"'{text}' is no day: write it as 2027-06-30"
