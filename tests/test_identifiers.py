"""Identifiers: what is valid, and the normal form of what is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.identifiers import is_valid, normal, schemes_of


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("us0378331005", "US0378331005"),
        (" US 0378 331 005 ", "US0378331005"),
        ("US-037833100-5", "US0378331005"),
        ("ISIN: US0378331005", "US0378331005"),
        ("CUSIP 037833100", "037833100"),
        ("WKN:865985", "865985"),
        ("", ""),
    ],
)
def test_normal_form(printed: str, expected: str) -> None:
    assert normal(printed) == expected


@pytest.mark.parametrize(
    ("text", "schemes"),
    [
        ("US0378331005", ("isin",)),
        ("US0378331006", ()),  # wrong check digit
        ("037833100", ("cusip",)),
        ("0263494", ("sedol",)),
        ("549300XIVJCBIGMRUD48", ("lei",)),
        ("BBG000B9XRY4", ("figi",)),
        ("BRC1EODR004", ()),  # printed by OFAC although its check digit fails
    ],
)
def test_schemes(text: str, schemes: tuple[str, ...]) -> None:
    assert schemes_of(text) == schemes


@given(st.text(max_size=30))
def test_normal_form_is_stable(text: str) -> None:
    once = normal(text)
    assert normal(once) in (once, normal(normal(once)))
    assert not is_valid("no such scheme", once)
