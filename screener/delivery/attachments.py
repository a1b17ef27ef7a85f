"""What goes with a mail: the workbook, locked or not, or what stands in its place when it is too large."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from screener.delivery.model import Matter
from screener.errors import ConfigurationError
from screener.mail_settings import MailSettings

WORKBOOK: Final = ".xlsx"
PACKED: Final = "screening-rows.zip"
LINK_PLACEHOLDERS: Final = ("run", "portfolio", "folder")
_MB: Final = 1_000_000
# Attached files travel in base64, which writes three bytes as four characters and ends a line after 76 of them.
_BASE64: Final = 78 / 57


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Files that go with a mail by name; ``reason`` is the key of the words that say why the workbook stays behind."""

    parts: Mapping[str, bytes] = field(default_factory=dict)
    locked: bool = False
    reason: str = ""
    size_mb: str = ""
    limit_mb: str = ""
    where: str = ""


def enclose(matter: Matter, mail: MailSettings) -> Enclosed:
    """What of ``matter.files`` is attached under ``mail``; raises ConfigurationError for a wrong link or password file.

    A workbook within ``max_attachment_mb`` (as it travels) is attached, locked where a password is set. In place of one
    that is larger stand the csv files in a zip (``over_limit = "zip"``, never under a password: the zip that every
    computer opens has no lock worth the name), and the place where the report can be had.
    """
    workbook = {name: data for name, data in matter.files.items() if name.endswith(WORKBOOK)}
    where = place(matter, mail)
    if not workbook:
        return Enclosed(where=where if matter.files else "")
    password = mail.workbook_password()
    if password:
        workbook = {name: lock(data, password) for name, data in workbook.items()}
    size = travelling(workbook)
    if size <= mail.max_attachment_mb:
        return Enclosed(workbook, bool(password), where=where if mail.link else "")
    packed = {} if password or mail.over_limit == "link" else pack(matter.files)
    if travelling(packed) > mail.max_attachment_mb:
        packed = {}
    return Enclosed(packed, False, "too_large", _mb(size), _mb(mail.max_attachment_mb), where)


def left_behind(matter: Matter, mail: MailSettings, enclosed: Enclosed) -> Enclosed | None:
    """The same mail without its files, for a server that does not take it; None where nothing is attached."""
    if not enclosed.parts:
        return None
    return Enclosed(reason="refused_size", size_mb=_mb(travelling(enclosed.parts)), where=place(matter, mail))


def place(matter: Matter, mail: MailSettings) -> str:
    """Where the report can be had: the link of the settings, else the folder it was written to."""
    if not mail.link:
        return matter.folder
    values = {"run": matter.key, "portfolio": matter.portfolio, "folder": matter.folder}
    try:
        return mail.link.format(**{name: quote(value, safe="") for name, value in values.items()})
    except (KeyError, ValueError, IndexError, AttributeError):
        known = ", ".join("{" + name + "}" for name in LINK_PLACEHOLDERS)
        raise ConfigurationError(
            "mail.link", mail.link, "has a wrong placeholder", f"Known: {known}."
        ) from None


def lock(workbook: bytes, password: str) -> bytes:
    """``workbook`` encrypted under ``password`` as Excel does it (ECMA-376, agile encryption: AES).

    Excel, LibreOffice and Numbers ask for the password and open it; a zip with AES, the other way, is refused by the
    zip folders of Windows.
    """
    from msoffcrypto.format.ooxml import OOXMLFile

    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, locked)
    return locked.getvalue()


def pack(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The csv files of a report in one zip, the same bytes each time; nothing where there are none."""
    rows = {name: data for name, data in files.items() if name.endswith(".csv")}
    if not rows:
        return {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(rows):
            archive.writestr(zipfile.ZipInfo(name), rows[name], zipfile.ZIP_DEFLATED, 9)
    return {PACKED: packed.getvalue()}


def travelling(files: Mapping[str, bytes]) -> float:
    """The size of ``files`` on the wire, in MB."""
    return sum(len(data) for data in files.values()) * _BASE64 / _MB


def _mb(size: float) -> str:
    return f"{size:,.1f}".removesuffix(".0")
