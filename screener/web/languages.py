"""The words of the page in each language (``config/web/*.toml``), and numbers and days as each writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from screener.errors import ConfigurationError
from screener.settings import shipped_config, shipped_toml

DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: ``words`` by key ("upload.title"), each of which may have {places}."""

    code: str
    name: str
    words: Mapping[str, str]
    months: tuple[str, ...]
    thousands: str
    decimal: str

    def say(self, key: str, **values: Any) -> str:
        """The words of ``key`` with its places filled."""
        return self.words[key].format(**values)

    def say_if(self, key: str, otherwise: str) -> str:
        """The words of ``key``, or ``otherwise`` where there are none: for what other rooms may add to."""
        return self.words.get(key, otherwise)

    def count(self, key: str, number: int, **values: Any) -> str:
        """The words of ``key.one`` or ``key.many``, with the number in them."""
        return self.say(f"{key}.{'one' if number == 1 else 'many'}", n=self.number(number), **values)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with this language's separators; "" for none."""
        if value is None:
            return ""
        return (
            f"{value:,.{digits}f}".replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        )

    def quantity(self, value: float | None) -> str:
        """A number with as many decimals as it has."""
        if value is None:
            return ""
        text = f"{value:,.10g}"
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)

    def day(self, value: date | str | None) -> str:
        """``2 Jun 2022`` with this language's month."""
        if not value:
            return ""
        known = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        return f"{known.day} {self.months[known.month - 1]} {known.year}"

    def moment(self, value: datetime | str | None) -> str:
        """A day and a time, in UTC."""
        if not value:
            return ""
        known = datetime.fromisoformat(value) if isinstance(value, str) else value
        return f"{self.day(known.date())} {known:%H:%M} UTC"


@cache
def languages() -> dict[str, Language]:
    """Every language shipped, by code, English first; raises ConfigurationError where one is incomplete."""
    codes = sorted(path.stem for path in (shipped_config() / "web").glob("*.toml"))
    found = {code: _language(code) for code in sorted(codes, key=lambda code: (code != DEFAULT, code))}
    wanted = set(found[DEFAULT].words)
    for code, language in found.items():
        odd = wanted ^ set(language.words)
        if odd:
            reason = "is missing" if min(odd) in wanted else "is in no other language"
            raise ConfigurationError(f"web/{code}.toml", min(odd), reason)
    return found


def chosen(wish: str, accept: str) -> Language:
    """The language asked for, else the one that the browser likes best (the header Accept-Language)."""
    known = languages()
    if wish in known:
        return known[wish]
    for code in _preferred(accept):
        if code in known:
            return known[code]
    return known[DEFAULT]


def _preferred(accept: str) -> list[str]:
    """Primary languages of an Accept-Language header, best first; Norwegian has several codes."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:200].split(",")):
        code, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, code.split("-")[0].lower()))
        except ValueError:
            continue
    return [{"nb": "no", "nn": "no"}.get(code, code) for _, _, code in sorted(ranked)]


def _language(code: str) -> Language:
    tables = shipped_toml(f"web/{code}.toml")
    about = tables["language"]
    words = dict(_flat({key: value for key, value in tables.items() if key != "language"}))
    return Language(code, about["name"], words, tuple(about["months"]), about["thousands"], about["decimal"])


def _flat(tables: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tables.items():
        found += _flat(value, f"{before}{key}.") if isinstance(value, dict) else [(f"{before}{key}", value)]
    return found
