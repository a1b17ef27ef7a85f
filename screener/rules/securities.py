"""Which securities of a listed company a rule reaches: instrument, day of issue and life decide where a rule asks.

A needed fact that nobody stated is a value of its own: the finding then asks a person for that fact by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from screener.rules.programmes import Programme, Scope
from screener.rules.timeline import Status

# Papers of which nobody said what they are.
_UNSTATED: Final = ("", "other")
_FACTS: Final = {
    "instrument": "the kind of instrument",
    "issue_date": "the issue date",
    "maturity": "the maturity",
    "listed": "the day on which the issuer was listed",
}


@dataclass(frozen=True, slots=True)
class Security:
    """What is known of a security: ``instrument`` is one of ASSET_CLASSES, the days are ISO days or ``""``.

    ``share`` is for funds that hold the listed security: see ``Hits``.
    """

    instrument: str = ""
    issue_date: str = ""
    maturity: str = ""
    share: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a rule reaches a security: ``yes``, ``no`` or ``unknown``, with the sentence that says why.

    ``fits`` counts the points in which a security outside the rule still fits a row.
    """

    answer: str
    why: str = ""
    fits: int = 0


REACHED: Final = Reach("yes")


def reach(programme: Programme, security: Security, printed: str, now: Status) -> Reach:
    """Whether ``programme`` reaches ``security`` of an entity that the list prints as ``printed``."""
    if programme.instruments and security.instrument not in ("", *programme.instruments):
        return Reach("no", "The rule does not reach this kind of instrument")
    if not programme.scope:
        return REACHED
    rows = [row for row in programme.scope if row.speaks_of(printed)]
    if not rows:
        return Reach("unknown", "The entry names no measure that the rules know: read the entry and decide")
    return _worst([_reach_of_row(row, security, now) for row in rows])


def _worst(answers: list[Reach]) -> Reach:
    """A security is reached when any row reaches it, and in doubt when any row leaves a doubt."""
    for wanted in ("yes", "unknown"):
        found = next((one for one in answers if one.answer == wanted), None)
        if found:
            return found
    # What fits a row in all but the last point says most about why it is outside the rule.
    return max(answers, key=lambda one: one.fits)


def _reach_of_row(row: Scope, security: Security, now: Status) -> Reach:
    stated = security.instrument not in _UNSTATED
    if not row.instruments or (stated and security.instrument not in row.instruments):
        return Reach("no", "The rule does not reach this kind of instrument")
    missing = [] if stated else ["instrument"]
    issued = _day(security.issue_date)
    if issued is None:
        missing.append("issue_date")
    else:
        outside = _outside(row, issued, now)
        if outside:
            return outside
        missing += ["listed"] if row.new_only and now.listed is None else []
    return _by_life(row, issued, security, missing)


def _outside(row: Scope, issued: date, now: Status) -> Reach | None:
    """The answer for a paper whose day of issue alone puts it outside the row; None for any other."""
    if not row.issued_from <= issued <= row.issued_until:
        return Reach("no", f"The rule does not reach a security issued on {issued}", 1)
    if row.new_only and now.listed and issued < (now.effective or now.listed):
        return Reach("no", f"Issued on {issued}, before the rule took effect for this issuer", 2)
    return None


def _by_life(row: Scope, issued: date | None, security: Security, missing: list[str]) -> Reach:
    """Reached when the paper lives longer than the row says; of a maturity the year alone is often enough."""
    days, reached = row.longer_than_days, Reach("unknown", row.review) if row.review else REACHED
    if days is None:
        return Reach("unknown", _asked_for(missing)) if missing else reached
    matures, exact = _maturity(security.maturity)
    if matures is None:
        missing = [*missing, "maturity"]
    if matures is None or issued is None or missing:
        return Reach("unknown", _asked_for(missing))
    if (matures - issued).days > days:
        return reached
    if not exact:
        return Reach("unknown", _asked_for(["maturity"]))
    lives = (matures - issued).days
    return Reach("no", f"The rule reaches debt of more than {days} days, and this lives {lives}", 3)


def _maturity(text: str) -> tuple[date | None, bool]:
    """The day of maturity and whether it is exact: of a bare year the first day gives the shortest life it can mean."""
    day = _day(text)
    if day is None and len(text) == 4 and text.isdigit():
        return date(int(text), 1, 1), False
    return day, True


def _asked_for(facts: Iterable[str]) -> str:
    named = [_FACTS[fact] for fact in facts]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"Missing: {listed}. The rule depends on it: add it to the file and run again"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
