"""Header lines, made so that no text can become a line of its own.

The standard library folds headers that it made itself in ways that let an encoded word come out decoded, with its line
breaks (CVE-2024-6923, in Python before 3.12.5 and 3.11.10). Here a text is printed as it is only where it is plain and cannot
be read as an encoded word; everything else becomes encoded words (RFC 2047), which hold letters, digits and
four signs and nothing else.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from screener.delivery.plain import one_line
from screener.mail_settings import Address

SUBJECT_LIMIT: Final = 200
_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&'*+,./:;()\[\]{}|~^`@_-]{1,60}( [A-Za-z0-9!#$%&'*+,./:;()\[\]{}|~^`@_-]{1,60})*"
)
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/{}|~^`_-]{1,60}")
_ENCODED_LINE: Final = 70
_LONGEST_NAME: Final = len("Reply-To: ")


def text_header(name: str, value: str) -> bytes:
    """``name: value``, folded, in ASCII, with its line end; line breaks and control characters become blanks."""
    told = clean(value)
    told = told if len(told) <= SUBJECT_LIMIT else told[: SUBJECT_LIMIT - 1] + "…"
    printed = _folded(name, told) if _PLAIN.fullmatch(told) else f"{name}: {_encoded(told, len(name) + 2)}"
    return f"{printed}\r\n".encode("ascii")


def address_header(name: str, addresses: Sequence[Address]) -> bytes:
    """``name:`` and the addresses, one a line; nothing where there are none."""
    if not addresses:
        return b""
    return (f"{name}: " + ",\r\n ".join(_mailbox(one) for one in addresses) + "\r\n").encode("ascii")


def date_header(now: datetime) -> bytes:
    """The date of a mail, in UTC."""
    return f"Date: {format_datetime(now.astimezone(UTC))}\r\n".encode("ascii")


def message_id(key: str, kind: str, recipient: Address, sender: Address) -> str:
    """The one Message-ID of the mail of this kind about ``key`` to ``recipient``: the same whenever it is asked for."""
    number = sha256(
        "\n".join((key, kind, recipient.spec.casefold())).encode("utf-8", "surrogatepass")
    ).hexdigest()[:40]
    return f"<{number}@{sender.domain}>"


def clean(text: str) -> str:
    """``text`` in one line, without what UTF-8 cannot write."""
    return one_line(writable(text))


def writable(text: str) -> str:
    """``text`` with a question mark for each half of a character, which UTF-8 has no way to write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _mailbox(address: Address) -> str:
    name = clean(address.name)[:SUBJECT_LIMIT]
    if not name:
        return address.spec
    if _ATOMS.fullmatch(name) and len(name) + len(address.spec) < _ENCODED_LINE:
        return f"{name} <{address.spec}>"
    return f"{name if _ATOMS.fullmatch(name) else _encoded(name, 0)}\r\n <{address.spec}>"


def _folded(name: str, plain: str) -> str:
    """Plain words broken before a blank, where a line gets long: whoever unfolds the lines reads the same blanks."""
    return "\r\n ".join(
        textwrap.wrap(f"{name}: {plain}", _ENCODED_LINE, break_on_hyphens=False, break_long_words=False)
    )


def _encoded(text: str, taken: int) -> str:
    """``text`` as encoded words, each on a line of its own; ``taken`` characters stand before the first."""
    header = Header(text, "utf-8", maxlinelen=_ENCODED_LINE, header_name="x" * max(taken, _LONGEST_NAME))
    return header.encode(linesep="\r\n")
