"""Programmes as data: what a listing means, in which version of the rule, and how its dates follow.

``config/programmes.toml`` explains every field. Loading checks the tables: unknown keys, unknown codes, and gaps
or overlaps between versions are configuration errors that name the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from screener.errors import ConfigurationError
from screener.rules.days import When
from screener.settings import read_toml, shipped_config

Phase = Literal["before", "window", "after"]
Action = Literal["BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING", "REVIEW", "INFO", "RELEASED"]
Instrument = Literal["equity", "bond", "receipt", "fund", "derivative", "money_market", "other"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Consequence(_Table):
    """One cell of the decision table."""

    action: Action
    mandatory: Literal["", "yes", "no"] = ""
    note: str = ""


class Version(_Table):
    """A programme's rule in an interval of days, both inclusive."""

    since: date = Field(alias="from")
    until: date = date.max
    basis: str
    before: Consequence
    window: Consequence
    after: Consequence

    def consequence(self, phase: Phase) -> Consequence:
        """The decision in ``phase``."""
        return {"before": self.before, "window": self.window, "after": self.after}[phase]


class Timing(_Table):
    """How effective date and window end follow from the day of listing."""

    listed_from: date = date.min
    listed_until: date = date.max
    effective_days: int | None = None
    effective_time: str = ""
    window_days: int | None = None
    window_time: str = ""
    effective_at: str = ""
    window_end_at: str = ""
    zone: str = "UTC"
    basis: str

    def fits(self, listed: date) -> bool:
        """Whether this row is for a company listed on that day."""
        return self.listed_from <= listed <= self.listed_until

    def effective(self, listed: date) -> When | None:
        """When purchases become barred for a company listed on that day."""
        return self._instant(listed, self.effective_at, self.effective_days, self.effective_time)

    def window_end(self, listed: date) -> When | None:
        """When transactions solely to divest cease to be allowed."""
        return self._instant(listed, self.window_end_at, self.window_days, self.window_time)

    def _instant(self, listed: date, fixed: str, days: int | None, clock: str) -> When | None:
        if fixed:
            return When.parse(fixed, self.zone)
        if days is None:
            return None
        day = (listed + timedelta(days=days)).isoformat()
        return When.parse(f"{day}T{clock}" if clock else day, self.zone)


class Programme(_Table):
    """A regime: authority, scope, timing, versions."""

    title: str
    authority: str
    binds: Annotated[tuple[str, ...], Field(min_length=1)]
    concerns: Literal["securities", "property", "exports", "procurement"]
    instruments: tuple[Instrument, ...] = ()
    ownership: Literal["none", "at_least_50", "more_than_50"] = "none"
    url: str = ""
    timing: tuple[Timing, ...] = ()
    version: Annotated[tuple[Version, ...], Field(min_length=1)]

    def version_on(self, day: date) -> Version | None:
        """The version of the rule in force on ``day``; None before the first."""
        return next((version for version in self.version if version.since <= day <= version.until), None)

    def ended_by(self, day: date) -> bool:
        """Whether the rule in force on ``day`` releases every listing: a regime that was replaced."""
        version = self.version_on(day)
        return version is not None and version.after.action == "RELEASED"

    def timing_for(self, listed: date) -> Timing | None:
        """The timing of a company listed on that day."""
        return next((timing for timing in self.timing if timing.fits(listed)), None)


@dataclass(frozen=True, slots=True)
class Programmes:
    """All programmes by code."""

    by_code: Mapping[str, Programme]

    def get(self, code: str) -> Programme | None:
        """The programme, or None where no table covers the code: the caller gives REVIEW, never silence."""
        return self.by_code.get(code)


def load_programmes(path: Path | None = None) -> Programmes:
    """Read and check ``programmes.toml``; raises ConfigurationError that names file and key."""
    path = path or shipped_config() / "programmes.toml"
    data = read_toml(path)
    unknown = sorted(set(data) - {"programme"})
    if unknown:
        raise ConfigurationError(path.name, unknown[0], "is not a known table", "Use [programme.CODE].")
    programmes = validated(dict[str, Programme], data.get("programme", {}), path.name, "programme")
    for code, programme in programmes.items():
        _check_versions(path.name, code, programme)
    return Programmes(programmes)


def validated(kind: type[Any], data: Any, file: str, prefix: str) -> Any:
    """``data`` as ``kind``; the first failure becomes a ConfigurationError that names the key."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in (prefix, *first["loc"]) if str(part))
        reason = (
            "is not a known key"
            if first["type"] == "extra_forbidden"
            else first["msg"].removeprefix("Value error, ")
        )
        raise ConfigurationError(file, key, reason, "See the header of the shipped file.") from None


def _check_versions(file: str, code: str, programme: Programme) -> None:
    for earlier, later in zip(programme.version, programme.version[1:], strict=False):
        expected = earlier.until + timedelta(days=1) if earlier.until < date.max else None
        if later.since != expected:
            kind = "overlap" if expected is None or later.since < expected else "gap"
            raise ConfigurationError(
                file,
                f"programme.{code}.version",
                f"{kind} between the version until {earlier.until} and the one from {later.since}",
                "Each version begins on the day after the one before it ends.",
            )
    if programme.version[-1].until != date.max:
        raise ConfigurationError(
            file, f"programme.{code}.version", "the last version has an end", "Leave it open."
        )
