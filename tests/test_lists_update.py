"""Updating from a real server: what is fetched, what is kept, and what each fault leaves in force."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from screener.errors import ConfigurationError
from screener.lists import cautions, diff, load_restricted, status, update
from screener.lists.config import Gate, ListsConfig, read_config
from screener.lists.store import Store
from screener.lists.update import UpdateResult
from tests.list_samples import QUICK, SAMPLES, Answer, ListServer, config_of, small_source

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TODAY = NOW.date()
UN = (SAMPLES / "un.xml").read_bytes()
PATH = "/consolidated.xml"
GATES = (
    Gate("min_entries", 2, "error"),
    Gate("max_change", 0.6, "error"),
    Gate("sentinels", ["EXAMPLE TRADING COMPANY"], "error"),
    Gate("max_age_days", 7, "error"),
)


@pytest.fixture
def server() -> Iterator[ListServer]:
    with ListServer().running() as running:
        yield running


@pytest.fixture
def config(server: ListServer, tmp_path: Path) -> ListsConfig:
    """The UN sample, served and fetched once."""
    made = config_of(
        tmp_path / "lists", small_source("un", {"consolidated.xml": server.serve(PATH, UN)}, *GATES)
    )
    assert once(made).outcome == "new"
    return made


def once(config: ListsConfig, now: datetime = NOW, **more: Any) -> UpdateResult:
    (result,) = update(config, now=now, **more)
    return result


def second_file() -> bytes:
    """The sample of another day, with one entry fewer and one more."""
    text = UN.decode().replace("2026-02-27", "2026-03-01").replace("QDe.902", "QDe.903")
    return text.replace("AL-QAIDA EXAMPLE FUND", "ANOTHER EXAMPLE FUND").encode()


class TestOrdinaryUpdates:
    def test_the_list_is_fetched_examined_and_in_force(self, config: ListsConfig) -> None:
        restricted = load_restricted(config)
        assert {"un:KPe.901", "un:QDe.902"} <= set(restricted.entities["entity_id"])
        dataset = restricted.datasets[0]
        assert (dataset.name, dataset.programmes, dataset.kept_to) == ("un", ("UN",), date(2026, 2, 27))
        assert status(config, TODAY)["health"].tolist() == ["ok"]

    def test_nothing_new_asks_conditionally_and_writes_no_version(
        self, config: ListsConfig, server: ListServer
    ) -> None:
        result = once(config, NOW + timedelta(days=1))
        assert result.outcome == "unchanged"
        assert "If-None-Match" in {name.title() for name in server.asked[-1][1]}
        assert len(Store(config.folder).versions("un")) == 1

    def test_a_confirmation_by_304_makes_the_version_young_again(self, config: ListsConfig) -> None:
        later = NOW + timedelta(days=8)
        assert status(config, later.date())["health"].item() == "failed"
        once(config, later)
        assert status(config, later.date())["health"].item() == "ok"

    def test_the_same_bytes_without_an_etag_are_no_new_version(
        self, config: ListsConfig, server: ListServer
    ) -> None:
        server.answers[PATH] = Answer(UN)
        assert once(config).outcome == "unchanged"

    def test_a_second_file_says_who_left_and_who_joined(
        self, config: ListsConfig, server: ListServer
    ) -> None:
        server.serve(PATH, second_file())
        config = config_of(config.folder, replace(config.sources[0], gates=()))
        result = once(config, NOW + timedelta(days=1))
        assert (result.outcome, result.added, result.removed) == ("new", 1, 1)
        restricted = load_restricted(config)
        left = restricted.events[restricted.events["listing_id"] == "un:QDe.902/UN"]
        assert left[["event", "at"]].to_numpy().tolist() == [
            ["listed", "2010-01-05"],
            ["removed", "2026-03-01"],
        ]
        assert "un:QDe.902" in set(restricted.entities["entity_id"])

    def test_an_entry_that_comes_back_is_listed_again(self, config: ListsConfig, server: ListServer) -> None:
        config = config_of(config.folder, replace(config.sources[0], gates=()))
        for day, content in ((1, second_file()), (2, UN.replace(b"2026-02-27", b"2026-03-02"))):
            server.serve(PATH, content)
            once(config, NOW + timedelta(days=day))
        events = load_restricted(config).events
        told = events[events["listing_id"] == "un:QDe.902/UN"].sort_values("at")
        assert told[["event", "at"]].to_numpy().tolist() == [
            ["listed", "2010-01-05"],
            ["removed", "2026-03-01"],
            ["listed", "2026-03-02"],
        ]

    def test_what_was_known_on_an_earlier_day(self, config: ListsConfig, server: ListServer) -> None:
        server.serve(PATH, second_file())
        once(config_of(config.folder, replace(config.sources[0], gates=())), NOW + timedelta(days=5))
        before = load_restricted(config, TODAY)
        assert "un:QDe.903" not in set(before.entities["entity_id"])
        assert "un:QDe.903" in set(load_restricted(config).entities["entity_id"])
        assert [one.name for one in load_restricted(config, TODAY - timedelta(days=1)).datasets] == [
            "starter"
        ]

    def test_diff_between_days_and_versions(self, config: ListsConfig, server: ListServer) -> None:
        server.serve(PATH, second_file().replace(b"EXAMPLE GENERAL TRADING", b"EXAMPLE TRADE"))
        once(config_of(config.folder, replace(config.sources[0], gates=())), NOW + timedelta(days=1))
        changes = diff(config, "2026-03-02", "2026-03-03")
        told = set(changes[["change", "entity_id", "what"]].itertuples(index=False, name=None))
        assert ("added", "un:QDe.903", "entity") in told
        assert ("removed", "un:QDe.902", "entity") in told
        renamed = changes[changes["what"] == "names"].iloc[0]
        assert (renamed["before"], renamed["after"]) == (
            "EXAMPLE GENERAL TRADING (strong)",
            "EXAMPLE TRADE (strong)",
        )
        names = Store(config.folder).versions("un")
        by_hash = diff(config, *(name.partition("-")[2] for name in names))
        pd.testing.assert_frame_equal(by_hash, changes)

    def test_redirects_are_followed(self, server: ListServer, tmp_path: Path) -> None:
        server.answers["/old"] = Answer(status=301, headers={"Location": server.serve(PATH, UN)})
        config = config_of(tmp_path, small_source("un", {"c.xml": server.address("/old")}))
        assert once(config).outcome == "new"

    def test_progress_is_told(self, config: ListsConfig, server: ListServer) -> None:
        server.serve(PATH, second_file())
        told: list[Any] = []
        once(config, NOW, progress=told.append)
        assert told[-1].done == told[-1].total == len(second_file())

    def test_a_file_in_the_drop_folder_is_read_in_place_of_a_download(
        self, server: ListServer, tmp_path: Path
    ) -> None:
        config = config_of(tmp_path, small_source("un", {"c.xml": server.address("/nowhere")}))
        drop = config.drop_folder(config.sources[0])
        drop.mkdir(parents=True)
        shutil.copy(SAMPLES / "un.xml", drop / "downloaded by hand.xml")
        assert once(config).outcome == "new"
        assert not server.asked

    def test_a_house_list_is_a_path(self, tmp_path: Path) -> None:
        config = config_of(tmp_path, small_source("house", {"house.xlsx": str(SAMPLES / "house.xlsx")}))
        assert once(config).outcome == "new"
        assert "HOUSE" in set(load_restricted(config).listings["programme"])

    def test_a_change_of_codes_reads_the_kept_files_anew(self, config: ListsConfig) -> None:
        source = config.sources[0]
        known = {**source.codes.known, "DPRK": "UN-DPRK"}
        changed = config_of(config.folder, replace(source, codes=replace(source.codes, known=known)))
        assert once(changed, NOW + timedelta(days=1)).outcome == "new"
        restricted = load_restricted(changed)
        listing = restricted.listings[restricted.listings["entity_id"] == "un:KPe.901"]
        assert listing["programme"].tolist() == ["UN-DPRK"]

    def test_a_version_whose_files_are_refused_today_does_not_bar_the_next(
        self, config: ListsConfig, server: ListServer
    ) -> None:
        """An earlier parser took the first of two files in silence; its version is still what the next one follows."""
        (manifest,) = config.folder.glob("versions/un/*/manifest.json")
        told = json.loads(manifest.read_text(encoding="utf-8"))
        told |= {
            "parser": "0-earlier",
            "snapshots": {**told["snapshots"], "b.xml": told["snapshots"]["consolidated.xml"]},
        }
        manifest.write_text(json.dumps(told), encoding="utf-8")
        server.serve(PATH, second_file())
        result = once(config_of(config.folder, replace(config.sources[0], gates=())), NOW + timedelta(days=1))
        assert (result.outcome, result.added, result.removed) == ("new", 1, 1), result.message

    def test_snapshots_are_compressed_and_named_by_content(self, config: ListsConfig) -> None:
        version = Store(config.folder).latest("un")
        assert version is not None
        (snapshot,) = version.snapshots.values()
        (path,) = config.folder.glob("snapshots/*/*.gz")
        assert path.name == f"{snapshot.sha256}.gz"
        assert gzip.decompress(path.read_bytes()) == UN


def stall(request: BaseHTTPRequestHandler) -> None:
    """Promises a file, sends a little, and then nothing."""
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(UN[:100])
    request.wfile.flush()
    time.sleep(1.5)


def break_off(request: BaseHTTPRequestHandler) -> None:
    """Promises more than it sends."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(UN) + 1000))
    request.end_headers()
    request.wfile.write(UN)


def endless(request: BaseHTTPRequestHandler) -> None:
    """Two gigabytes, if somebody takes them."""
    request.send_response(200)
    request.end_headers()
    try:
        for _ in range(2_000):
            request.wfile.write(b"<x/>" * 250_000)
    except ConnectionError:
        pass


def unpacks_large(request: BaseHTTPRequestHandler) -> None:
    """A small body that decompresses to far more than is taken."""
    body = gzip.compress(b"<CONSOLIDATED_LIST>" + b" " * 30_000_000)
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    with contextlib.suppress(ConnectionError):
        request.wfile.write(body)


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><CONSOLIDATED_LIST>&a;</CONSOLIDATED_LIST>'
FAULTS: dict[str, tuple[Answer, str, str]] = {
    "403": (Answer(b"no", 403), "failed", "answered 403 Forbidden.*drop folder"),
    "404": (Answer(b"no", 404), "failed", "answered 404 Not Found.*The address has moved"),
    "429": (Answer(b"slow", 429, {"Retry-After": "0"}), "failed", "answered 429 .* after 2 attempts"),
    "500": (Answer(b"oops", 500), "failed", "answered 500 .* after 2 attempts"),
    "error page": (Answer(b"<!doctype html><html>Maintenance</html>"), "failed", "is a web page, not a list"),
    "empty": (Answer(b""), "failed", "is empty"),
    "truncated": (Answer(UN[: len(UN) // 2]), "failed", "not well-formed XML.*truncated"),
    "cut connection": (Answer(act=break_off), "failed", "the connection broke"),
    "wrong encoding": (Answer("x".encode("utf-16") + UN), "failed", "not XML|UTF-16|not well-formed"),
    "entity bomb": (Answer(BOMB), "failed", "declares a document type or entities"),
    "stall": (Answer(act=stall), "failed", "the connection stalled for 0.4 seconds"),
    "too large": (Answer(act=endless), "failed", "larger than 20 MB"),
    "unpacks too large": (Answer(act=unpacks_large), "failed", "larger than 20 MB"),
    "no entries": (
        Answer(b"<CONSOLIDATED_LIST><ENTITIES/></CONSOLIDATED_LIST>"),
        "refused",
        "the list is empty",
    ),
    "too few": (
        Answer(UN.replace(b"REFERENCE_NUMBER>QDe.902<", b"REFERENCE_NUMBER>KPe.901<")),
        "refused",
        "1 entries, fewer than 2",
    ),
    "sentinel gone": (
        Answer(UN.replace(b"EXAMPLE TRADING COMPANY", b"SOMEBODY ELSE")),
        "refused",
        "must be on this list and is not",
    ),
    "everything changed": (
        Answer(second_file().replace(b"KPe.901", b"KPe.999")),
        "refused",
        "of the last version; 60% is allowed",
    ),
    "an older file": (
        Answer(UN.replace(b"2026-02-27", b"2025-12-31")),
        "refused",
        "older than the one in force",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_last_good_version_in_force_and_is_told(
    fault: str, config: ListsConfig, server: ListServer
) -> None:
    answer, outcome, sentence = FAULTS[fault]
    source = replace(config.sources[0], max_megabytes=20)
    config = config_of(config.folder, source)
    before = load_restricted(config)
    server.answers[PATH] = answer
    result = once(config, NOW + timedelta(days=1))

    assert result.outcome == outcome
    assert result.message.startswith("un: ")
    assert pd.Series([result.message]).str.contains(sentence).item(), result.message
    after = load_restricted(config)
    assert after.datasets == before.datasets
    pd.testing.assert_frame_equal(after.events, before.events)
    row = status(config, TODAY).iloc[0]
    assert row["health"] == "failed"
    assert result.message in row["reasons"]
    told = cautions(config, after, TODAY, TODAY).failures
    assert told == (f"{result.message} The version of 2026-02-27 stays in force.",)

    server.serve(PATH, second_file().replace(b"QDe.903", b"QDe.902"))
    assert once(config, NOW + timedelta(days=2)).outcome == "new"
    assert status(config, TODAY)["health"].item() == "ok"


def test_an_unasked_304_brings_nothing(server: ListServer, config: ListsConfig) -> None:
    """Nothing was fetched from the new address, so that nothing of it can be unchanged."""
    server.answers["/moved"] = Answer(status=304)
    moved = config_of(
        config.folder, replace(config.sources[0], addresses={"consolidated.xml": server.address("/moved")})
    )
    result = once(moved, NOW + timedelta(days=1))
    assert result.outcome == "failed"
    assert re.match(
        r"un: .*/moved: the server answered 304 Not Modified\. .*a cache in between", result.message
    )
    assert load_restricted(moved).datasets[0].kept_to == date(2026, 2, 27)
    assert status(moved, TODAY)["health"].item() == "failed"
    server.serve("/moved", second_file().replace(b"QDe.903", b"QDe.902"))
    assert once(moved, NOW + timedelta(days=2)).outcome == "new"
    assert status(moved, TODAY)["health"].item() == "ok"


def test_an_address_that_serves_an_old_file_forever_is_told_by_the_update(
    config: ListsConfig, server: ListServer
) -> None:
    gates = (*GATES, Gate("max_file_age_days", 30, "error"))
    strict = config_of(config.folder, replace(config.sources[0], gates=gates))
    fresh, late = once(strict, NOW + timedelta(days=1)), once(strict, NOW + timedelta(days=60))
    assert (fresh.outcome, fresh.usable) == (late.outcome, not late.usable) == ("unchanged", True)
    assert [one.sentence for one in late.too_old] == [
        "the file is of 2026-02-27, 63 days ago; 30 are allowed (its address may have changed)"
    ]
    server.serve(PATH, second_file().replace(b"QDe.903", b"QDe.902"))
    new = once(strict, NOW + timedelta(days=61))
    assert (new.outcome, new.usable) == ("new", False)


def test_a_first_fetch_that_fails_is_never_all_clear(server: ListServer, tmp_path: Path) -> None:
    config = config_of(tmp_path, small_source("un", {"c.xml": server.address("/nowhere")}))
    assert once(config).outcome == "failed"
    told = cautions(config, load_restricted(config), TODAY, TODAY).failures
    assert len(told) == 1
    assert "No version of this list is in force" in told[0]


def test_one_source_that_fails_does_not_stop_the_others(server: ListServer, tmp_path: Path) -> None:
    bad = small_source("eu", {"eu.xml": server.address("/nowhere")})
    good = small_source("un", {"un.xml": server.serve(PATH, UN)})
    assert [one.outcome for one in update(config_of(tmp_path, bad, good), now=NOW)] == ["failed", "new"]


def test_a_refused_file_can_be_accepted_by_hand(config: ListsConfig, server: ListServer) -> None:
    server.answers[PATH] = Answer(UN.replace(b"EXAMPLE TRADING COMPANY", b"SOMEBODY ELSE"))
    assert once(config).outcome == "refused"
    accepted = once(config, accept=("un",))
    assert accepted.outcome == "new"
    assert [one.check for one in accepted.failing] == ["sentinels"]
    assert "must be on this list" in status(config, TODAY)["reasons"].item()


def test_past_its_age_a_list_refuses_the_run(config: ListsConfig) -> None:
    restricted, late = load_restricted(config), TODAY + timedelta(days=8)
    told = cautions(config, restricted, late, late)
    assert len(told.refusals) == 1
    assert "confirmed it 8 days ago" in told.refusals[0]
    assert not cautions(config, restricted, late, late, as_known_on=TODAY).refusals


def test_a_question_before_the_first_undated_file_is_warned_of(server: ListServer, tmp_path: Path) -> None:
    address = server.serve("/cons_prim.csv", SAMPLES / "ofac_legacy" / "cons_prim.csv")
    config = config_of(tmp_path, small_source("ofac_cons", {"cons_prim.csv": address}))
    once(config)
    restricted = load_restricted(config)
    warnings = cautions(config, restricted, date(2022, 1, 1), TODAY).warnings
    assert any(one.startswith("SSI: 1 listings are on the file of 2026-03-01") for one in warnings)
    assert not any(one.startswith("NS-CMIC") for one in warnings)


class TestConfiguration:
    def test_the_shipped_file_is_valid_and_names_official_addresses(self, tmp_path: Path) -> None:
        config = read_config(tmp_path)
        fetched = [source for source in config.sources if source.enabled]
        assert [one.name for one in fetched] == ["ofac_sdn", "ofac_cons", "csl", "un", "eu", "uk"]
        assert all(address.startswith("https://") for one in fetched for address in one.addresses.values())
        assert all(
            one.gate("min_entries") and one.gate("max_age_days") and one.gate("sentinels") for one in fetched
        )

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ("[fetch]\nspeed = 1", "fetch.speed: unknown key"),
            ('[fetch]\nattempts = "4"', "fetch.attempts"),
            ('[source.x]\ntitle = "X"', "source.x.parser: is missing"),
            ('[source.x]\ntitle="X"\nparser="pdf"\ncodes="c"\naddresses={}', "no parser 'pdf'"),
            ('[source.x]\ntitle="X"\nparser="un"\ncodes="c"\naddresses={}', r"no table \[codes.c\]"),
            (
                '[source.x]\ntitle="X"\nparser="un"\ncodes="c"\naddresses={}\ngates=[{check="luck"}]\n[codes.c]',
                "unknown gate",
            ),
            ("[codes.c]\nUN = 'Iran'", "codes.c.UN"),
        ],
    )
    def test_a_wrong_key_is_named(self, wrong: str, sentence: str, tmp_path: Path) -> None:
        path = tmp_path / "lists.toml"
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=sentence):
            read_config(tmp_path, path)

    def test_patience_is_short_in_these_tests_only(self) -> None:
        assert QUICK.timeout_seconds < read_config(Path("unused")).fetching.timeout_seconds
