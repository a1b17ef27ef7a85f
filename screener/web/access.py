"""Who is asking, and what may they do: people with tokens, people whom a trusted proxy names, or this computer's own."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from screener.errors import ConfigurationError
from screener.web_settings import LOOPBACK, WebSettings, WebUser

ROLES: Final = ("viewer", "screener", "reviewer")  # each may do what those before it may
_PREFIX: Final = "scr_"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the page, by name, with a role of ROLES."""

    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether the role of this person includes ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


def make_token() -> tuple[str, str]:
    """A new token and the hash under which the configuration knows it; 256 random bits need no slow hash."""
    token = _PREFIX + secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """The form of ``token`` that the configuration keeps."""
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


class Access:
    """Answers who somebody is, from a token, from a session, or from a proxy's header."""

    def __init__(self, web: WebSettings, host: str) -> None:
        self._users = {user.name: user for user in web.users}
        self._proxies = tuple(_network(text) for text in web.trusted_proxies)
        self._header, self._proxy_role = web.proxy_header.lower(), web.proxy_role
        self.open = host in LOOPBACK and not web.users and not web.proxy_header
        self._refuse_open_doors(web, host)

    def _refuse_open_doors(self, web: WebSettings, host: str) -> None:
        if bool(web.proxy_header) != bool(web.trusted_proxies):
            raise ConfigurationError(
                "settings", "web.proxy_header", "and web.trusted_proxies go together", "Give both or neither."
            )
        if host not in LOOPBACK and not any(user.token for user in web.users) and not web.proxy_header:
            raise ConfigurationError(
                "settings",
                "web.users",
                f"nobody could sign in, so the page is not served on {host}",
                "Make a token with `screener serve --make-token NAME`, or name a proxy that signs people in.",
            )

    def local(self) -> Person:
        """The person at this computer, who needs no sign-in."""
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            name = "local"
        return Person(name, "reviewer")

    def by_token(self, token: str) -> tuple[Person, str] | None:
        """The person whose token this is, and the mark that a session keeps of it."""
        given = hash_of(token)
        for user in self._users.values():
            if user.token and hmac.compare_digest(given, user.token):
                return Person(user.name, user.role), _mark(user)
        return None

    def by_session(self, name: str, mark: str) -> Person | None:
        """The person who signed in as ``name``, unless the token has been changed or taken away since."""
        user = self._users.get(name)
        if user is None or not user.token or not hmac.compare_digest(_mark(user), mark):
            return None
        return Person(user.name, user.role)

    def by_proxy(self, headers: Mapping[str, str], peer: str) -> Person | None:
        """The person whom a trusted proxy names; the header of anybody else is not believed."""
        name = headers.get(self._header, "").strip() if self._header else ""
        if not name or not self._is_trusted(peer):
            return None
        user = self._users.get(name)
        role = user.role if user else self._proxy_role
        return Person(name, role) if role else None

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


def _mark(user: WebUser) -> str:
    return hashlib.sha256(f"session {user.token}".encode()).hexdigest()[:32]


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ConfigurationError(
            "settings", "web.trusted_proxies", f"'{text}' is no address", 'Write "10.0.0.5" or "10.0.0.0/8".'
        ) from None
