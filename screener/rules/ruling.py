"""A ruling: the consequence of one listing for a certain holder of a certain security, with its reasons in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

# Codes under which nothing may be disposed of: no wording of theirs may call for a sale.
NO_SALE: Final = ("BLOCK", "HOLD")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What follows from a listing; ``advice`` says what may be done, ``story`` how it came to this.

    ``since`` is the ISO day on which its status last turned, "" where the list prints none. ``binding`` when a rule that
    binds the investor says so, ``by_policy`` when its own policy does. ``possible`` is what a REVIEW may turn out to be
    once the missing fact or the doubt is settled.
    """

    action: str
    mandatory: str = ""
    until: str = ""
    effective: str = ""
    status: str = ""
    since: str = ""
    programme: str = ""
    basis: str = ""
    advice: str = ""
    story: str = ""
    binding: bool = False
    by_policy: bool = False
    possible: str = ""
    barred: bool = False  # another rule's bar on sale has taken the place of what this one allowed

    @property
    def why(self) -> str:
        """Advice and story as sentences."""
        return " ".join(f"{part.rstrip('.')}." for part in (self.advice, self.story) if part)

    def told(self, sentence: str) -> Ruling:
        """This ruling with a sentence before what it advises already."""
        return replace(self, advice=f"{sentence.rstrip('.')}. {self.advice}".strip())
