"""What the publishers' formats have: columns and elements, as data in config/list_formats.toml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from screener.errors import RestrictedListError
from screener.settings import shipped_toml


@cache
def known_columns(name: str) -> tuple[str, ...]:
    """The columns of a delimited format, in order."""
    return tuple(shipped_toml("list_formats.toml")["columns"][name])


@cache
def known_elements(name: str) -> Mapping[str, frozenset[str]]:
    """The elements that may stand in each element of an XML format."""
    tree = shipped_toml("list_formats.toml")["elements"][name]
    return {parent: frozenset(children) for parent, children in tree.items()}


def only_file(source: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Name and content of the one file in which a list comes; several are refused, as to read one would be a guess."""
    if len(files) > 1:
        reason = f"there are {len(files)} files where this list comes in one: {', '.join(files)}"
        remedy = "Leave only the newest in the drop folder, or one address in lists.toml."
        raise RestrictedListError(source, reason, remedy)
    return next(iter(files.items()))
