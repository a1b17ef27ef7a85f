"""``[inbox]`` and ``[nightly]``: where holdings arrive, and what is done with nobody watching."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _texts(value: Any) -> Any:
    """A list of texts; a text from the environment may hold several, parted by commas."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    return tuple(one for one in value if one) if isinstance(value, list | tuple) else value


# A text is never left: it is allowed so that the environment may give one, and is parted into several.
Texts = Annotated[tuple[str, ...] | str, BeforeValidator(_texts)]


class InboxRule(_Section):
    """``[[inbox.match]]``: what the place and name of a file tell."""

    pattern: str = Field(min_length=1)
    portfolio: str = ""
    investor: str = ""
    recipients: Texts = ()


class InboxSettings(_Section):
    """``[inbox]``; see ``config/screener.toml`` for the meaning of each key."""

    folder: str = ""
    processed: str = ""
    failed: str = ""
    stable_seconds: float = Field(30, ge=0, le=3600)
    several: Literal["together", "each"] = "together"
    expected: Texts = ()
    expected_nights: Texts = ("tue", "wed", "thu", "fri", "sat")
    amber_after_days: int = Field(4, ge=0)
    red_after_days: int = Field(10, ge=0)
    match: tuple[InboxRule, ...] = (InboxRule(pattern="{portfolio}/**"), InboxRule(pattern="{portfolio}.*"))

    @field_validator("expected_nights")
    @classmethod
    def _days(cls, value: tuple[str, ...] | str) -> tuple[str, ...]:
        known = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        wrong = [one for one in value if one not in known]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is no day: write {', '.join(known)}")
        return tuple(value)

    @model_validator(mode="after")
    def _in_order(self) -> InboxSettings:
        if self.red_after_days < self.amber_after_days:
            raise ValueError("red_after_days must not be less than amber_after_days")
        return self


class NightlySettings(_Section):
    """``[nightly]``; see ``config/screener.toml`` for the meaning of each key."""

    time_zone: str = ""
    update_lists: str = "0 1 * * *"
    screen: str = "30 1 * * *"
    send: str = "*/10 * * * *"
    prune: str = "0 4 * * sun"
    grace_hours: float = Field(24, gt=0)
    log: Literal["text", "json"] = "text"
    sentinels: str = ""
    health_file: str = ""
    health_address: str = ""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{value}' is no time zone: write one like Europe/Amsterdam") from None
        return value
