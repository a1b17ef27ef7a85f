"""Tickers: one security, many printed forms."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.tickers import parse, parse_columns


@pytest.mark.parametrize(
    ("printed", "exchange", "country", "key"),
    [
        ("1810 HK", "", "", "1810|HK"),
        ("01810 HK", "", "", "1810|HK"),
        ("1810.HK", "", "", "1810|HK"),
        ("HKG:1810", "", "", "1810|HK"),
        ("1810:HKG", "", "", "1810|HK"),
        ("1810 HK Equity", "", "", "1810|HK"),
        ("1810", "XHKG", "", "1810|HK"),
        ("1810", "Hong Kong Exchanges And Clearing Ltd", "", "1810|HK"),
        ("1810", "", "Hong Kong", "1810|HK"),
        ("0728 HK", "", "", "728|HK"),
        ("601698  CN", "", "", "601698|CN"),
        ("603019CN", "", "", "603019|CN"),
        ("601800 CH", "", "", "601800|CN"),
        ("600519.SS", "", "", "600519|CN"),
        ("CNQ CN", "", "", "CNQ|CA"),  # letters before CN: Bloomberg's Canada, not China
        ("BRK/B US", "", "", "BRK.B|US"),
        ("BRK.B", "", "", "BRK.B|"),  # a share class, no exchange
        ("883", "", "", "883|"),  # which exchange? no evidence by itself
        ("VOD LN", "", "", "VOD|GB"),
        ("-", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_printed_form(printed: str, exchange: str, country: str, key: str) -> None:
    assert parse(printed, exchange, country).key == key


@given(code=st.integers(1, 99999), zeros=st.integers(0, 3), blank=st.sampled_from([" ", "  ", "."]))
def test_leading_zeros_and_separators_do_not_matter(code: int, zeros: int, blank: str) -> None:
    printed = "0" * zeros + str(code)
    assert parse(f"{printed}{blank}HK").key == f"{code}|HK"


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_any_text_gives_a_key_or_none(text: str, exchange: str, country: str) -> None:
    ticker = parse(text, exchange, country)
    assert ticker.key == "" or ticker.key.count("|") == 1
    assert not (ticker.market and not ticker.code)


def test_columns_are_read_together() -> None:
    keys = parse_columns(
        pd.Series(["1810", "1810 HK", ""], dtype="str"),
        pd.Series(["SEHK", "", ""], dtype="str"),
        pd.Series(["", "", "China"], dtype="str"),
    )
    assert keys.tolist() == ["1810|HK", "1810|HK", ""]
