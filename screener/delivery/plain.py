"""A letter as plain text: what telephones show first, screen readers read, and archives keep."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from screener.delivery.blocks import Banner, Block, Bullets, Card, Heading, Letter, Link, Paragraph

WIDTH: Final = 76
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")


def plain_text(letter: Letter) -> str:
    """``letter`` in lines of at most 76 characters, but for words that are longer than that."""
    parts = [_heading(letter.title, "="), _wrap(" · ".join(letter.facts))]
    parts += [_block(block) for block in letter.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Paragraph(text, _):
            return _wrap(text)
        case Heading(text):
            return _heading(text, "-")
        case Banner(_, title, lines):
            return "\n".join([_wrap(f"*** {title}"), *(_bullet(line) for line in lines)])
        case Bullets(lines):
            return "\n".join(_bullet(line) for line in lines)
        case Card():
            return _card(block)
        case Link(text, address):
            return f"{_wrap(text)}\n{one_line(address)}"


def _card(card: Card) -> str:
    lines = [_wrap(f"[{card.chip.code}] {card.title}")]
    lines += [_wrap(" · ".join(card.facts), "    ")] if card.facts else []
    return "\n".join([*lines, _wrap(card.text, "    ")])


def _heading(text: str, rule: str) -> str:
    told = one_line(text)
    return f"{told}\n{rule * min(len(told), WIDTH)}" if told else ""


def _bullet(text: str) -> str:
    return textwrap.fill(
        one_line(text),
        WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(
        one_line(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def one_line(text: str) -> str:
    """``text`` with every run of breaks, blanks and control characters as one blank."""
    return _BREAKS.sub(" ", text).strip()
