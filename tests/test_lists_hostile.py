"""What servers, proxies and hands do to lists: every one leaves the last good version in force, red, and heals."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from screener.errors import ConfigurationError
from screener.lists import cautions, load_restricted, status, update
from screener.lists.config import Gate, ListsConfig, read_config
from tests.list_samples import QUICK, SAMPLES, Answer, ListServer, config_of, small_source

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LEGACY = (SAMPLES / "ofac_legacy" / "cons_prim.csv").read_bytes()
UN = (SAMPLES / "un.xml").read_bytes()
PATH = "/list"


@pytest.fixture
def server() -> Iterator[ListServer]:
    with ListServer().running() as running:
        yield running


def _config(
    server: ListServer, folder: Path, source: str, file: str, content: bytes, *gates: Gate
) -> ListsConfig:
    made = config_of(folder, small_source(source, {file: server.serve(PATH, content)}, *gates))
    assert [one.outcome for one in update(made, now=NOW)] == ["new"]
    return made


def _moved(content: bytes) -> bytes:
    """Every row with its first cell at its end."""
    rows = [row.partition(b",") for row in content.rstrip(b"\x1a\r\n").split(b"\r\n")]
    return b"\r\n".join(rest + b"," + first for first, _, rest in rows) + b"\r\n\x1a"


def _shortened(content: bytes) -> bytes:
    """Cut off exactly between two rows, so that what is left is well-formed."""
    return b"\r\n".join(content.split(b"\r\n")[:-3]) + b"\r\n"


EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><CONSOLIDATED_LIST>&a;</CONSOLIDATED_LIST>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>'
PAGE = b"\n<!-- gateway -->\n<HTML><body>Access denied by your organisation</body></HTML>"

CSV_FAULTS = {
    "cut in mid-row": (LEGACY[: len(LEGACY) // 2], "failed", "truncated"),
    "cut between two rows": (_shortened(LEGACY), "refused", r"mark of the end \(Ctrl-Z\) is missing"),
    "columns moved": (_moved(LEGACY), "failed", "The columns have moved"),
    "a column more": (
        LEGACY.replace(b"\r\n", b',"x"\r\n'),
        "failed",
        "row 1 has 13 columns, the format has 12",
    ),
    "UTF-16": (LEGACY.decode("cp1252").encode("utf-16"), "failed", "UTF-16"),
    "zero bytes": (LEGACY[:200] + b"\x00" * 9 + LEGACY[200:], "failed", "zero bytes"),
    "a page of the proxy": (PAGE, "failed", "is a web page, not a list"),
    "compressed": (gzip.compress(LEGACY), "failed", r"is a compressed file \(gzip\)"),
    "another list of the publisher": (
        (SAMPLES / "ofac_legacy" / "cons_alt.csv").read_bytes(),
        "failed",
        "row 1 has 5",
    ),
    "another publisher's list": (UN, "failed", "no format of OFAC's lists"),
}
XML_FAULTS = {
    "external entity": (Answer(EXTERNAL), "failed", "declares a document type or entities"),
    "entity bomb": (Answer(LAUGHS), "failed", "declares a document type or entities"),
    "a page of the proxy": (Answer(PAGE), "failed", "is a web page, not a list"),
    "compressed": (Answer(gzip.compress(UN)), "failed", r"is a compressed file \(gzip\)"),
    "said to be compressed": (Answer(UN, headers={"Content-Encoding": "gzip"}), "failed", "decompressing"),
    "half an answer": (Answer(UN[:900], 206), "failed", "206 Partial Content"),
    "no content": (Answer(b"", 204), "failed", "204 No Content"),
    "redirects in a circle": (
        Answer(status=302, headers={"Location": PATH}),
        "failed",
        "maximum allowed redirects",
    ),
    "redirect elsewhere": (
        Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "failed",
        "unsupported protocol",
    ),
    "another list": (Answer((SAMPLES / "eu.xml").read_bytes()), "failed", "begins with <export>"),
}


def _heals(config: ListsConfig, server: ListServer, answer: Answer, sentence: str) -> str:
    """The outcome of a bad answer, after looking that nothing changed, that it is told, and that it passes."""
    good, before = server.answers[PATH], load_restricted(config)
    server.answers[PATH] = answer
    (result,) = update(config, now=NOW + timedelta(days=1))
    name, today = config.sources[0].name, NOW.date() + timedelta(days=1)
    assert result.message.startswith(f"{name}: ")
    assert re.search(sentence, result.message), result.message
    after = load_restricted(config)
    assert after.datasets == before.datasets
    assert after.listings.equals(before.listings)
    assert status(config, today)["health"].item() == "failed"
    assert cautions(config, after, today, today).failures
    server.answers[PATH] = good
    (healed,) = update(config, now=NOW + timedelta(days=2))
    assert healed.outcome == "unchanged"
    assert status(config, today)["health"].item() == "ok"
    return result.outcome


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_damaged_csv_file(fault: str, server: ListServer, tmp_path: Path) -> None:
    content, outcome, sentence = CSV_FAULTS[fault]
    config = _config(server, tmp_path, "ofac_cons", "cons_prim.csv", LEGACY, Gate("min_entries", 1, "error"))
    assert _heals(config, server, Answer(content), sentence) == outcome


@pytest.mark.parametrize("fault", XML_FAULTS)
def test_a_damaged_xml_file(fault: str, server: ListServer, tmp_path: Path) -> None:
    answer, outcome, sentence = XML_FAULTS[fault]
    config = _config(server, tmp_path, "un", "consolidated.xml", UN, Gate("min_entries", 1, "error"))
    assert _heals(config, server, answer, sentence) == outcome


class TestGoneAtOnce:
    def _entries(self, number: int) -> bytes:
        rows = LEGACY.rstrip(b"\x1a\r\n").split(b"\r\n")
        _, _, rest = rows[0].partition(b",")
        return b"\r\n".join(b"%d,%s" % (1000 + each, rest) for each in range(number)) + b"\r\n\x1a"

    @pytest.mark.parametrize(("left", "outcome"), [(98, "new"), (90, "refused")])
    def test_a_few_may_leave_a_list_and_many_may_not(
        self, left: int, outcome: str, server: ListServer, tmp_path: Path
    ) -> None:
        gate = Gate("max_removed", 0.05, "error")
        config = _config(server, tmp_path, "ofac_cons", "cons_prim.csv", self._entries(100), gate)
        server.serve(PATH, self._entries(left))
        (result,) = update(config, now=NOW + timedelta(days=1))
        assert result.outcome == outcome
        assert outcome == "new" or "10 listings of the last version are gone at once, 10.0%" in result.message

    def test_the_shipped_sources_all_have_that_gate(self, tmp_path: Path) -> None:
        fetched = [one for one in read_config(tmp_path).sources if one.enabled]
        assert all(one.gate("max_removed") for one in fetched)

    def test_yesterdays_file_is_known_by_its_bytes(self, server: ListServer, tmp_path: Path) -> None:
        """A legacy file prints no day, and a server may state none."""
        config = _config(server, tmp_path, "ofac_cons", "cons_prim.csv", self._entries(100))
        server.answers[PATH] = Answer(self._entries(101))
        assert update(config, now=NOW + timedelta(days=1))[0].outcome == "new"
        server.answers[PATH] = Answer(self._entries(100))
        (result,) = update(config, now=NOW + timedelta(days=2))
        assert result.outcome == "refused"
        assert "the file is the one fetched on 2026-03-02, which a later one has replaced" in result.message
        assert update(config, now=NOW + timedelta(days=3), accept=("ofac_cons",))[0].outcome == "new"

    def test_a_day_that_nobody_stated_does_not_make_the_next_file_old(
        self, server: ListServer, tmp_path: Path
    ) -> None:
        config = _config(server, tmp_path, "ofac_cons", "cons_prim.csv", self._entries(100))
        server.answers[PATH] = Answer(self._entries(101))
        assert update(config, now=NOW + timedelta(days=9))[0].version.published == "2026-03-11"  # type: ignore[union-attr]
        server.serve(PATH, self._entries(102), Last_Modified="Tue, 10 Mar 2026 00:00:00 GMT")
        assert update(config, now=NOW + timedelta(days=10))[0].outcome == "new"


class TestRetiredAddresses:
    OFSI = "https://ofsistorage.blob.core.windows.net/publishlive/2022format/ConList.csv"

    def test_the_old_address_of_the_uk_list_is_refused_by_name(self, tmp_path: Path) -> None:
        config = replace(read_config(tmp_path), sources=(small_source("uk", {"ConList.csv": self.OFSI}),))
        (result,) = update(config, now=NOW)
        assert result.outcome == "failed"
        assert "OFSI's consolidated list, retired on 28 January 2026" in result.message
        assert "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv" in result.message

    def test_its_file_is_refused_wherever_it_comes_from(self, server: ListServer, tmp_path: Path) -> None:
        old = b"Last Updated,28/01/2026\nName 6,Name 1,Group Type,Listed On,Group ID\nEXAMPLE,,Entity,01/01/2020,1\n"
        config = config_of(tmp_path, small_source("uk", {"x.csv": server.serve(PATH, old)}))
        assert "retired on 28 January 2026" in update(config, now=NOW)[0].message

    def test_a_redirect_to_it_is_refused_too(self, server: ListServer, tmp_path: Path) -> None:
        server.answers["/new"] = Answer(
            status=302, headers={"Location": server.serve("/retired/x.csv", b"x")}
        )
        base = config_of(tmp_path, small_source("uk", {"x.csv": server.address("/new")}))
        retired = replace(read_config(tmp_path).retired[0], address="/retired/")
        assert "retired on 28 January 2026" in update(replace(base, retired=(retired,)), now=NOW)[0].message


class TestOwnTableOfLists:
    """A file of one's own says only what differs from the shipped one."""

    def test_it_is_laid_over_the_shipped_one(self, tmp_path: Path) -> None:
        own = tmp_path / "mine.toml"
        own.write_text(
            '[fetch]\nproxy = "http://proxy.example.com:8080"\n[source.house]\nenabled = true\n'
            'addresses = { "mine.csv" = "mine.csv" }\n[source.eu]\nenabled = false\n[codes.eu]\nEU-FREEZE = ["NEWCODE"]\n',
            encoding="utf-8",
        )
        shipped, config = read_config(tmp_path), read_config(tmp_path, own)
        assert [one.name for one in config.sources] == [one.name for one in shipped.sources]
        assert config.fetching == replace(shipped.fetching, proxy="http://proxy.example.com:8080")
        house, eu, un = (config.source(name) for name in ("house", "eu", "un"))
        assert house is not None and eu is not None
        assert dict(house.addresses) == {"mine.csv": str(tmp_path / "mine.csv")}
        assert (house.enabled, eu.enabled, un) == (True, False, shipped.source("un"))
        assert eu.codes.programme("NEWCODE") == eu.codes.programme("BLR") == "EU-FREEZE"

    @pytest.mark.parametrize(
        ("wrong", "key"),
        [
            ("[source.un]\nenabeld = true", "source.un.enabeld"),
            ("[retired.x]\naddress = 'y'", "retired.x.what"),
        ],
    )
    def test_a_wrong_key_names_the_own_file(self, wrong: str, key: str, tmp_path: Path) -> None:
        own = tmp_path / "mine.toml"
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=rf"mine\.toml: {key}"):
            read_config(tmp_path, own)


def _relay(request: BaseHTTPRequestHandler) -> None:
    """What a proxy does: the whole address is asked of it, and it fetches."""
    answer = httpx.get(request.path, trust_env=False)
    request.send_response(answer.status_code)
    request.send_header("Content-Length", str(len(answer.content)))
    request.end_headers()
    request.wfile.write(answer.content)


class TestWithoutDirectInternet:
    def test_a_proxy_is_asked_in_place_of_the_publisher(self, server: ListServer, tmp_path: Path) -> None:
        address = server.serve("/consolidated.xml", UN)
        with ListServer().running() as proxy:
            proxy.answers[address] = Answer(act=_relay)
            fetching = replace(QUICK, proxy=proxy.address(""), timeout_seconds=5, total_seconds=20)
            config = config_of(tmp_path, small_source("un", {"consolidated.xml": address}), fetching=fetching)
            assert update(config, now=NOW)[0].outcome == "new"
            assert [path for path, _ in proxy.asked] == [address]

    @pytest.mark.parametrize(
        ("status_code", "sentence"),
        [(403, "drop folder"), (407, "The proxy wants a login"), (0, "fetch.proxy")],
    )
    def test_what_is_wrong_with_a_proxy_is_told(
        self, status_code: int, sentence: str, server: ListServer, tmp_path: Path
    ) -> None:
        proxy = server.address("") if status_code else "http://127.0.0.1:9"
        server.answers["http://publisher.example.com/x.xml"] = Answer(b"no", status_code)
        fetching = replace(QUICK, proxy=proxy)
        config = config_of(
            tmp_path, small_source("un", {"x.xml": "http://publisher.example.com/x.xml"}), fetching=fetching
        )
        (result,) = update(config, now=NOW)
        assert result.outcome == "failed"
        assert sentence in result.message

    def test_a_file_in_the_drop_folder_ages_until_it_is_replaced(self, tmp_path: Path) -> None:
        gates = (Gate("max_age_days", 7, "error"), Gate("min_entries", 1, "error"))
        config = config_of(tmp_path, small_source("un", {"x.xml": "http://127.0.0.1:9/x.xml"}, *gates))
        dropped = config.drop_folder(config.sources[0]) / "un.xml"
        dropped.parent.mkdir(parents=True)
        dropped.write_bytes(UN)
        _touch(dropped, NOW)
        assert update(config, now=NOW)[0].outcome == "new"
        later = NOW + timedelta(days=9)
        assert update(config, now=later)[0].outcome == "unchanged"
        restricted = load_restricted(config)
        (refusal,) = cautions(config, restricted, later.date(), later.date()).refusals
        assert "confirmed it 9 days ago" in refusal
        _touch(dropped, later)
        update(config, now=later)
        assert not cautions(config, restricted, later.date(), later.date()).refusals


def _touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))
