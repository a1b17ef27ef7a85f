"""What the tests of the lists share: the samples in fixtures, the publishers' real files, and a server for both."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from screener.lists.config import Fetching, Gate, ListsConfig, Source, read_config
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources import PARSERS

SAMPLES = Path(__file__).resolve().parents[1] / "fixtures" / "lists"
REAL = Path(__file__).resolve().parents[2] / "shared" / "lists"
DAY = date(2026, 3, 1)
QUICK = Fetching(timeout_seconds=0.4, total_seconds=2, attempts=2, wait_seconds=0.01, max_megabytes=300)

needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason="the publishers' files (../shared/lists) are not here"
)


def shipped(folder: Path, *names: str) -> ListsConfig:
    """The shipped configuration, or some of its sources, kept under ``folder``."""
    config = read_config(folder)
    return replace(config, sources=tuple(one for one in config.sources if not names or one.name in names))


def read(source: str, *files: Path, day: date = DAY) -> Parsed:
    """``files`` as the source called ``source`` in the shipped configuration reads them."""
    return read_bytes(source, {path.name: path.read_bytes() for path in files}, day=day)


def read_bytes(source: str, files: Mapping[str, bytes], *, day: date = DAY, parser: str = "") -> Parsed:
    """The same for bytes; ``parser`` in place of the source's own."""
    one = read_config(Path("unused")).source(source)
    assert one is not None
    reading = Reading(one.name, one.title, "https://example.com/list", one.codes, day, one.options)
    return PARSERS[parser or one.parser](files, reading)


def legacy_set(folder: Path) -> list[Path]:
    """The legacy files of OFAC's consolidated list in ``folder``."""
    return [folder / f"cons_{part}.csv" for part in ("prim", "alt", "add", "comments")]


@dataclass
class Answer:
    """What the server sends for a path: a plain answer, or ``act`` for one that misbehaves."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


class ListServer:
    """A real server on this machine; ``answers`` may be changed while it runs, ``asked`` counts requests."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"

    def address(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def serve(self, path: str, file: Path | bytes, **headers: str) -> str:
        """Serves ``file`` at ``path`` with an ETag; returns the address."""
        content = file if isinstance(file, bytes) else file.read_bytes()
        told = {"ETag": f'"{hash(content)}"', "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(content, headers=told | given)
        return self.address(path)

    @contextlib.contextmanager
    def running(self) -> Iterator[ListServer]:
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers.items())))
                answer = outer.answers.get(self.path, Answer(b"not here", 404))
                if answer.act:
                    answer.act(self)
                    return
                unchanged = self.headers.get("If-None-Match") == answer.headers.get("ETag", "none")
                self.send_response(304 if unchanged else answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                body = b"" if unchanged else answer.body
                if not unchanged:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """The tests' output stays clean."""

        return Handler


def real_lists(folder: Path, server: ListServer) -> ListsConfig:
    """Four sources of the shipped configuration, kept under ``folder``, whose real files ``server`` serves."""
    sdn, ofac = REAL / "ofac" / "sdn", REAL / "ofac"
    files = {
        "ofac_sdn": [sdn / "sdn_2024-05-03.csv", sdn / "alt_2025-12.csv", sdn / "sdn_comments_2025-12.csv"],
        "ofac_cons": legacy_set(ofac / "2025-12"),
        "csl": [REAL / "csl" / "consolidated_2022-04.csv"],
        "un": [REAL / "un" / "consolidated_2026-02-27.xml"],
    }
    config = shipped(folder, *files)
    sources = [
        replace(
            one,
            addresses={path.name: server.serve(f"/{one.name}/{path.name}", path) for path in files[one.name]},
        )
        for one in config.sources
    ]
    return replace(config, sources=tuple(sources))


def small_source(name: str, addresses: Mapping[str, str], *gates: Gate) -> Source:
    """A source of the shipped configuration with other addresses and only these gates."""
    one = read_config(Path("unused")).source(name)
    assert one is not None
    return replace(one, addresses=dict(addresses), gates=gates, enabled=True)


def config_of(folder: Path, *sources: Source, fetching: Fetching = QUICK) -> ListsConfig:
    """These sources, kept under ``folder``, fetched without patience."""
    return ListsConfig(folder, fetching, sources)
