"""Investor profiles: whose holdings these are, which decides whom a programme binds.

Profiles are TOML files; ``config/investors/us.toml`` explains the fields.
"""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from screener.errors import UsageError
from screener.rules.programmes import Action, Programme, validated
from screener.settings import read_toml, shipped_config

_DUTCH_FINANCIAL = ("pension_fund", "insurer", "bank", "broker", "fund")
# Countries that the rules know of; a jurisdiction outside this list is more likely a slip than a wish.
_COUNTRY = 2


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Table):
    """A list that the investor adopts by its own decision, with its own action and deadline."""

    programme: str
    action: Action
    basis: str
    mandatory: Literal["", "yes", "no"] = ""
    grace_days: int = 0
    since: date = date.min


class SwitchedOff(_Table):
    """A programme that is not screened, and why; the report says so."""

    programme: str
    reason: str


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

    @field_validator("jurisdictions")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if len(code) != _COUNTRY or not code.isalpha() or not code.isupper() or code == "UK":
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
        return capacity == "all" or capacity in self.jurisdictions


def load_investor(name_or_file: str, folder: Path | None = None) -> Investor:
    """The profile ``NAME`` of the shipped ones, or the file at that path.

    Raises UsageError for an unknown name (with the nearest one), ConfigurationError for a wrong file.
    """
    folder = folder or shipped_config() / "investors"
    path = Path(name_or_file)
    if path.suffix != ".toml":
        path = folder / f"{name_or_file.lower()}.toml"
    if not path.is_file():
        raise UsageError(f"Unknown investor profile '{name_or_file}'", _known_profiles(name_or_file, folder))
    investor = validated(Investor, read_toml(path), path.name, "")
    assert isinstance(investor, Investor)
    return investor


def _known_profiles(name: str, folder: Path) -> str:
    known = sorted(path.stem for path in folder.glob("*.toml"))
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return f"{hint}Give one of {', '.join(known)}, or the path of a profile (.toml)."
