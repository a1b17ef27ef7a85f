"""The state of health for monitoring: a file that is always whole, and an answer over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from screener.errors import ConfigurationError, OutputError
from screener.nightly import log
from screener.nightly.status import Status, status
from screener.report.writing import put_in_place
from screener.settings import Settings

_PATHS: Final = ("/", "/health")


def write_health(settings: Settings, now: datetime) -> None:
    """Writes the health file, where one is set; that it cannot be written is said and stops nothing."""
    if not settings.nightly.health_file:
        return
    path = Path(settings.nightly.health_file)
    try:
        put_in_place({path.name: status(settings, now).as_json().encode()}, path.parent)
    except OutputError as error:
        log.fail("health", str(error))


@contextmanager
def answering(settings: Settings, clock: Callable[[], datetime]) -> Iterator[None]:
    """Answers GET /health as long as the block runs: 200 when green or amber, 503 when red. Off unless set."""
    address = settings.nightly.health_address
    if not address:
        yield
        return
    server = _server(address, lambda: status(settings, clock()))
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    log.say("health", f"answering on http://{server.server_address[0]!s}:{server.server_address[1]}/health")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(address: str, ask: Callable[[], Status]) -> ThreadingHTTPServer:
    host, _, port = address.rpartition(":")
    try:
        return ThreadingHTTPServer((host or "127.0.0.1", int(port)), _handler(ask))
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigurationError(
            "screener.toml",
            "nightly.health_address",
            f"'{address}' cannot be used ({error})",
            "Write 127.0.0.1:8099.",
        ) from None


def _handler(ask: Callable[[], Status]) -> type[BaseHTTPRequestHandler]:
    class Health(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] not in _PATHS:
                self.send_error(404)
                return
            now = ask()
            body = now.as_json().encode()
            self.send_response(503 if now.colour == "red" else 200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The log is for what happens, not for who asks."""

    return Health
