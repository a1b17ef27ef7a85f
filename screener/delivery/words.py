"""The words of the mails in one language, from ``config/mail/``, and the gate that keeps them lawful."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from screener.errors import ConfigurationError
from screener.settings import read_toml, shipped_config

PLACEHOLDERS: Final = ("portfolio", "as_of", "count", "state", "investor", "run", "kind", "since")
SALE_ALLOWED: Final = ("DIVEST", "NO_BUY")
_TABLES: Final = ("subject", "kind", "state", "lead", "head", "line")
_ROOT: Final = {"code", "months", "date", "sale", "no", "actions", *_TABLES}
_MODEL: Final = "en"


@dataclass(frozen=True, slots=True)
class MailWords:
    """All words of one language; the keys are defined at the top of ``config/mail/en.toml``."""

    code: str
    months: tuple[str, ...]
    day_format: str
    subject: Mapping[str, str]
    kind: Mapping[str, str]
    state: Mapping[str, str]
    lead: Mapping[str, str]
    head: Mapping[str, str]
    line: Mapping[str, str]
    actions: Mapping[str, Mapping[str, str]]

    def day(self, day: date) -> str:
        """A day as this language writes it."""
        return self.day_format.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def holdings(self, number: int) -> str:
        """``1 holding`` or ``1,204 holdings``."""
        return self.line["one_holding"] if number == 1 else self.line["holdings"].format(n=f"{number:,}")

    def days_left(self, number: int) -> str:
        """How far off a day is; one that has passed is said to have."""
        if number < 0:
            return self.line["overdue"]
        named = {0: "today", 1: "one_day_left"}.get(number)
        return self.line[named] if named else self.line["days_left"].format(n=f"{number:,}")


def words_in(language: str) -> MailWords:
    """The words of ``language``: a name of ``config/mail``, or the path of a file. Raises ConfigurationError."""
    if language.endswith(".toml"):
        return parse(read_toml(Path(language)), language)
    known = languages()
    if language not in known:
        near = difflib.get_close_matches(language, known, n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}, or a .toml file."
        raise ConfigurationError("mail.language", language, "is not a known language", remedy)
    return _shipped(language)


def languages() -> list[str]:
    """The shipped languages."""
    return sorted(path.stem for path in (shipped_config() / "mail").glob("*.toml"))


@cache
def _shipped(language: str) -> MailWords:
    path = shipped_config() / "mail" / f"{language}.toml"
    return parse(read_toml(path), path.name)


@cache
def _model() -> dict[str, Any]:
    """The file whose keys every language has."""
    return read_toml(shipped_config() / "mail" / f"{_MODEL}.toml")


def parse(tables: Mapping[str, Any], file: str) -> MailWords:
    """``tables`` as MailWords; raises ConfigurationError for a key missing, unknown, or words that are not lawful."""
    _same_keys(tables, _model(), file, "")
    _known_placeholders(tables, _model(), file)
    _keep_lawful(tables, file)
    chosen = {name: dict(tables[name]) for name in (*_TABLES, "actions")}
    return MailWords(code=tables["code"], months=tuple(tables["months"]), day_format=tables["date"], **chosen)


def _same_keys(tables: Mapping[str, Any], model: Mapping[str, Any], file: str, above: str) -> None:
    for key in tables.keys() ^ model.keys():
        reason = "is missing" if key in model else "is not a known key"
        raise ConfigurationError(file, f"{above}{key}", reason, "config/mail/en.toml has every key.")
    for key, value in tables.items():
        if type(value) is not type(model[key]):
            raise ConfigurationError(file, f"{above}{key}", f"must be a {type(model[key]).__name__}")
        if isinstance(value, dict):
            _same_keys(value, model[key], file, f"{above}{key}.")
    if not above and len(tables["months"]) != 12:
        raise ConfigurationError(file, "months", "must have twelve names")


def _known_placeholders(tables: Mapping[str, Any], model: Mapping[str, Any], file: str) -> None:
    for table in _TABLES:
        for key, text in tables[table].items():
            allowed = PLACEHOLDERS if table in ("subject", "lead") else _fields(model[table][key])
            check_template(text, allowed, file, f"{table}.{key}")
    check_template(tables["date"], ("day", "month", "year"), file, "date")


def check_template(text: str, allowed: tuple[str, ...] | set[str], file: str, key: str) -> None:
    """Raises ConfigurationError where ``text`` has a placeholder that is not ``allowed``, or braces left open."""
    try:
        strange = _fields(text) - set(allowed)
    except ValueError as error:
        raise ConfigurationError(file, key, f"has a wrong brace ({error})", "Write {{ for a brace.") from None
    if strange:
        names = ", ".join("{" + name + "}" for name in sorted(allowed))
        raise ConfigurationError(
            file, key, f"has the unknown placeholder {{{min(strange)}}}", f"Known: {names}."
        )


def _fields(text: str) -> set[str]:
    """The placeholders of a template, with whatever stands behind their name."""
    found = string.Formatter().parse(text)
    return {
        f"{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}"
        for _, name, spec, conversion in found
        if name is not None
    }


def _keep_lawful(tables: Mapping[str, Any], file: str) -> None:
    """No sentence may speak of a sale unless its code allows one or a word of denial stands right before it."""
    sale = "|".join(map(re.escape, tables["sale"]))
    denied = "|".join(map(re.escape, tables["no"]))
    allowed = re.compile(rf"\b(?:{denied})\s+(?:{sale})\b", re.IGNORECASE)
    speaks = re.compile(rf"\b(?:{sale})\b", re.IGNORECASE)
    texts = {f"{table}.{key}": text for table in _TABLES for key, text in tables[table].items()}
    for code, said in tables["actions"].items():
        if code not in SALE_ALLOWED:
            texts |= {f"actions.{code}.{key}": text for key, text in said.items()}
    for key, text in texts.items():
        if speaks.search(allowed.sub("", text)):
            raise ConfigurationError(file, key, "speaks of a sale where none is allowed")
