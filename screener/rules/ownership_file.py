"""Reading an ownership file: csv or parquet with the columns below, or OpenSanctions' FollowTheMoney relations.

Columns: ``owner``, ``owned``, ``percent`` (0 to 100), and if known ``from``, ``until`` (ISO days), ``control`` (yes/no).
Owner and owned are a name, an ISIN, an LEI or the id of an entity of the list. FollowTheMoney is one JSON object a
line; relations of the schema Ownership are counted, other entities give names and identifiers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener.errors import UsageError
from screener.identifiers import is_valid, normal
from screener.rules.ownership import Ownership, Party, Stake

_NEEDED: Final = ("owner", "owned", "percent")
_KNOWN: Final = (*_NEEDED, "from", "until", "control")
_TRUE, _FALSE = ("yes", "true", "1", "ja"), ("", "no", "false", "0", "nee", "nei", "nein")
_ALL = 100.0
_MOST_NAMED: Final = 5


def load_ownership(path: Path) -> Ownership:
    """What the file at ``path`` says; raises UsageError that names file and row for what cannot be right."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--ownership: {path}: cannot be read ({error.strerror})", "Check the path."
        ) from None
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson", ".ftm"):
        stakes, parties, warnings = _from_ftm(path.name, data)
    else:
        stakes = _from_table(path.name, _table(path))
        parties = {key: _party(key) for stake in stakes for key in (stake.owner, stake.owned)}
        warnings = []
    warnings += _over_a_hundred(path.name, stakes)
    return Ownership(path.name, hashlib.sha256(data).hexdigest(), tuple(stakes), parties, tuple(warnings))


def _table(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pd.read_parquet(path).astype("object")
            frame = frame.where(frame.notna(), "").astype(str)
        else:
            frame = pd.read_csv(
                path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python"
            )
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
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
    return [
        _stake(f"{file} row {row}", record, row) for row, record in enumerate(frame.to_dict("records"), 2)
    ]


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


def _over_a_hundred(file: str, stakes: Iterable[Stake]) -> list[str]:
    """Companies of which more than all is owned on one day: one of the rows must be wrong or out of date."""
    of_company: dict[str, list[Stake]] = {}
    for stake in stakes:
        of_company.setdefault(stake.owned, []).append(stake)
    told = []
    for company, parts in of_company.items():
        for day in {part.since for part in parts}:
            held = [part for part in parts if part.since <= day <= part.until]
            total = sum(part.percent for part in held)
            if total > _ALL + 0.5:
                rows = ", ".join(str(part.row) for part in held)
                told.append(
                    f"{file} rows {rows}: {total:g} percent of {company} is owned, more than all of it"
                )
                break
    return told[:_MOST_NAMED]


def _party(key: str, names: tuple[str, ...] = (), identifiers: tuple[tuple[str, str], ...] = ()) -> Party:
    code = normal(key)
    own = tuple((scheme, code) for scheme in ("isin", "lei") if is_valid(scheme, code))
    return Party(key, names or (() if own else (key,)), (*own, *identifiers))


def _from_ftm(file: str, data: bytes) -> tuple[list[Stake], dict[str, Party], list[str]]:
    stakes, parties, uncounted = [], {}, []
    for row, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        entity = _entity(f"{file} row {row}", line)
        told = entity.get("properties", {})
        if entity.get("schema") == "Ownership":
            made = list(_ftm_stakes(f"{file} row {row}", told, row))
            stakes += made
            uncounted += [] if made else [row]
        else:
            parties[entity["id"]] = _ftm_party(entity, told)
    for stake in stakes:
        for key in (stake.owner, stake.owned):
            parties.setdefault(key, _party(key))
    rows = ", ".join(map(str, uncounted[:_MOST_NAMED])) + (" ..." if len(uncounted) > _MOST_NAMED else "")
    told = f"{file}: {len(uncounted)} relations state no percentage and were not counted (rows {rows})"
    return stakes, parties, [told] if uncounted else []


def _entity(place: str, line: str) -> dict[str, Any]:
    try:
        entity = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{place}: is not JSON ({error.msg})", "Give one FollowTheMoney entity a line."
        ) from None
    if not isinstance(entity, dict) or "id" not in entity or "schema" not in entity:
        raise UsageError(f"{place}: is no FollowTheMoney entity", "It needs id, schema and properties.")
    return entity


def _ftm_stakes(place: str, told: Mapping[str, list[str]], row: int) -> Iterable[Stake]:
    for text in told.get("percentage", [])[:1]:
        first = {"from": _first(told, "startDate"), "until": _first(told, "endDate")}
        for owner in told.get("owner", []):
            for asset in told.get("asset", []):
                # Dates of a year or a month only are left open: the relation then counts throughout.
                days = {key: value if len(value) >= 10 else "" for key, value in first.items()}
                yield _stake(place, {"owner": owner, "owned": asset, "percent": text, **days}, row)


def _ftm_party(entity: Mapping[str, Any], told: Mapping[str, list[str]]) -> Party:
    names = [str(entity.get("caption", "")), *told.get("name", []), *told.get("alias", [])]
    identifiers = [("lei", value) for value in told.get("leiCode", [])]
    identifiers += [("isin", value) for value in (*told.get("isin", []), *told.get("isinCode", []))]
    return _party(entity["id"], tuple(dict.fromkeys(filter(None, names))), tuple(identifiers))


def _first(told: Mapping[str, list[str]], key: str) -> str:
    return next(iter(told.get(key, [])), "")
