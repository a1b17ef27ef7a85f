"""Reading a large workbook against calamine alone: ``python -m tests.benchmarks.reading_speed [--rows 200000]``.

Writes a workbook of eight columns, then times in one process, turn by turn, calamine's own ``to_python`` of the sheet
and our reading of the file, and prints the best and the median of each with their ratio. Peak memory is that of a
fresh process that does nothing but read the file once.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import python_calamine as calamine

from screener.holdings import read_file

HEADINGS = ("Security name", "ISIN", "Ticker", "Country", "Currency", "Quantity", "Price", "Market value")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def write_workbook(path: Path, rows: int) -> None:
    """A workbook of ``rows`` positions in some 8,000 distinct securities, as a large custodian would send it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Holdings")
    sheet.append(HEADINGS)
    for number in range(rows):
        security = number * 7919 % 8_011
        quantity, price = 100 + number % 9_973, 1 + security % 997 / 7
        sheet.append(
            (
                f"Company {security} Holdings Ltd",
                isin(security),
                f"{security} HK",
                "Hong Kong",
                "HKD",
                quantity,
                round(price, 4),
                round(quantity * price, 2),
            )
        )
    book.save(path)


def isin(number: int) -> str:
    """A valid ISIN for each number."""
    body = f"HK{number:09d}"
    digits = "".join(str(int(c, 36)) for c in body)
    total = sum(sum(divmod(int(digit) * (2 - i % 2), 10)) for i, digit in enumerate(reversed(digits)))
    return f"{body}{-total % 10}"


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of ``action``; on a machine that others share only the latter are steady."""
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - processor


def peak_of_reading(path: Path) -> float:
    """Peak resident megabytes of a fresh process that reads ``path`` once."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.reading_speed", "--only-read", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def peak_of_this() -> float:
    """Peak resident megabytes of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def compare(path: Path, turns: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Seconds of calamine and of our reading, turn by turn."""

    def alone() -> object:
        return calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

    return [(timed(alone), timed(lambda: read_file(path))) for _ in range(turns)]


def medians(turns: list[tuple[tuple[float, float], tuple[float, float]]], clock: int) -> tuple[float, float]:
    """The median seconds of calamine and of our reading by one of the two clocks."""
    return statistics.median(a[clock] for a, _ in turns), statistics.median(b[clock] for _, b in turns)


def main() -> int:
    """Print both times, their ratio and the peak; exit code 0 where the aims (2 times, 500 MB) are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only-read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_read:
        read_file(arguments.only_read)
        print(peak_of_this())
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        write_workbook(path, arguments.rows)
        peak = peak_of_reading(path)
        turns = compare(path, arguments.turns)
    print(f"{arguments.rows:,} rows by {len(HEADINGS)} columns, {arguments.turns} turns on this machine:")
    ratios = []
    for clock, name in enumerate(("wall", "processor")):
        alone, ours = medians(turns, clock)
        ratios.append(ours / alone)
        print(
            f"  {name:9} calamine to_python {alone:.2f} s, screener read_file {ours:.2f} s, ratio {ours / alone:.2f}"
        )
    print(f"  peak memory of a process that reads it once: {peak:.0f} MB")
    return 0 if ratios[0] <= 2 and peak < 500 else 1


if __name__ == "__main__":
    sys.exit(main())
