"""Paths in a settings file: relative ones are those of the folder in which the file stands.

A job of cron, systemd or the Windows scheduler has a current folder that nobody chose, so that a path must not depend
on it. Paths on the command line and in the environment are written by whoever starts the program, and are theirs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

# Keys of paths; "*" is any table of that section, and a list stands for each of its members.
PATHS: Final = (
    "run.out",
    "run.ownership",
    "run.reference",
    "lists.starter",
    "lists.data",
    "lists.sources",
    "inbox.folder",
    "inbox.processed",
    "inbox.failed",
    "nightly.sentinels",
    "nightly.health_file",
    "mail.password_file",
    "mail.ca_file",
    "mail.attachment_password_file",
    "mail.portfolios.*.attachment_password_file",
    "web.certificate",
    "web.certificate_key",
)
# Keys of a name of the shipped configuration or of a .toml file of one's own.
NAMES_OR_FILES: Final = (
    "run.investor",
    "inbox.match.investor",
    "mail.language",
    "mail.portfolios.*.language",
)
_SQLITE: Final = re.compile(r"(?P<scheme>sqlite(\+\w+)?:///)(?P<file>(?![/:]|[A-Za-z]:)[^?]+)(?P<options>.*)")


def folder_of(file: Path) -> Path:
    """The folder in which ``file`` stands, whatever a link at its place points to."""
    return Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links


def with_whole_paths(told: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """The tables of a settings file in the folder ``home``, with every path in them made whole."""
    whole: Any = dict(told)
    for key in PATHS:
        whole = _changed(whole, key.split("."), lambda text: whole_path(text, home))
    for key in NAMES_OR_FILES:
        whole = _changed(
            whole,
            key.split("."),
            lambda text: whole_path(text, home) if text.casefold().endswith(".toml") else text,
        )
    whole = _changed(whole, ["run", "look_through"], lambda text: _of_fund(text, home))
    whole = _changed(whole, ["history", "url"], lambda text: _database(text, home))
    return dict(whole)


def whole_path(text: str, home: Path) -> str:
    """``text`` as a path from ``home``; "" stays, as it means that nothing is set."""
    return os.path.normpath(home / Path(text).expanduser()) if text else text


def _changed(value: Any, place: list[str], change: Callable[[str], str]) -> Any:
    """``value`` with the texts at ``place`` changed; what is of another kind is left for the checks to refuse."""
    if isinstance(value, list):
        return [_changed(one, place, change) for one in value]
    if not place:
        return change(value) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return value
    key, further = place[0], place[1:]
    return {
        name: _changed(one, further, change) if key in ("*", name) else one for name, one in value.items()
    }


def _of_fund(text: str, home: Path) -> str:
    """``FILE``, ``FOLDER`` or ``FUND=FILE``."""
    fund, sign, path = text.partition("=")
    if not sign or Path(whole_path(text, home)).exists():
        return whole_path(text, home)
    return f"{fund}={whole_path(path, home)}"


def _database(url: str, home: Path) -> str:
    """An address of a database; only that of an SQLite file holds a path."""
    met = _SQLITE.fullmatch(url)
    if not met:
        return url
    return f"{met['scheme']}{Path(whole_path(met['file'], home)).as_posix()}{met['options']}"
