"""The parts a letter is put together from; plain text and HTML print the same parts."""

from __future__ import annotations

from dataclasses import dataclass

from screener.delivery.model import Chip


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; ``tone`` is lead, body or small."""

    text: str
    tone: str = "body"


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Banner:
    """A title on a coloured ground, with sentences below it."""

    chip: Chip
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One thing under its code: a title, a line of facts, and what to do."""

    chip: Chip
    title: str
    facts: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A sentence that ends in an address; only http and https become a link."""

    text: str
    address: str


Block = Paragraph | Heading | Banner | Card | Bullets | Link


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole mail before it is printed: the band on top, and its parts in order."""

    language: str
    title: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
