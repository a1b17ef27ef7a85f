"""What a server's answer means: unchanged, refused, busy for now; how long to wait, and what the headers tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from tenacity import RetryCallState

from screener.errors import RestrictedListError
from screener.lists.config import Source
from screener.lists.store import Snapshot

_LONGEST_WAIT: Final = 60.0
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REMEDIES: Final = {
    304: "The whole file was asked for: a cache in between answers wrongly; try later, or another way out.",
    401: "The publisher wants a token or a login.",
    403: "The publisher refuses this program or this proxy; a file may be put in the drop folder.",
    404: "The address has moved: correct it in lists.toml.",
    407: "The proxy wants a login: put it in the address of the proxy.",
    429: "The publisher limits how often it may be asked: try later.",
}


class PassingError(Exception):
    """A failure that may pass: ``after`` is the wait in seconds that the server asked for."""

    def __init__(self, sentence: str, remedy: str = "", after: float | None = None) -> None:
        super().__init__(sentence)
        self.remedy, self.after = remedy, after


def conditions(known: Snapshot | None) -> dict[str, str]:
    if known is None:
        return {}
    given = {"if-none-match": known.etag, "if-modified-since": known.last_modified}
    return {header: value for header, value in given.items() if value}


def refuse_status(source: Source, address: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    sentence = f"the server answered {status} {response.reason_phrase}".strip()
    if status in _BUSY:
        raise PassingError(sentence, _REMEDIES.get(status, "Try later."), _retry_after(response))
    raise RestrictedListError(source.name, f"{shown(address)}: {sentence}", _REMEDIES.get(status, ""))


def _retry_after(response: httpx.Response) -> float | None:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdigit() else None


def waiting(first: float) -> Callable[[RetryCallState], float]:
    def seconds(call: RetryCallState) -> float:
        error = call.outcome.exception() if call.outcome else None
        asked = error.after if isinstance(error, PassingError) else None
        doubled: float = first * 2 ** (call.attempt_number - 1)
        return min(doubled if asked is None else asked, _LONGEST_WAIT)

    return seconds


def snapshot_of(address: str, response: httpx.Response, size: int) -> Snapshot:
    headers = response.headers
    return Snapshot("", size, address, headers.get("etag", ""), headers.get("last-modified", ""))


def day_of(response: httpx.Response) -> date | None:
    try:
        return parsedate_to_datetime(response.headers["last-modified"]).date()
    except (KeyError, ValueError):
        return None


def shown(address: str) -> str:
    """An address without what may be a token."""
    return address.partition("?")[0]
