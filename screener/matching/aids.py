"""What helps matching beyond the list itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pandera.typing import DataFrame

from screener.lists.model import Names
from screener.matching.names import NameIndex
from screener.reference import IssuerLinks


@dataclass(frozen=True, slots=True)
class Aids:
    """Links of reference files, and where an index of names comes from: built, unless somebody keeps it on disk."""

    links: DataFrame[IssuerLinks] | None = None
    index_of: Callable[[DataFrame[Names]], NameIndex] = NameIndex.build
