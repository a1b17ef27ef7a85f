"""findings.csv, rows.csv and run.json, and putting all files in place together."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

from screener.errors import OutputError
from screener.findings import FINDINGS_CSV, ROWS_CSV
from screener.report import Report, write_report
from screener.report.flat import findings_csv, rows_csv
from screener.report.text import FORMULA_START, csv_safe
from screener.report.writing import put_in_place, report_files
from tests.report_samples import build, finding, mixed, outcome, reports

NAMES = ["divestment-report.html", "divestment-report.xlsx", "findings.csv", "rows.csv", "run.json"]
TEXTS = [name for name in FINDINGS_CSV if name not in ("row", "quantity", "market_value", "score")]


def _read(data: bytes) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(data),
        dtype=dict.fromkeys(TEXTS, str),
        keep_default_na=False,
        na_values={"market_value": [""]},
    )


def test_csv_columns_are_those_other_programs_read() -> None:
    report = mixed()
    assert findings_csv(report).decode().splitlines()[0] == ",".join(FINDINGS_CSV)
    assert rows_csv(report).decode().splitlines()[0] == ",".join(ROWS_CSV)


@settings(max_examples=40, deadline=None)
@given(reports())
def test_csv_comes_back_as_it_was_but_for_the_apostrophe_before_formulas(report: Report) -> None:
    back = _read(findings_csv(report))
    assert list(back.columns) == FINDINGS_CSV
    assert len(back) == len(report.findings)
    for name in ("row", "action", "until", "currency"):
        assert back[name].tolist() == report.findings[name].tolist()
    assert not back["security"].str[:1].isin(list(FORMULA_START)).any()
    for printed, own in zip(back["security"], report.findings["security"], strict=True):
        expected = own.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
        assert printed.removeprefix("'") == expected.removeprefix("'")


@settings(max_examples=40, deadline=None)
@given(reports())
def test_csv_is_what_the_csv_module_writes(report: Report) -> None:
    columns = list(FINDINGS_CSV)
    texts = {name: csv_safe(report.findings[name]) for name in TEXTS}
    rows = report.findings[columns].assign(**texts).astype("object")
    expected = io.StringIO()
    writer = csv.writer(expected, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows.where(rows.notna(), "").itertuples(index=False, name=None))
    assert findings_csv(report).decode() == expected.getvalue()


@pytest.mark.parametrize("value", [0.1, 1e-7, 1e16, 1234567.891, -0.5, 100.0, float("nan")])
def test_a_number_is_printed_so_that_it_reads_back_as_it_was(value: float) -> None:
    printed = _read(findings_csv(build([finding(market_value=value)])))["market_value"][0]
    assert printed == value or (pd.isna(printed) and pd.isna(value))


def test_numbers_printed_as_text_keep_their_sign() -> None:
    report = build([finding(security="-12.5", ours="+1 234,5 %", theirs="-cmd", why="=1+1")])
    row = _read(findings_csv(report)).iloc[0]
    assert [row["security"], row["ours"], row["theirs"], row["why"]] == [
        "-12.5",
        "+1 234,5 %",
        "'-cmd",
        "'=1+1",
    ]


def test_the_manifest_counts_what_the_report_says(tmp_path: Path) -> None:
    paths = write_report(mixed(), tmp_path, {"reading": 0.5})
    said = json.loads(paths["run.json"].read_text(encoding="utf-8"))
    assert said["counts"]["outcomes"] == {"finding": 8, "clear": 30, "not_screened": 1, "not_a_holding": 1}
    assert said["counts"]["actions"]["HOLD"] == 1
    assert said["as_of"] == "2022-01-15"
    assert said["versions"]["datasets"]["ns-cmic"].startswith("2c26")
    assert said["datasets"][0]["kept_to"] == "2021-12-16"
    assert said["timings"] == {"reading": 0.5}
    assert said["banner"] == "amber"


@pytest.mark.parametrize(
    "report", [mixed(), build((), [outcome(row=2)]), build()], ids=["mixed", "clear", "empty"]
)
def test_the_same_report_gives_the_same_bytes(report: Report, tmp_path: Path) -> None:
    first = write_report(report, tmp_path / "a")
    second = write_report(replace(report), tmp_path / "b")
    assert sorted(first) == NAMES
    for name in NAMES:
        assert first[name].read_bytes() == second[name].read_bytes(), name


def test_files_are_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_report(mixed(), tmp_path)
    write_report(build((), [outcome(row=2)]), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    assert len((tmp_path / "findings.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_a_file_that_cannot_be_replaced_leaves_all_earlier_files(tmp_path: Path) -> None:
    put_in_place({"a.txt": b"old"}, tmp_path)
    (tmp_path / "b.txt").mkdir()
    (tmp_path / "b.txt" / "kept").write_text("kept", encoding="utf-8")
    (tmp_path / "b.txt.link").symlink_to(tmp_path / "missing" / "file")
    with pytest.raises(OutputError, match="cannot be written"):
        put_in_place({"a.txt": b"new", "missing/b.txt": b"new"}, tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt", "b.txt.link"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_a_rename_that_fails_brings_earlier_files_back(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place({"a.txt": b"old a", "b.txt": b"old b"}, tmp_path)
    replace_file = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if Path(target).name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    with pytest.raises(OutputError, match=r"b\.txt.*Close it"):
        put_in_place({"new.txt": b"new", "a.txt": b"new a", "b.txt": b"new b"}, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.txt": b"old a",
        "b.txt": b"old b",
    }


def _no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_there_is_a_whole_file_under_every_name_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place({"a.txt": b"old a", "b.txt": b"old b"}, tmp_path)
    seen: list[tuple[bytes, bytes]] = []

    def look(event: str, _: object) -> None:
        if event in ("os.rename", "os.remove", "os.link") and watching:
            seen.append(((tmp_path / "a.txt").read_bytes(), (tmp_path / "b.txt").read_bytes()))

    watching = [True]
    sys.addaudithook(look)
    put_in_place({"a.txt": b"new a", "b.txt": b"new b"}, tmp_path)
    watching.clear()
    assert list(dict.fromkeys(seen)) == [(b"old a", b"old b"), (b"new a", b"old b"), (b"new a", b"new b")]


def test_the_manifest_is_put_in_place_last_and_has_the_hashes_of_the_other_files() -> None:
    files = report_files(mixed())
    *others, last = files
    assert last == "run.json"
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in others}
    assert json.loads(files[last])["written"] == hashes


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="choose another folder"):
        write_report(build((), [outcome(row=2)]), tmp_path / "file" / "out")
