"""Files kept under other names than their owner's, each read with its own profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZipFile

from screener.holdings import make_profile, read_file, save_profile
from screener.job import RunRequest, run
from screener.settings import Settings

_CSV = "Name;ISIN;Stuks\nCNOOC LTD;HK0883013259;100\n"


def _request(tmp_path: Path, *names: str, profiles: dict[Path, Path] | None = None) -> RunRequest:
    files = tuple(tmp_path / f"{number}.upload" for number in range(1, len(names) + 1))
    return RunRequest(
        files,
        date(2026, 8, 1),
        tmp_path / "out",
        "us",
        names=dict(zip(files, names, strict=True)),
        profiles=profiles or {},
    )


def test_the_report_calls_a_file_by_its_owners_name(tmp_path: Path) -> None:
    (tmp_path / "1.upload").write_text(_CSV, encoding="utf-8")
    (tmp_path / "2.upload").write_bytes(b"")
    report = run(_request(tmp_path, "Höldings Q3.csv", "empty.csv"), Settings()).report
    assert [file.name for file in report.files] == ["Höldings Q3.csv", "empty.csv"]
    assert report.files[0].holdings == 1
    assert report.files[1].failure.startswith("empty.csv: is empty")
    for frame in (report.findings, report.outcomes, report.columns):
        assert set(frame["file"]) == {"Höldings Q3.csv"}


def test_files_of_an_archive_keep_their_names_behind_its_own(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "1.upload", "w") as archive:
        archive.writestr("a.csv", _CSV)
    report = run(_request(tmp_path, "quarter.zip"), Settings()).report
    assert set(report.outcomes["file"]) == {"quarter.zip/a.csv"}


def test_each_file_is_read_with_its_own_profile(tmp_path: Path) -> None:
    first, second = tmp_path / "1.upload", tmp_path / "2.upload"
    first.write_text(_CSV, encoding="utf-8")
    second.write_text("Security,Units\nXIAOMI CORP,5\n", encoding="utf-8")
    profile = make_profile(read_file(first), "mine")
    profile.tables[0].columns["Stuks"] = "price"
    save_profile(profile, tmp_path / "mine.toml")
    request = _request(tmp_path, "a.csv", "b.csv", profiles={first: tmp_path / "mine.toml"})
    report = run(request, Settings()).report
    assert report.run_id != run(replace(request, profiles={}), Settings()).report.run_id
    columns = report.columns
    taken = dict(zip(columns["heading"], columns["field"], strict=True))
    assert (taken["Stuks"], taken["Units"]) == ("price", "quantity")
