"""Load on the upload page: 20 uploads at once, and how fast /health answers meanwhile.

Run: python -m tests.benchmarks.web [uploads]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.web_server import OFFICE, Served, serving

_LIMITS = "uploads_per_minute = 100000\nrequests_per_minute = 1000000\nqueue = 1000\n"


def main(number: int) -> None:
    """Print when all uploads were taken and finished, and the delays of /health."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), _LIMITS) as server:
        delays: list[float] = []
        stop = threading.Event()
        asking = threading.Thread(target=_ask, args=(server, delays, stop))
        asking.start()
        begun = time.perf_counter()
        with ThreadPoolExecutor(number) as pool:
            runs = list(pool.map(lambda _: _upload(server), range(number)))
        taken = time.perf_counter() - begun
        states = [_wait(server, run) for run in runs]
        whole = time.perf_counter() - begun
        stop.set()
        asking.join()
    finished = states.count("finished")
    print(f"{number} uploads at once: taken after {taken:.2f} s, {finished} finished after {whole:.2f} s")
    ordered = sorted(delays)
    share = ordered[int(0.99 * (len(ordered) - 1))]
    print(
        f"/health meanwhile, {len(ordered)} times: median {1000 * statistics.median(ordered):.1f} ms, "
        f"99 percent within {1000 * share:.1f} ms, slowest {1000 * ordered[-1]:.1f} ms"
    )


def _ask(server: Served, delays: list[float], stop: threading.Event) -> None:
    with server.client() as client:
        while not stop.wait(0.02):
            begun = time.perf_counter()
            client.get("/health").raise_for_status()
            delays.append(time.perf_counter() - begun)


def _upload(server: Served) -> str:
    with server.client() as client:
        files = [("files", (OFFICE.name, OFFICE.read_bytes()))]
        answer = client.post("/api/screenings", data={"as_of": "2026-08-01", "investor": "us"}, files=files)
        run: str = answer.raise_for_status().json()["id"]
        return run


def _wait(server: Served, run: str) -> str:
    while True:
        state: str = httpx.get(f"{server.address}/api/screenings/{run}", timeout=60).json()["state"]
        if state not in ("queued", "running"):
            return state
        time.sleep(0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
