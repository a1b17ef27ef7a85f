"""Each publisher's own format, on small samples: what is read, and that what is not understood is reported."""

from __future__ import annotations

import re
import tracemalloc

import pandas as pd
import pytest

from screener.errors import RestrictedListError
from screener.lists.parsed import UNDATED, Parsed
from screener.lists.sources.xml import elements
from tests.list_samples import SAMPLES, legacy_set, read, read_bytes


def rows(frame: pd.DataFrame, **where: str) -> pd.DataFrame:
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


def events(parsed: Parsed, listing_id: str) -> list[tuple[str, str]]:
    found = rows(parsed.events, listing_id=listing_id)
    return list(zip(found["event"], found["at"], strict=True))


def reported(parsed: Parsed, what: str) -> set[str]:
    return set(rows(parsed.unread, what=what)["value"])


def names(parsed: Parsed, entity_id: str, quality: str) -> set[str]:
    return set(rows(parsed.names, entity_id=entity_id, quality=quality)["name"])


CMIC_DATES = [
    ("listed", "2021-06-03"),
    ("effective", "2021-08-02T00:01 America/New_York"),
    ("wind_down_end", "2022-06-03T00:01 America/New_York"),
]


class TestOfacLegacy:
    parsed = read("ofac_cons", *legacy_set(SAMPLES / "ofac_legacy"))

    def test_remarks_that_spill_into_the_comments_file_are_read_whole(self) -> None:
        assert set(rows(self.parsed.identifiers, entity_id="ofac:90001", scheme="uscc")["value"]) == {
            "91110000710931053F"
        }

    def test_the_three_dates_of_a_cmic_entry_are_kept_apart(self) -> None:
        assert events(self.parsed, "ofac:90001/NS-CMIC") == CMIC_DATES

    def test_quoted_aliases_are_weak_and_issuer_names_and_alias_rows_strong(self) -> None:
        assert names(self.parsed, "ofac:90001", "weak") == {"EXML"}
        strong = {"EXAMPLE MINING LIMITED", "EXAMPLE MINING", "SAMPLE MINING CO", "Example Mining Ltd"}
        assert names(self.parsed, "ofac:90001", "strong") == strong

    def test_identifiers_are_as_printed(self) -> None:
        found = rows(self.parsed.identifiers, entity_id="ofac:90001")
        assert set(rows(found, scheme="ticker")["value"]) == {"00999 HK", "EXM US"}
        assert set(rows(found, scheme="isin")["value"]) == {"HK0000000999", "US3000000006"}

    def test_a_link_gets_back_the_full_stop_of_its_name(self) -> None:
        assert list(rows(self.parsed.links, entity_id="ofac:90001")["other"]) == [
            "EXAMPLE HOLDING GROUP CO., LTD."
        ]

    def test_programmes_are_split_and_directives_have_their_own_dates(self) -> None:
        assert set(rows(self.parsed.listings, entity_id="ofac:90003")["programme"]) == {"SSI", "NS-MBS"}
        assert events(self.parsed, "ofac:90003/NS-MBS") == [
            ("listed", "2022-02-24"),
            ("effective", "2022-03-26T00:01 America/New_York"),
        ]

    def test_an_entry_without_a_date_says_so(self) -> None:
        event = rows(self.parsed.events, listing_id="ofac:90003/SSI").iloc[0]
        assert event["at"] == "2026-03-01"
        assert UNDATED in event["note"]

    def test_unknown_programmes_labels_and_dates_are_reported_and_the_entry_kept(self) -> None:
        assert list(rows(self.parsed.listings, entity_id="ofac:90004")["programme"]) == ["NEW-PROGRAM"]
        assert reported(self.parsed, "programme") == {"NEW-PROGRAM"}
        assert reported(self.parsed, "remark") == {
            "Moonbase Registration Number 12345 (France)",
            "Listing Date (NEW) 01 Jan 2026",
        }

    def test_windows_1252_is_read(self) -> None:
        assert rows(self.parsed.entities, entity_id="ofac:90004")["name"].item() == "SOCIÉTÉ D'EXEMPLE"

    def test_moved_columns_stop_the_file(self) -> None:
        moved = (
            (SAMPLES / "ofac_legacy" / "cons_prim.csv")
            .read_bytes()
            .replace(b'"CMIC-EO13959",', b'"CMIC-EO13959","extra",')
        )
        with pytest.raises(
            RestrictedListError, match=r"cons_prim.csv row 1 has 13 columns, the format has 12"
        ):
            read_bytes("ofac_cons", {"cons_prim.csv": moved})

    def test_a_file_cut_in_a_remark_stops_the_file(self) -> None:
        cut = (SAMPLES / "ofac_legacy" / "cons_prim.csv").read_bytes()[:700]
        with pytest.raises(RestrictedListError, match="not a readable table"):
            read_bytes("ofac_cons", {"cons_prim.csv": cut})

    def test_the_primary_file_is_needed(self) -> None:
        with pytest.raises(RestrictedListError, match="primary file"):
            read("ofac_cons", SAMPLES / "ofac_legacy" / "cons_alt.csv")


class TestOfacXml:
    @pytest.mark.parametrize("file", ["ofac_enhanced.xml", "ofac_advanced.xml"])
    def test_both_xml_formats_say_what_the_legacy_files_say(self, file: str) -> None:
        parsed = read("ofac_cons", SAMPLES / file)
        assert events(parsed, "ofac:90001/NS-CMIC")[0] == CMIC_DATES[0]
        assert rows(parsed.entities, entity_id="ofac:90001")["country"].item() == "CN"
        assert names(parsed, "ofac:90001", "weak") == {"EXML"}
        found = rows(parsed.identifiers, entity_id="ofac:90001")
        assert set(found["value"]) >= {"HK0000000999", "91110000710931053F"}
        assert parsed.published.isoformat() == "2026-01-09"

    def test_enhanced_xml_gives_the_day_of_publication_on_each_list(self) -> None:
        parsed = read("ofac_cons", SAMPLES / "ofac_enhanced.xml")
        assert events(parsed, "ofac:90001/NS-CMIC") == CMIC_DATES
        assert events(parsed, "ofac:90005/SDN") == [("listed", "2024-11-21")]
        assert (
            rows(parsed.listings, entity_id="ofac:90005")["printed"].item()
            == "EXAMPLE SHIPPING LLC [RUSSIA-EO14024]"
        )

    def test_an_unknown_element_is_reported(self) -> None:
        assert reported(read("ofac_cons", SAMPLES / "ofac_enhanced.xml"), "element") == {"entity/surprise"}

    def test_another_xml_document_is_refused(self) -> None:
        with pytest.raises(RestrictedListError, match="begins with <rss>"):
            read_bytes("ofac_cons", {"x.xml": b"<?xml version='1.0'?><rss><channel/></rss>"})


class TestHostileXml:
    BOMB = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b"]><CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>&b;</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"
    )
    EXTERNAL = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        b"<CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>&a;</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"
    )

    @pytest.mark.parametrize("content", [BOMB, EXTERNAL], ids=["entity bomb", "external entity"])
    @pytest.mark.parametrize("source", ["un", "eu", "ofac_cons"])
    def test_entities_are_refused_unread(self, source: str, content: bytes) -> None:
        with pytest.raises(RestrictedListError, match="declares a document type or entities"):
            read_bytes(source, {"list.xml": content})

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 0.999])
    @pytest.mark.parametrize(
        ("source", "file"), [("un", "un.xml"), ("eu", "eu.xml"), ("ofac_cons", "ofac_enhanced.xml")]
    )
    def test_a_truncated_document_is_refused(self, source: str, file: str, share: float) -> None:
        content = (SAMPLES / file).read_bytes()
        with pytest.raises(RestrictedListError, match=r"not well-formed|truncated"):
            read_bytes(source, {file: content[: int(len(content) * share)]})


@pytest.mark.parametrize(
    "source", ["ofac_cons", "csl", "un", "eu", "uk", "opensanctions", "opensanctions_securities"]
)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Access denied</body></html>", "web page"),
        (b"", "empty"),
        ("\ufeffa,b\n1,2\n".encode("utf-16"), "UTF-16|not XML|web page|XML"),
        (b"a\x00b,c\n1,2\n", "zero bytes|columns|no column|XML"),
    ],
    ids=["error page", "empty", "utf-16", "binary"],
)
def test_what_is_no_list_is_refused_with_a_reason(source: str, content: bytes, reason: str) -> None:
    with pytest.raises(RestrictedListError, match=reason):
        read_bytes(source, {"cons_prim.csv": content})


class TestCsl:
    def test_rows_of_the_three_departments(self) -> None:
        parsed = read("csl", SAMPLES / "csl.csv")
        assert set(parsed.listings["programme"]) == {
            "BIS-EL",
            "BIS-MEU",
            "BIS-DPL",
            "NS-CMIC",
            "BIS-UVL",
            "SPL",
        }
        assert events(parsed, "ofac:90001/NS-CMIC") == CMIC_DATES
        entity_list = rows(parsed.listings, programme="BIS-EL").iloc[0]
        assert entity_list["printed"] == "Example Semiconductor Co., Ltd. [EL; 84 FR 22961]"
        assert events(parsed, entity_list["listing_id"]) == [("listed", "2019-05-21")]

    def test_the_end_of_an_order_removes_the_listing(self) -> None:
        parsed = read("csl", SAMPLES / "csl.csv")
        listing = rows(parsed.listings, programme="BIS-DPL")["listing_id"].item()
        assert events(parsed, listing) == [("listed", "2018-12-31"), ("removed", "2024-11-16")]

    def test_unknown_lists_and_days_are_reported(self) -> None:
        parsed = read("csl", SAMPLES / "csl.csv")
        assert reported(parsed, "programme") == {"SPL"}
        assert reported(parsed, "value") == {"soon"}

    def test_json_says_the_same_as_csv(self) -> None:
        csv, json = read("csl", SAMPLES / "csl.csv"), read("csl", SAMPLES / "csl.json")
        shared = set(json.listings["listing_id"])
        assert shared <= set(csv.listings["listing_id"])
        assert events(json, "ofac:90001/NS-CMIC")[0] == CMIC_DATES[0]
        assert set(rows(json.identifiers, scheme="isin")["value"]) == {"HK0000000999"}

    def test_ids_hold_when_the_publisher_numbers_rows_anew(self) -> None:
        content = (SAMPLES / "csl.csv").read_bytes()
        again = read_bytes("csl", {"csl.csv": content.replace(b"\na1,", b"\nzz99,")})
        assert set(again.entities["entity_id"]) == set(read("csl", SAMPLES / "csl.csv").entities["entity_id"])

    def test_a_renamed_column_is_an_error_and_a_new_one_a_report(self) -> None:
        content = (SAMPLES / "csl.csv").read_bytes()
        with pytest.raises(RestrictedListError, match="no column start_date"):
            read_bytes("csl", {"csl.csv": content.replace(b",start_date,", b",begin,")})
        lines = content.decode().splitlines()
        wider = "\n".join([lines[0] + ",mood", *(line + ",fine" for line in lines[1:])])
        assert reported(read_bytes("csl", {"csl.csv": wider.encode()}), "column") == {"mood"}


class TestUn:
    parsed = read("un", SAMPLES / "un.xml")

    def test_entries_names_and_days(self) -> None:
        assert events(self.parsed, "un:KPe.901/UN") == [("listed", "2016-03-02"), ("amended", "2017-06-05")]
        assert events(self.parsed, "un:QDe.902/UN") == [("listed", "2010-01-05")]
        assert names(self.parsed, "un:KPe.901", "weak") == {"ETC"}
        assert "예시 무역회사" in names(self.parsed, "un:KPe.901", "strong")
        assert rows(self.parsed.entities, entity_id="un:KPe.901")["country"].item() == "KP"
        assert self.parsed.published.isoformat() == "2026-02-27"

    def test_what_is_new_is_reported(self) -> None:
        assert reported(self.parsed, "element") == {"ENTITY/HOLOGRAM"}
        assert reported(self.parsed, "programme") == {"Atlantis"}
        assert reported(self.parsed, "country") == {"Atlantis"}


class TestEu:
    parsed = read("eu", SAMPLES / "eu.xml")

    def test_the_day_of_designation_comes_before_entry_into_force(self) -> None:
        assert events(self.parsed, "eu:9001/EU-FREEZE") == [
            ("listed", "2022-02-23"),
            ("amended", "2022-02-24"),
        ]
        assert events(self.parsed, "eu:9002/EU-FREEZE") == [("listed", "2003-07-07")]

    def test_names_numbers_and_countries(self) -> None:
        assert names(self.parsed, "eu:9001", "strong") == {"Example Heavy Industries JSC", "АО Пример"}
        assert names(self.parsed, "eu:9001", "weak") == {"EHI"}
        assert list(self.parsed.identifiers["value"]) == ["1027700000002"]
        assert list(self.parsed.entities["country"]) == ["RU", ""]
        assert "2022/260 (OJ L42I)" in rows(self.parsed.listings, entity_id="eu:9001")["printed"].item()

    def test_what_is_new_is_reported(self) -> None:
        assert reported(self.parsed, "element") == {"sanctionEntity/sponsor"}
        assert reported(self.parsed, "value") == {"holocard"}
        assert reported(self.parsed, "programme") == {"NEWPROG"}


class TestUk:
    parsed = read("uk", SAMPLES / "uk.csv")

    def test_rows_of_one_designation_become_one_entity(self) -> None:
        assert len(self.parsed.entities) == 2
        assert names(self.parsed, "uk:RUS9001", "strong") == {
            "EXAMPLE AIRCRAFT CORPORATION",
            "EXAMPLE AVIA",
            "Пример",
        }
        assert names(self.parsed, "uk:RUS9001", "weak") == {"EAC"}
        assert set(rows(self.parsed.identifiers, entity_id="uk:RUS9001")["value"]) == {
            "1027700000003",
            "7700000004",
        }
        assert self.parsed.published.isoformat() == "2026-06-24"

    def test_measures_are_programmes_and_days_are_day_first(self) -> None:
        assert set(rows(self.parsed.listings, entity_id="uk:RUS9001")["programme"]) == {
            "UK-FREEZE",
            "UK-OTHER",
        }
        assert events(self.parsed, "uk:RUS9001/UK-FREEZE")[0] == ("listed", "2022-02-24")
        assert reported(self.parsed, "programme") == {"Moon landing ban"}

    def test_the_retired_ofsi_list_is_refused(self) -> None:
        old = b"Last Updated,27/01/2026\nName 6,Name 1,Name 2,Title,DOB,Group Type,Alias Type,Alias Quality,Regime,Listed On,Group ID\n"
        with pytest.raises(RestrictedListError, match="retired on 28 January 2026"):
            read_bytes("uk", {"ConList.csv": old})


class TestOpenSanctions:
    def test_simple_targets(self) -> None:
        parsed = read("opensanctions", SAMPLES / "opensanctions_simple.csv")
        assert set(rows(parsed.identifiers, entity_id="os:NK-example1")["scheme"]) == {"lei", "registration"}
        of = parsed.listings.groupby("entity_id")["programme"].agg(list).to_dict()
        assert of["os:NK-example1"] == of["os:NK-example2"] == ["UA-WS"]
        # Every list that an entry comes from is a listing: those that are known by their title, and the others.
        assert of["os:NK-example3"] == ["An Example of a List"]
        assert of["os:NK-example4"] == ["EU-FREEZE", "SDN", "An Example of a List"]
        assert reported(parsed, "programme") == {
            "XX-EXAMPLE-9",
            "EU-UKR",
            "US-EXAMPLE-EO1",
            "An Example of a List",
        }
        unread = parsed.unread.set_index("value")["reason"]
        assert unread["EU-UKR"].endswith("taken as EU-FREEZE, SDN, An Example of a List")
        assert all(UNDATED in note for note in parsed.events["note"])
        assert reported(parsed, "value") == {"Spaceship"}

    def test_securities(self) -> None:
        parsed = read("opensanctions_securities", SAMPLES / "opensanctions_securities.csv")
        assert set(rows(parsed.listings, entity_id="os:NK-sec1")["programme"]) == {"SDN", "EO-14071"}
        assert list(rows(parsed.listings, entity_id="os:NK-sec2")["programme"]) == ["EO-14071"]
        assert set(rows(parsed.identifiers, entity_id="os:NK-sec1")["scheme"]) == {"isin", "lei", "ric"}

    def test_follow_the_money_entities(self) -> None:
        path = SAMPLES / "opensanctions_entities.ftm.json"
        parsed = read_bytes("opensanctions", {path.name: path.read_bytes()}, parser="ftm")
        assert set(parsed.entities["entity_id"]) == {"os:NK-f1", "os:NK-f3"}
        assert events(parsed, "os:NK-f1/EU-UKR") == [("listed", "2022-02-28")]
        assert set(rows(parsed.identifiers, entity_id="os:NK-f1")["value"]) >= {"RU000A0ZZZZ2", "EXEL RM"}
        assert rows(parsed.links, entity_id="os:NK-f1")["other"].item() == "Example Parent JSC"
        nested = rows(parsed.events, listing_id="os:NK-f3/The Russia (Sanctions) (EU Exit) Regulations 2019")
        assert list(nested["event"]) == ["listed", "removed"]
        assert reported(parsed, "element") == {"Wormhole"}

    def test_a_cut_line_of_json_is_refused(self) -> None:
        content = (SAMPLES / "opensanctions_entities.ftm.json").read_bytes()[:-30]
        with pytest.raises(RestrictedListError, match="line 7 is no FollowTheMoney entity"):
            read_bytes("opensanctions", {"e.json": content}, parser="ftm")


class TestHouseList:
    @pytest.mark.parametrize("file", ["house.csv", "house.xlsx"])
    def test_columns_are_found_by_their_headings_in_several_languages(self, file: str) -> None:
        parsed = read("house", SAMPLES / file)
        assert set(parsed.listings["programme"]) == {"HOUSE"}
        tobacco = rows(parsed.identifiers, value="GB0000000009")["entity_id"].item()
        assert events(parsed, f"{tobacco}/HOUSE") == [("listed", "2020-02-01")]
        arms = rows(parsed.identifiers, value="DE0000000009")["entity_id"].item()
        assert events(parsed, f"{arms}/HOUSE") == [("listed", "2019-06-30"), ("removed", "2025-01-01")]
        assert rows(parsed.entities, entity_id=arms)["country"].item() == "DE"

    def test_unknown_headings_and_empty_rows_are_reported(self) -> None:
        assert reported(read("house", SAMPLES / "house.xlsx"), "column") == {"Analist"}
        assert reported(read("house", SAMPLES / "house.csv"), "row") == {"No name and no number"}

    @pytest.mark.parametrize(
        ("written", "listed", "told"),
        [
            ("01-03-2024;5-6-2024", ["2024-03-01", "2024-06-05"], set()),
            ("1.3.2024;31.12.2024", ["2024-03-01", "2024-12-31"], set()),
            ("01/03/2024;31/12/2024", ["2024-03-01", "2024-12-31"], set()),
            ("03/01/2024;12/31/2024", ["2024-03-01", "2024-12-31"], set()),
            ("01/03/2024;02/03/2024", ["2024-03-01", "2024-03-02"], {"01/03/2024"}),
            ("31/12/2024;12/31/2024", ["2024-12-31"], {"12/31/2024"}),
        ],
    )
    def test_days_as_people_write_them(self, written: str, listed: list[str], told: set[str]) -> None:
        """Where one day of a file tells whether months come first, it tells so for all; where none does, it is said."""
        first, second = written.split(";")
        content = f"Bedrijf;Vanaf\nExample Mines;{first}\nExample Arms;{second}\n".encode()
        parsed = read_bytes("house", {"h.csv": content})
        dated = parsed.events[~parsed.events["note"].str.contains(UNDATED)]
        assert dated["at"].tolist() == listed
        assert reported(parsed, "value") == told

    def test_a_file_without_a_table_is_refused(self) -> None:
        with pytest.raises(RestrictedListError, match="no row of headings"):
            read_bytes("house", {"x.csv": b"one;two\n1;2\n"})

    def test_a_broken_workbook_is_refused(self) -> None:
        with pytest.raises(RestrictedListError, match="cannot be read as a workbook"):
            read_bytes("house", {"x.xlsx": (SAMPLES / "house.xlsx").read_bytes()[:2000]})


class TestWhereEntitiesAreDeclared:
    """What is declared before the root is refused, however far before it, and nothing can be declared after it."""

    BOMB = b'<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    @pytest.mark.parametrize("before", [b"", b"<!-- " + b"x" * 200_000 + b" -->", b"<?pi?>\n"])
    def test_a_document_type_is_refused_wherever_it_stands(self, before: bytes) -> None:
        content = before + self.BOMB + b"<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>"
        with pytest.raises(RestrictedListError, match="declares a document type or entities"):
            read_bytes("un", {"un.xml": content})

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
    def test_in_another_encoding_too(self, encoding: str) -> None:
        text = '<?xml version="1.0" encoding="UTF-16"?>' + self.BOMB.decode()
        content = (text + "<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>").encode(encoding)
        with pytest.raises(RestrictedListError):
            read_bytes("un", {"un.xml": content})

    @pytest.mark.parametrize("inside", [BOMB, b"&b;", b"&#0;", b"</CONSOLIDATED_LIST><!DOCTYPE x>"])
    def test_after_the_root_has_begun_it_is_no_xml(self, inside: bytes) -> None:
        content = (SAMPLES / "un.xml").read_bytes().replace(b"</ENTITIES>", inside + b"</ENTITIES>")
        with pytest.raises(RestrictedListError, match="not well-formed XML"):
            read_bytes("un", {"un.xml": content})

    def test_the_memory_of_a_large_file_is_that_of_one_entry(self) -> None:
        """The tree of a file of 20 MB would take some 150 MB."""
        entry = re.search(rb"<ENTITY>.*?</ENTITY>", (SAMPLES / "un.xml").read_bytes(), re.DOTALL)
        assert entry is not None
        many = entry[0] * (20_000_000 // len(entry[0]))
        content = b'<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:00Z"><ENTITIES>' + many
        content += b"</ENTITIES></CONSOLIDATED_LIST>"
        tracemalloc.start()
        count = sum(1 for _ in elements("un", "un.xml", content, frozenset({"ENTITY"})))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == 20_000_000 // len(entry[0])
        assert peak < 40_000_000


class TestSeveralFiles:
    """A drop folder in which last month's file still lies: reading one of them silently would be a guess."""

    @pytest.mark.parametrize(
        ("source", "file"),
        [
            ("un", "un.xml"),
            ("eu", "eu.xml"),
            ("uk", "uk.csv"),
            ("csl", "csl.csv"),
            ("ofac_cons", "ofac_enhanced.xml"),
            ("ofac_cons", "ofac_advanced.xml"),
            ("opensanctions", "opensanctions_simple.csv"),
            ("opensanctions_securities", "opensanctions_securities.csv"),
        ],
    )
    def test_where_a_list_comes_in_one_several_are_refused(self, source: str, file: str) -> None:
        content = (SAMPLES / file).read_bytes()
        with pytest.raises(
            RestrictedListError, match=f"{source}: there are 2 files .*: b_{file}, a_{file}. Leave"
        ):
            read_bytes(source, {f"b_{file}": content, f"a_{file}": content})

    def test_a_legacy_set_with_two_primary_files_is_refused(self) -> None:
        files = {path.name: path.read_bytes() for path in legacy_set(SAMPLES / "ofac_legacy")}
        files["cons_prim_old.csv"] = files["cons_prim.csv"]
        with pytest.raises(RestrictedListError, match=r"cons_prim.csv and cons_prim_old.csv are both taken"):
            read_bytes("ofac_cons", files)
