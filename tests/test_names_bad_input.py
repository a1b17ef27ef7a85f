"""Names that are no names: bounded time, a sensible answer."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.matching.names import NameIndex

LISTED = pd.DataFrame(
    {
        "entity_id": ["a", "b", "c", "d", "e"],
        "name": ["Acme Corp", "700 Limited", "X Corp.", "China Mobile Limited", "Сургутнефтегаз ПАО"],
    }
)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(LISTED)


def entities(index: NameIndex, query: str) -> list[str]:
    return list(index.search(pd.Series([query], dtype="str"))["entity_id"])


@pytest.mark.parametrize(
    "query",
    ["", " ", "CORP", "CORP.", "LIMITED", "Co., Ltd.", "-", "...", "S.A.", "&", "H", "😀", "\u200f\u200e"],
)
def test_a_name_that_says_nothing_meets_nobody(index: NameIndex, query: str) -> None:
    assert entities(index, query) == []


def test_digits_meet_only_the_same_digits(index: NameIndex) -> None:
    assert entities(index, "1810") == []
    assert "b" in entities(index, "700 LTD")


def test_invisible_marks_and_emoji_do_not_hide_a_name(index: NameIndex) -> None:
    assert entities(index, "\u200f\u202aChina\u00a0Mobile\u200b Ltd\u200e 🚀") == ["d"]


def test_other_scripts_meet_their_transliteration(index: NameIndex) -> None:
    assert entities(index, "SURGUTNEFTEGAZ PJSC") == ["e"]
    assert entities(index, "Сургутнефтегаз") == ["e"]


@pytest.mark.parametrize(
    "query",
    [
        "CHINA М\u043eBILE LTD",
        "中国 MOBILE LIMITED",
        "Ｃｈｉｎａ Ｍｏｂｉｌｅ Ltd",
        "\u202eCHINA MOBILE\u202c LTD",
    ],
)
def test_a_name_in_two_scripts_is_one_name(index: NameIndex, query: str) -> None:
    assert entities(index, query) == ["d"]


@pytest.mark.parametrize("query", ["X FINANCIAL LTD", "MOBILE X", "A.X. HOLDINGS", "X-RAY INC", "XX"])
def test_a_listed_name_of_one_letter_meets_no_longer_name(index: NameIndex, query: str) -> None:
    assert "c" not in entities(index, query)


def test_ten_thousand_characters_are_one_name(index: NameIndex) -> None:
    assert entities(index, "CHINA MOBILE LTD " + "X" * 10_000) in ([], ["d"])
    assert entities(index, "A " * 5_000) == []
    assert entities(index, "(" * 5_000 + "." * 5_000) == []


def test_a_long_listed_name_does_no_harm() -> None:
    index = NameIndex.build(pd.DataFrame({"entity_id": ["long"], "name": ["WORD " * 2_000]}))
    assert entities(index, "China Mobile") == []


def test_a_list_without_names() -> None:
    for names in ([], ["", " "]):
        index = NameIndex.build(pd.DataFrame({"entity_id": ["x"] * len(names), "name": names}, dtype="str"))
        assert entities(index, "CHINA MOBILE") == []
        assert index.explain("CHINA MOBILE").empty


def test_a_list_with_the_same_row_twice() -> None:
    index = NameIndex.build(pd.concat([LISTED, LISTED]))
    assert entities(index, "CHINA MOBILE LTD") == ["d"]


def test_no_queries(index: NameIndex) -> None:
    assert index.search(pd.Series([], dtype="str")).empty


def test_an_alias_of_a_hundred_entities_names_as_many_as_asked() -> None:
    names = pd.DataFrame({"entity_id": [f"e{n:03}" for n in range(100)], "name": "Golden Dragon Shipping"})
    found = NameIndex.build(names).search(pd.Series(["GOLDEN DRAGON SHIPPING"], dtype="str"), limit=5)
    assert list(found["entity_id"]) == [f"e{n:03}" for n in range(5)]
    assert found["score"].nunique() == 1


@settings(max_examples=60, deadline=None)
@given(query=st.text(max_size=80), name=st.text(max_size=40))
def test_any_text_gets_an_answer(query: str, name: str) -> None:
    index = NameIndex.build(
        pd.DataFrame({"entity_id": ["x", "y"], "name": [name, "China Mobile Limited"]}, dtype="str")
    )
    found = index.search(pd.Series([query, "CHINA MOBILE LTD"], dtype="str"))
    assert found["score"].between(0, 1).all()
    assert "y" in set(found.loc[found["query"] == "CHINA MOBILE LTD", "entity_id"])
