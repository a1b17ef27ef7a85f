"""Downloads: conditional, bounded in time and size, retried with back-off, or a file put in a folder.

The only module of the lists that touches the network.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from screener.errors import ConfigurationError, RestrictedListError
from screener.lists.answers import (
    PassingError,
    conditions,
    day_of,
    refuse_status,
    shown,
    snapshot_of,
    waiting,
)
from screener.lists.config import Fetching, ListsConfig, Source
from screener.lists.store import Snapshot

MEGABYTE: Final = 1_000_000
_CERTIFICATE: Final = (
    "Where a proxy opens connections, name its certificate in fetch.ca_file (lists.toml); "
    "else the publisher must mend its own: try later."
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of one file so far; ``total`` is 0 when the server does not say."""

    source: str
    file: str
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file: its content, or None when the publisher says that ours is current; and where it came from.

    ``day`` is the day of publication that the server or the file system states, ``confirmed`` that its currency
    was checked now (a file in a drop folder is only as current as the day it was put there).
    """

    content: bytes | None
    snapshot: Snapshot
    day: date | None
    confirmed: datetime


class Fetcher:
    """Fetches the files of sources over one client."""

    def __init__(self, config: ListsConfig, report: Report | None, now: datetime) -> None:
        self._config, self._report, self._now = config, report, now
        self._client: httpx.Client | None = None

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()

    def fetch(self, source: Source, known: Mapping[str, Snapshot]) -> dict[str, Fetched]:
        """The files of ``source``; ``known`` are the snapshots in force, for conditional requests.

        Raises RestrictedListError that names the source and says what to do.
        """
        dropped = self._config.drop_folder(source)
        files = sorted(path for path in dropped.glob("*") if path.is_file() and not path.name.startswith("."))
        if files:
            return {path.name: self._local(source, path, confirmed=_changed(path)) for path in files}
        return {
            name: self._one(source, name, address, known.get(name))
            for name, address in source.addresses.items()
        }

    def _one(self, source: Source, name: str, address: str, known: Snapshot | None) -> Fetched:
        if "://" not in address:
            path = Path(address) if Path(address).is_absolute() else self._config.folder / address
            return self._local(source, path, confirmed=self._now)
        return self._download(source, name, address, known if known and known.address == address else None)

    def _local(self, source: Source, path: Path, *, confirmed: datetime) -> Fetched:
        limit = _limit(self._config.fetching, source)
        try:
            if path.stat().st_size > limit:
                raise RestrictedListError(source.name, f"{path} is larger than {limit / MEGABYTE:.0f} MB")
            content = path.read_bytes()
        except OSError as error:
            reason = f"{path} cannot be read ({error.strerror or error})"
            raise RestrictedListError(
                source.name, reason, "Put the file there, or correct lists.toml."
            ) from None
        snapshot = Snapshot("", len(content), str(path.name))
        return Fetched(content, snapshot, _changed(path).date(), confirmed)

    def _download(self, source: Source, name: str, address: str, known: Snapshot | None) -> Fetched:
        self._refuse_retired(source, address)
        fetching = self._config.fetching
        attempts = Retrying(
            stop=stop_after_attempt(max(1, fetching.attempts)),
            wait=waiting(fetching.wait_seconds),
            retry=retry_if_exception_type(PassingError),
            reraise=True,
        )
        try:
            fetched: Fetched = attempts(self._attempt, source, name, address, known)
        except PassingError as error:
            tries = f" after {fetching.attempts} attempts" if fetching.attempts > 1 else ""
            raise RestrictedListError(
                source.name, f"{shown(address)}: {error}{tries}", error.remedy
            ) from None
        return fetched

    def _attempt(self, source: Source, name: str, address: str, known: Snapshot | None) -> Fetched:
        try:
            with self._http().stream("GET", address, headers=conditions(known)) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED and known is not None:
                    return Fetched(None, known, None, self._now)
                refuse_status(source, address, response)
                self._refuse_retired(source, str(response.url))
                content = self._body(source, name, address, response)
                return Fetched(
                    content, snapshot_of(address, response, len(content)), day_of(response), self._now
                )
        except (ssl.SSLError, httpx.ConnectError) as error:
            if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper():
                reason = f"{shown(address)}: its certificate is not trusted ({error})"
                raise RestrictedListError(source.name, reason, _CERTIFICATE) from None
            raise PassingError(
                f"no connection ({error})", "Check the network or fetch.proxy in lists.toml."
            ) from None
        except httpx.TimeoutException:
            raise PassingError(
                f"the connection stalled for {self._config.fetching.timeout_seconds:g} seconds"
            ) from None
        except (
            httpx.TooManyRedirects,
            httpx.UnsupportedProtocol,
            httpx.InvalidURL,
            httpx.DecodingError,
        ) as error:
            raise RestrictedListError(
                source.name, f"{shown(address)}: {error}", "Correct the address in lists.toml."
            ) from None
        except httpx.TransportError as error:
            raise PassingError(f"the connection broke ({error or type(error).__name__})") from None

    def _body(self, source: Source, name: str, address: str, response: httpx.Response) -> bytes:
        """The body, read in pieces: too large or too slow is noticed while it comes in, not after."""
        limit, started = _limit(self._config.fetching, source), time.monotonic()
        longest = self._config.fetching.total_seconds
        length = response.headers.get("content-length", "")
        total = int(length) if length.isdigit() else 0
        # A stated length may be that of the compressed form: only the decompressed bytes are held to the limit.
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > limit:
                reason = f"{shown(address)}: the file is larger than {limit / MEGABYTE:g} MB"
                raise RestrictedListError(
                    source.name, reason, "Raise max_megabytes in lists.toml if that is right."
                )
            if time.monotonic() - started > longest:
                raise PassingError(f"the download took longer than {longest:g} seconds")
            # What came over the line: the stated length is that of the compressed form.
            self._tell(Progress(source.name, name, response.num_bytes_downloaded, total))
        self._tell(Progress(source.name, name, len(content), len(content)))
        return bytes(content)

    def _tell(self, progress: Progress) -> None:
        if self._report:
            self._report(progress)

    def _refuse_retired(self, source: Source, address: str) -> None:
        """An address that answers with an old file for ever fails no other check on its first day."""
        for one in self._config.retired:
            if one.address.casefold() in address.casefold():
                raise RestrictedListError(
                    source.name, f"{shown(address)} is the address of {one.what}", one.instead
                )

    def _http(self) -> httpx.Client:
        if self._client is None:
            self._client = _client(self._config.fetching)
        return self._client


def _client(fetching: Fetching) -> httpx.Client:
    try:
        verify = ssl.create_default_context(cafile=fetching.ca_file or None)
    except OSError as error:
        raise ConfigurationError("lists.toml", "fetch.ca_file", f"cannot be read ({error})") from None
    try:
        return httpx.Client(
            timeout=fetching.timeout_seconds,
            follow_redirects=True,
            proxy=fetching.proxy or None,
            verify=verify,
            headers={"user-agent": fetching.user_agent},
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigurationError("lists.toml", "fetch.proxy", str(error)) from None


def _limit(fetching: Fetching, source: Source) -> float:
    return (source.max_megabytes or fetching.max_megabytes) * MEGABYTE


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
