"""What the publishers' formats have: columns and elements, as data in config/list_formats.toml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

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
