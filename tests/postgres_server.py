"""A PostgreSQL server of its own for the tests, from the system's packages; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _program(name: str) -> str:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(name) or next((str(p / name) for p in places if (p / name).exists()), "")


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database on a server that listens on a socket only, stopped afterwards."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    if not (initdb and control):
        pytest.skip("no PostgreSQL server is installed (initdb, pg_ctl)")
    user = (
        "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    )  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        home = Path(folder)
        if user:
            shutil.chown(home, user)
        data = home / "data"

        def call(*command: str) -> None:
            subprocess.run(command, user=user, cwd=home, check=True, capture_output=True, timeout=120)

        call(initdb, "-D", str(data), "-U", "screener", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses='' -k {home}"
        call(control, "-D", str(data), "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            home.chmod(0o755)
            yield f"postgresql://screener@/postgres?host={home}"
        finally:
            call(control, "-D", str(data), "-m", "immediate", "stop")
