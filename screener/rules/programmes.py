"""Programmes as data: what a listing means, in which version of the rule, and how its dates follow.

``config/programmes.toml`` explains every field. Loading checks the tables: unknown keys, unknown codes, and gaps
or overlaps between versions are configuration errors that name the place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from screener.errors import ConfigurationError
from screener.rules.days import When
from screener.settings import read_toml, shipped_config

Phase = Literal["before", "window", "after"]
Action = Literal["BLOCK", "HOLD", "DIVEST", "NO_BUY", "PENDING", "REVIEW", "INFO", "RELEASED"]
Binds = Annotated[str, Field(pattern="^(us_person|nl_financial_enterprise|adopters|all|[A-Z]{2})$")]
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
    window_stays_open: bool = False
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


class Scope(_Table):
    """Some of the securities that a programme reaches; a security that fits no row is outside the rule."""

    printed: str = ""
    instruments: tuple[Instrument, ...] = ()
    issued_from: date = date.min
    issued_until: date = date.max
    new_only: bool = False
    longer_than_days: int | None = None
    review: str = ""

    @field_validator("printed")
    @classmethod
    def _is_expression(cls, printed: str) -> str:
        try:
            re.compile(printed)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return printed

    def speaks_of(self, printed: str) -> bool:
        """Whether the list's own words for the entity call for this row."""
        return re.search(self.printed, printed, re.IGNORECASE) is not None


class Programme(_Table):
    """A regime: authority, scope, timing, versions."""

    title: str
    authority: str
    binds: Annotated[tuple[Binds, ...], Field(min_length=1)]
    concerns: Literal["securities", "property", "procurement", "exports", "other"]
    instruments: tuple[Instrument, ...] = ()
    ownership: Literal["none", "at_least_50", "more_than_50"] = "none"
    aggregate: bool = True
    control: bool = False
    countries: tuple[str, ...] = ()
    funds: Literal["any_share", "half_of_value", "five_percent", "none"] = "none"
    url: str = ""
    scope: tuple[Scope, ...] = ()
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
        _check_timing(path.name, code, programme.timing)
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
    spans = [(version.since, version.until) for version in programme.version]
    key = f"programme.{code}.version"
    _check_joined(file, key, spans)
    if spans[-1][1] != date.max:
        raise ConfigurationError(file, key, "the last version has an end", "Leave it open.")


def _check_timing(file: str, code: str, timing: Sequence[Timing]) -> None:
    _check_joined(file, f"programme.{code}.timing", [(row.listed_from, row.listed_until) for row in timing])


def _check_joined(file: str, key: str, spans: Sequence[tuple[date, date]]) -> None:
    """Each span begins on the day after the one before it ends, and none ends before it begins."""
    for since, until in spans:
        if until < since:
            raise ConfigurationError(file, key, f"the one from {since} ends before it begins, on {until}")
    for (_, until), (since, _) in pairwise(spans):
        expected = until + timedelta(days=1) if until < date.max else None
        if since != expected:
            kind = "overlap" if expected is None or since < expected else "gap"
            raise ConfigurationError(
                file,
                key,
                f"{kind} between the one until {until} and the one from {since}",
                "Each begins on the day after the one before it ends.",
            )
