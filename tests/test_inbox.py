"""The inbox: whose a file is, whether it is whole, and that taking it out never loses it."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from screener.errors import ConfigurationError, OutputError
from screener.inbox import Inbox, copy_in, inbox_of, look, patterns_of, put_folder_in_place, take_out
from screener.inbox.folder import folder_name
from screener.inbox.patterns import owner_of
from screener.night_settings import InboxRule, InboxSettings

LONG_AGO = 1_000_000.0


def inbox(folder: Path, **more: object) -> Inbox:
    made = inbox_of(InboxSettings(folder=str(folder), **more))
    made.folder.mkdir(exist_ok=True)
    return made


def put(folder: Path, relative: str, text: str = "Security,ISIN\nX,Y\n") -> Path:
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def later() -> float:
    """A clock at which everything on disk is old."""
    return time.time() + 3600


def never(seconds: float) -> None:
    raise AssertionError("there was nothing to wait for")


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "path", "portfolio", "investor", "day"),
        [
            ("{portfolio}/**", "fund-a/2026/holdings.xlsx", "fund-a", "", None),
            ("{portfolio}.*", "Fund A.v2.xlsx", "Fund A.v2", "", None),
            ("{portfolio}_{date}.csv", "pension_fund_20261123.CSV", "pension_fund", "", date(2026, 11, 23)),
            ("{portfolio}_{date}.*", "fund_2026-11-23.xlsx", "fund", "", date(2026, 11, 23)),
            ("{investor}/{portfolio}/*", "nl/scheme/x.xlsx", "scheme", "nl", None),
            ("{investor}-{portfolio}-*.xls?", "us-trust-positions q3.xlsx", "trust", "us", None),
            ("**/{portfolio}.csv", "a/b/c/x.csv", "x", "", None),
            ("**/{portfolio}.csv", "x.csv", "x", "", None),
        ],
    )
    def test_place_and_name_tell(
        self, pattern: str, path: str, portfolio: str, investor: str, day: date | None
    ) -> None:
        owner = owner_of(path, patterns_of([InboxRule(pattern=pattern)]))
        assert owner is not None
        assert (owner.portfolio, owner.investor, owner.day) == (portfolio, investor, day)

    @pytest.mark.parametrize(
        ("pattern", "path"),
        [
            ("{portfolio}/*", "holdings.xlsx"),
            ("{portfolio}/*", "a/b/holdings.xlsx"),
            ("{portfolio}_{date}.csv", "fund.csv"),
            ("{portfolio}.csv", "fundXcsv"),
        ],
    )
    def test_what_does_not_fit_is_nobodys(self, pattern: str, path: str) -> None:
        assert owner_of(path, patterns_of([InboxRule(pattern=pattern)])) is None

    def test_the_first_pattern_that_fits_counts_and_fills_in_what_the_name_leaves_out(self) -> None:
        rules = [
            InboxRule(
                pattern="trust/*", portfolio="Family trust", investor="us", recipients=("a@example.com",)
            ),
            InboxRule(pattern="{portfolio}/*", investor="nl"),
        ]
        first = owner_of("trust/x.csv", patterns_of(rules))
        assert first is not None
        assert (first.portfolio, first.investor, first.recipients) == (
            "Family trust",
            "us",
            ("a@example.com",),
        )
        second = owner_of("scheme/x.csv", patterns_of(rules))
        assert second is not None
        assert (second.portfolio, second.investor) == ("scheme", "nl")

    @pytest.mark.parametrize(
        ("pattern", "sentence"),
        [
            ("*.csv", "does not tell the portfolio"),
            ("{client}/*", "is no field.*Known fields: {portfolio}"),
            ("{portfolio}/{portfolio}.csv", "names a field twice"),
        ],
    )
    def test_a_wrong_pattern_is_named(self, pattern: str, sentence: str) -> None:
        with pytest.raises(ConfigurationError, match=sentence):
            patterns_of([InboxRule(pattern=pattern)])

    def test_digits_that_are_no_day_tell_nothing(self) -> None:
        owner = owner_of("x_20261399.csv", patterns_of([InboxRule(pattern="{portfolio}_{date}.csv")]))
        assert owner is not None
        assert owner.day is None

    @given(some.text(min_size=1, max_size=60))
    def test_a_folder_name_stays_inside_its_folder(self, name: str) -> None:
        made = folder_name(name)
        assert made
        assert made not in (".", "..")
        assert not set(made) & set('/\\:*?"<>|\0')


class TestLooking:
    def test_whole_files_are_found_and_litter_and_outcomes_are_not(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        for name in ("a/x.csv", "b.xlsx", "a/Thumbs.db", ".hidden/y.csv", "processed/z.csv", "failed/w.csv"):
            put(box.folder, name)
        seen = look(box, later(), never)
        assert [one.relative for one in seen.whole] == ["b.xlsx", "a/x.csv"]
        assert seen.unfinished == ()

    @pytest.mark.parametrize(
        "name", ["~$book.xlsx", "x.csv.part", "x.crdownload", ".x.csv.k3s", "x.tmp", "x.csv~"]
    )
    def test_names_of_unfinished_files_are_left(self, name: str, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        put(box.folder, f"a/{name}")
        seen = look(box, later(), never)
        assert seen.whole == ()
        assert [one.path.name for one in seen.unfinished] == [name]

    def test_a_file_that_grows_is_left_until_it_is_still(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in", stable_seconds=5)
        growing, still = put(box.folder, "a/growing.csv"), put(box.folder, "a/still.csv")
        waited: list[float] = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            with growing.open("a") as stream:
                stream.write("more\n")

        seen = look(box, time.time(), wait)
        assert waited == [5]
        assert [one.path for one in seen.whole] == [still]
        assert [one.path for one in seen.unfinished] == [growing]

    @pytest.mark.skipif(os.name == "nt", reason="Windows keeps no day of the entry in the folder")
    def test_a_copy_that_keeps_the_old_day_of_its_source_is_not_trusted(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in", stable_seconds=5)
        put(box.folder, "a/x.csv")
        os.utime(box.folder / "a" / "x.csv", (LONG_AGO, LONG_AGO))
        waited: list[float] = []
        look(box, time.time(), waited.append)
        assert waited == [5]

    def test_a_missing_inbox_is_told_and_not_taken_for_an_empty_one(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="the inbox cannot be read"):
            look(inbox_of(InboxSettings(folder=str(tmp_path / "nowhere"))), later(), never)

    def test_no_folder_set_is_told(self) -> None:
        with pytest.raises(ConfigurationError, match=r"inbox\.folder"):
            inbox_of(InboxSettings())


class TestTakingOut:
    def test_the_copy_is_there_before_the_original_goes(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        put(box.folder, "a/x.csv", "content")
        (arrival,) = look(box, later(), never).whole
        copy, digest = copy_in(arrival, box.processed / ".making")
        assert arrival.path.read_bytes() == copy.read_bytes() == b"content"
        final = box.outcome_folder(good=True, day=date(2026, 11, 24), portfolio="a", run="0123456789abcdef")
        put_folder_in_place(copy.parent, final)
        assert (final / "x.csv").is_file()
        assert take_out(arrival.path, digest) == ""
        assert not arrival.path.exists()
        assert take_out(arrival.path, digest) == "", "a second time, after a crash, does no harm"

    def test_a_file_that_changed_meanwhile_stays(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        path = put(box.folder, "a/x.csv", "old")
        (arrival,) = look(box, later(), never).whole
        copy, digest = copy_in(arrival, box.processed / ".making")
        path.write_text("newer")
        assert take_out(arrival.path, digest) == ""
        assert (path.read_text(), copy.read_text()) == ("newer", "old")

    def test_two_files_of_one_name_do_not_write_over_each_other(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        put(box.folder, "a/1/x.csv", "one")
        put(box.folder, "a/2/x.csv", "two")
        copies = [copy_in(one, box.processed / ".making")[0] for one in look(box, later(), never).whole]
        assert [copy.name for copy in copies] == ["x.csv", "x (2).csv"]
        assert [copy.read_text() for copy in copies] == ["one", "two"]

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs rights that can be taken away")
    def test_a_read_only_inbox_keeps_the_file_and_says_so(self, tmp_path: Path) -> None:
        box = inbox(tmp_path / "in")
        put(box.folder, "a/x.csv")
        (arrival,) = look(box, later(), never).whole
        _, digest = copy_in(arrival, tmp_path / "out")
        (box.folder / "a").chmod(0o500)
        try:
            assert "cannot be taken out" in take_out(arrival.path, digest)
        finally:
            (box.folder / "a").chmod(0o700)
