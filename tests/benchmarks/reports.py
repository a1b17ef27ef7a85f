"""Writing reports: 10,000 findings, and a run of 1,000,000 rows of which 2,000 are findings; time and memory.

Run as ``python -m tests.benchmarks.reports [--findings N] [--rows N]``. The large run goes through ``job.run`` with the
lists that come with the program, a history of its own and a run before it to compare with; its stages are those of
run.json. Each measurement is a process of its own, so that the memory of one is not counted with the other. Beside the
time by the clock stands the processor's, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from screener.report import write_report
from tests.report_samples import build, finding, outcome

HIT: Final = "CNOOC LTD,HK0883013259,{n},1000"
CLEAR: Final = "Harmless Industries {n} plc,,{n},1000"
DAYS: Final = (date(2026, 7, 31), date(2026, 8, 1))


def main() -> None:
    """Measure what was asked for, or both in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("findings", "rows"), default="")
    asked = parser.parse_args()
    if asked.only == "findings":
        _findings(asked.findings)
    elif asked.only == "rows":
        _rows(asked.rows)
    else:
        for one in ("findings", "rows"):
            given = ["--findings", str(asked.findings), "--rows", str(asked.rows), "--only", one]
            subprocess.run([sys.executable, "-m", "tests.benchmarks.reports", *given], check=True)


def _memory() -> float:
    """The most memory used so far, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _findings(many: int) -> None:
    rows = [finding(row=n, security=f"CNOOC LTD LOT {n}", isin="") for n in range(2, many + 2)]
    report = build(rows, [outcome(row=many + 2 + n) for n in range(1_000)])
    before = _memory()
    with tempfile.TemporaryDirectory() as folder:
        start, worked = time.perf_counter(), time.process_time()
        written = write_report(report, Path(folder))
        took, worked = time.perf_counter() - start, time.process_time() - worked
        sizes = ", ".join(f"{name} {path.stat().st_size / 1e6:.1f} MB" for name, path in written.items())
    print(
        f"{many:,} findings: {took:.1f} s ({worked:.1f} s of processor), {_memory():.2f} GB at most ({before:.2f} GB before); {sizes}"
    )


@dataclass(frozen=True, slots=True)
class _Begun:
    """A stage of a run, and both clocks as it began."""

    stage: str
    clock: float
    worked: float


def _note(stages: list[_Begun], stage: str) -> None:
    stages.append(_Begun(stage, time.perf_counter(), time.process_time()))


def _told(stages: list[_Begun]) -> str:
    return "; ".join(
        f"{one.stage} {after.clock - one.clock:.1f} s ({after.worked - one.worked:.1f})"
        for one, after in pairwise(stages)
    )


def _rows(many: int, hits: int = 2_000) -> None:
    from screener import job
    from screener.settings import load_settings

    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = os.environ["USERPROFILE"] = folder
        path = Path(folder) / "large.csv"
        every = many // hits
        with path.open("w", encoding="utf-8") as file:
            file.write("Name,ISIN,Quantity,Market value\n")
            for n in range(many):
                # Securities repeat, as portfolios do: a fiftieth of the rows are distinct.
                file.write((HIT if n % every == 0 else CLEAR).format(n=n % (many // 50)) + "\n")
        for day in DAYS:
            request = job.RunRequest((path,), day, Path(folder) / "out", "us", datetime.now(UTC))
            stages: list[_Begun] = []
            job.run(request, load_settings(), partial(_note, stages))
            _note(stages, "")
            said = f"{many:,} rows, {hits:,} findings, as of {day}, seconds by the clock (of processor)"
            print(f"{said}: {_told(stages)}; {_memory():.2f} GB at most")


if __name__ == "__main__":
    main()
