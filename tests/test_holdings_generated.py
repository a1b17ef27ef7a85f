"""Properties over generated tables: what was put in is found again, wherever it stands and however it is printed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.holdings import Reading, read_file
from screener.screening import account_for, screen
from tests.holdings_tables import Generated, as_text, as_workbook, tables
from tests.samples import rules, starter

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = ("quantity", "price", "market_value", "weight")


def check(table: Generated, reading: Reading) -> None:
    """Each position with each of its fields, and every other row, as the table was made."""
    held = reading.holdings.set_index("row")
    assert held.index.tolist() == sorted(table.holdings)
    for name in table.fields:
        want, got = [getattr(one, name) for one in table.holdings.values()], held[name].tolist()
        assert np.allclose(got, want) if name in NUMBERS else got == want, (name, got, want)
    if table.section:
        assert set(held["asset_class"]) == {"equity"}
    assert reading.totals.set_index("row")["market_value"].to_dict() == table.totals
    rows = [*held.index, *reading.other_rows["row"]]
    assert sorted(rows) == table.filled


@QUICK
@given(table=tables())
def test_a_table_in_a_workbook_is_found_again(table: Generated) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(table, read_file(as_workbook(table, Path(folder) / "t.xlsx")))


@QUICK
@given(
    table=tables(typed=False),
    delimiter=st.sampled_from((",", ";", "\t", "|")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
)
def test_a_table_in_a_text_file_is_found_again(table: Generated, delimiter: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(table, read_file(as_text(table, Path(folder) / "t.csv", delimiter, encoding)))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables())
def test_every_row_and_all_value_ends_in_the_outcomes(table: Generated) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reading = read_file(as_workbook(table, Path(folder) / "t.xlsx"))
    outcomes = pd.concat(
        [screen(reading.holdings, starter(), rules("2022-01-15")).outcomes, account_for(reading.other_rows)]
    )
    assert sorted(outcomes["row"]) == table.filled
    counted = outcomes[outcomes["outcome"] != "not_a_holding"].groupby("currency")["market_value"].sum()
    read = reading.holdings.groupby("value_currency")["market_value"].sum()
    assert counted.to_dict() == read.to_dict()
