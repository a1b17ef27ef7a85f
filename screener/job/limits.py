"""By which limits and with which further files a run was made, in words for the sheet Method."""

from __future__ import annotations

from collections.abc import Iterator

from screener.funds import Books
from screener.job.request import RunRequest
from screener.rules.days import in_words
from screener.rules.investors import Investor
from screener.rules.ownership import Ownership
from screener.settings import shipped_toml


def investor_limits(investor: Investor) -> Iterator[tuple[str, str]]:
    """What the profile of the investor sets in place of the law."""
    own = investor.thresholds
    if own.ownership_review is not None:
        yield "Own ownership limit", f"from {own.ownership_review:g} percent a person decides"
    if own.fund_share:
        yield "Own limit in funds", f"below {own.fund_share:g} percent of a fund for information only"


def names_line() -> str:
    """What a likeness of names must reach, from the tables of the program."""
    combine = shipped_toml("matching.toml")["combine"]
    return (
        f"a likeness below {combine['least_resemblance']:g} to an entry that asks nothing of the holder is left out; two "
        f"entries of a list are both shown when the doubt about the second is at most {combine['ambiguous_doubt']:g} "
        "times that about the first"
    )


def known_on(request: RunRequest) -> str:
    """Which state of the lists was used, in words."""
    return in_words(request.known_on) if request.known_on else "as they were when the run was made"


def ownership_line(ownership: Ownership | None) -> str:
    """Which ownership file was applied, in words."""
    if ownership is None:
        return "not applied: no ownership file was given"
    return f"{ownership.file}, {len(ownership.stakes):,} stakes, SHA-256 {ownership.sha256}"


def books_line(books: Books) -> str:
    """Which holdings files of funds were used, in words."""
    said = [f"{book.file}, SHA-256 {book.sha256}" for book in books.files()]
    return "; ".join(said) or "no holdings file of a fund was used"
