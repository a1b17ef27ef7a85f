"""Restricted lists: fetched from their publishers, versioned, examined, and read as one restricted list."""

from __future__ import annotations

from screener.lists.config import ListsConfig, read_config
from screener.lists.conflicts import conflicts
from screener.lists.find import find_entities, mentioned
from screener.lists.load import Cautions, cautions, data_folder, load_restricted
from screener.lists.report import diff, status
from screener.lists.update import UpdateResult, update

__all__ = [
    "Cautions",
    "ListsConfig",
    "UpdateResult",
    "cautions",
    "conflicts",
    "data_folder",
    "diff",
    "find_entities",
    "load_restricted",
    "mentioned",
    "read_config",
    "status",
    "update",
]
