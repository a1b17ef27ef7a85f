"""``config/lists.toml`` as frozen values: sources, gates, codes, and how to fetch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from screener.errors import ConfigurationError, UsageError
from screener.lists.overlay import overlaid
from screener.lists.parsed import Codes
from screener.lists.sources import PARSERS
from screener.settings import read_toml, shipped_config
from screener.settings_paths import folder_of

CHECKS: Final = (
    "min_entries",
    "max_entries",
    "max_change",
    "max_removed",
    "max_unread",
    "sentinels",
    "max_age_days",
    "max_file_age_days",
)
SEVERITIES: Final = ("error", "warning")
_SECTIONS: Final = ("fetch", "source", "codes", "retired")


@dataclass(frozen=True, slots=True)
class Fetching:
    """How downloads are made; times in seconds, sizes in megabytes (10**6 bytes). See lists.toml."""

    timeout_seconds: float = 30
    total_seconds: float = 900
    attempts: int = 4
    wait_seconds: float = 2
    max_megabytes: float = 300
    proxy: str = ""
    ca_file: str = ""
    drop_folder: str = ""
    user_agent: str = "screener"


@dataclass(frozen=True, slots=True)
class Gate:
    """An expectation that a list must meet."""

    check: str
    value: Any
    severity: str


@dataclass(frozen=True, slots=True)
class Source:
    """One list: where it comes from, how it is read, what it covers, what it must look like."""

    name: str
    title: str
    parser: str
    codes: Codes
    addresses: Mapping[str, str]
    enabled: bool = True
    covers: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    max_megabytes: float = 0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def gate(self, check: str) -> Gate | None:
        """The gate of ``check``, if the source has one."""
        return next((gate for gate in self.gates if gate.check == check), None)


@dataclass(frozen=True, slots=True)
class Retired:
    """An address that still answers, with a list that is no longer kept: what it was, and what replaced it."""

    address: str
    what: str
    instead: str


@dataclass(frozen=True, slots=True)
class ListsConfig:
    """All sources in their order of precedence, and the folder where what was fetched is kept."""

    folder: Path
    fetching: Fetching
    sources: tuple[Source, ...]
    retired: tuple[Retired, ...] = ()

    def source(self, name: str) -> Source | None:
        """The source called ``name``."""
        return next((source for source in self.sources if source.name == name), None)

    def drop_folder(self, source: Source) -> Path:
        """Where a file of ``source`` may be put by hand."""
        return (
            Path(self.fetching.drop_folder) if self.fetching.drop_folder else self.folder / "drop"
        ) / source.name


def read_config(folder: Path, file: Path | None = None) -> ListsConfig:
    """The shipped lists.toml, with what ``file`` says differently, kept under ``folder``.

    Raises ConfigurationError that names file and key: unknown keys, parsers, checks and code tables are errors.
    """
    path = file or shipped_config() / "lists.toml"
    table = read_toml(path)
    _known(path, "", table, _SECTIONS)
    if file is not None:
        table = overlaid(read_toml(shipped_config() / "lists.toml"), table, folder_of(file))
    codes = {name: _codes(path, name, given) for name, given in table.get("codes", {}).items()}
    fetching = _fetching(path, table.get("fetch", {}))
    sources = [_source(path, name, given, codes) for name, given in table.get("source", {}).items()]
    retired = [_retired(path, name, given) for name, given in table.get("retired", {}).items()]
    return ListsConfig(folder, fetching, tuple(sources), tuple(retired))


def with_sources(config: ListsConfig, *names: str) -> ListsConfig:
    """The same configuration with only these sources."""
    return replace(config, sources=tuple(source for source in config.sources if source.name in names))


def no_such_source(config: ListsConfig, name: str) -> UsageError:
    """The error for a name that is no source."""
    known = ", ".join(source.name for source in config.sources)
    return UsageError(f"There is no list called '{name}'", f"The lists are {known}.")


def _known(path: Path, place: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in table:
        if key not in allowed:
            where = f"{place}.{key}" if place else key
            raise ConfigurationError(path, where, "unknown key", f"Known here: {', '.join(allowed)}.")


def _codes(path: Path, name: str, given: Mapping[str, Any]) -> Codes:
    known: dict[str, str] = {}
    for programme, printed in given.items():
        if programme == "default":
            continue
        if not isinstance(printed, list):
            raise ConfigurationError(
                path, f"codes.{name}.{programme}", "must be a list of the publisher's codes"
            )
        known |= dict.fromkeys(printed, programme)
    return Codes(known, str(given.get("default", "")))


def _fetching(path: Path, given: Mapping[str, Any]) -> Fetching:
    _known(path, "fetch", given, tuple(item.name for item in fields(Fetching)))
    for item in fields(Fetching):
        value = given.get(item.name, item.default)
        if isinstance(item.default, str) != isinstance(value, str) or isinstance(value, bool):
            raise ConfigurationError(path, f"fetch.{item.name}", f"{value!r} is not of the right kind")
    return Fetching(**given)


def _source(path: Path, name: str, given: Mapping[str, Any], codes: Mapping[str, Codes]) -> Source:
    place = f"source.{name}"
    allowed = (*(item.name for item in fields(Source) if item.name != "name"),)
    _known(path, place, given, allowed)
    for key in ("title", "parser", "codes", "addresses"):
        if key not in given:
            raise ConfigurationError(path, f"{place}.{key}", "is missing")
    if given["parser"] not in PARSERS:
        raise ConfigurationError(
            path, f"{place}.parser", f"no parser {given['parser']!r}", f"One of {', '.join(PARSERS)}."
        )
    if given["codes"] not in codes:
        raise ConfigurationError(path, f"{place}.codes", f"there is no table [codes.{given['codes']}]")
    gates = tuple(_gate(path, f"{place}.gates", gate) for gate in given.get("gates", []))
    told = {
        key: given[key]
        for key in ("title", "parser", "addresses", "enabled", "max_megabytes", "options")
        if key in given
    }
    return Source(
        name, codes=codes[given["codes"]], covers=tuple(given.get("covers", ())), gates=gates, **told
    )


def _retired(path: Path, name: str, given: Mapping[str, Any]) -> Retired:
    keys = tuple(item.name for item in fields(Retired))
    _known(path, f"retired.{name}", given, keys)
    for key in keys:
        if not isinstance(given.get(key), str) or not given[key]:
            raise ConfigurationError(path, f"retired.{name}.{key}", "is missing")
    return Retired(**given)


def _gate(path: Path, place: str, given: Mapping[str, Any]) -> Gate:
    _known(path, place, given, ("check", "value", "severity"))
    gate = Gate(str(given.get("check")), given.get("value"), str(given.get("severity", "error")))
    if gate.check not in CHECKS or gate.severity not in SEVERITIES:
        allowed = f"check is one of {', '.join(CHECKS)}; severity one of {', '.join(SEVERITIES)}."
        raise ConfigurationError(path, place, f"unknown gate {dict(given)}", allowed)
    if not isinstance(gate.value, list if gate.check == "sentinels" else (int, float)):
        raise ConfigurationError(path, place, f"{gate.check} has the wrong kind of value: {gate.value!r}")
    return gate
