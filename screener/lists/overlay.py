"""A table of lists of one's own laid over the shipped one: what it leaves out keeps the shipped value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from screener.settings_paths import whole_path

_BY_SECTION: Final = ("fetch", "source", "codes", "retired")
_FILES: Final = ("ca_file", "drop_folder")  # keys of [fetch] that are paths


def overlaid(shipped: Mapping[str, Any], own: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """``shipped`` with what ``own``, a file in the folder ``home``, says differently.

    Tables are taken key by key, so that switching a source on takes two lines; codes are added to those of the same
    programme; any other value takes the place of the shipped one. Sources that the shipped table does not have come
    after those that it has. Paths of files are those of the folder in which they are written.
    """
    told = {section: dict(shipped.get(section, {})) for section in _BY_SECTION}
    for section, given in own.items():
        if section not in _BY_SECTION or not isinstance(given, Mapping):
            told[section] = given
        elif section == "codes":
            told["codes"] = _with_codes(told["codes"], given)
        else:
            told[section] = _laid_over(told[section], _with_whole_paths(section, home, given))
    return told


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables within tables key by key; addresses as a whole, as one set of files replaces another."""
    told = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(told.get(key), Mapping) and key != "addresses"
        told[key] = _laid_over(told[key], value) if both else value
    return told


def _with_codes(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: dict(codes) for name, codes in below.items()}
    for name, codes in above.items():
        table = told.setdefault(name, {})
        for programme, printed in codes.items() if isinstance(codes, Mapping) else ():
            known = table.get(programme, [])
            added = isinstance(printed, list) and isinstance(known, list)
            table[programme] = [*known, *printed] if added else printed
    return told


def _with_whole_paths(section: str, home: Path, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A section with the paths of local files made whole."""
    if section == "source":
        return {name: _of_source(home, source) for name, source in given.items()}
    if section == "fetch":
        return {
            key: _whole(home, value) if key in _FILES and value else value for key, value in given.items()
        }
    return given


def _of_source(home: Path, source: Any) -> Any:
    addresses = source.get("addresses") if isinstance(source, Mapping) else None
    if not isinstance(addresses, Mapping):
        return source
    whole = {name: _whole(home, address) for name, address in addresses.items()}
    return {**source, "addresses": whole}


def _whole(home: Path, address: Any) -> Any:
    local = isinstance(address, str) and "://" not in address
    return whole_path(address, home) if local else address
