"""Byte-mutated workbooks: ``python -m tests.benchmarks.fuzz_reading [--files 10000] [--seed 1]``.

Each file is either read or refused with a HoldingsError; anything else is a failure and printed with the seed that
makes it again. Mutations change bytes of the packed file, and of the parts inside a package before it is packed
again, so that the damage gets behind the check sums. A file that takes longer than ten seconds fails too, and so does a
run that needs more than 500 MB.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import math
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import xlwt

from screener.errors import HoldingsError
from screener.holdings import read_file
from tests.benchmarks.reading_speed import peak_of_this

_SECONDS = 10  # that one small file may take
_HANGS = 120  # seconds after which a file is taken to hang
_MEGABYTES = 500
HEADINGS: list[object] = [
    "Security name",
    "ISIN",
    "Ticker",
    "Quantity",
    "Market value",
    "Currency",
    "Maturity",
]
ROWS: list[list[object]] = [
    ["Xiaomi Corp", "KYG9830T1067", "1810 HK", 1000, 2780.5, "HKD", ""],
    ["China Mobile Ltd", "HK0941009539", 941, 500, 37500, "HKD", ""],
    ["Proven Honour Capital 4.125%", "XS1233275194", "", 200000, 198000.25, "USD", "2025-05-06"],
    ["Total", "", "", "", 238280.75, "", ""],
]
TEXT = "\n".join(",".join(map(str, row)) for row in [HEADINGS, *ROWS])


def seeds() -> dict[str, bytes]:
    """Small sound files of each kind, by their ending."""
    return {
        ".xlsx": _xlsx(),
        ".xls": _xls(),
        ".ods": ods([HEADINGS, *ROWS]),
        ".csv": TEXT.encode(),
        ".txt": TEXT.replace(",", "\t").encode("utf-16"),
        ".xml": _spreadsheetml(),
        ".html": _html(),
    }


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    rows: list[list[object]] = [["Report"], [], HEADINGS, *ROWS]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.row_dimensions[5].hidden = True
    book.create_sheet("Notes").append(["nothing here"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Holdings")
    for r, row in enumerate([HEADINGS, *ROWS]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def ods(table: Sequence[Sequence[object]]) -> bytes:
    """An OpenDocument spreadsheet of one sheet."""

    def cell(value: object) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in table)
    base = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{base}office:1.0" xmlns:table="{base}table:1.0" '
        f'xmlns:text="{base}text:1.0"><office:body><office:spreadsheet><table:table table:name="Holdings">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{base}manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return _packed(
        {
            "mimetype": kind.encode(),
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        }
    )


def _packed(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def _spreadsheetml() -> bytes:
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{value}</Data></Cell>' for value in row) + "</Row>"
        for row in [HEADINGS, *ROWS]
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="Holdings">'
        f"<Table>{rows}</Table></Worksheet></Workbook>"
    ).encode()


def _html() -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in [HEADINGS, *ROWS])
    return f"<html><body><table>{rows}</table></body></html>".encode()


def mutated(data: bytes, random_: random.Random) -> bytes:
    """``data`` with some bytes changed, cut out, doubled or put in; in a package sometimes inside its parts."""
    if data[:2] == b"PK" and random_.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        name = random_.choice(list(parts))
        parts[name] = _changed(parts[name], random_)
        return _packed(parts)
    return _changed(data, random_)


def _changed(data: bytes, random_: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 5, 20))):
        if not changed:
            break
        at, length = random_.randrange(len(changed)), random_.choice((1, 1, 4, 64))
        kind = random_.randrange(5)
        if kind <= 1:
            changed[at] = random_.randrange(256)
        elif kind == 2:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = changed[at : at + length]
        else:
            changed[at:at] = random_.choice(
                (b"99999999", b"\x00" * 4, b"\xff" * 4, b"<", b'"', b"&", b"1E308", b"XFD1048576")
            )
    return bytes(changed)


def run(
    files: int, seed: int, watch: Callable[[str], None] = lambda told: None
) -> tuple[Counter[str], list[str]]:
    """How the mutated files ended, and what went wrong; ``watch`` is told of each file before it is read."""
    originals, outcomes, failures = seeds(), Counter[str](), []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            random_ = random.Random(f"{seed}-{number}")
            ending = list(originals)[number % len(originals)]
            path = Path(folder) / f"fuzzed{ending}"
            path.write_bytes(mutated(originals[ending], random_))
            start = time.perf_counter()
            watch(f"file {number} ({ending})")
            try:
                outcomes["read" if len(read_file(path).holdings) else "read, nothing in it"] += 1
            except HoldingsError:
                outcomes["refused"] += 1
            except BaseException:  # a panic of the Rust library is no Exception
                failures.append(f"seed {seed}, file {number} ({ending}): {traceback.format_exc()[-600:]}")
            seconds = time.perf_counter() - start
            slowest = max(slowest, seconds)
            if seconds > _SECONDS:
                failures.append(f"seed {seed}, file {number} ({ending}): took {seconds:.0f} s")
    outcomes["seconds for the slowest"] = math.ceil(slowest)
    return outcomes, failures


def _watch(told: str) -> None:
    """Say which file comes; where it is never done with, end with the place in the program."""
    print(told, end="\r", file=sys.stderr, flush=True)
    faulthandler.dump_traceback_later(_HANGS, exit=True)


def main() -> int:
    """Print how many files were read, refused and failed; exit code 0 where none failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    start = time.perf_counter()
    outcomes, failures = run(arguments.files, arguments.seed, _watch)
    faulthandler.cancel_dump_traceback_later()
    memory = peak_of_this()
    if memory > _MEGABYTES:
        failures.append(f"the process needed {memory:.0f} MB")
    print("\n".join(failures[:10]))
    said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    print(
        f"{arguments.files} mutated files: {said}, {len(failures)} failed; {time.perf_counter() - start:.0f} s, "
        f"peak memory {memory:.0f} MB"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
