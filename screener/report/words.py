"""The words and colours of the report, from ``config/report.toml``, and the gate that keeps them lawful."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

from screener.errors import ConfigurationError
from screener.rules.model import ACTIONS
from screener.settings import shipped_toml

DECIDED: Final = "DECIDED"  # shown in place of the code of a finding that a reviewer took off the desk
SALE_ALLOWED: Final = ("DIVEST", "NO_BUY")
_ADVICE = re.compile(r"\b(sell\w*|sold|divest\w*|dispos\w+|liquidat\w+|offload\w*)\b", re.IGNORECASE)
_SALE = re.compile(r"\b(?<!no )(?<!nor )sales?\b", re.IGNORECASE)
_URGED = re.compile(
    r"\b(must|should|shall|has to|have to|is to|are to|may|can) (now )?(be (sold|divested)|sell|divest)\b",
    re.IGNORECASE,
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Colour:
    """A title on a coloured ground; ``fill`` and ``text`` are RRGGBB."""

    title: str
    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class ActionWords:
    """Everything the report says about one decision code; the fields are defined in the header of the file."""

    order: int
    sheet: str
    title: str
    means: str
    count: str
    count_undated: str
    do: str
    do_dated: str
    date: str
    event: str
    fill: str
    text: str
    sale: bool
    do_mandatory: str = ""
    do_mandatory_dated: str = ""
    do_closed: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the report."""

    title: str
    subtitle: str
    disclaimer: str
    method: tuple[str, ...]
    banner: Mapping[str, Colour]
    actions: Mapping[str, ActionWords]

    def on_sheet(self, sheet: str) -> tuple[str, ...]:
        """The decision codes shown on ``sheet``, worst first."""
        codes = [code for code, words in self.actions.items() if words.sheet == sheet]
        return tuple(sorted(codes, key=lambda code: self.actions[code].order))


@cache
def words() -> Words:
    """The shipped words; raises ConfigurationError when they are incomplete or would advise an unlawful sale."""
    return parse(shipped_toml("report.toml"))


def parse(tables: Mapping[str, Any]) -> Words:
    """``tables`` of a report.toml as Words, checked."""
    try:
        text, banner, actions = tables["text"], tables["banner"], tables["actions"]
        result = Words(
            title=text["title"],
            subtitle=text["subtitle"],
            disclaimer=text["disclaimer"],
            method=tuple(text["method"]),
            banner={name: Colour(**banner[name]) for name in ("red", "amber", "green")},
            actions={code: _action(code, actions[code]) for code in (*ACTIONS, DECIDED)},
        )
    except KeyError as error:
        raise ConfigurationError("report.toml", str(error.args[0]), "is missing") from None
    except TypeError as error:
        raise ConfigurationError("report.toml", "banner", str(error)) from None
    for code in result.actions:
        _keep_lawful(code, result.actions[code])
    return result


def _action(code: str, table: Mapping[str, Any]) -> ActionWords:
    known = {field.name for field in fields(ActionWords)}
    needed = {field.name for field in fields(ActionWords) if field.default is MISSING}
    for key in sorted(set(table) - known):
        raise ConfigurationError("report.toml", f"actions.{code}.{key}", "is not a known key")
    for key in sorted(needed - set(table)):
        raise ConfigurationError("report.toml", f"actions.{code}.{key}", "is missing")
    return ActionWords(**table)


def speaks_of_sale(text: str) -> bool:
    """Whether ``text`` advises a sale, or could be read so; "no sale" is the one form that cannot."""
    return bool(_ADVICE.search(text) or _SALE.search(text))


@lru_cache(maxsize=100_000)
def urges_sale(text: str) -> bool:
    """Whether an explanation, which may tell of sales that were lawful once, calls for one."""
    return bool(_URGED.search(text))


def _keep_lawful(code: str, action: ActionWords) -> None:
    if action.sale and code not in SALE_ALLOWED:
        raise ConfigurationError(
            "report.toml", f"actions.{code}.sale", "a sale is not allowed under this code"
        )
    for field in fields(ActionWords):
        value = getattr(action, field.name)
        closed = field.name == "do_closed" or not action.sale
        if isinstance(value, str) and closed and speaks_of_sale(value):
            raise ConfigurationError(
                "report.toml", f"actions.{code}.{field.name}", "speaks of a sale where none is allowed"
            )


def day_in_words(day: date) -> str:
    """``2 Jun 2022``: the same on every computer, whatever its language."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def parse_day(text: str) -> date | None:
    """An ISO day, or None when ``text`` is empty or no day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def is_closed(action: str, until: str, as_of: date) -> bool:
    """Whether ``action`` allows a sale only up to a day that has passed."""
    day = parse_day(until)
    return bool(words().actions[action].do_closed) and day is not None and day < as_of


def what_to_do(action: str, mandatory: str, day: str, as_of: date) -> str:
    """The sentence that tells the reader what to do; ``day`` is the ISO day that belongs to ``action`` or ""."""
    chosen, known = words().actions[action], parse_day(day)
    if known is None:
        return chosen.do_mandatory if mandatory == "yes" and chosen.do_mandatory else chosen.do
    if is_closed(action, day, as_of):
        return chosen.do_closed.format(day=day_in_words(known))
    dated = chosen.do_mandatory_dated if mandatory == "yes" else ""
    return (dated or chosen.do_dated or chosen.do).format(day=day_in_words(known))


def counted(action: str, number: int, first_day: date | None) -> str:
    """``3 blocked (report by 2 Jun 2022)``: how the verdict counts an action."""
    chosen = words().actions[action]
    if first_day is None:
        return chosen.count_undated.format(n=f"{number:,}")
    return chosen.count.format(n=f"{number:,}", day=day_in_words(first_day))
