"""How much each kind of evidence is worth and what it may conclude: ``config/matching.toml`` as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict, ValidationError

from screener.errors import ConfigurationError
from screener.settings import shipped_toml

FILE = "matching.toml"


class EvidenceKind(BaseModel):
    """One ``[evidence.KIND]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    score: float
    alone: str
    against: str
    sentence: str


class Contradiction(BaseModel):
    """``[contradiction]``"""

    model_config = ConfigDict(frozen=True, extra="forbid")
    country_logit: float
    kind_logit: float
    short_name_logit: float
    common_nats: float
    together: tuple[frozenset[str], ...]
    anywhere: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole table."""

    kinds: dict[str, EvidenceKind]
    contradiction: Contradiction
    ambiguous_doubt: float
    most: int


@cache
def shipped_policy() -> Policy:
    """The policy that comes with the program; raises ConfigurationError that names file and key."""
    data = shipped_toml(FILE)
    try:
        kinds = {kind: EvidenceKind(**row) for kind, row in data["evidence"].items()}
        contradiction = Contradiction(**data["contradiction"])
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(FILE, ".".join(map(str, first["loc"])), first["msg"]) from None
    return Policy(kinds, contradiction, data["combine"]["ambiguous_doubt"], data["combine"]["most_entries"])
