"""Reading an ownership file: csv or parquet with the columns below, or OpenSanctions' FollowTheMoney relations.

Columns: ``owner``, ``owned``, ``percent`` (0 to 100), and if known ``from``, ``until`` (ISO days), ``control`` (yes/no).
Owner and owned are a name, an ISIN, an LEI or the id of an entity of the list. FollowTheMoney is one JSON object a
line; relations of the schema Ownership are counted, other entities give names and identifiers.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.errors import UsageError
from screener.rules.ownership import Ownership, Stake, party_of
from screener.rules.ownership_checks import once_each, remarks
from screener.rules.ownership_ftm import read_ftm

_NEEDED: Final = ("owner", "owned", "percent")
_KNOWN: Final = (*_NEEDED, "from", "until", "control")
_TRUE, _FALSE = ("yes", "true", "1", "ja"), ("", "no", "false", "0", "nee", "nei", "nein")
_ALL = 100.0


def load_ownership(path: Path) -> Ownership:
    """What the file at ``path`` says; raises UsageError that names file and row for what cannot be right."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--ownership: {path}: cannot be read ({error.strerror})", "Check the path."
        ) from None
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson", ".ftm"):
        stakes, parties, warnings = read_ftm(path.name, data)
    else:
        stakes = _from_table(path.name, _table(path))
        parties = {key: party_of(key) for stake in stakes for key in (stake.owner, stake.owned)}
        warnings = []
    stakes, twice = once_each(path.name, stakes)
    if not stakes:
        warnings.append(f"{path.name}: states no stake that could be counted")
    warnings += [*twice, *remarks(path.name, stakes)]
    return Ownership(path.name, hashlib.sha256(data).hexdigest(), tuple(stakes), parties, tuple(warnings))


def _table(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pd.read_parquet(path).astype("object")
            frame = frame.where(frame.notna(), "").astype(str)
        else:
            frame = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
                sep=None,
                engine="python",
                # Blank lines keep their place, so that a row is found again by its number.
                skip_blank_lines=False,
            )
    except (ValueError, OSError, csv.Error) as error:
        reason = next(iter(str(error).splitlines()), "nothing in it")
        raise UsageError(
            f"{path.name}: cannot be read as a table ({reason})", "Give csv or parquet."
        ) from None
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    _check_columns(path.name, list(frame.columns))
    return frame


def _check_columns(file: str, names: list[str]) -> None:
    for name in _NEEDED:
        if name not in names:
            raise UsageError(f"{file}: no column '{name}'", f"It needs the columns {', '.join(_NEEDED)}.")
    for name in names:
        if name not in _KNOWN:
            raise UsageError(f"{file}: column '{name}' is not known", f"Known columns: {', '.join(_KNOWN)}.")


def _from_table(file: str, frame: pd.DataFrame) -> list[Stake]:
    # Row 1 of a csv holds the headings; a parquet file is counted the same way.
    rows = enumerate(frame.fillna("").to_dict("records"), 2)
    stakes = [
        _stake(f"{file} row {row}", record, row)
        for row, record in rows
        if any(str(value).strip() for value in record.values())
    ]
    return _one_spelling(stakes)


def _one_spelling(stakes: Sequence[Stake]) -> list[Stake]:
    """``stakes`` with each party as it is first written: a name in capitals further down is the same company."""
    first: dict[str, str] = {}
    for stake in stakes:
        for key in (stake.owner, stake.owned):
            first.setdefault(_folded(key), key)
    return [
        replace(stake, owner=first[_folded(stake.owner)], owned=first[_folded(stake.owned)])
        for stake in stakes
    ]


def _folded(key: str) -> str:
    return " ".join(key.casefold().split())


def _stake(place: str, record: Mapping[Any, Any], row: int) -> Stake:
    owner, owned = str(record["owner"]).strip(), str(record["owned"]).strip()
    if not owner or not owned:
        raise UsageError(f"{place}: owner and owned must both be stated")
    since = _day(place, "from", record.get("from", ""), date.min)
    until = _day(place, "until", record.get("until", ""), date.max)
    if until < since:
        raise UsageError(f"{place}: until {until} is before from {since}")
    control = str(record.get("control", "")).strip().lower()
    if control not in (*_TRUE, *_FALSE):
        raise UsageError(f"{place}: control '{control}' is neither yes nor no")
    percent = _percent(place, str(record["percent"]), blank=control in _TRUE)
    return Stake(owner, owned, percent, since, until, control in _TRUE, row)


def _percent(place: str, text: str, *, blank: bool) -> float:
    bare = text.strip().removesuffix("%").strip().replace(",", ".")
    if not bare and blank:
        return 0.0
    try:
        percent = float(bare)
    except ValueError:
        raise UsageError(
            f"{place}: percent '{text}' is not a number", "Write 50 or 50.0 for a half."
        ) from None
    if not 0 <= percent <= _ALL:
        raise UsageError(f"{place}: percent {text.strip()} is not between 0 and 100", "Correct the row.")
    return percent


def _day(place: str, column: str, value: object, missing: date) -> date:
    text = str(value).strip()[:10]
    if not text or text in ("NaT", "None"):
        return missing
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{place}: {column} '{text}' is not a day", "Write it as 2021-02-01.") from None
