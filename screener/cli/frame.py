"""What the commands share: their common options, the clock of the face, a line of progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from screener.errors import UsageError

# Everything heavy is imported inside the commands: `screener --help` answers at once.
if TYPE_CHECKING:
    from screener.rules.decision import Rules

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Holdings: xlsx, xlsm, xlsb, xls, ods, csv.")
]
AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day to decide for; today when not given.")]
Investor = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="Whose holdings: us, eu, nl, no, uk, or a profile (.toml). Assumed to be us when not given.",
    ),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings in place of the shipped screener.toml.")
]
Ownership = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Who owns whom: csv or parquet (owner, owned, percent, from, until) or FollowTheMoney relations.",
    ),
]
LookThrough = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[FUND=]FILE|FOLDER",
        help="What a fund holds: its own holdings file, or a folder of them, named by ISIN or ticker. Repeatable.",
    ),
]

ReferenceFiles = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Whose a security is: csv or parquet (ISIN and the issuer's LEI or name), or GLEIF's and FIRDS' files as they come.",
    ),
]


def day(text: str, option: str = "--as-of") -> date:
    """The day in ``text``, today when empty; raises UsageError that names ``option``."""
    if not text:
        return date.today()  # noqa: DTZ011 - the caller's own day, as printed on their wall
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: '{text}' is not a day", "Write it as 2021-02-01.") from None


def now() -> datetime:
    """The clock of the face, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def lists_and_rules(
    config: Path | None, investor: str, as_of: str, ownership: Path | None = None
) -> tuple[Any, Rules, Any]:
    """The lists in force, the rules for one investor and day, and who owns whom."""
    from screener import job
    from screener.settings import load_settings

    settings = load_settings(config)
    request = job.RunRequest((), day(as_of), Path(), investor, ownership=ownership)
    owners = job.ownership_for(request, settings)
    return job.load_lists(settings), job.rules_for(request, settings), owners


def aids(config: Path | None, reference: list[Path] | None, isin: str, restricted: Any) -> Any:
    """What helps to match one security: reference files and the indexes kept on disk."""
    import pandas as pd

    from screener import job
    from screener.identifiers import normal
    from screener.settings import load_settings

    settings = load_settings(config)
    request = job.RunRequest((), date.min, Path(), reference=tuple(reference or ()))
    asked = pd.DataFrame({"isin": [normal(isin)]})
    return job.aids_for(settings, job.reference_for(request, settings, [asked], restricted))


def csv(path: Path, needed: list[str]) -> Any:
    """A csv as a frame of texts; raises UsageError where it or a column of ``needed`` is missing."""
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", "Check the path.") from None
    except (ValueError, OSError) as error:
        raise UsageError(f"{path}: cannot be read as csv ({error})", "Save it as UTF-8 csv.") from None
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise UsageError(f"{path}: no column '{missing[0]}'", f"It needs the columns {', '.join(needed)}.")
    return frame


def rows(frame: Any) -> Iterator[Any]:
    """The rows of a frame as named tuples."""
    yield from frame.itertuples(index=False)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is going on, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as line:
        yield lambda stage: line.update(f"{stage} …")
