"""How wide the screen is, and text that fits it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Final

import typer

NARROWEST: Final = 40
WIDEST: Final = 120


def width() -> int:
    """Columns of the terminal, within reason; 0 where output goes to a file or another program."""
    if not sys.stdout.isatty():
        return 0
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def say(first: str, text: str, indent: int | None = None) -> None:
    """Prints ``text`` after ``first``, further lines below its beginning; in a file it stays one line."""
    room, left = width(), " " * (len(first) if indent is None else indent)
    if not room:
        typer.echo(first + text)
        return
    lines = textwrap.wrap(
        text,
        room,
        initial_indent=first,
        subsequent_indent=left,
        break_long_words=False,
        break_on_hyphens=False,
    )
    typer.echo("\n".join(lines) or first.rstrip())


def cut(text: str, most: int) -> str:
    """``text``, shortened to ``most`` characters where there is a terminal to fit."""
    return text if len(text) <= most or not width() else text[: most - 1] + "…"
