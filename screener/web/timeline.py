"""An entity's time line as a picture: a lane a listing, a band a phase, a numbered point an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

WIDTH: Final = 1040
_LEFT: Final = 20
_RIGHT: Final = 30
_TOP: Final = 28
_LANE: Final = 70  # height of a lane
_CLOSE: Final = 14  # numbers nearer than this are not printed twice
_ORDER: Final = ("proposed", "before", "window", "after", "released")


@dataclass(frozen=True, slots=True)
class Scale:
    """Days onto the width of the picture."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """Where ``day`` stands."""
        inside = min(max(day, self.first), self.last)
        share = (inside - self.first).days / max((self.last - self.first).days, 1)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def picture(story: Mapping[str, Any], as_of: date) -> dict[str, Any] | None:
    """The places of everything that is drawn of ``story`` (an EntityStory as plain values); None without events."""
    days = [date.fromisoformat(entry["day"]) for listing in story["listings"] for entry in listing["entries"]]
    days = [day for day in days if day.year > 1900]  # a day that no list prints stands for "long ago"
    if not days:
        return None
    first, last = min([*days, as_of]), max([*days, as_of])
    scale = Scale(date(first.year, 1, 1), date(last.year + 1, 1, 1))
    lanes = [
        _lane(listing, scale, _TOP + 48 + number * _LANE) for number, listing in enumerate(story["listings"])
    ]
    used = {band["kind"] for lane in lanes for band in lane["bands"]}
    return {
        "width": WIDTH,
        "height": _TOP + len(lanes) * _LANE + 40,
        "top": _TOP,
        "left": _LEFT,
        "today": scale.x(as_of),
        "ticks": _ticks(scale),
        "lanes": lanes,
        "kinds": [kind for kind in _ORDER if kind in used],
    }


def _lane(listing: Mapping[str, Any], scale: Scale, y: int) -> dict[str, Any]:
    return {
        "y": y,
        "title": f"{listing['programme']}: {listing['list']}"[:120],
        "bands": [_band(span, scale) for span in listing["spans"]],
        "marks": _marks(listing["entries"], scale),
    }


def _band(span: Mapping[str, Any], scale: Scale) -> dict[str, Any]:
    since = scale.x(date.fromisoformat(span["since"]))
    until = scale.x(date.fromisoformat(span["until"])) if span["until"] else float(WIDTH - _RIGHT)
    return {
        "kind": span["phase"],
        "x": since,
        "width": max(round(until - since, 1), 1.0),
        "since": span["since"],
        "until": span["until"],
    }


def _marks(entries: Sequence[Mapping[str, Any]], scale: Scale) -> list[dict[str, Any]]:
    """A point an event; numbers that would lie on each other are printed once, as "3-5"."""
    marks: list[dict[str, Any]] = []
    labelled: dict[str, Any] = {}
    for number, entry in enumerate(entries, 1):
        x = scale.x(date.fromisoformat(entry["day"]))
        mark = {
            "x": x, "day": entry["day"], "what": entry["what"], "computed": entry["computed"], "number": str(number),
            "label_x": x,
        }  # fmt: skip
        if labelled and x - labelled["label_x"] < _CLOSE:
            labelled["number"] = f"{labelled['number'].split('–')[0]}–{number}"
            mark["label_x"] = None
        else:
            labelled = mark
        marks.append(mark)
    return marks


def _ticks(scale: Scale) -> list[dict[str, Any]]:
    """New Year's days, as many as can be read."""
    years = range(scale.first.year, scale.last.year + 1)
    step = next(step for step in (1, 2, 5, 10, 25, 50, 100) if len(years) / step <= 16)
    return [
        {"x": scale.x(date(year, 1, 1)), "label": str(year)}
        for year in years
        if (year - years[0]) % step == 0
    ]
