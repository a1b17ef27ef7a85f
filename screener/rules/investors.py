"""Investor profiles: whose holdings these are, which decides whom a programme binds.

Profiles are TOML files; ``config/investors/us.toml`` explains the fields.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from screener.errors import ConfigurationError, UsageError
from screener.rules.programmes import Action, Programme, validated
from screener.settings import read_toml, shipped_config, shipped_toml

_DUTCH_FINANCIAL = ("pension_fund", "insurer", "bank", "broker", "fund")
_POLICY_ACTIONS = ("DIVEST", "HOLD", "NO_BUY", "REVIEW", "INFO")
# fmt: off
_EU_MEMBERS = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Table):
    """A list that the investor adopts by its own decision, with its own action and deadline."""

    programme: str
    action: Action
    basis: Annotated[str, Field(min_length=1)]
    mandatory: Literal["", "yes", "no"] = ""
    grace_days: Annotated[int, Field(ge=0)] = 0
    since: date = date.min

    @model_validator(mode="after")
    def _fits_together(self) -> Policy:
        if self.action not in _POLICY_ACTIONS:
            raise ValueError(
                f"action {self.action} cannot be chosen: give one of {', '.join(_POLICY_ACTIONS)}"
            )
        if self.action != "DIVEST" and (self.mandatory or self.grace_days):
            raise ValueError("mandatory and grace_days belong to the action DIVEST only")
        return self


class SwitchedOff(_Table):
    """A programme that is not screened, and why; the report says so."""

    programme: str
    reason: Annotated[str, Field(min_length=1)]


class Thresholds(_Table):
    """Own limits in percent, stricter than the rules': below them a finding is for information, from them REVIEW."""

    ownership_review: Annotated[float, Field(gt=0, le=100)] | None = None
    fund_share: Annotated[float, Field(ge=0, le=100)] = 0.0


class Investor(_Table):
    """Who the holdings belong to."""

    name: str
    description: str = ""
    jurisdictions: tuple[str, ...]
    us_person: bool
    kind: Literal[
        "natural_person",
        "fund",
        "pension_fund",
        "insurer",
        "bank",
        "broker",
        "foundation",
        "family_office",
        "other",
    ] = "other"
    policy: tuple[Policy, ...] = ()
    switched_off: tuple[SwitchedOff, ...] = ()
    thresholds: Thresholds = Thresholds()

    @field_validator("jurisdictions")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if code != "EU" and code not in shipped_toml("countries.toml")["names"]:
                raise ValueError(f"{code!r} is no ISO 3166 country code (the United Kingdom is GB) nor EU")
        return codes

    def is_bound_by(self, programme: Programme) -> bool:
        """Whether any of the capacities that the programme binds is this investor's."""
        return any(self._is(capacity) for capacity in programme.binds)

    def policy_on(self, programme: str, day: date) -> Policy | None:
        """The investor's own policy on that programme, if adopted by ``day``."""
        return next((one for one in self.policy if one.programme == programme and one.since <= day), None)

    def reason_off(self, programme: str) -> str:
        """Why the programme is switched off for this investor; "" when it is not."""
        return next((one.reason for one in self.switched_off if one.programme == programme), "")

    def _is(self, capacity: str) -> bool:
        if capacity == "us_person":
            return self.us_person
        if capacity == "nl_financial_enterprise":
            return "NL" in self.jurisdictions and self.kind in _DUTCH_FINANCIAL
        if capacity == "EU":
            # A member state's investor is bound by EU regulations whether its profile says so or not.
            return "EU" in self.jurisdictions or bool(_EU_MEMBERS & set(self.jurisdictions))
        return capacity == "all" or capacity in self.jurisdictions


def load_investor(
    name_or_file: str, folder: Path | None = None, known: Collection[str] | None = None
) -> Investor:
    """The profile ``NAME`` of the shipped ones, or the file at that path; ``known`` are the codes of all programmes.

    Raises UsageError for an unknown name (with the nearest one), ConfigurationError for a wrong file or programme.
    """
    folder = folder or shipped_config() / "investors"
    path = investor_path(name_or_file, folder)
    if not path.is_file():
        raise UsageError(f"Unknown investor profile '{name_or_file}'", _known_profiles(name_or_file, folder))
    investor = validated(Investor, read_toml(path), path.name, "")
    assert isinstance(investor, Investor)
    if known is not None:
        _check_programmes(path.name, investor, known)
    return investor


def investor_path(name_or_file: str, folder: Path | None = None) -> Path:
    """Where the profile of that name or path is, whether it exists or not."""
    path = Path(name_or_file)
    if path.suffix == ".toml":
        return path
    return (folder or shipped_config() / "investors") / f"{name_or_file.lower()}.toml"


def _check_programmes(file: str, investor: Investor, known: Collection[str]) -> None:
    """Every programme that a profile names must have a table, and is named once."""
    for table, rows in (("policy", investor.policy), ("switched_off", investor.switched_off)):
        codes = [row.programme for row in rows]
        for place, code in enumerate(codes):
            if code not in known:
                near = difflib.get_close_matches(code, list(known), n=1)
                hint = f"Did you mean '{near[0]}'? " if near else ""
                raise ConfigurationError(
                    file,
                    f"{table}.{place}.programme",
                    f"'{code}' is no programme",
                    f"{hint}Programmes are the tables of programmes.toml.",
                )
            if code in codes[:place]:
                raise ConfigurationError(file, f"{table}.{place}.programme", f"'{code}' is named twice")


def _known_profiles(name: str, folder: Path) -> str:
    known = sorted(path.stem for path in folder.glob("*.toml"))
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return f"{hint}Give one of {', '.join(known)}, or the path of a profile (.toml)."
