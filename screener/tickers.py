"""Tickers in every printed form, compared as (code, market).

``1810 HK``, ``01810 HK``, ``1810.HK``, ``HKG:1810``, ``1810 HK Equity`` and a bare ``1810`` with exchange or
country Hong Kong all become ``1810|HK``. Leading zeros of numeric codes are dropped on both sides, because
spreadsheets eat them. A bare code without a market stays ``1810|``: no evidence by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Final, NamedTuple

import pandas as pd

from screener.settings import shipped_toml

_TAIL: Final = re.compile(r"\s+(?:EQUITY|EQUITIES|CORP|INDEX|COMDTY|PFD|GOVT)$")
_BLANK: Final = re.compile(r"^([A-Z0-9][A-Z0-9/.*&\-]{0,11})\s+([A-Z][A-Z0-9])$")
_GLUED: Final = re.compile(r"^(\d{1,6})\s*([A-Z]{2})$")
_STOP: Final = re.compile(r"^([A-Z0-9][A-Z0-9\-_]{0,11})\.([A-Z]{1,6})$")
_COLON: Final = re.compile(r"^([A-Z0-9]{1,12}):([A-Z0-9.\-]{1,12})$")
_BARE: Final = re.compile(r"^[A-Z0-9][A-Z0-9.\-/&*]{0,11}$")
_FIELDS: Final = ("country", "bloomberg", "suffix", "prefix", "mic", "words", "digits")


class Ticker(NamedTuple):
    """A code and the country of its market; ``market`` is "" where nothing says which."""

    code: str
    market: str

    @property
    def key(self) -> str:
        """The form that is compared; "" when there is no code."""
        return f"{self.code}|{self.market}" if self.code else ""


@cache
def _codes(kind: str) -> dict[str, tuple[str, ...]]:
    """Vendor code or exchange word -> countries of the markets that use it."""
    found: dict[str, list[str]] = defaultdict(list)
    for market in shipped_toml("vocabulary/exchanges.toml")["market"]:
        values = [market["country"]] if kind == "country" else market.get(kind, [])
        for value in values:
            found[value.casefold() if kind == "words" else value].append(market["country"])
    return {code: tuple(countries) for code, countries in found.items()}


@cache
def _digits() -> dict[str, int]:
    markets = shipped_toml("vocabulary/exchanges.toml")["market"]
    return {market["country"]: market["digits"] for market in markets if "digits" in market}


def parse(text: str, exchange: str = "", country: str = "") -> Ticker:
    """The ticker that ``text`` prints; ``exchange`` and ``country`` are what the file says elsewhere in the row."""
    text = _TAIL.sub("", text.strip().upper())
    for read in (_blank, _stop, _colon):
        ticker = read(text)
        if ticker:
            return ticker
    if not _BARE.match(text) or not re.search(r"[A-Z0-9]", text):
        return Ticker("", "")
    return Ticker(_code(text), _market_beside(text, exchange, country))


def market_of(exchange: str, code: str = "") -> str:
    """The market that an exchange column means: Bloomberg, Reuters, MIC, ISO country, or words; "" if unknown."""
    word = exchange.strip()
    for kind in ("mic", "prefix", "bloomberg", "country"):
        found = _pick(_codes(kind).get(word.upper(), ()), code)
        if found:
            return found
    return _pick(_codes("words").get(word.casefold(), ()), code)


def parse_columns(
    tickers: pd.Series[str], exchanges: pd.Series[str], countries: pd.Series[str]
) -> pd.Series[str]:
    """The comparison keys (``1810|HK``) of three columns of equal index, computed once a distinct triple."""
    triples = pd.MultiIndex.from_arrays([tickers, exchanges, countries])
    keys = {triple: parse(*triple).key for triple in triples.unique()}
    return pd.Series([keys[triple] for triple in triples], index=tickers.index, dtype="str")


def _blank(text: str) -> Ticker | None:
    found = _BLANK.match(text) or _GLUED.match(text)
    if not found:
        return None
    code, exchange = found.groups()
    market = _pick(_codes("bloomberg").get(exchange, ()), code) or _pick(
        _codes("country").get(exchange, ()), code
    )
    return Ticker(_code(code), market) if market else None


def _stop(text: str) -> Ticker | None:
    found = _STOP.match(text)
    if not found:
        return None
    market = _pick(_codes("suffix").get(found[2], ()), found[1])
    # A share class is printed the same way as a suffix (BRK.B): an unknown suffix is left to the bare form.
    return Ticker(_code(found[1]), market) if market else None


def _colon(text: str) -> Ticker | None:
    found = _COLON.match(text)
    if not found:
        return None
    for exchange, code in (found.groups(), found.groups()[::-1]):
        market = _pick(_codes("prefix").get(exchange, ()) or _codes("mic").get(exchange, ()), code)
        if market:
            return Ticker(_code(code), market)
    return None


def _pick(countries: tuple[str, ...], code: str) -> str:
    """The one market of several that share a vendor code: digits mean a market of numeric codes."""
    if len(countries) <= 1:
        return countries[0] if countries else ""
    numeric = code.isdigit()
    fitting = [country for country in countries if (country in _digits()) == numeric]
    return (fitting or list(countries))[0]


def _market_beside(code: str, exchange: str, country: str) -> str:
    if exchange.strip():
        return market_of(exchange, code)
    market = market_of(country, code)
    if market == "CN" and code.isdigit() and len(code) < 6 and len(code.lstrip("0")) <= 5:
        # Mainland codes have six digits; a shorter number of a Chinese issuer is its Hong Kong code,
        # unless a spreadsheet ate leading zeros, which the name then has to tell.
        return "HK"
    return market


def _code(text: str) -> str:
    return text.lstrip("0") or "0" if text.isdigit() else text.replace("/", ".").replace("-", ".")
