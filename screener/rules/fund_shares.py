"""Whether a rule reaches a fund because of what it holds: each programme counts the share in its own way.

``programmes.toml`` says how (key ``funds``); NS-CMIC: any share (OFAC FAQ 861); SDN: half of the value or more (FAQ 982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from screener.rules.programmes import Programme
from screener.rules.securities import Reach

_LEAST: Final = {"half_of_value": 50.0, "five_percent": 5.0}
# Shares that files print rounded may fall short of the whole by this much.
_ROUNDING: Final = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a fund's value is restricted under a programme, in percent.

    ``sure`` is restricted, ``doubted`` may be, and of ``unknown`` nobody knows what it is.
    """

    sure: float
    doubted: float = 0.0
    unknown: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """The share that ``str`` wrote: text, because facts of a case travel in a frame of texts."""
        sure, doubted, unknown = (float(part) for part in text.split("/"))
        return cls(sure, doubted, unknown)

    def __str__(self) -> str:
        parts = (self.sure, self.doubted, self.unknown)
        return "/".join(f"{min(100.0, max(0.0, part)):.4f}" for part in parts)

    @property
    def at_most(self) -> float:
        """The share if all that is in doubt or not known were restricted."""
        unknown = self.unknown if self.unknown > _ROUNDING else 0.0
        return min(100.0, self.sure + self.doubted + unknown)

    def in_words(self) -> str:
        """``12.3 percent of its value is restricted, 4 percent in doubt``."""
        words = [f"{percent(self.sure)} of its value is restricted"]
        words += [f"{percent(self.doubted)} is in doubt"] if self.doubted else []
        words += [f"{percent(self.unknown)} is not known"] if self.unknown > _ROUNDING else []
        return ", ".join(words)


def percent(share: float) -> str:
    """``0.31 percent``: two figures after the point are enough, but never nothing where there is something."""
    return (
        f"{share:.2f}".rstrip("0").rstrip(".") + " percent"
        if share >= 0.01 or not share
        else "under 0.01 percent"
    )


def through_fund(programme: Programme, share: Share) -> Reach:
    """Whether ``programme`` reaches a fund of which ``share`` is restricted."""
    if programme.funds == "any_share":
        return Reach("yes", "The rule reaches a fund whatever the share of the listed security in it")
    if programme.funds == "none":
        return Reach("no", "The rule does not reach a fund by what it holds")
    least = _LEAST[programme.funds]
    counts = f"counts a fund from {least:g} percent of its value on, and {share.in_words()}"
    if share.sure >= least:
        return Reach("yes", f"The rule {counts}")
    if share.at_most >= least:
        return Reach("unknown", f"Find out what the rest of the fund is: the rule {counts}")
    return Reach("no", f"The rule does not reach this fund: it {counts}")
