"""Reading the files of a run: each with its own profile, under the name that its owner knows it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from screener.errors import HoldingsError
from screener.holdings import Reading, joined, profile_path, read_files
from screener.job.request import RunRequest


def read_inputs(request: RunRequest) -> tuple[Reading, list[tuple[Path, HoldingsError]]]:
    """All that the files of ``request`` say, and those that could not be read, with the reason."""
    readings: list[Reading] = []
    unread: list[tuple[Path, HoldingsError]] = []
    for path in request.files:
        profile = request.profiles.get(path)
        options = replace(request.reading, profile=profile) if profile else request.reading
        reading, failed = read_files((path,), options)
        name = request.name_of(path)
        readings += [] if failed else [_called(reading, path.name, name)]
        unread += [(path, HoldingsError(name, error.reason, error.remedy)) for _, error in failed]
    return joined(readings), unread


def profiles_of(request: RunRequest) -> dict[str, str]:
    """The text of the profile that each file was read with, by the file's name: a replay must read it as then."""
    texts = {}
    for path in request.files:
        named = request.profiles.get(path) or request.reading.profile
        if named:
            place = profile_path(str(named), request.reading.profiles or Path())
            texts[request.name_of(path)] = place.read_text(encoding="utf-8-sig") if place.is_file() else ""
    return texts


def _called(reading: Reading, stored: str, name: str) -> Reading:
    """``reading`` of the file ``stored`` under its own ``name``; files of an archive keep theirs behind it."""
    if stored == name:
        return reading

    def own(file: str) -> str:
        return name + file.removeprefix(stored) if file == stored or file.startswith(f"{stored}/") else file

    return Reading(**{item.name: _renamed(getattr(reading, item.name), own) for item in fields(Reading)})


def _renamed(frame: pd.DataFrame, own: Callable[[str], str]) -> Any:
    names = {file: own(file) for file in frame["file"].unique()}
    return frame.assign(file=frame["file"].map(names).astype(frame["file"].dtype))
