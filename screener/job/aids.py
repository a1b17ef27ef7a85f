"""What a run gives the matching besides the lists: reference files, and indexes of names kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.job.request import RunRequest
from screener.lists.model import Names, Restricted
from screener.matching import Aids, NameIndex
from screener.reference import Reference, load_reference
from screener.settings import Settings

_WORTH_KEEPING: Final = 5_000  # names from which reading an index is quicker than building it
_KEPT: Final = 8  # indexes kept at the most: a list narrows with the day and the investor


def reference_for(
    request: RunRequest, settings: Settings, held: Iterable[pd.DataFrame], restricted: Restricted
) -> Reference:
    """What the reference files say of what is ``held`` (column isin) and of the securities that the lists print."""
    paths = request.reference or tuple(Path(path) for path in settings.run.reference)
    if not paths:
        return load_reference((), ())
    printed = restricted.identifiers
    isins = [printed.loc[printed["scheme"] == "isin", "value"], *(each["isin"] for each in held)]
    return load_reference(paths, pd.concat(isins))


def aids_for(settings: Settings, reference: Reference) -> Aids:
    """The aids of one run."""
    return Aids(reference.links, kept_in(settings.data_folder / "indexes"))


def kept_in(folder: Path) -> Callable[[DataFrame[Names]], NameIndex]:
    """Builds an index of names once and reads it from ``folder`` after that; a folder that cannot be used is no hindrance."""

    def index_of(names: DataFrame[Names]) -> NameIndex:
        if len(names) < _WORTH_KEEPING:
            return NameIndex.build(names)
        place = folder / _hash(names)
        index = NameIndex.load(place)
        if index is None:
            index = NameIndex.build(names)
            _keep(index, place)
        return index

    return index_of


def _hash(names: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(names[["entity_id", "name", "quality"]], index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()[:24]


def _keep(index: NameIndex, place: Path) -> None:
    try:
        index.save(place)
        kept = sorted(place.parent.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for old in kept[_KEPT:]:
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
    except OSError:
        return  # a full disk or another process that tidies up costs time, not the run
