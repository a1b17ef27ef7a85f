"""Identifiers and tickers of a table: put into normal form, mended where Excel ate a zero, sorted by scheme."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from screener import identifiers
from screener.holdings.content import SURE
from screener.holdings.folding import fold
from screener.holdings.grid import DATE, Column, Mask, Objects
from screener.holdings.headings import IDENTIFIERS
from screener.holdings.naming import Layout
from screener.holdings.rows import is_total
from screener.holdings.words import is_cash_name, value_words

_LENGTHS: Final = {"cusip": 9, "sedol": 7, "wkn": 6}
_SHORT_DATE: Final = re.compile(r"(\d{1,2})-([A-Z][a-z]{2})|([A-Z][a-z]{2})-(\d{1,2})")
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z]{4,}")  # tickers are in capitals, but for a letter or two of a share class
_WORDS: Final = re.compile(r"[a-z]{2}")
_ISIN_WITHIN: Final = re.compile(r"[(\[]?(?:ISIN[\s:.#]*)?\b([A-Z]{2}[A-Z0-9]{9}\d)\b[)\]]?")
_NAME_AND_TICKER: Final = re.compile(
    r"(.*\S)\s*[(\[](?:[A-Z]{2,6}:\s?)?([A-Z0-9./]{1,8}(?:[ .:][A-Z]{1,4})?)[)\]]"
)
_CODE_AND_NAME: Final = re.compile(
    r"(\d{4}[A-Z]?|\d{6}|0\d{4})\s+([^\W\d].*)"
)  # "7203 Toyota" of Asian brokers
_PREFIX: Final = re.compile(r"^(?:WKN|RIC)\s*[:#=]\s*", re.IGNORECASE)


@dataclass(slots=True)
class Codes:
    """One text column a scheme and ``ticker``; ``wrong`` and ``mended`` hold row, column, value and what is odd."""

    columns: dict[str, Objects]
    taken: dict[int, str]  # scheme that most values of a column have
    unknown: Objects  # identifiers of schemes that lists do not carry, with their type
    wrong: list[tuple[int, int, str, str]] = field(default_factory=list)
    mended: list[tuple[int, int, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Verdict:
    scheme: str  # "" where the text is no identifier
    text: str = ""
    fault: str = ""
    mended: str = ""


def read_codes(layout: Layout, columns: list[Column], size: int) -> Codes:
    """The identifiers and tickers of every row; the first column that has a value for a scheme wins."""
    codes = Codes({scheme: _empty(size) for scheme in (*IDENTIFIERS, "ticker")}, {}, _empty(size))
    types = _types(layout, columns, size)
    for index, scheme in layout.codes:
        _distribute(codes, (index, scheme), columns[index], types)
    ticker = layout.columns.get("ticker")
    if ticker is not None and ticker not in {index for index, _ in layout.codes}:
        _distribute(codes, (ticker, "ticker"), columns[ticker], None)
    return codes


def _empty(size: int) -> Objects:
    return np.full(size, "", dtype=object)


def _types(layout: Layout, columns: list[Column], size: int) -> Objects | None:
    """The scheme that a column of identifier types names for each row."""
    index = layout.columns.get("id_type")
    if index is None:
        return None
    known, texts = value_words().id_types, columns[index].texts
    scheme = {text: known.get(fold(text), "") for text in set(texts)}
    return np.array([f"{scheme[text]}\t{text}" for text in texts], dtype=object)


def _distribute(codes: Codes, source: tuple[int, str], column: Column, types: Objects | None) -> None:
    index, scheme = source
    texts = column.shown
    keys = (
        texts
        if types is None
        else np.array([f"{a}\x00{b}" for a, b in zip(types, texts, strict=True)], dtype=object)
    )
    positions, distinct = pd.factorize(keys)
    verdicts = [_verdict(str(key), scheme, typed=types is not None) for key in distinct]
    schemes = Counter(verdict.scheme for verdict in verdicts if verdict.scheme not in ("", "other"))
    codes.taken[index] = schemes.most_common(1)[0][0] if schemes else ""
    targets = np.array([verdict.scheme for verdict in verdicts], dtype=object)[positions]
    values = np.array([verdict.text for verdict in verdicts], dtype=object)[positions]
    for target in set(targets) - {""}:
        place = codes.unknown if target == "other" else codes.columns[target]
        mask = (targets == target) & (place == "")
        place[mask] = values[mask]
    _report(codes, index, verdicts, (positions, texts))
    if scheme == "ticker":
        _mend_dates(codes, index, column)


def _report(codes: Codes, index: int, verdicts: list[_Verdict], where: tuple[np.ndarray, Objects]) -> None:
    positions, texts = where
    for kind, place in (("fault", codes.wrong), ("mended", codes.mended)):
        odd = [i for i, verdict in enumerate(verdicts) if getattr(verdict, kind)]
        for row in np.flatnonzero(np.isin(positions, odd)).tolist() if odd else []:
            place.append((row, index, str(texts[row]), getattr(verdicts[positions[row]], kind)))


def _verdict(key: str, scheme: str, typed: bool) -> _Verdict:
    """What one printed text is, in a column taken for ``scheme`` (``identifier``: any)."""
    text, label = key, ""
    if typed:
        head, _, text = key.partition("\x00")
        named, _, label = head.partition("\t")
        scheme = named or scheme
    words = value_words()
    if text.casefold() in words.missing or text.casefold() in words.missing_codes:
        return _Verdict("")
    if scheme == "other":
        return _Verdict("other", f"{label} {text}".strip())
    if scheme == "ticker":
        return _ticker(text)
    return _identifier(_PREFIX.sub("", text), scheme)


def _identifier(text: str, scheme: str) -> _Verdict:
    plain = identifiers.normal(text)
    if scheme != "identifier" and identifiers.is_valid(scheme, plain):
        return _Verdict(scheme, plain)
    if scheme == "ric":
        return _Verdict("ric", text)
    for other in SURE:
        if identifiers.is_valid(other, plain):
            return _Verdict(other, plain)
    pair = _pair(text)
    if pair:
        return _Verdict(pair[0], pair[1])
    padded = _padded(plain, scheme)
    if padded:
        return _Verdict(scheme, padded, mended="leading zeros were lost; they were put back")
    return _odd(text, plain, scheme)


def _odd(text: str, plain: str, scheme: str) -> _Verdict:
    """A text in a column of identifiers that is none: kept as printed where it looks like one."""
    if scheme == "identifier":
        if re.fullmatch(r"[A-Z0-9/]{1,8} [A-Z]{2}(?: Equity)?", text, re.IGNORECASE) or re.fullmatch(
            r"[A-Z]{1,5}", text
        ):
            return _Verdict("ticker", text)
        if identifiers.is_valid("wkn", plain) and not plain.isdigit():
            return _Verdict("wkn", plain)
        return _Verdict("other", text) if any(c.isdigit() for c in text) else _Verdict("")
    if not any(c.isdigit() for c in plain) or not 5 <= len(plain) <= 20 or _WORDS.search(text):
        return _Verdict("")
    if scheme == "cusip" and len(plain) == 8:
        return _Verdict(scheme, text, mended="printed without its check digit")
    return _Verdict(
        scheme,
        text,
        fault=f"is no valid {scheme.upper()} (its check digit or length is wrong); it was kept as printed, check it against the custodian's record",
    )


def _pair(text: str) -> tuple[str, str] | None:
    """The valid identifier within a cell that holds two, such as "US88579Y1010 / 851745"."""
    for part in re.split(r"[\s/|,;()]+", text):
        plain = identifiers.normal(part)
        for scheme in ("isin", "figi", "lei"):
            if identifiers.is_valid(scheme, plain):
                return scheme, plain
    return None


def _padded(plain: str, scheme: str) -> str:
    length = _LENGTHS.get(scheme, 0)
    if plain.isdigit() and length - 4 <= len(plain) < length:
        padded = plain.zfill(length)
        if scheme != "wkn" and identifiers.is_valid(scheme, padded):
            return padded
    return ""


def _ticker(text: str) -> _Verdict:
    plain = identifiers.normal(text)
    if len(plain) == 12 and identifiers.is_valid("isin", plain):
        return _Verdict("isin", plain)
    if _SCIENTIFIC.fullmatch(text):
        return _Verdict(
            "ticker",
            text,
            fault="looks like a ticker that a spreadsheet turned into a number; correct it in the file",
        )
    for scheme, length in (("cusip", 9), ("sedol", 7)):
        if len(plain) == length and not plain.isdigit() and _scheme_of(plain) == scheme:
            return _Verdict(scheme, plain)
    return _Verdict("ticker", text)


def _scheme_of(plain: str) -> str:
    """The scheme of a code with several digits among its letters, as tickers do not have."""
    if sum(c.isdigit() for c in plain) < 2 or not plain[-1].isdigit():
        return ""
    return next((scheme for scheme in SURE if identifiers.is_valid(scheme, plain)), "")


def _mend_dates(codes: Codes, index: int, column: Column) -> None:
    """Tickers such as MAR1 that a spreadsheet took for a date."""
    found = [(int(row), column.values[row]) for row in np.flatnonzero(column.kinds == DATE)]
    short = {text: match for text in set(column.texts) if (match := _SHORT_DATE.fullmatch(text))}
    tickers = codes.columns["ticker"]
    said = "a spreadsheet took the ticker for a date; it was read as {}, check it"
    for row, value in found:
        if isinstance(value, dt.date):
            tickers[row] = f"{value:%b}".upper() + (str(value.day) if value.day > 1 else "1")
            codes.mended.append((row, index, str(column.shown[row]), said.format(tickers[row])))
    for row in np.flatnonzero(np.isin(column.texts, list(short))).tolist() if short else []:
        match = short[column.texts[row]]
        tickers[row] = (match[2] or match[3]).upper() + (match[1] or match[4]).lstrip("0")
        codes.mended.append((row, index, str(column.texts[row]), said.format(tickers[row])))


def names_in_tickers(tickers: Objects, names: Objects) -> Mask:
    """Rows without a name whose ticker column holds words: "Cash & Cash Investments", "Account Total", a section."""
    found: Mask = (names == "") & (tickers != "")
    if found.any():
        distinct = set(tickers[found])
        worded = [t for t in distinct if _WORD.search(t) or is_cash_name(t) or is_total(t, strict=True)]
        found &= np.isin(tickers, worded)
    return found


def codes_in_names(codes: Codes, names: Objects) -> Objects:
    """Names without the identifier or ticker that some files print behind them: "Xiaomi Corp (1810 HK)".

    ISINs are taken wherever they are valid; tickers in parentheses only where most names of the table carry one.
    """
    lone = (names != "") & (codes.columns["ticker"] == "") & (codes.columns["isin"] == "")
    if not lone.any():
        return names
    distinct = set(names[lone])
    isins = {name: found for name in distinct if (found := _isin_within(name))}
    tickers: dict[str, tuple[str, str]] = {}
    for pattern, name_group in ((_NAME_AND_TICKER, 1), (_CODE_AND_NAME, 2)):
        split = {
            name: (match[name_group].strip(), match[3 - name_group])
            for name in distinct - set(isins)
            if (match := pattern.fullmatch(name))
        }
        tickers = tickers or (split if len(split) >= max(2, 0.6 * len(distinct)) else {})
    if not isins and not tickers:
        return names
    bare = names.copy()
    for row in np.flatnonzero(lone).tolist():
        name = str(names[row])
        if name in isins:
            codes.columns["isin"][row], bare[row] = isins[name]
        elif name in tickers:
            bare[row], codes.columns["ticker"][row] = tickers[name]
    return bare


def _isin_within(name: str) -> tuple[str, str] | None:
    """A valid ISIN within a name, and the name without it."""
    for match in _ISIN_WITHIN.finditer(name):
        if identifiers.is_valid("isin", match[1]):
            rest = (name[: match.start()] + " " + name[match.end() :]).strip(" -/,;:()[]|")
            return match[1], rest
    return None
