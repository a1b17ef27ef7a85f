"""FollowTheMoney relations, as OpenSanctions publishes them: one JSON object a line (``entities.ftm.json``).

Relations of the schema Ownership are counted; other entities give names and identifiers. The file is somebody else's:
a relation that states no usable percentage is left out and named, and does not stop the run.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from screener.errors import UsageError
from screener.rules.ownership import Party, Stake, party_of

_MOST_NAMED: Final = 5
_ALL: Final = 100.0
_YEAR, _MONTH = 4, 7  # the length of a day of which only that much is stated


def read_ftm(file: str, data: bytes) -> tuple[list[Stake], dict[str, Party], list[str]]:
    """Stakes, parties, and what could not be counted; raises UsageError for a line that is no entity."""
    stakes, parties, uncounted = list[Stake](), dict[str, Party](), list[int]()
    for row, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        entity = _entity(f"{file} row {row}", line)
        if entity["schema"] == "Ownership":
            made = list(_stakes(entity["properties"], row))
            stakes += made
            uncounted += [] if made else [row]
        else:
            parties[entity["id"]] = _party(entity)
    for stake in stakes:
        for key in (stake.owner, stake.owned):
            parties.setdefault(key, party_of(key))
    return stakes, parties, _left_out(file, uncounted)


def _left_out(file: str, rows: list[int]) -> list[str]:
    if not rows:
        return []
    named = ", ".join(map(str, rows[:_MOST_NAMED])) + (" ..." if len(rows) > _MOST_NAMED else "")
    many = "1 relation states" if len(rows) == 1 else f"{len(rows):,} relations state"
    what = "no percentage between 0 and 100, or end before they begin, and were not counted"
    return [f"{file}: {many} {what} (rows {named})"]


def _entity(place: str, line: str) -> dict[str, Any]:
    try:
        entity = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{place}: is not JSON ({error.msg})", "Give one FollowTheMoney entity a line."
        ) from None
    if not isinstance(entity, dict) or not {"id", "schema"} <= set(entity):
        raise UsageError(f"{place}: is no FollowTheMoney entity", "It needs id, schema and properties.")
    told = entity.setdefault("properties", {})
    if not isinstance(told, dict) or any(not isinstance(values, list) for values in told.values()):
        raise UsageError(f"{place}: its properties are no lists of texts", "Give FollowTheMoney entities.")
    if any(isinstance(value, dict) for values in told.values() for value in values):
        raise UsageError(f"{place}: is a nested export", "Give the file with one relation a line.")
    return entity


def _stakes(told: Mapping[str, list[Any]], row: int) -> Iterable[Stake]:
    percent = _percent(str(_first(told, "percentage")))
    since = _day(_first(told, "startDate"), date.min, last=False)
    until = _day(_first(told, "endDate"), date.max, last=True)
    if percent is None or until < since:
        return
    for owner in told.get("owner", []):
        for asset in told.get("asset", []):
            yield Stake(str(owner), str(asset), percent, since, until, row=row)


def _percent(text: str) -> float | None:
    bare = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        percent = float(bare)
    except ValueError:
        return None
    return percent if 0 <= percent <= _ALL else None


def _day(text: str, missing: date, *, last: bool) -> date:
    """A day; of a year or a month alone its first or ``last`` day, so that the relation counts throughout."""
    text = text[:10]
    try:
        if len(text) == _YEAR:
            return date(int(text), 12, 31) if last else date(int(text), 1, 1)
        if len(text) == _MONTH:
            year, month = int(text[:_YEAR]), int(text[5:])
            return date(year, month, monthrange(year, month)[1] if last else 1)
        return date.fromisoformat(text)
    except ValueError:
        return missing


def _party(entity: Mapping[str, Any]) -> Party:
    told = entity["properties"]
    names = [str(entity.get("caption", "")), *told.get("name", []), *told.get("alias", [])]
    identifiers = [("lei", value) for value in told.get("leiCode", [])]
    identifiers += [("isin", value) for value in (*told.get("isin", []), *told.get("isinCode", []))]
    return party_of(str(entity["id"]), tuple(dict.fromkeys(filter(None, names))), tuple(identifiers))


def _first(told: Mapping[str, list[Any]], key: str) -> str:
    return str(next(iter(told.get(key, [])), ""))
