"""Names met: what must be found, what must stay apart, and what may not change the answer."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.matching.names import NameIndex
from screener.matching.names_csv import match_file

LISTED = {
    "mobile-ltd": ["CHINA MOBILE LIMITED"],
    "mobile-group": ["CHINA MOBILE COMMUNICATIONS GROUP CO., LTD.", "CHINA MOBILE"],
    "telecom-ltd": ["CHINA TELECOM CORPORATION LIMITED", "CHINA TELECOM"],
    "telecom-group": ["CHINA TELECOMMUNICATIONS CORPORATION", "CHINA TELECOM"],
    "unicom-hk": ["CHINA UNICOM (HONG KONG) LIMITED"],
    "cccc": ["CHINA COMMUNICATIONS CONSTRUCTION COMPANY LIMITED"],
    "smic": ["SEMICONDUCTOR MANUFACTURING INTERNATIONAL CORPORATION"],
    "xiaomi": ["Xiaomi Corporation"],
    "tencent": ["Tencent Holdings Limited"],
    "sensetime": ["SENSETIME GROUP LIMITED"],
    "hikvision": ["HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD."],
    "avic": ["AVIATION INDUSTRY CORPORATION OF CHINA, LTD."],
    "cnooc": ["CNOOC LIMITED"],
    "mgi": ["MGI Tech Co., Ltd."],
    "byd": ["BYD Company Limited"],
    "luokong": ["Luokong Technology Corporation"],
    "cenit": ["CENIT AG"],
    "merck": ["Merck & Co., Inc."],
    "tata-thai": ["Tata Steel (Thailand) Public Company Limited"],
    "vale": ["Vale S.A."],
    "lear": ["Lear Corporation"],
    "gold-resource": ["Gold Resource Corporation"],
    "nexi": ["Nexi S.p.A."],
    "axactor": ["Axactor SE"],
    "machines": ["INTERCONTINENTAL BAUMASCHINEN"],
}


def frame(listed: dict[str, list[str]], **more: str) -> pd.DataFrame:
    rows = [(entity, name) for entity, names in listed.items() for name in names]
    return pd.DataFrame(rows, columns=["entity_id", "name"]).assign(**more)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(frame(LISTED))


def found(index: NameIndex, query: str) -> pd.DataFrame:
    return index.search(pd.Series([query], dtype="str"))


def best(index: NameIndex, query: str) -> tuple[str, str]:
    """Entity and tier of the best match, two empty texts when there is none."""
    rows = found(index, query)
    return (rows["entity_id"].iloc[0], rows["tier"].iloc[0]) if len(rows) else ("", "")


@pytest.mark.parametrize(
    ("query", "entity"),
    [
        ("CHINA MOBILE LTD.", "mobile-ltd"),
        ("CHINA TELECOM CORP LTD-H", "telecom-ltd"),
        ("XIAOMI CORP-CLASS B", "xiaomi"),
        ("XIAOMI CORP. CL.B", "xiaomi"),
        ("TENCENT HOLDINGS LTD", "tencent"),
        ("TENCENT HLDGS HD-,00002", "tencent"),
        ("SEMICONDUCTOR MAN.INTL", "smic"),
        ("CHINA CMNCTS CONSTR.H YC1", "cccc"),
        ("CHINA COMMUNICATIONS CONSTRUCTION C", "cccc"),
        ("HANGZHOU HIKVISION DIGITAL TECH", "hikvision"),
        ("HANGZHOU HIKVISION D", "hikvision"),
        ("CNOOC LTD-SPON ADR", "cnooc"),
        ("MGI Tech", "mgi"),
        ("BYD CO LTD-H", "byd"),
        ("VALE SA VALE ADR REPRESENTING O", "vale"),
        ("中国移动有限公司", "mobile-ltd"),
    ],
)
def test_a_printed_name_that_says_it_all_is_a_match(index: NameIndex, query: str, entity: str) -> None:
    assert best(index, query) == (entity, "match")


@pytest.mark.parametrize(
    ("query", "entity"),
    [
        ("XIAOMI-W", "xiaomi"),
        ("CN UNICOM(HK)LTD.", "unicom-hk"),
        ("SEMICONDUCTOR MANUFACTURING IN", "smic"),
        ("AVIATION INDUSTRY CORPORATION OF", "avic"),
        ("BYD", "byd"),
        ("小米集团", "xiaomi"),
    ],
)
def test_a_short_name_finds_its_issuer(index: NameIndex, query: str, entity: str) -> None:
    assert best(index, query)[0] == entity


@pytest.mark.parametrize(
    ("query", "entity"),
    [
        ("SENSETIME GROUP INC-CLASS B", "sensetime"),
        ("MERCK KGAA O.N.", "merck"),
        ("Cenit Co., Ltd", "cenit"),
    ],
)
def test_legal_forms_that_contradict_each_other_are_no_match(
    index: NameIndex, query: str, entity: str
) -> None:
    rows = found(index, query)
    assert list(rows["entity_id"]) == [entity]
    assert list(rows["tier"]) == ["review"]
    assert "legal form" in rows["why"].iloc[0]


def test_one_letter_off_in_a_telling_word_is_for_review(index: NameIndex) -> None:
    assert best(index, "LUOKUNG TECHNOLOGY CORP") == ("luokong", "review")
    assert "a letter differs" in found(index, "LUOKUNG TECHNOLOGY CORP")["why"].iloc[0]


@pytest.mark.parametrize(
    "query",
    [
        "LENNAR CORP.  DL-,10",
        "VALEO SE  INH.  EO 1",
        "NEXITY  EO 5",
        "GOLDCLIFF RESOURCE CORP",
        "TAIWAN SEMICONDUCTOR MANUFAC",
        "CHINA LIFE INSURANCE CO-H",
        "CHINA LIFE",
        "PETROCHINA CO LTD-H",
        "Intercontinental Exchange, Inc.",  # its first word is as long as is compared of two written together
    ],
)
def test_other_companies_stay_apart(index: NameIndex, query: str) -> None:
    assert "match" not in set(found(index, query)["tier"])
    assert found(index, query)["score"].max() < 0.5 or found(index, query).empty


@pytest.mark.parametrize("query", ["Tata Steel Limited", "AXA", "AXA S.A. INH.  EO 2,29"])
def test_a_name_that_lacks_a_telling_word_is_no_match(index: NameIndex, query: str) -> None:
    assert best(index, query)[1] != "match"


@pytest.mark.parametrize(
    ("listed", "query"),
    [
        ("SZ DJI TECHNOLOGY CO., LTD.", "DJI TECHNOLOGY CO LTD"),
        ("HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD.", "HIKVISION DIGITAL TECHNOLOGY"),
        ("Xinjiang Daqo New Energy, Co. Ltd.", "DAQO NEW ENERGY CORP."),
    ],
)
def test_a_leading_place_may_be_left_out_and_a_person_sees_it(listed: str, query: str) -> None:
    index = NameIndex.build(frame({"n": [listed]}))
    assert best(index, query) == ("n", "review")
    assert found(index, query)["score"].iloc[0] > 0.3
    assert "place" in found(index, query)["why"].iloc[0]


def test_another_leading_word_may_not_be_left_out() -> None:
    index = NameIndex.build(
        frame({"n": ["SZ DJI TECHNOLOGY CO., LTD."], "o": ["KQ DJI TECHNOLOGY CO., LTD."]})
    )
    rows = found(index, "DJI TECHNOLOGY CO LTD").set_index("entity_id")["score"]
    assert rows.get("o", 0.0) < rows["n"] / 2


@pytest.mark.parametrize(
    ("listed", "query"),
    [
        ("JSC CDBAE", "CDB B2701-R"),
        ("CITICAR LTDA.", "CITIC LTD N2112"),
        ("Hikmicro", "HKMC FRN N2403"),
        ("PRC Lode Technology Company", "PRC B2112-R"),
        ("Axactor SE", "AXA"),
    ],
)
def test_one_short_word_does_not_meet_what_begins_alike(listed: str, query: str) -> None:
    assert found(NameIndex.build(frame({"n": [listed]})), query).empty


def test_one_short_word_meets_itself() -> None:
    index = NameIndex.build(frame({"cdb": ["CDB"], "prc": ["PRC"], "short": ["Axa Group SE"]}))
    assert [best(index, query)[0] for query in ("CDB B2701-R", "PRC", "AXA SA")] == ["cdb", "prc", "short"]


def test_the_full_name_is_above_an_alias_without_the_legal_form(index: NameIndex) -> None:
    rows = found(index, "CHINA MOBILE LTD.").set_index("entity_id")
    assert rows["score"]["mobile-ltd"] > 0.95
    assert rows["score"]["mobile-ltd"] > rows["score"]["mobile-group"] + 0.1


def test_an_alias_of_two_entities_names_both_alike(index: NameIndex) -> None:
    rows = found(index, "CHINA TELECOM").set_index("entity_id")
    assert rows["score"]["telecom-ltd"] == pytest.approx(rows["score"]["telecom-group"], abs=0.02)


def test_a_missing_legal_form_is_mild(index: NameIndex) -> None:
    rows = found(index, "XIAOMI")
    assert rows["score"].iloc[0] > 0.9
    assert "no legal form" in rows["why"].iloc[0]


def test_weak_aliases_count_less_and_alone_are_for_review() -> None:
    strong, weak = (NameIndex.build(frame({"n": ["NORINCO"]}, quality=q)) for q in ("strong", "weak"))
    query = "NORINCO"
    assert found(weak, query)["score"].iloc[0] < found(strong, query)["score"].iloc[0]
    assert best(weak, query) == ("n", "review")


def test_the_reason_names_both_sides(index: NameIndex) -> None:
    why = found(index, "CHINA CMNCTS CONSTR.H YC1")["why"].iloc[0]
    assert "CMNCTS for COMMUNICATIONS" in why
    assert "CONSTR for CONSTRUCTION" in why


def test_a_non_match_is_explained_with_the_closest_name(index: NameIndex) -> None:
    closest = index.explain("CHINA LIFE INSURANCE CO-H").iloc[0]
    assert closest["tier"] == ""
    assert "CHINA" in closest["name"].upper()
    assert "only ours: LIFE INSURANCE" in closest["why"]


def test_an_unrelated_entity_changes_no_match(index: NameIndex) -> None:
    queries = pd.Series(["XIAOMI-W", "CHINA TELECOM", "SEMICONDUCTOR MAN.INTL"], dtype="str")
    more = frame(
        {**LISTED, **{f"other-{n}": [f"Zugspitz {word} AG"] for n, word in enumerate(["Bahn", "Wetter"])}}
    )
    pd.testing.assert_frame_equal(NameIndex.build(more).search(queries), index.search(queries))


def test_one_name_alone_is_weighed_as_in_a_long_list(index: NameIndex) -> None:
    alone = NameIndex.build(frame({"xiaomi": LISTED["xiaomi"]}))
    assert found(alone, "XIAOMI-W")["score"].iloc[0] == pytest.approx(
        found(index, "XIAOMI-W")["score"].iloc[0]
    )


FORMS = {
    "Limited": ["LTD", "Ltd.", "LIMITED"],
    "Corporation": ["CORP", "Corp.", "corporation"],
    "Company": ["CO.", "Co"],
}


@settings(max_examples=60, deadline=None)
@given(
    entity=st.sampled_from(["tencent", "xiaomi", "cnooc", "sensetime", "unicom-hk", "mobile-ltd"]),
    data=st.data(),
    tail=st.sampled_from(["", "-H", " CL.B", "  HD-,10", " O.N.", " H  YC 1", " SPON ADR", " ORD SHS"]),
    upper=st.booleans(),
)
def test_case_form_class_and_par_do_not_change_the_best_match(
    index: NameIndex, entity: str, data: st.DataObject, tail: str, upper: bool
) -> None:
    name = LISTED[entity][0].title()
    for form, spellings in FORMS.items():
        if name.endswith(form):
            name = name.removesuffix(form) + data.draw(st.sampled_from(spellings))
    name = name.replace("(", data.draw(st.sampled_from(["(", " ("])))
    name = name.replace(" ", data.draw(st.sampled_from([" ", "  ", ", ", " - ", "-"])))
    printed = (name.upper() if upper else name) + tail
    assert best(index, printed)[0] == entity


@settings(max_examples=40, deadline=None)
@given(
    query=st.sampled_from(
        ["XIAOMI-W", "CHINA TELECOM", "SEMICONDUCTOR MAN.INTL", "BYD", "CN UNICOM(HK)LTD."]
    ),
    words=st.lists(
        st.text("QZKJWV", min_size=5, max_size=9), min_size=1, max_size=3
    ),  # letters of no word in the queries
    form=st.sampled_from(["", " AG", " Limited", " Corporation"]),
)
def test_an_unrelated_entity_of_any_name_changes_no_match(
    index: NameIndex, query: str, words: list[str], form: str
) -> None:
    more = NameIndex.build(frame({**LISTED, "other": [" ".join(words) + form]}))
    pd.testing.assert_frame_equal(found(more, query), found(index, query))


def test_bulk_matching_gives_the_best_match_of_each_query() -> None:
    queries = pd.DataFrame({"query": ["XIAOMI-W", "XIAOMI-W", "Nobody At All Ltd", ""]})
    rows = match_file(queries, frame(LISTED))
    assert list(rows["query"]) == ["XIAOMI-W"]
    assert list(rows.columns) == ["query", "entity_id", "name", "score", "tier", "why"]
