"""The same company on several lists, successions of files, the store, and what always holds."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts import empty
from screener.errors import RestrictedListError, ScreenerError, UsageError
from screener.identifiers import is_valid
from screener.lists import conflicts, diff, find_entities, load_restricted, update
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.linking import linked
from screener.lists.model import (
    Entities,
    Events,
    Identifiers,
    Links,
    Listings,
    Names,
    Restricted,
    Sources,
)
from screener.lists.parsed import Codes, Reading
from screener.lists.sources.remarks import fields_of
from screener.lists.store import Snapshot, State, Store, Version, version_name
from screener.lists.succession import Before, succeeded
from screener.lists.text import country, day
from tests.list_samples import SAMPLES, config_of, read_bytes, small_source

ISIN, OTHER_ISIN, LEI = "HK0000000999", "US3000000006", "999900EXAMPLE0000034"


def nothing() -> Restricted:
    return Restricted(
        empty(Entities),
        empty(Names),
        empty(Identifiers),
        empty(Listings),
        empty(Events),
        empty(Links),
        empty(Sources),
        (),
    )


def entries(*told: tuple[str, str, str, dict[str, str]]) -> Restricted:
    """A restricted list of (entity_id, name, country, identifiers)."""
    collect = Collector(Reading("x", "A list", "", Codes({}), date(2026, 1, 1)), date(2026, 1, 1))
    for entity_id, name, where, identifiers in told:
        collect.entity(Entry(entity_id, name, "company", [where] if where else []))
        collect.claim(
            Claim(
                entity_id, entity_id.partition(":")[0].upper(), "A list", name, [("listed", "2020-01-01", "")]
            )
        )
        for scheme, value in identifiers.items():
            collect.identifier(entity_id, scheme, value)
    return succeeded(collect.done(), None)


class TestOneCompanyOnSeveralLists:
    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ({"isin": ISIN}, {"isin": f"ISIN {ISIN}"}),
            ({"lei": LEI}, {"lei": LEI.lower()}),
            ({"uscc": "91110000710931053F"}, {"uscc": "91110000710931053F"}),
        ],
        ids=["isin", "lei", "uscc"],
    )
    def test_a_shared_identifier_makes_one_entity_with_two_listings(
        self, ours: dict[str, str], theirs: dict[str, str]
    ) -> None:
        joined = linked(
            entries(("ofac:1", "Example Mining", "CN", ours), ("eu:2", "Example Mining JSC", "HK", theirs))
        )
        assert joined.entities[["entity_id", "country"]].to_numpy().tolist() == [["ofac:1", "CN;HK"]]
        assert set(joined.listings["programme"]) == {"OFAC", "EU"}
        assert set(joined.listings["entity_id"]) == {"ofac:1"}
        assert set(joined.names["name"]) == {"Example Mining", "Example Mining JSC"}
        assert joined.links[["relation", "other"]].to_numpy().tolist() == [["same_as", "eu:2"]]
        assert find_entities(joined, "EU:2") == ["ofac:1"]

    def test_an_exact_name_needs_a_country_in_common(self) -> None:
        same = entries(
            ("ofac:1", "EXAMPLE MINING CO., LTD.", "CN", {}), ("eu:2", "Example Mining Co Ltd", "CN", {})
        )
        assert len(linked(same).entities) == 1
        for where in ("RU", ""):
            other = entries(("ofac:1", "Example Mining", "CN", {}), ("eu:2", "Example Mining", where, {}))
            assert len(linked(other).entities) == 2

    def test_entries_of_one_publisher_stay_apart_and_what_both_claim_is_a_conflict(self) -> None:
        told = entries(("ofac:1", "Parent", "CN", {"isin": ISIN}), ("ofac:2", "Child", "CN", {"isin": ISIN}))
        joined = linked(told)
        assert len(joined.entities) == 2
        found = conflicts(joined)
        assert found[["scheme", "value", "entity_id"]].to_numpy().tolist() == [
            ["isin", ISIN, "ofac:1"],
            ["isin", ISIN, "ofac:2"],
        ]

    def test_an_identifier_without_a_valid_check_digit_proves_nothing(self) -> None:
        bad = ISIN[:-1] + "0"
        told = entries(("ofac:1", "A", "CN", {"isin": bad}), ("eu:2", "B", "CN", {"isin": bad}))
        assert len(linked(told).entities) == 2
        assert set(told.identifiers["value"]) == {bad}

    def test_nothing_joins_to_nothing(self) -> None:
        assert linked(nothing()).entities.empty
        assert conflicts(nothing()).empty

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["ofac", "eu", "uk", "un"]),
                st.sampled_from("ABC"),
                st.booleans(),
                st.booleans(),
            ),
            max_size=7,
        )
    )
    def test_joining_loses_no_listing_and_no_fact(self, told: list[tuple[str, str, bool, bool]]) -> None:
        before = entries(
            *(
                (
                    f"{who}:{number}",
                    f"Company {name}",
                    "CN",
                    {"isin": ISIN} if first else {"isin": OTHER_ISIN} if second else {},
                )
                for number, (who, name, first, second) in enumerate(told)
            )
        )
        after = linked(before)
        assert set(after.listings["listing_id"]) == set(before.listings["listing_id"])
        assert set(after.listings["entity_id"]) == set(after.entities["entity_id"])
        assert set(after.names["name"]) == set(before.names["name"])
        assert set(after.identifiers["value"]) == set(before.identifiers["value"])
        pd.testing.assert_frame_equal(after.events, before.events)
        for _, ids in after.links.groupby("entity_id")["other"]:
            assert len({one.partition(":")[0] for one in ids}) == len(ids)


class TestPrecedence:
    NOW = datetime(2026, 3, 2, tzinfo=UTC)

    def test_an_official_list_replaces_a_later_source_only_where_it_covers_the_programme(
        self, tmp_path: Path
    ) -> None:
        official = small_source("ofac_cons", {"ofac_enhanced.xml": str(SAMPLES / "ofac_enhanced.xml")})
        screening = small_source("csl", {"csl.csv": str(SAMPLES / "csl.csv")})
        config = config_of(tmp_path, official, screening)
        update(config, now=self.NOW, only=("csl",))
        assert "NS-CMIC" in load_restricted(config).datasets[0].programmes
        update(config, now=self.NOW)
        used = {one.name: set(one.programmes) for one in load_restricted(config).datasets}
        assert "NS-CMIC" in used["ofac_cons"]
        assert "NS-CMIC" not in used["csl"] | used["starter"]
        assert {"BIS-EL", "BIS-MEU"} <= used["csl"]
        assert "CCMC" in used["starter"]

    def test_a_name_that_is_no_source_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no list called 'ofak'"):
            update(config_of(tmp_path, small_source("un", {})), now=self.NOW, only=("ofak",))

    def test_diff_wants_a_day_or_a_version(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no version of the lists answers"):
            diff(config_of(tmp_path, small_source("un", {})), "yesterday", "today")


class TestStore:
    def version(self, name: str) -> Version:
        return Version(
            "un",
            name,
            "2026-03-01T00:00:00+00:00",
            "2026-02-27",
            "1",
            {"f": Snapshot("ab", 1, "x")},
            "",
            1,
            {},
        )

    def test_a_version_comes_back_as_it_was(self, tmp_path: Path) -> None:
        store, tables = Store(tmp_path), entries(("un:1", "Example", "CN", {"isin": ISIN}))
        version = self.version(version_name(datetime(2026, 3, 1, tzinfo=UTC), "x"))
        store.save_version(version, tables)
        assert store.latest("un") == version
        back = store.tables(version)
        for name in ("entities", "names", "identifiers", "listings", "events", "links", "sources"):
            pd.testing.assert_frame_equal(getattr(back, name), getattr(tables, name))

    def test_a_damaged_version_is_named(self, tmp_path: Path) -> None:
        store, version = Store(tmp_path), self.version("20260301T000000000000Z-ab")
        store.save_version(version, entries(("un:1", "Example", "CN", {})))
        (tmp_path / "versions" / "un" / version.name / "names.parquet").write_bytes(b"x")
        with pytest.raises(RestrictedListError, match=r"un: version 2026.* is damaged"):
            store.tables(version)

    def test_a_damaged_state_counts_as_none(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        store.save_state(State("un", "2026-01-01", "2026-01-01", "failed"))
        (tmp_path / "state" / "un.json").write_text("{", encoding="utf-8")
        assert store.state("un") == State("un")

    @given(st.binary(max_size=2000))
    def test_snapshots_keep_every_byte(self, content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            assert store.snapshot(store.save_snapshot(content)) == content


class TestSuccession:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.sets(st.sampled_from("ABCDE"), min_size=1), min_size=1, max_size=5), st.booleans())
    def test_who_is_on_the_list_is_who_is_in_the_last_file(self, files: list[set[str]], dated: bool) -> None:
        before: Before | None = None
        for number, names in enumerate(files, start=1):
            published = date(2026, 1, number)
            collect = Collector(Reading("un", "UN", "", Codes({}, "UN"), published), published)
            for name in sorted(names):
                collect.entity(Entry(f"un:{name}", name, "company"))
                events = [("listed", "2020-01-01", "")] if dated else []
                collect.claim(Claim(f"un:{name}", "", "UN", name, events))
            before = Before(succeeded(collect.done(), before), published)
        assert before is not None
        events_now = before.tables.events.sort_values("at", kind="stable").drop_duplicates(
            "listing_id", keep="last"
        )
        on_it = set(events_now.loc[events_now["event"] != "removed", "listing_id"].str[3:4])
        assert on_it == files[-1]
        first_seen = {
            name: next(n for n, names in enumerate(files, 1) if name in names) for name in set.union(*files)
        }
        begun = (
            before.tables.events[before.tables.events["event"] == "listed"].groupby("listing_id")["at"].min()
        )
        for name, number in first_seen.items():
            assert begun[f"un:{name}/UN"] == ("2020-01-01" if dated else f"2026-01-{number:02d}")


class TestSmallThings:
    @pytest.mark.parametrize(
        ("printed", "iso"),
        [
            ("03 Jun 2021", "2021-06-03"),
            ("3-Jun-2021", "2021-06-03"),
            ("03/06/2021", "2021-06-03"),
            ("2021-06-03T00:00:00", "2021-06-03"),
            ("2010-01-05-05:00", "2010-01-05"),
            ("31/02/2021", ""),
            ("dd/mm/1945", ""),
            ("circa 1951", ""),
        ],
    )
    def test_days(self, printed: str, iso: str) -> None:
        assert day(printed) == iso

    @given(st.dates(min_value=date(1000, 1, 1)))
    def test_every_day_in_every_form(self, one: date) -> None:
        assert {day(f"{one:%Y-%m-%d}"), day(f"{one:%d/%m/%Y}"), day(f"{one.day} {one:%b} {one:%Y}")} == {
            one.isoformat()
        }

    def test_countries(self) -> None:
        assert [country(name) for name in ("Russia", "russian federation", "CN", "", "undetermined")] == [
            "RU",
            "RU",
            "CN",
            "",
            "",
        ]
        assert country("Atlantis") is None

    @given(st.text(max_size=300))
    def test_remarks_are_always_read_and_lose_no_field(self, remarks: str) -> None:
        assert all(field.what for field in fields_of(remarks))

    @given(
        st.lists(
            st.sampled_from(
                ["Equity Ticker 941 HK", "ISIN CNE1000002V2", "Moon 12345", "Linked To: X", "a.k.a. 'Y'"]
            ),
            min_size=1,
        )
    )
    def test_every_field_of_a_remark_is_one_field(self, parts: list[str]) -> None:
        found = fields_of("; ".join(parts) + ".")
        assert len(found) == len(parts)
        assert [one.what == "unread" for one in found] == [part.startswith("Moon") for part in parts]

    def test_the_samples_identifiers_are_valid_ones(self) -> None:
        assert is_valid("isin", ISIN)
        assert is_valid("lei", LEI)


class TestParsersNeverCrash:
    """Whatever comes, the answer is tables or one of our own errors."""

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(
            ["ofac_cons", "csl", "un", "eu", "uk", "opensanctions", "opensanctions_securities", "house"]
        ),
        st.binary(max_size=400),
    )
    def test_on_any_bytes(self, source: str, content: bytes) -> None:
        try:
            read_bytes(source, {"cons_prim.csv": content})
        except ScreenerError as error:
            assert str(error).startswith(f"{source}: ")

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_on_a_damaged_sample(self, data: st.DataObject) -> None:
        source, file = data.draw(
            st.sampled_from(
                [
                    ("csl", "csl.csv"),
                    ("csl", "csl.json"),
                    ("un", "un.xml"),
                    ("eu", "eu.xml"),
                    ("uk", "uk.csv"),
                    ("ofac_cons", "ofac_enhanced.xml"),
                    ("ofac_cons", "ofac_advanced.xml"),
                ]
            )
        )
        content = bytearray((SAMPLES / file).read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 60))
        content[at : at + length] = data.draw(st.binary(max_size=20))
        try:
            read_bytes(source, {file: bytes(content)})
        except ScreenerError as error:
            assert str(error).startswith(f"{source}: ")

    @settings(max_examples=60, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["results", "id", "schema", "properties", "name", "source", "ids"]),
                    x,
                    max_size=4,
                )
            ),
            max_leaves=12,
        )
    )
    def test_on_any_json(self, value: object) -> None:
        content = json.dumps(value if isinstance(value, dict) else {"results": value}).encode()
        for parser in ("csl", "ftm"):
            try:
                read_bytes("csl", {"x.json": content}, parser=parser)
            except ScreenerError as error:
                assert str(error).startswith("csl: ")

    @given(
        st.lists(
            st.lists(
                st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=8),
                min_size=12,
                max_size=12,
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_legacy_rows_of_any_text(self, table: list[list[str]]) -> None:
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
        try:
            parsed = read_bytes("ofac_cons", {"cons_prim.csv": out.getvalue().encode()})
        except ScreenerError:
            return
        assert set(parsed.listings["entity_id"]) <= set(parsed.entities["entity_id"])
