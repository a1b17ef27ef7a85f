"""What a compliance desk would see: listed securities that are missed by name alone, and false alarms on real markets.

Run as ``python -m tests.benchmarks.alarms``. First every NS-CMIC security in ``shared/holdings``, found by its
identifiers, is looked for with its identifiers blanked, and those that the name alone misses are printed. Then all
securities of Hong Kong (equities and debt) and all SEC registrants, in ``shared/masters``, are screened by name alone
against all lists in ``shared/lists`` as the program reads them: with kinds, countries and weak aliases.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.errors import HoldingsError
from screener.holdings import read_file
from screener.lists.model import Entities, Identifiers, Listings, Names, Restricted
from screener.lists.starter import load_starter
from screener.matching import match
from screener.matching.model import SECURITY_COLUMNS, Matches, Securities
from screener.screening import distinct_securities
from tests.benchmarks.labelled import FOLDER
from tests.list_samples import legacy_set, read

SHARED: Final = FOLDER.parent
CATEGORIES: Final = "Equity|Debt|Depositary|Real Estate|Preference|Trading Only"


def main() -> None:
    """Print the misses, then the alarms."""
    print_misses(load_starter())
    print_alarms(every_list())


def print_misses(restricted: Restricted) -> None:
    """Every NS-CMIC security that its identifiers find and its name does not."""
    cmic = restricted.listings[restricted.listings["programme"] == "NS-CMIC"]
    held = holdings()
    by_number = match(blanked(held, "name"), restricted)
    known = by_number[by_number["listing_id"].isin(cmic["listing_id"]) & (by_number["tier"] == "match")]
    by_name = match(only_name(held), restricted)
    found = by_name[["security_id", "entity_id", "tier"]].drop_duplicates()
    both = known.merge(found, on=["security_id", "entity_id"], how="left", suffixes=("", "_by_name"))
    both = both.drop_duplicates(["security_id", "entity_id"]).merge(
        held[["security_id", "name"]], on="security_id"
    )
    tiers = both["tier_by_name"].fillna("missed").value_counts().to_dict()
    print(f"NS-CMIC securities in the holdings, by name alone: {tiers}")
    for row in both[both["tier_by_name"].isna()].itertuples(index=False):
        print(f"  missed: {row.name}  |  {row.theirs}  |  {row.entity_id}")


def holdings() -> DataFrame[Securities]:
    """The distinct securities of all holdings files that can be read."""
    read_ones = []
    for path in sorted(path for path in (SHARED / "holdings" / "files").rglob("*") if path.is_file()):
        try:
            read_ones.append(read_file(path).holdings)
        except HoldingsError as error:
            print(f"  not read: {error}")
    securities, _ = distinct_securities(pd.concat(read_ones, ignore_index=True))
    return securities


def blanked(securities: pd.DataFrame, *columns: str) -> DataFrame[Securities]:
    """``securities`` without what ``columns`` say."""
    return checked(Securities, securities.assign(**dict.fromkeys(columns, "")))


def only_name(securities: pd.DataFrame) -> DataFrame[Securities]:
    """``securities`` with nothing but their names."""
    return blanked(securities, *(column for column in SECURITY_COLUMNS if column != "name"))


def every_list() -> Restricted:
    """The starter dataset and the publishers' files, read by their parsers."""
    lists = SHARED / "lists"
    parsed = [
        read("ofac_cons", *legacy_set(lists / "ofac" / "2025-12")),
        read("ofac_sdn", lists / "ofac" / "sdn" / "sdn_2024-05-03.csv"),
        read("csl", lists / "csl" / "consolidated_2022-04.csv"),
        read("un", lists / "un" / "consolidated_2026-02-27.xml"),
    ]
    starter = load_starter()
    tables: dict[str, Any] = {}
    for name, model in (
        ("entities", Entities),
        ("names", Names),
        ("identifiers", Identifiers),
        ("listings", Listings),
    ):
        parts = [getattr(each, name) for each in (starter, *parsed)]
        table = pd.concat(parts, ignore_index=True)
        key = {"entities": ["entity_id"], "listings": ["listing_id"]}.get(name, list(table.columns))
        tables[name] = checked(model, table.drop_duplicates(key, ignore_index=True))
    return replace(starter, **tables)


def print_alarms(restricted: Restricted) -> None:
    """How many names of two markets a desk would see, by tier, and samples of them."""
    print(f"\n{len(restricted.names):,} names of {len(restricted.entities):,} entities on all lists")
    entities = dict(zip(restricted.entities["entity_id"], restricted.entities["name"], strict=True))
    for market, names in {"Hong Kong": hong_kong(), "SEC registrants": registrants()}.items():
        rows = {**dict.fromkeys(SECURITY_COLUMNS, ""), "security_id": range(len(names)), "name": names}
        securities = checked(Securities, pd.DataFrame(rows))
        found = match(only_name(securities), restricted)
        worst = found.sort_values(["tier", "score"], ascending=[True, False]).drop_duplicates("security_id")
        per_thousand = (1000 * worst["tier"].value_counts() / len(names)).round(1).to_dict()
        print(f"\n{market}: {len(names):,} names; per 1,000 names: {per_thousand}")
        _show(worst, entities)


def _show(worst: DataFrame[Matches], entities: dict[str, str], many: int = 25) -> None:
    for tier, rows in worst.groupby("tier"):
        for row in (
            rows.sample(min(many, len(rows)), random_state=6).sort_values("score").itertuples(index=False)
        ):
            print(f"  {tier} {row.score:.2f}  {row.ours}  |  {row.theirs}  ({entities[str(row.entity_id)]})")


def hong_kong() -> list[str]:
    """Short names of the exchange's equities and debt securities."""
    table = pd.read_excel(SHARED / "masters" / "hkex_2021-10-11.xlsx", header=2, engine="calamine")
    chosen = table["Category"].astype(str).str.contains(CATEGORIES, regex=True)
    return sorted(set(table.loc[chosen, "Name of Securities"].astype(str)))


def registrants() -> list[str]:
    """Names of the companies that report to the SEC."""
    path: Path = SHARED / "masters" / "company_tickers_exchange.json"
    return sorted({row[1] for row in json.loads(path.read_text(encoding="utf-8"))["data"]})


if __name__ == "__main__":
    main()
