"""Serving the page with uvicorn."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import uvicorn

from screener.errors import ConfigurationError, UsageError
from screener.locks import held
from screener.settings import Settings
from screener.web.app import create_app


class Server(uvicorn.Server):
    """A server that says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            self._ready(f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}")


def make_server(settings: Settings, host: str, port: int, ready: Callable[[str], None]) -> Server:
    """A server for the page that calls ``ready`` with its address once it answers.

    Its app is made first, so that what is wrong with the settings is told before it starts.

    Raises ConfigurationError where nobody would be kept out, or where a certificate is missing.
    """
    web = settings.web
    for key in ("certificate", "certificate_key"):
        path = getattr(web, key)
        if path and not Path(path).is_file():
            raise ConfigurationError("settings", f"web.{key}", f"'{path}' is no file", "Check the path.")
    if bool(web.certificate) != bool(web.certificate_key):
        raise ConfigurationError(
            "settings", "web.certificate", "and web.certificate_key go together", "Give both or neither."
        )
    config = uvicorn.Config(
        create_app(settings, host),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # addresses hold what people look up
        proxy_headers=False,  # whom a proxy names is decided by our own rules
        server_header=False,
        timeout_graceful_shutdown=3,
        ssl_certfile=web.certificate or None,
        ssl_keyfile=web.certificate_key or None,
    )
    return Server(config, ready)


def alone_with(settings: Settings) -> AbstractContextManager[None]:
    """The data folder to one server: two would take each other's screenings for left over by a crash.

    Raises BusyError where another server works with it.
    """
    busy = (
        f"Another `screener serve` works with the data folder {settings.data_folder}. Stop it, or give this one a folder "
        "of its own ([lists] data)."
    )
    return held("server", settings.data_folder, busy)


def refuse_taken(host: str, port: int) -> None:
    """Raises UsageError where another program listens on ``port`` already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"{host}:{port} cannot be used ({error.strerror})", "Choose another with --port or --host."
            ) from None
