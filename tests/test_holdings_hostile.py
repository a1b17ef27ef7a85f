"""Hostile and absurd files: bounded memory and time, a clear issue, and the rest of the run goes on."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from screener.errors import HoldingsError, UsageError
from screener.holdings import Limits, ReadOptions, read_file
from screener.report.returned import read_returned
from tests.benchmarks.fuzz_reading import mutated, ods, run, seeds
from tests.holdings_samples import HEADINGS, PLAIN, XIAOMI, said, text_file, workbook
from tests.samples import ROOT

_MEASURED = """
import resource, sys
from pathlib import Path
def peak():
    # Linux counts what the process that starts another has used into ru_maxrss of the other; VmHWM is its own.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
from screener.errors import HoldingsError
from screener.holdings import read_file
try:
    reading = read_file(Path(sys.argv[1]))
    print(len(reading.holdings))
except HoldingsError as error:
    print(error)
print(peak())
"""


def apart(path: Path) -> tuple[str, int]:
    """What a process of its own makes of ``path``, and its peak memory in megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=ROOT,
    )
    said_, peak = done.stdout.strip().rsplit("\n", 1)
    return said_, int(peak)


def with_sheet(path: Path, pieces: Iterator[bytes] | list[bytes]) -> Path:
    """A workbook whose sheet data are ``pieces`` of XML, written without holding them in memory."""
    plain = io.BytesIO(workbook(path, {"H": PLAIN}).read_bytes())
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "xl/worksheets/sheet1.xml":
                new.writestr(name, old.read(name))
        space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<?xml version="1.0"?><worksheet xmlns="' + space + b'"><sheetData>')
            for piece in pieces:
                sheet.write(piece)
            sheet.write(b"</sheetData></worksheet>")
    return path


def cells(row: int, values: tuple[object, ...]) -> bytes:
    """One row of inline texts and numbers."""
    made = "".join(
        f'<c r="{chr(65 + i)}{row}" t="inlineStr"><is><t>{value}</t></is></c>'
        if isinstance(value, str)
        else f'<c r="{chr(65 + i)}{row}"><v>{value}</v></c>'
        for i, value in enumerate(values)
    )
    return f'<row r="{row}">{made}</row>'.encode()


TABLE = [cells(number, tuple(row)) for number, row in enumerate(PLAIN, 1)]


class TestAbsurdSheets:
    def test_a_stray_cell_in_the_last_corner_is_left_out_and_told(self, tmp_path: Path) -> None:
        stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        path = with_sheet(tmp_path / "far.xlsx", [*TABLE, stray])
        found, peak = apart(path)
        assert found == "3"
        assert peak < 500
        assert "the cell XFD1048576 lies far away from all others and was not read" in said(read_file(path))

    def test_cells_spread_over_the_whole_sheet_are_refused(self, tmp_path: Path) -> None:
        rows = [f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>'.encode() for r in range(1, 1_000_000, 1_000)]
        found, peak = apart(with_sheet(tmp_path / "spread.xlsx", rows))
        assert "spread over too large an area" in found
        assert peak < 500

    def test_a_million_formatted_empty_rows_cost_little(self, tmp_path: Path) -> None:
        blank = (f'<row r="{r}" s="1" customFormat="1" ht="15"/>'.encode() for r in range(5, 1_048_577))
        start = time.monotonic()
        found, peak = apart(with_sheet(tmp_path / "blank.xlsx", iter([*TABLE, *blank])))
        assert found == "3"
        assert peak < 500
        assert time.monotonic() - start < 60

    def test_of_ten_thousand_columns_the_first_are_read_and_the_rest_told(self, tmp_path: Path) -> None:
        wide = [[*row, *range(9_995)] for row in PLAIN]
        path = tmp_path / "wide.csv"
        path.write_text("\n".join(",".join(map(str, row)) for row in wide))
        reading = read_file(path)
        assert reading.holdings["isin"].tolist()[0] == XIAOMI
        assert "10000 columns wide; only the first 1024 were read" in said(reading, "warning")

    def test_ten_thousand_columns_of_a_workbook_are_told_too(self, tmp_path: Path) -> None:
        wide = [[*row, *([1] * 9_995)] for row in PLAIN]
        reading = read_file(workbook(tmp_path / "wide.xlsx", {"H": wide}))
        assert len(reading.holdings) == 3
        assert "10000 columns wide; only the first 1024 were read" in said(reading, "warning")

    def test_rows_beyond_the_limit_are_told(self, tmp_path: Path) -> None:
        rows = [HEADINGS, *[("Xiaomi Corp", XIAOMI, n, n, "HKD") for n in range(1, 31)]]
        reading = read_file(text_file(tmp_path / "a.csv", rows), ReadOptions(limits=Limits(rows=20)))
        assert len(reading.holdings) == 19
        assert "only the first 20 rows were read" in said(reading, "error")


class TestBombs:
    def test_a_part_that_unpacks_to_gigabytes_is_refused(self, tmp_path: Path) -> None:
        zeros = (bytes(1 << 20) for _ in range(1_200))
        found, peak = apart(with_sheet(tmp_path / "bomb.xlsx", zeros))
        assert "unpacks to" in found
        assert peak < 500

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: text.replace("</table:table>", "</ta&ble:table>"),
            lambda text: text[:-80],
            lambda text: text[:900],
        ],
    )
    def test_a_table_that_never_ends_does_not_keep_the_reader_for_ever(
        self, tmp_path: Path, damage: Callable[[str], str]
    ) -> None:
        whole = zipfile.ZipFile(io.BytesIO(ods(PLAIN)))
        with zipfile.ZipFile(tmp_path / "damaged.ods", "w") as package:
            for name in whole.namelist():
                text = whole.read(name).decode()
                package.writestr(name, damage(text) if name == "content.xml" else text)
        found, _ = apart(tmp_path / "damaged.ods")
        assert found.startswith("damaged.ods: is damaged (content.xml: ")

    def test_a_panic_of_the_library_behind_is_told_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "held.xls").write_bytes(mutated(seeds()[".xls"], random.Random("104-1835")))
        with pytest.raises(HoldingsError, match="is damaged or no workbook"):
            read_file(tmp_path / "held.xls")
        with pytest.raises(UsageError, match="cannot be read as a workbook"):
            read_returned(tmp_path / "held.xls")

    def test_a_member_without_a_name_is_passed_over(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "held.zip", "w") as package:
            package.writestr("x", b"lost")
            package.writestr("held.csv", "Name,ISIN\nXiaomi,KYG9830T1067\n")
        data = (tmp_path / "held.zip").read_bytes()
        # The name of the first member is emptied where the archive lists it: its one letter becomes part of its comment.
        at = data.index(b"PK\x01\x02")
        nameless = bytearray(data)
        nameless[at + 28 : at + 30], nameless[at + 32 : at + 34] = b"\0\0", b"\1\0"
        (tmp_path / "held.zip").write_bytes(bytes(nameless))
        assert len(read_file(tmp_path / "held.zip").holdings) == 1

    def test_entities_that_grow_are_refused(self, tmp_path: Path) -> None:
        grow = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
        text = (
            f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{grow}]>'
            '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell><Data>&a11;'
            "</Data></Cell></Row></Table></Worksheet></Workbook>"
        )
        (tmp_path / "laughs.xls").write_text(text)
        found, peak = apart(tmp_path / "laughs.xls")
        assert "declares entities" in found
        assert peak < 500


class TestAbsurdCells:
    def test_a_name_of_32000_characters_is_cut_and_told(self, tmp_path: Path) -> None:
        rows = [*PLAIN, ("X" * 32_000, "US88579Y1010", 1, 1, "USD")]
        reading = read_file(workbook(tmp_path / "a.xlsx", {"H": rows}))
        assert reading.holdings["name"].str.len().max() == 1_000
        assert "the name is longer than 1,000 characters" in said(reading, "warning")

    def test_control_and_invisible_characters_are_taken_out(self, tmp_path: Path) -> None:
        rows = [HEADINGS, ("Xia\x00omi\x07 \u200bCorp\u202e\n(B)", f"\ufeff{XIAOMI}\u00a0", 5, 6, "HKD")]
        held = read_file(text_file(tmp_path / "a.csv", rows)).holdings
        assert held["name"].tolist() == ["Xiaomi Corp (B)"]
        assert held["isin"].tolist() == [XIAOMI]

    def test_a_quotation_mark_never_closed_does_not_swallow_the_file(self, tmp_path: Path) -> None:
        lines = ["Name,ISIN,Quantity", '"Xiaomi Corp,KYG9830T1067,5', *["CNOOC,HK0883013259,7"] * 60]
        (tmp_path / "a.csv").write_text("\n".join(lines))
        reading = read_file(tmp_path / "a.csv")
        assert len(reading.holdings) == 61
        assert "a quotation mark is never closed" in said(reading, "warning")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", [HEADINGS, *list(PLAIN[1:]) * 40_000])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with path.open("a", encoding="utf-8") as file:
                file.write(f"Xiaomi Corp,{XIAOMI},1,1,HKD\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(HoldingsError, match="changed while it was read"):
            for _ in range(20):
                read_file(path)
    finally:
        stop.set()
        writer.join()


def test_mutated_files_are_read_or_refused_and_never_a_traceback() -> None:
    outcomes, failures = run(210, seed=20261124)
    assert failures == []
    assert outcomes["read"] > 30
    assert outcomes["refused"] > 30


def test_a_damaged_sheet_does_not_stop_the_others(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Good": PLAIN, "Bad": PLAIN})
    source = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part[: len(part) // 2] if name == "xl/worksheets/sheet2.xml" else part)
    reading = read_file(path)
    assert set(reading.holdings["sheet"]) == {"Good"}
    assert "the sheet is damaged and was not read" in said(reading, "error")


def test_a_workbook_of_charts_and_empty_sheets_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(HoldingsError, match="holds no table that could be holdings"):
        read_file(tmp_path / "a.xlsx")
