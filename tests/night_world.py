"""A small world for nights: an inbox, a list server, a mail server, settings, and a clock that can be moved."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from screener.errors import ExitCode
from screener.history import NightStore, Store, open_store
from screener.nightly import Status, once, status
from screener.settings import Settings, load_settings
from tests.list_samples import SAMPLES, ListServer
from tests.samples import ROOT

HOLDINGS = ROOT / "fixtures" / "holdings"
OFFICE = HOLDINGS / "us-family-office.xlsx"
CUSTODIAN = HOLDINGS / "uk-custodian.xls"
CLEAR = "Security,ISIN,Quantity,Market value,Currency\nNESTLE SA-REG,CH0038863350,100,10000,CHF\n"
QUICK_FETCH = "timeout_seconds = 1\ntotal_seconds = 5\nattempts = 1\nwait_seconds = 0.01\n"


class MovingClock:
    """The clock of the machine, set forward or back by ``shift``."""

    def __init__(self, start: datetime | None = None) -> None:
        self.shift = start - datetime.now(UTC) if start else timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def forward(self, **span: float) -> None:
        self.shift += timedelta(**span)


@dataclass
class World:
    """Everything a night needs, below one folder."""

    folder: Path
    clock: MovingClock = field(default_factory=MovingClock)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def config(self) -> Path:
        return self.folder / "screener.toml"

    def write_settings(self, **sections: Mapping[str, Any]) -> Settings:
        """The settings file: what is said here, and for the rest a quick and quiet night."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "lists.toml").exists():
            self.list_sources({})
        told: dict[str, dict[str, Any]] = {
            "run": {"investor": "us"},
            "lists": {"data": str(self.folder / "data"), "sources": str(self.folder / "lists.toml")},
            "inbox": {"folder": str(self.inbox), "stable_seconds": 0},
            "nightly": {"time_zone": "UTC", "screen": ""},
        }
        for name, section in sections.items():
            told[name] = {**told.get(name, {}), **section}
        self.config.write_text("".join(_toml(name, one) for name, one in told.items()), encoding="utf-8")
        return self.settings

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    def put(self, relative: str, content: Path | str | bytes) -> Path:
        """A file in the inbox."""
        path = self.inbox / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def night(self, stop: Event | None = None) -> ExitCode:
        """`screener nightly --once`, in this process."""
        return once(self.settings, self.clock, stop or Event())

    def status(self) -> Status:
        return status(self.settings, self.clock())

    def store(self) -> Store:
        return open_store(self.settings)

    def ask(self, question: Callable[[NightStore], Any]) -> Any:
        with self.store() as store:
            return question(NightStore(store.database))

    def line(self, part: str) -> Any:
        """One line of the status."""
        return next(line for line in self.status().lines if line.part == part)

    def troubles(self, job: str = "screen") -> list[tuple[str, str]]:
        """What the last run of a job complained of."""
        night = self.ask(lambda nights: nights.last_night(job))
        assert night is not None
        return list(night.troubles)

    def outcome(self, portfolio: str, kind: str = "processed") -> list[Path]:
        """The folders of a portfolio's reports, the oldest first."""
        found = (self.inbox / kind).glob(f"*/{portfolio}/*")
        return sorted(found, key=lambda path: path.stat().st_ctime_ns)

    def files_left(self) -> list[str]:
        """What is in the inbox and not in its outcome folders."""
        found = (path for path in self.inbox.rglob("*") if path.is_file())
        relative = (path.relative_to(self.inbox) for path in found)
        return sorted(str(one) for one in relative if one.parts[0] not in ("processed", "failed"))

    def serve_un(self, server: ListServer) -> None:
        """Puts the sample of the United Nations list on ``server`` and names it as the only source."""
        address = server.serve("/un.xml", (SAMPLES / "un.xml").read_bytes())
        self.list_sources({"un": address})

    def list_sources(self, addresses: Mapping[str, str]) -> None:
        """Only the shipped sources of these names, at these addresses, with a minimum of gates."""
        (self.folder / "lists.toml").write_text(only_lists(addresses), encoding="utf-8")


def only_lists(addresses: Mapping[str, str]) -> str:
    """A table of lists: what it says differs from the shipped one, of which every other source is switched off."""
    shipped = tomllib.loads((ROOT / "config" / "lists.toml").read_text(encoding="utf-8"))["source"]
    gates = 'gates = [{ check = "min_entries", value = 1, severity = "error" }]\n'
    parts = [f"[fetch]\n{QUICK_FETCH}"]
    for name, source in shipped.items():
        if name in addresses:
            file = next(iter(source["addresses"]))
            parts.append(
                f'[source.{name}]\nenabled = true\naddresses = {{ "{file}" = "{addresses[name]}" }}\n{gates}'
            )
        else:
            parts.append(f"[source.{name}]\nenabled = false\n")
    return "\n".join(parts)


def _toml(name: str, section: Mapping[str, Any]) -> str:
    plain = [f"{key} = {_value(value)}" for key, value in section.items() if not isinstance(value, Mapping)]
    inner = [_toml(f'{name}."{key}"', value) for key, value in section.items() if isinstance(value, Mapping)]
    return f"[{name}]\n" + "\n".join(plain) + "\n\n" + "".join(inner)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def old(path: Path, days: float) -> None:
    """Dates a file some days back."""
    moment = path.stat().st_mtime - days * 86_400
    os.utime(path, (moment, moment))
