"""OFAC's remarks as fields: tickers, ISINs, dates, weak aliases, links, and what is not understood.

OFAC prints remarks as fields joined by ``; ``, the last with a full stop: ``Equity Ticker 00883 HK; alt. Equity
Ticker CEO US; Listing Date (CMIC) 03 Jun 2021; Linked To: ...; a.k.a. 'CALT'.`` The same labels name the
features and documents of its XML files. Labels are data, in config/remarks.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from screener.lists.text import day
from screener.settings import shipped_toml

IDENTIFIERS: Final = ("isin", "ticker", "lei", "uscc", "registration")
_ALT = re.compile(r"^(?:Alt\. |alt\. )")
_COUNTRY = re.compile(r"^(.*?)(?: \(([^()]+)\))?(?: issued .*| expires .*)*$", re.DOTALL)
_LABELLIKE = re.compile(r"\d{3}|:|\b(?:No\.|Number|Date|Code|ID)\b|#")
_QUOTED = re.compile(r"^'(.*)'$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a remark: ``what`` it is (a key of [labels], ``date``, ``text`` or ``unread``) and its value.

    For ``date``, ``label`` is "CODE event" and ``detail`` the directive's number; for identifiers ``detail`` is
    the country printed in brackets.
    """

    what: str
    label: str
    value: str
    detail: str = ""


def fields_of(remarks: str) -> tuple[Field, ...]:
    """The fields of a remark; empty for ``-0-``."""
    text = remarks.strip()
    if not text or text == "-0-":
        return ()
    whole = text[:-1] if text.endswith(".") else text
    return tuple(field(part) for part in whole.split("; ") if part.strip())


@lru_cache(maxsize=100_000)
def field(printed: str) -> Field:
    """One printed field understood."""
    text = _ALT.sub("", printed.strip())
    return _date(text) or _labelled(text) or _plain(text)


def feature(label: str, value: str) -> Field:
    """A typed feature of the XML files, as the field that the remarks would print."""
    return field(f"{label} {value}".strip())


def _date(text: str) -> Field | None:
    for pattern, code, event in _dates():
        if match := pattern.match(text):
            return Field(
                "date", f"{code} {event}", day(text[match.end() :]), match.groupdict().get("number") or ""
            )
    return None


def _labelled(text: str) -> Field | None:
    match = _pattern().match(text)
    if not match:
        return None
    label = match["label"]
    what, value = _labels()[label], text[match.end() :].strip(" -:" if what_has_dash(label) else " ")
    if what in IDENTIFIERS:
        number, detail = (group or "" for group in _COUNTRY.match(value).groups())  # type: ignore[union-attr]
        return Field(what, label, number.strip(), detail)
    if what == "alias":
        quoted = _QUOTED.match(value)
        return Field(what, label, quoted[1] if quoted else value, "" if quoted else "unquoted")
    return Field(what, label, value if what != "directive" else text)


def what_has_dash(label: str) -> bool:
    """Whether a dash or colon between label and value belongs to neither."""
    return label not in ("ISIN", "Equity Ticker", "Issuer Name")


def _plain(text: str) -> Field:
    if shipped_toml("remarks.toml")["unlabelled_is_text"] and not _LABELLIKE.search(text):
        return Field("text", "", text)
    return Field("unread", "", text)


@cache
def _labels() -> dict[str, str]:
    return {
        label: what for what, labels in shipped_toml("remarks.toml")["labels"].items() for label in labels
    }


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_labels(), key=len, reverse=True)
    labels = "|".join(re.escape(label) for label in longest_first)
    # A label that ends in a letter ends there; one that ends in a sign ("http://") may be followed by anything.
    return re.compile(rf"(?P<label>{labels})(?:(?<![A-Za-z])|(?![A-Za-z]))")


@cache
def _dates() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    table = shipped_toml("remarks.toml")["dates"]
    return tuple(
        (re.compile(re.escape(label).replace(r"\{\}", r"(?P<number>\w+)")), code, event)
        for label, (code, event) in table.items()
    )


@cache
def state_bodies() -> frozenset[str]:
    """Target types that make an organisation a state body."""
    return frozenset(shipped_toml("remarks.toml")["targets"]["state_body"])
