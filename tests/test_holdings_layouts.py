"""Look-alikes of the exports of brokers, custodians, fund houses and pension funds, each beside its golden reading.

``fixtures/layouts/NAME.csv`` is read, and every non-blank row of it must end as ``NAME.expected`` says. A new layout
is a new pair of files: ``python -m tests.test_holdings_layouts NAME`` writes the second, for you to check line by line.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pandas as pd
import pytest

from screener.holdings import Reading, read_file
from tests.samples import ROOT

LAYOUTS = ROOT / "fixtures" / "layouts"
COLUMNS = [
    "row", "outcome", "portfolio", "name", "ticker", "exchange", "isin", "cusip", "sedol", "wkn", "asset_class",
    "country", "quantity", "price", "market_value", "currency", "value_currency", "weight", "maturity",
]  # fmt: skip


def told(reading: Reading) -> str:
    """Every row of a reading in the order of the file, as text."""
    cash = reading.holdings["asset_class"] == "cash"
    held = reading.holdings.assign(outcome=cash.map({True: "cash", False: "position"}))
    others = reading.other_rows.assign(name=reading.other_rows["security"])
    others["portfolio"] = others["reason"]
    rows = pd.concat([held, others]).reindex(columns=COLUMNS).sort_values("row", kind="stable")
    return rows.to_csv(index=False, lineterminator="\n", float_format="%.10g")


@pytest.mark.parametrize("name", sorted(path.stem for path in LAYOUTS.glob("*.csv")))
def test_a_layout_is_read_as_its_golden_file_says(name: str) -> None:
    expected = (LAYOUTS / f"{name}.expected").read_text(encoding="utf-8")
    assert told(read_file(LAYOUTS / f"{name}.csv")) == expected


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*.csv")), ids=lambda path: path.stem)
def test_every_line_of_a_layout_is_accounted_for_once(path: Path) -> None:
    golden = pd.read_csv(
        io.StringIO((LAYOUTS / f"{path.stem}.expected").read_text(encoding="utf-8")), dtype=str
    )
    filled = [
        str(number)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip(',;\t|" ')
    ]
    assert sorted(golden["row"], key=int) == filled


if __name__ == "__main__":
    for given in sys.argv[1:] or sorted(path.stem for path in LAYOUTS.glob("*.csv")):
        (LAYOUTS / f"{given}.expected").write_text(
            told(read_file(LAYOUTS / f"{given}.csv")), encoding="utf-8"
        )
