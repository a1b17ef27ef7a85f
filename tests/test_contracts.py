"""The contracts between stages: what is plainly right passes at once, all else is judged by pandera."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors
from pandera.typing import Series

from screener.contracts import Frame, checked, empty


class Lines(Frame):
    """A little of everything that the stages ask for."""

    key: Series[str] = pa.Field(unique=True, str_length={"min_value": 1, "max_value": 3})
    day: Series[str] = pa.Field(str_matches=r"^\d\d$")
    kind: Series[str] = pa.Field(isin=("a", "b"))
    row: Series[int] = pa.Field(ge=1)
    score: Series[float] = pa.Field(ge=0, le=1)
    value: Series[float] = pa.Field(nullable=True)
    chosen: Series[bool]
    words: Series[object]


SOUND: dict[str, Any] = {
    "key": "k", "day": "01", "kind": "a", "row": 1, "score": 0.5, "value": 1.0, "chosen": True, "words": "long",
}  # fmt: skip
ODD = st.sampled_from(["", "k", "long", "01", "1x", "a", "c", None, 0, 1, 2.5, -1.0, float("nan"), True])


def _judged(frame: pd.DataFrame) -> pd.DataFrame | None:
    try:
        return Lines.validate(frame, lazy=True)
    except SchemaErrors:
        return None


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(list(SOUND)), ODD, max_size=2), min_size=1, max_size=3),
    st.sets(st.sampled_from(["key", "day", "kind", "words"])),
)
def test_the_quick_look_never_says_otherwise_than_pandera(
    oddities: list[dict[str, Any]], as_objects: set[str]
) -> None:
    rows = [SOUND | {"key": f"k{number}"} | odd for number, odd in enumerate(oddities)]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(as_objects, object))
    expected = _judged(frame)
    if expected is None:
        with pytest.raises(SchemaErrors):
            checked(Lines, frame)
    else:
        pd.testing.assert_frame_equal(checked(Lines, frame), expected)


def test_columns_come_in_order_and_no_others() -> None:
    mixed = pd.DataFrame([SOUND | {"more": 1}])[["more", *reversed(SOUND)]]
    assert list(checked(Lines, mixed)) == list(SOUND)


def test_every_failure_is_named() -> None:
    with pytest.raises(SchemaErrors) as failed:
        checked(Lines, pd.DataFrame([SOUND | {"kind": "c", "row": 0}]))
    assert set(failed.value.failure_cases["column"]) == {"kind", "row"}


def test_an_empty_frame_has_the_types_of_a_full_one() -> None:
    assert empty(Lines).dtypes.to_dict() == checked(Lines, pd.DataFrame([SOUND])).dtypes.to_dict()
