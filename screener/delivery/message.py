"""A mail put together: headers, plain text, HTML and attachments as the bytes that travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Final

from screener.delivery.attachments import Enclosed, enclose, left_behind
from screener.delivery.headers import address_header, clean, date_header, text_header, writable
from screener.delivery.letter import letter_of, placeholders
from screener.delivery.markup import html_text
from screener.delivery.model import Kind, Matter
from screener.delivery.plain import plain_text
from screener.delivery.words import PLACEHOLDERS, MailWords, check_template, words_in
from screener.errors import ConfigurationError
from screener.mail_settings import Address, MailSettings

# ASCII only, lines of at most 76 characters: no server on the way needs an extension to pass it on unchanged.
_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)
_TYPES: Final = {
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".zip": ("application", "zip"),
}
_URGENT: Final = (Kind.FAILURE, Kind.ALERT)


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail without its Message-ID line; ``light`` is the same without attachments, None where there are none."""

    subject: str
    content: bytes
    light: bytes | None


def compose(matter: Matter, mail: MailSettings, to: Sequence[Address], now: datetime) -> Composed:
    """The mail about ``matter``, dated ``now``, to ``to`` and the cc of ``mail``, in its language.

    Two calls with the same arguments give the same bytes (but for a locked workbook, whose salt is random). Raises
    ConfigurationError for a language, subject, link or password file that is wrong, or when no sender is set.
    """
    words = words_in(mail.language)
    subject = subject_of(matter, mail, words)
    head = _head(matter, mail, to, now, subject)
    enclosed = enclose(matter, mail)
    lighter = left_behind(matter, mail, enclosed)
    light = head + _body(matter, words, lighter) if lighter else None
    return Composed(subject, head + _body(matter, words, enclosed), light)


def with_id(content: bytes, message_id: str) -> bytes:
    """The mail of one recipient: ``content`` under its Message-ID."""
    return f"Message-ID: {message_id}\r\n".encode("ascii") + content


def subject_of(matter: Matter, mail: MailSettings, words: MailWords) -> str:
    """The subject in one line; raises ConfigurationError for a template with an unknown placeholder."""
    if mail.subject:
        check_template(mail.subject, PLACEHOLDERS, "mail.subject", mail.subject)
    template = mail.subject or words.subject[matter.kind]
    return clean(template.format(**placeholders(matter, words)))


def _head(matter: Matter, mail: MailSettings, to: Sequence[Address], now: datetime, subject: str) -> bytes:
    if mail.sender is None:
        raise ConfigurationError(
            "mail.sender", "", "is not set", "Every mail needs an address that it comes from."
        )
    lines = [
        date_header(now),
        address_header("From", [mail.sender]),
        address_header("To", to),
        address_header("Cc", [one for one in mail.cc if one not in to]),
        address_header("Reply-To", [mail.reply_to] if mail.reply_to else ()),
        text_header("Subject", subject),
        # RFC 3834: no vacation note comes back; the second header says the same to Exchange.
        text_header("Auto-Submitted", "auto-generated"),
        text_header("X-Auto-Response-Suppress", "All"),
        text_header("Importance", "high") if matter.kind in _URGENT else b"",
    ]
    return b"".join(lines)


def _body(matter: Matter, words: MailWords, enclosed: Enclosed) -> bytes:
    letter = letter_of(matter, words, enclosed)
    message = EmailMessage(_POLICY)
    message.set_content(writable(plain_text(letter)), cte="quoted-printable")
    message.add_alternative(writable(html_text(letter)), subtype="html", cte="quoted-printable")
    for name, data in enclosed.parts.items():
        main, sub = _TYPES[name[name.rindex(".") :]]
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    _set_boundaries(message, matter)
    return message.as_bytes(policy=_POLICY)


def _set_boundaries(message: EmailMessage, matter: Matter) -> None:
    """Boundaries from what the mail is about, not from chance: the same mail gives the same bytes."""
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        seed = f"{number} {matter.kind} {matter.key} {matter.portfolio}"
        part.set_boundary("=_" + sha256(seed.encode("utf-8", "replace")).hexdigest()[:40])
