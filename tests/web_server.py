"""The upload page as its users meet it: a server of its own, asked over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.samples import ROOT

HOLDINGS = ROOT / "fixtures" / "holdings"
FIXTURES = sorted(HOLDINGS.glob("*.[xc]*"))
OFFICE = HOLDINGS / "us-family-office.xlsx"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass(frozen=True)
class Served:
    """Where a server answers, its process, and its data folder."""

    address: str
    process: subprocess.Popen[str]
    data: Path

    def client(self, **options: Any) -> httpx.Client:
        """A browser without a window: keeps cookies, follows no redirect by itself."""
        return httpx.Client(base_url=self.address, timeout=60, **options)


def serve_command(config: Path, *options: str) -> list[str]:
    """`screener serve` with these settings, on any free port."""
    return [sys.executable, "-m", "screener.cli", "serve", "--port", "0", "--config", str(config), *options]


@contextmanager
def serving(folder: Path, settings: str = "", *options: str) -> Iterator[Served]:
    """A server with ``settings`` (the inside of [web] and further tables) on any free port; ended afterwards."""
    config = folder / "screener.toml"
    data = folder / "data"
    config.write_text(f'[lists]\ndata = "{data.as_posix()}"\n[web]\n{settings}\n', encoding="utf-8")
    process = subprocess.Popen(
        serve_command(config, *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"https?://\S+", line)
        assert found, line + process.stdout.read()
        yield Served(found.group(), process, data)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def form_token(client: httpx.Client, path: str = "/") -> str:
    """The token that the forms of this session carry."""
    found = _TOKEN.search(client.get(path).text)
    assert found
    return found.group(1)


def upload(client: httpx.Client, *files: Path | tuple[str, bytes], **fields: str) -> httpx.Response:
    """Send the form of the first page as a browser does."""
    named = [(one.name, one.read_bytes()) if isinstance(one, Path) else one for one in files]
    data = {"token": form_token(client), "as_of": "2026-08-01", "investor": "us"} | fields
    return client.post("/", data=data, files=[("files", one) for one in named])


def finished(client: httpx.Client, address: str, seconds: float = 60) -> httpx.Response:
    """The page of a run once it is over, as one sees it who reloads."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = client.get(address)
        if 'id="progress"' not in answer.text:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{address} did not end within {seconds} s")


def screened(client: httpx.Client, *files: Path | tuple[str, bytes], **fields: str) -> httpx.Response:
    """The page of the result of an upload."""
    taken = upload(client, *files, **fields)
    assert taken.status_code == 303, taken.text
    return finished(client, taken.headers["location"])
