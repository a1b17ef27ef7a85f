"""What a file's place and name in the inbox tell: the portfolio, whose it is, and the day of the holdings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from screener.errors import ConfigurationError
from screener.night_settings import InboxRule

FIELDS: Final = {
    "portfolio": r"[^/]+?",
    "investor": r"[^/]+?",
    "date": r"\d{4}[-_.]?\d{2}[-_.]?\d{2}",
}
_PIECES: Final = re.compile(r"\{(\w*)\}|(\.\*$)|(\*\*/?)|(\*)|(\?)|([^{*?.]+|[{.])")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is. ``investor`` is a profile or ""; ``day`` is the day in the name, None when there is none."""

    portfolio: str
    investor: str
    recipients: tuple[str, ...]
    day: date | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """One ``[[inbox.match]]`` of the settings."""

    rule: InboxRule
    expression: re.Pattern[str]

    def owner(self, relative: str) -> Owner | None:
        """Who owns the file at ``relative`` (below the inbox, with forward slashes); None when it does not fit."""
        found = self.expression.fullmatch(relative)
        if found is None:
            return None
        told = found.groupdict()
        return Owner(
            portfolio=(told.get("portfolio") or self.rule.portfolio).strip(),
            investor=(told.get("investor") or self.rule.investor).strip(),
            recipients=tuple(self.rule.recipients),
            day=_day(told.get("date") or ""),
        )


def patterns_of(rules: Sequence[InboxRule]) -> tuple[Pattern, ...]:
    """The patterns in their order; raises ConfigurationError for one that cannot be used."""
    return tuple(Pattern(rule, _expression(rule)) for rule in rules)


def owner_of(relative: str, patterns: Sequence[Pattern]) -> Owner | None:
    """The owner by the first pattern that fits."""
    return next((owner for one in patterns if (owner := one.owner(relative))), None)


def _expression(rule: InboxRule) -> re.Pattern[str]:
    fields = re.findall(r"\{(\w*)\}", rule.pattern)
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise _wrong(rule, f"{{{unknown[0]}}} is no field", f"Known fields: {known}.")
    if len(fields) != len(set(fields)):
        raise _wrong(rule, "names a field twice", "Name each field once.")
    if "portfolio" not in fields and not rule.portfolio:
        raise _wrong(rule, "does not tell the portfolio", 'Put {portfolio} in it, or add portfolio = "NAME".')
    return re.compile("".join(_piece(match) for match in _PIECES.finditer(rule.pattern)), re.IGNORECASE)


def _piece(match: re.Match[str]) -> str:
    name, extension, deep, star, one, text = match.groups()
    if name:
        return f"(?P<{name}>{FIELDS[name]})"
    if extension:  # of a.b.xlsx it is xlsx: the name may hold dots
        return r"\.[^/.]*"
    if deep:
        return "(?:.*/)?" if deep.endswith("/") else ".*"
    if star:
        return "[^/]*"
    return "[^/]" if one else re.escape(text)


def _wrong(rule: InboxRule, reason: str, remedy: str) -> ConfigurationError:
    return ConfigurationError("[[inbox.match]]", f"pattern '{rule.pattern}'", reason, remedy)


def _day(text: str) -> date | None:
    """The day in a name; digits that are no day (20261399) tell nothing."""
    digits = re.sub(r"\D", "", text)
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if digits else None
    except ValueError:
        return None
