"""``[mail]``: by whom, to whom, through which server and in which words mail goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator
from pydantic import Secret as PydanticSecret

from screener.errors import ConfigurationError

Security = Literal["starttls", "tls", "none"]
PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
_NAMED = re.compile(r'"?(?P<name>[^"<>]*?)"?\s*<(?P<spec>[^<>]*)>')
# The dot-atom of RFC 5322, section 3.2.3: quoted local parts are lawful and in use nowhere.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: ``spec`` is ``local@domain`` in ASCII, ``name`` the name shown beside it or ""."""

    spec: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.spec.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.spec}>" if self.name else self.spec


def parse_address(text: str) -> Address:
    """``Name <local@domain>`` or ``local@domain``; raises ValueError that says what is wrong.

    Domains of any script are turned into their ASCII form; names of one label (``localhost``) are allowed, as mail
    inside a house uses them.
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError(f"{text!r} is no mail address: it holds a control character")
    named = _NAMED.fullmatch(text.strip())
    name, spec = (named["name"].strip(), named["spec"].strip()) if named else ("", text.strip())
    local, at, domain = spec.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    whole = at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    if not whole or len(local) > 64 or len(ascii_domain) > 253:
        raise ValueError(
            f"{text!r} is no mail address: write it as name@example.com or Name <name@example.com>"
        )
    return Address(f"{local}@{ascii_domain}", name)


def _address(value: Any) -> Any:
    return parse_address(value) if isinstance(value, str) else value


def _addresses(value: Any) -> Any:
    """A list of addresses; a text from the environment may hold several, parted by commas or semicolons."""
    if isinstance(value, str):
        value = [part for part in re.split(r"[,;\n]", value) if part.strip()]
    return tuple(dict.fromkeys(_address(one) for one in value)) if isinstance(value, list | tuple) else value


def _optional(value: Any) -> Any:
    return None if value == "" else _address(value)


if TYPE_CHECKING:
    One = Address | None
    Many = tuple[Address, ...]
else:
    One = Annotated[
        Address | None, BeforeValidator(_optional), PlainSerializer(lambda one: str(one) if one else "")
    ]
    # The text beside the tuple lets the environment give a list without the brackets of JSON; it is always parsed.
    Many = Annotated[
        tuple[Address, ...] | str,
        BeforeValidator(_addresses),
        PlainSerializer(lambda them: [str(one) for one in them or ()]),
    ]


class Secret(PydanticSecret[str]):
    """A text that never prints: shown as ``****`` wherever settings are shown."""

    def _display(self) -> str:
        return "****" if self.get_secret_value() else ""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PortfolioMail(_Section):
    """``[mail.portfolios."NAME"]``: what is different for one portfolio; None keeps the setting of ``[mail]``."""

    to: Many | None = None
    cc: Many | None = None
    reply_to: One = None
    language: str | None = None
    subject: str | None = None
    link: str | None = None
    attachment_password: Secret | None = None
    attachment_password_file: str | None = None


class MailSettings(_Section):
    """``[mail]``; see ``config/screener.toml`` for the meaning of each key."""

    host: str = ""
    port: int = 0
    security: Security = "starttls"
    username: str = ""
    password: Secret = Secret("")
    password_file: str = ""
    ca_file: str = ""
    timeout_seconds: int = 30
    reply_seconds: int = 600
    sender: One = None
    reply_to: One = None
    to: Many = ()
    cc: Many = ()
    operator: Many = ()
    on: tuple[Literal["findings", "failure", "heartbeat"], ...] = ("findings", "failure", "heartbeat")
    language: str = "en"
    subject: str = ""
    link: str = ""
    max_attachment_mb: float = 10.0
    over_limit: Literal["link", "zip"] = "link"
    attachment_password: Secret = Secret("")
    attachment_password_file: str = ""
    retry_minutes: tuple[int, ...] = (2, 5, 15, 60, 180, 360, 720, 1440)
    when_unknown: Literal["resend", "hold"] = "resend"
    unknown_minutes: int = 20
    portfolios: dict[str, PortfolioMail] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> MailSettings:
        if self.host and self.sender is None:
            raise ValueError("host is given without sender: every mail needs an address that it comes from")
        if self.username and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError('security = "none" would send the password in the clear: use starttls or tls')
        if self.unknown_minutes * 60 <= self.reply_seconds:
            raise ValueError(
                "unknown_minutes must be longer than reply_seconds, or a mail still under way is sent again"
            )
        if self.timeout_seconds < 1 or self.reply_seconds < 1 or any(one < 0 for one in self.retry_minutes):
            raise ValueError("timeout_seconds and reply_seconds begin at 1, retry_minutes at 0")
        return self

    @property
    def enabled(self) -> bool:
        """Whether mail can be sent at all."""
        return bool(self.host)

    @property
    def server(self) -> str:
        """The server in words, for messages."""
        return f"{self.host}:{self.port or PORTS[self.security]}"

    def for_portfolio(self, name: str) -> MailSettings:
        """These settings with what ``[mail.portfolios]`` says of ``name``: by name, else by the first pattern that fits."""
        chosen = self._portfolio(name)
        given = {key: value for key, value in chosen if value is not None} if chosen else {}
        return self.model_copy(update=given)

    def _portfolio(self, name: str) -> PortfolioMail | None:
        folded = {key.casefold(): one for key, one in self.portfolios.items()}
        exact = folded.get(name.casefold())
        fitting = (one for pattern, one in folded.items() if fnmatchcase(name.casefold(), pattern))
        return exact or next(fitting, None)

    def login_password(self) -> str:
        """The password for the server: from its file where one is named. Raises ConfigurationError."""
        return _secret(self.password, self.password_file, "mail.password_file")

    def workbook_password(self) -> str:
        """The password that attached workbooks ask for, "" for none. Raises ConfigurationError."""
        return _secret(
            self.attachment_password, self.attachment_password_file, "mail.attachment_password_file"
        )


def _secret(value: Secret, file: str, key: str) -> str:
    """The content of ``file`` without the line end that editors add, else ``value``."""
    if not file:
        return value.get_secret_value()
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no UTF-8 text"
        raise ConfigurationError(
            file, key, f"cannot be read ({reason})", "Check the path and its rights."
        ) from None
