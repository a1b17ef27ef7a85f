"""Any file that holds a table is opened, whatever it calls itself; all others are refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwt

from screener.errors import HoldingsError
from screener.holdings import Limits, ReadOptions, read_file, read_files
from tests.benchmarks import fuzz_reading
from tests.holdings_samples import (
    HEADINGS,
    PLAIN,
    XIAOMI,
    Rows,
    locked,
    said,
    text_file,
    workbook,
    xlsb,
    zipped,
)

NAMES = [row[0] for row in PLAIN[1:]]


def xls(path: Path, rows: Rows) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Holdings")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    book.save(str(path))
    return path


def spreadsheetml(path: Path, rows: Rows) -> Path:
    cells = "".join(
        "<Row>"
        + "".join(
            f'<Cell><Data ss:Type="{"String" if isinstance(v, str) else "Number"}">{v}</Data></Cell>'
            for v in row
        )
        + "</Row>"
        for row in rows
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    head = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="Holdings">'
    path.write_text(f"{head}<Table>{cells}</Table></Worksheet></Workbook>", encoding="utf-8-sig")
    return path


def html(path: Path, rows: Rows) -> Path:
    cells = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in rows)
    path.write_text(f"<html><head><title>Report</title></head><body><table>{cells}</table></body></html>")
    return path


def ods(path: Path, rows: Rows) -> Path:
    path.write_bytes(fuzz_reading.ods(rows))
    return path


WRITERS: dict[str, Callable[[Path, Rows], Path]] = {
    "a.xlsx": lambda path, rows: workbook(path, {"Holdings": rows}),
    "a.xlsm": lambda path, rows: workbook(path, {"Holdings": rows}),
    "a.xlsb": xlsb,
    "a.xls": xls,
    "spreadsheetml.xls": spreadsheetml,
    "page.xls": html,
    "really-a-workbook.csv": lambda path, rows: workbook(path, {"Holdings": rows}),
    "really-text.xls": text_file,
    "a.ods": ods,
    "a.csv": text_file,
    "semicolons.csv": lambda path, rows: text_file(path, rows, ";"),
    "a.tsv": lambda path, rows: text_file(path, rows, "\t"),
    "pipes.txt": lambda path, rows: text_file(path, rows, "|"),
    "bom.csv": lambda path, rows: text_file(path, rows, ",", "utf-8-sig"),
    "utf16.csv": lambda path, rows: text_file(path, rows, "\t", "utf-16"),
    "utf16-without-mark.csv": lambda path, rows: text_file(path, rows, ",", "utf-16-le"),
    "no-ending": text_file,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_holdings(name: str, tmp_path: Path) -> None:
    held = read_file(WRITERS[name](tmp_path / name, PLAIN)).holdings
    assert held["name"].tolist() == NAMES
    assert held["isin"].tolist() == [row[1] for row in PLAIN[1:]]
    assert held["quantity"].tolist() == [1000, 500, 200]
    assert held["market_value"].tolist() == [2780.5, 37500, 3000]
    assert held["row"].tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    ("encoding", "heading", "name"),
    [
        ("cp1252", "Bezeichnung", "Münchener Rückversicherungs-Gesellschaft"),
        ("cp1252", "Værdipapir", "Nordlys Rederi ASA Åndalsnes"),
        ("gb18030", "证券名称", "海康威视"),
        ("big5", "證券名稱", "台積電"),
        ("cp932", "銘柄名", "トヨタ自動車"),
        ("utf-8", "銘柄名", "トヨタ自動車"),
    ],
)
def test_encodings_are_told_from_the_text(encoding: str, heading: str, name: str, tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", [(heading, "ISIN", "Quantity"), (name, XIAOMI, 5)], ",", encoding)
    assert read_file(file).holdings["name"].tolist() == [name]


class TestAZip:
    def test_of_files_reads_each_under_its_name(self, tmp_path: Path) -> None:
        one = text_file(tmp_path / "one.csv", PLAIN).read_bytes()
        two = workbook(tmp_path / "two.xlsx", {"H": PLAIN[:2]}).read_bytes()
        parts = {"a/one.csv": one, "two.xlsx": two, "__MACOSX/._one.csv": b"x", "readme.pdf": b"%PDF"}
        held = read_file(zipped(tmp_path / "all.zip", parts)).holdings
        assert held["file"].value_counts().to_dict() == {"all.zip/a/one.csv": 3, "all.zip/two.xlsx": 1}

    def test_with_one_bad_file_reads_the_others_and_says_so(self, tmp_path: Path) -> None:
        good = text_file(tmp_path / "one.csv", PLAIN).read_bytes()
        reading = read_file(
            zipped(tmp_path / "all.zip", {"one.csv": good, "bad.xls": b"\xd0\xcf\x11\xe0" * 400})
        )
        assert len(reading.holdings) == 3
        assert "this file of the archive" in said(reading, "error")

    def test_without_any_table_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(HoldingsError, match="an archive without a spreadsheet"):
            read_file(zipped(tmp_path / "all.zip", {"a.pdf": b"%PDF"}))

    def test_within_a_zip_is_refused(self, tmp_path: Path) -> None:
        inner = zipped(tmp_path / "in.csv", {"a.txt": b"x"}).read_bytes()
        with pytest.raises(HoldingsError, match="holds an archive within an archive"):
            read_file(zipped(tmp_path / "all.zip", {"in.csv": inner}))


class TestAPassword:
    def test_opens_an_encrypted_workbook(self, tmp_path: Path) -> None:
        file = locked(tmp_path / "l.xlsx", workbook(tmp_path / "p.xlsx", {"H": PLAIN}), "s3cret")
        assert read_file(file, ReadOptions(password="s3cret")).holdings["name"].tolist() == NAMES

    @pytest.mark.parametrize(("password", "says"), [(None, "is protected"), ("wrong", "given password")])
    def test_that_is_missing_or_wrong_is_told(self, password: str | None, says: str, tmp_path: Path) -> None:
        file = locked(tmp_path / "l.xlsx", workbook(tmp_path / "p.xlsx", {"H": PLAIN}), "s3cret")
        with pytest.raises(HoldingsError, match=says):
            read_file(file, ReadOptions(password=password))

    def test_is_not_shown_where_options_are_printed(self) -> None:
        assert "s3cret" not in repr(ReadOptions(password="s3cret"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is damaged"),
        (b"PK\x03\x04" + bytes(100), "is damaged"),
        (bytes(range(256)) * 50, "is not a spreadsheet or text file"),
        (b"Date,Open,High,Low\n2026-01-01,1,2,3\n", "holds no table that could be holdings"),
        (b"<html><body>Session expired</body></html>", "is a web page without a table"),
        (b"Dear client,\n\nplease find the report attached.\n", "holds no table that could be holdings"),
    ],
)
def test_what_is_no_holdings_file_is_refused_in_a_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(HoldingsError, match=says) as error:
        read_file(tmp_path / "a.xlsx")
    assert str(error.value).startswith("a.xlsx: ")
    assert error.value.remedy


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    good = text_file(tmp_path / "good.csv", PLAIN)
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04nonsense")
    reading, failed = read_files([tmp_path / "bad.xlsx", good, tmp_path / "missing.csv"])
    assert len(reading.holdings) == 3
    assert [path.name for path, _ in failed] == ["bad.xlsx", "missing.csv"]


class TestHiddenParts:
    def test_rows_columns_and_sheets_are_read_and_said_to_be_hidden(self, tmp_path: Path) -> None:
        path = workbook(
            tmp_path / "a.xlsx", {"Seen": PLAIN, "Unseen": [HEADINGS, ("Old Ltd", XIAOMI, 1, 1, "HKD")]}
        )
        book = openpyxl.load_workbook(path)
        book["Seen"].row_dimensions[3].hidden = True
        book["Seen"].column_dimensions["C"].hidden = True
        book["Unseen"].sheet_state = "hidden"
        book.save(path)
        reading = read_file(path)
        hidden = reading.holdings.set_index("name")["hidden"].to_dict()
        assert hidden == {"Xiaomi Corp": False, "China Mobile Ltd": True, "CNOOC Ltd": False, "Old Ltd": True}
        told = said(reading)
        assert "1 rows are hidden" in told
        assert "the column is hidden in the file; it was read as quantity" in told
        assert "the sheet is hidden in the workbook; its positions were screened all the same" in told


class TestFormulas:
    def test_without_stored_results_are_told(self, tmp_path: Path) -> None:
        rows = [*PLAIN[:2], ("CNOOC Ltd", "HK0883013259", "=1+1", "=C3*2", "HKD")]
        reading = read_file(workbook(tmp_path / "a.xlsx", {"H": rows}))
        assert reading.holdings["name"].tolist() == ["Xiaomi Corp", "CNOOC Ltd"]
        assert "2 cells hold formulas that were never calculated" in said(reading, "warning")

    def test_with_external_links_are_read_by_their_stored_results(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", {"H": PLAIN})
        source = io.BytesIO(path.read_bytes())
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    part = part.replace(b"<v>1000</v>", b"<f>'[1]Prices'!A1</f><v>1234</v>")
                new.writestr(name, part)
        assert read_file(path).holdings["quantity"].tolist() == [1234, 500, 200]


def test_macros_are_left_alone(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"H": PLAIN})
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Auto_Open: Shell")
    assert len(read_file(path.rename(tmp_path / "a.xlsm")).holdings) == 3


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", PLAIN)
    with pytest.raises(HoldingsError, match="is too large"):
        read_file(file, ReadOptions(limits=Limits(file_bytes=10)))
