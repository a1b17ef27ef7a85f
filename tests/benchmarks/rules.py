"""Decisions a second for 1,000,000 matches, over every listing of the shipped lists and every shipped investor.

Run as ``python -m tests.benchmarks.rules [--matches N]``. Matches are made by drawing listings and facts of securities
at random (always the same): what is measured is deciding alone.
"""

from __future__ import annotations

import argparse
import time
from typing import Final

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.rules.decision import decide
from screener.rules.model import Hits
from tests.samples import rules, starter

_INSTRUMENTS: Final = ("equity", "bond", "receipt", "fund", "derivative", "")
_DAYS: Final = ("2021-02-01", "2021-09-01", "2026-11-24")
_INVESTORS: Final = ("us", "nl", "example-house")


def main() -> None:
    """Decide the same matches for each day and investor, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matches", type=int, default=1_000_000)
    hits = matches(parser.parse_args().matches)
    print(f"{len(hits):,} matches on {hits['listing_id'].nunique():,} listings")
    decide(checked(Hits, hits.head(1_000)), starter(), rules(_DAYS[0]))
    for day in _DAYS:
        for investor in _INVESTORS:
            given = rules(day, investor)
            start = time.perf_counter()
            decisions = decide(hits, starter(), given)
            took = time.perf_counter() - start
            print(
                f"{day} {investor:14} {took:6.2f} s, {len(hits) / took:12,.0f} a second; "
                f"{len(decisions):,} decisions"
            )


def matches(many: int) -> DataFrame[Hits]:
    """``many`` matches, two of them a holding."""
    draw = np.random.default_rng(7)
    listings = starter().listings["listing_id"].to_numpy()
    issued = np.array(["", "2013-05-01", "2016-05-01", "2022-05-01"])
    matures = np.array(["", "2020", "2027-05-01"])
    frame = pd.DataFrame(
        {
            "holding": np.arange(many) // 2,
            "listing_id": listings[draw.integers(len(listings), size=many)],
            "tier": np.where(draw.random(many) < 0.9, "match", "review"),
            "instrument": np.array(_INSTRUMENTS)[draw.integers(len(_INSTRUMENTS), size=many)],
            "issue_date": issued[draw.integers(len(issued), size=many)],
            "maturity": matures[draw.integers(len(matures), size=many)],
            "share": "",
        }
    )
    return checked(Hits, frame)


if __name__ == "__main__":
    main()
