"""The round trip of a report: decisions written into it come back, whatever a spreadsheet program did to the file."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from screener import job
from screener.errors import UsageError
from screener.history import Store, open_store
from screener.job.reviewing import Imported, import_reviews
from screener.settings import Settings, load_settings

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
ROWS = (
    "Name,ISIN,Quantity,Market value\n"
    "SenseTime Group Inc,KYG8062L1041,5,100\n"
    "CHINA TELECOM,,7,90\n"
    "CNOOC LTD,HK0883013259,1000,9000\n"
    "APPLE INC,US0378331005,10,2000\n"
)
Edit = Callable[[dict[str, Worksheet]], None]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., job.RunResult]:
    def one(
        text: str = ROWS, as_of: date = date(2026, 8, 1), settings: Settings | None = None
    ) -> job.RunResult:
        path = tmp_path / "holdings.csv"
        path.write_text(text, encoding="utf-8")
        return job.run(
            job.RunRequest((path,), as_of, tmp_path / "out", "us", NOON), settings or load_settings()
        )

    return one


@pytest.fixture
def store() -> Any:
    with open_store(load_settings()) as opened:
        yield opened


def _columns(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the headings, and the column of each."""
    for row in sheet.iter_rows():
        names = {str(cell.value): cell.column for cell in row if cell.value}
        if "Key" in names and "Decision" in names:
            return int(row[0].row or 0), {name: int(column or 0) for name, column in names.items()}
    raise AssertionError("no table")


def _fill(sheet: Worksheet, security: str, **cells: Any) -> int:
    """Write ``cells`` (by heading, _ for blank) into every row of ``security``; gives how many."""
    header, columns = _columns(sheet)
    rows = [
        row
        for row in range(header + 1, sheet.max_row + 1)
        if sheet.cell(row, columns["Security"]).value == security and sheet.cell(row, columns["Key"]).value
    ]
    for row in rows:
        for name, value in cells.items():
            sheet.cell(row, columns[name.replace("_", " ")]).value = value
    return len(rows)


FALSE = {"Decision": "False positive", "Reviewer": "A. Reviewer", "Note": "not the listed company"}


def _returned(result: job.RunResult, tmp_path: Path, edit: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(result.written["divestment-report.xlsx"])
    edit(book)
    path = tmp_path / "returned.xlsx"
    book.save(path)
    return path


def _import(path: Path, store: Store) -> Imported:
    return import_reviews(path, store, NOON, "ops")


def _decide_on(security: str, **cells: Any) -> Callable[[openpyxl.Workbook], None]:
    def edit(book: openpyxl.Workbook) -> None:
        assert sum(
            _fill(book[name], security, **(FALSE | cells))
            for name in ("Action", "Review", "Information")
            if _has(book[name])
        )

    return edit


def _has(sheet: Worksheet) -> bool:
    return bool(sheet.tables)


def test_the_round_trip(run: Any, store: Store, tmp_path: Path) -> None:
    first = run()
    path = _returned(first, tmp_path, _decide_on("SenseTime Group Inc", Valid_until=date(2026, 12, 31)))
    done = _import(path, store)
    assert (done.new > 0, done.known, done.refused) == (True, 0, ())
    (one, *_) = store.decisions()
    assert (one.decision, one.reviewer, one.recorded_by) == ("false_positive", "A. Reviewer", "ops")
    assert (one.valid_until, one.file, one.run) == (date(2026, 12, 31), "returned.xlsx", first.run)
    assert len(one.file_sha256) == 64
    second = run(as_of=date(2026, 8, 2))
    found = second.report.findings[second.report.suppressed.to_numpy()]
    assert set(found["security"]) == {"SenseTime Group Inc"}
    information = openpyxl.load_workbook(second.written["divestment-report.xlsx"])["Information"]
    header, columns = _columns(information)
    shown = [
        [information.cell(row, columns[name]).value for name in ("Action", "Decision", "Reviewer")]
        for row in range(header + 1, information.max_row + 1)
        if information.cell(row, columns["Security"]).value == "SenseTime Group Inc"
        and information.cell(row, columns["Key"]).value
    ]
    assert ["DECIDED", "False positive", "A. Reviewer"] in shown


def test_the_exit_code_does_not_count_what_is_off_the_desk(run: Any, store: Store, tmp_path: Path) -> None:
    only = "Name,ISIN\nSenseTime Group Inc,KYG8062L1041\nAPPLE INC,US0378331005\n"
    first = run(only)
    assert first.exit_code == 1
    _import(_returned(first, tmp_path, _decide_on("SenseTime Group Inc")), store)
    assert run(only).exit_code == 0


def test_four_eyes(run: Any, store: Store, tmp_path: Path) -> None:
    settings = Settings(review={"four_eyes": True})
    first = run(settings=settings)
    _import(_returned(first, tmp_path, _decide_on("SenseTime Group Inc")), store)
    one = run(settings=settings)
    assert not one.report.suppressed.any()
    _import(_returned(one, tmp_path, _decide_on("SenseTime Group Inc", Reviewer="B. Second")), store)
    assert run(settings=settings).report.suppressed.any()


def test_handing_in_twice_or_an_untouched_report_records_nothing_new(
    run: Any, store: Store, tmp_path: Path
) -> None:
    path = _returned(run(), tmp_path, _decide_on("SenseTime Group Inc"))
    new = _import(path, store).new
    assert _import(path, store) == Imported(0, new, ())
    again = _import(run().written["divestment-report.xlsx"], store)
    assert (again.new, again.refused) == (0, ())


def test_an_old_report_does_not_overrule_what_was_decided_after_it(
    run: Any, store: Store, tmp_path: Path
) -> None:
    old = shutil.copy(_returned(run(), tmp_path, _decide_on("SenseTime Group Inc")), tmp_path / "old.xlsx")
    _import(Path(old), store)
    _import(_returned(run(), tmp_path, _decide_on("SenseTime Group Inc", Decision="Confirmed")), store)
    assert _import(Path(old), store).new == 0
    assert not run().report.suppressed.any()


def _shuffled(book: openpyxl.Workbook) -> None:
    """Decides, then turns the rows of the table round and deletes all others, as a sort and a filter may."""
    _decide_on("SenseTime Group Inc")(book)
    for name in ("Action", "Review"):
        sheet = book[name]
        if not sheet.tables:
            continue
        header, _ = _columns(sheet)
        ref = next(iter(sheet.tables.values())).ref
        last = sheet[ref.split(":")[1]].row
        cells = [[cell.value for cell in row] for row in sheet.iter_rows(header + 1, last)]
        for row, values in enumerate(reversed(cells), header + 1):
            for column, value in enumerate(values, 1):
                target = sheet.cell(row, column)
                if type(target).__name__ == "Cell":
                    target.value = value
        sheet.row_dimensions[header + 1].hidden = True


def _moved(book: openpyxl.Workbook) -> None:
    """Decides, then moves the columns about and the table down."""
    _decide_on("SenseTime Group Inc")(book)
    for name in ("Action", "Review"):
        old = book[name]
        if not old.tables:
            continue
        header, columns = _columns(old)
        new = book.create_sheet(f"{name} copy")
        order = sorted(columns, key=lambda heading: hash(heading) % 97)
        new.append([]), new.append(["my own notes"]), new.append(order)
        for row in range(header + 1, old.max_row + 1):
            new.append([old.cell(row, columns[heading]).value for heading in order])
        book.remove(old)


def _deleted(book: openpyxl.Workbook) -> None:
    """Decides, then deletes every other row of the sheet."""
    _decide_on("SenseTime Group Inc")(book)
    for name in ("Action", "Review"):
        if not book[name].tables:
            continue
        header, columns = _columns(book[name])
        for row in range(book[name].max_row, header, -1):
            if book[name].cell(row, columns["Decision"]).value is None:
                book[name].delete_rows(row)


@pytest.mark.parametrize("edit", [_shuffled, _moved, _deleted])
def test_rows_and_columns_may_be_moved(run: Any, store: Store, tmp_path: Path, edit: Any) -> None:
    first = run()
    expected = (first.report.findings["security"] == "SenseTime Group Inc").sum()
    done = _import(_returned(first, tmp_path, edit), store)
    assert done.refused == ()
    assert 0 < done.new <= expected
    assert {one.security for one in store.decisions()} == {"SenseTime Group Inc"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"Key": None}, "the hidden column Key is empty or was changed"),
        ({"Key": "nonsense"}, "the hidden column Key is empty or was changed"),
        ({"Key": "ffffffffffff-1-0123456789"}, "report ffffffffffff, which is not on record here"),
        ({"Security": "ANOTHER PLC"}, "it shows the security 'ANOTHER PLC' but its key is that of"),
        ({"Reviewer": None}, "without a reviewer"),
        (
            {"Decision": "Maybe"},
            "'Maybe' is no decision: choose Confirmed, False positive, Needs information",
        ),
        ({"Valid until": "soon"}, "'soon' is no day"),
        ({"Valid until": date(2026, 7, 31)}, "it was valid until 2026-07-31, which has passed"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(
    run: Any, store: Store, tmp_path: Path, cells: dict[str, Any], said: str
) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for name in ("Action", "Review"):
            if not book[name].tables:
                continue
            header, columns = _columns(book[name])
            for row in range(header + 1, book[name].max_row + 1):
                ours = book[name].cell(row, columns["Security"]).value == "SenseTime Group Inc"
                if ours and book[name].cell(row, columns["Key"]).value:
                    for heading, value in (FALSE | cells).items():
                        book[name].cell(row, columns[heading]).value = value

    done = _import(_returned(run(), tmp_path, edit), store)
    assert done.new == 0
    assert done.refused
    assert all(said in sentence for sentence in done.refused)
    assert done.refused[0].startswith(("sheet Review, row ", "sheet Action, row "))


def test_a_key_of_another_row_is_refused(run: Any, store: Store, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        _decide_on("SenseTime Group Inc")(book)
        for sheet in (book[name] for name in ("Action", "Review", "Information")):
            if not sheet.tables:
                continue
            header, columns = _columns(sheet)
            for row in range(header + 1, sheet.max_row + 1):
                key = sheet.cell(row, columns["Key"])
                if key.value:
                    number, place, check = str(key.value).split("-")
                    key.value = f"{number}-{int(place) + 1}-{check}"

    done = _import(_returned(run(), tmp_path, edit), store)
    assert done.new == 0
    assert all("its key is none of report" in sentence for sentence in done.refused)


def test_two_rows_that_contradict_each_other_are_both_refused(run: Any, store: Store, tmp_path: Path) -> None:
    double = ROWS + "SenseTime Group Inc,KYG8062L1041,9,200\n"

    def edit(book: openpyxl.Workbook) -> None:
        for sheet in (book["Action"], book["Review"]):
            if not sheet.tables:
                continue
            header, columns = _columns(sheet)
            choices = iter(["False positive", "Confirmed"] * 20)
            for row in range(header + 1, sheet.max_row + 1):
                if sheet.cell(row, columns["Security"]).value == "SenseTime Group Inc":
                    sheet.cell(row, columns["Decision"]).value = next(choices)
                    sheet.cell(row, columns["Reviewer"]).value = "A"

    done = _import(_returned(run(double), tmp_path, edit), store)
    assert any("says otherwise than sheet" in sentence for sentence in done.refused)
    assert not {one.decision for one in store.decisions()} >= {"false_positive", "confirmed"} or done.new > 1


@pytest.mark.parametrize("content", [b"no workbook", b"PK\x03\x04 rubbish"])
def test_a_file_that_is_no_report(store: Store, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.xlsx: cannot be read as a workbook"):
        _import(path, store)
    with pytest.raises(UsageError, match="no such file"):
        _import(tmp_path / "absent.xlsx", store)


def test_a_workbook_without_the_columns(store: Store, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(UsageError, match="no sheet has the columns Decision, Reviewer"):
        _import(tmp_path / "other.xlsx", store)


def test_the_drop_down_offers_the_three_decisions(run: Any) -> None:
    content = run().written["divestment-report.xlsx"].read_bytes()
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Review"]
    rules = {rule.type: rule for rule in sheet.data_validations.dataValidation}
    assert rules["list"].formula1 == '"Confirmed,False positive,Needs information"'
    header, columns = _columns(sheet)
    letter = openpyxl.utils.get_column_letter(columns["Decision"])
    assert str(rules["list"].sqref).startswith(f"{letter}{header + 1}")
    assert sheet.column_dimensions[openpyxl.utils.get_column_letter(columns["Key"])].hidden


OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_round_trip_through_libreoffice(run: Any, store: Store, tmp_path: Path, kind: str) -> None:
    path = _returned(run(), tmp_path, _decide_on("SenseTime Group Inc", Valid_until=date(2026, 12, 31)))
    out = tmp_path / "office"
    command = [
        str(OFFICE),
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        kind,
    ]
    subprocess.run([*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=300)
    done = _import(out / f"returned.{kind}", store)
    assert (done.new > 0, done.refused) == (True, ())
    assert {one.valid_until for one in store.decisions()} == {date(2026, 12, 31)}
    assert run(as_of=date(2026, 8, 2)).report.suppressed.any()
