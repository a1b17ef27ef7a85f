"""100,000 distinct names against every name in ``shared/lists``: speed, memory, and what a desk would have to look at.

Run as ``python -m tests.benchmarks.screen [--names N]``. The names are real ones (labelled names, SEC registrants,
Hong Kong securities), and, to make up the number, the same cut at the widths of printed columns. The lists are read
here in the plainest way, people and vessels included: the benchmark is about names.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pandas as pd

from screener.matching.names import NameIndex
from tests.benchmarks.labelled import FOLDER, labelled

SHARED: Final = FOLDER.parent
WIDTHS: Final = (30, 25, 20, 35)
Name = tuple[str, str]


def main() -> None:
    """Build, store, load, search, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=100_000)
    queries = printed_names(parser.parse_args().names)
    listed = pd.DataFrame(listed_names(), columns=["entity_id", "name"]).drop_duplicates()
    few = labelled().entities
    print(
        f"{len(queries):,} distinct names; {len(listed):,} names of {listed['entity_id'].nunique():,} entities"
    )
    index = _timed("index built", lambda: NameIndex.build(listed))
    with tempfile.TemporaryDirectory() as folder:
        _timed("index stored", lambda: index.save(Path(folder)))
        loaded = _timed("index loaded", lambda: NameIndex.load(Path(folder)))
    assert loaded is not None
    found = _speed(f"against {len(listed):,} names", loaded, queries)
    _speed(f"against {len(few):,} entities", NameIndex.build(few), queries)
    print(f"most memory used: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    for tier, rows in found.groupby("tier"):
        print(f"{tier}: {len(rows):,} names ({1000 * len(rows) / len(queries):.1f} per 1,000)")


def printed_names(many: int) -> pd.Series[str]:
    """``many`` distinct real names, filled up with the same cut."""
    hkex = pd.read_excel(SHARED / "masters" / "hkex_2021-10-11.xlsx", header=2, engine="calamine")
    sec = json.loads((SHARED / "masters" / "company_tickers_exchange.json").read_text(encoding="utf-8"))[
        "data"
    ]
    real = [*labelled().queries["query"], *(row[1] for row in sec), *hkex["Name of Securities"].astype(str)]
    names = pd.Series(real, dtype="str").drop_duplicates()
    cut = [
        names.str.upper(),
        *(names.str.upper().str.slice(0, width) for width in WIDTHS),
        names + " ADR",
        names + " CL.A",
    ]
    distinct: pd.Series[str] = pd.concat([names, *cut]).drop_duplicates().head(many).reset_index(drop=True)
    return distinct


def listed_names() -> list[Name]:
    """Entity and name of every row of every list."""
    lists = SHARED / "lists"
    readers = (_ofac, _opensanctions, _consolidated, _defence, _union, _nations)
    return [name for reader in readers for name in reader(lists) if name[1].strip() not in ("", "-0-")]


def _ofac(lists: Path) -> Iterator[Name]:
    for file in sorted(lists.glob("ofac/sdn/sdn_2*.csv")) + sorted(lists.glob("ofac/2025-*/cons_prim.csv")):
        yield from ((f"ofac-{row[0]}", row[1]) for row in _lines(file) if len(row) > 1)
    for file in (lists / "ofac/sdn/alt_2025-12.csv", lists / "ofac/2025-12/cons_alt.csv"):
        yield from ((f"ofac-{row[0]}", row[3]) for row in _lines(file) if len(row) > 3)


def _opensanctions(lists: Path) -> Iterator[Name]:
    for row in _table(next(lists.glob("opensanctions/*.csv"))):
        yield from ((row["id"], name) for name in (row["name"], *row["aliases"].split(";")))


def _consolidated(lists: Path) -> Iterator[Name]:
    for row in _table(lists / "csl/consolidated_2022-04.csv"):
        yield from ((f"csl-{row['_id']}", name) for name in (row["name"], *row["alt_names"].split(";")))


def _defence(lists: Path) -> Iterator[Name]:
    for row in _table(lists / "dod/1260h.csv"):
        yield from ((f"dod-{row['Name']}", name) for name in (row["Name"], *row["Alias"].split(";")))


def _union(lists: Path) -> Iterator[Name]:
    for number, row in enumerate(_table(lists / "eu/32014R0269.csv")):
        yield f"eu-{number}", next((row[column] for column in ("Name", "name") if column in row), "")


def _nations(lists: Path) -> Iterator[Name]:
    for entry in ElementTree.parse(lists / "un/consolidated_2026-02-27.xml").getroot().iter():
        if entry.tag in ("ENTITY", "INDIVIDUAL"):
            parts = [entry.findtext(part, "") for part in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME")]
            ident = f"un-{entry.findtext('DATAID', '')}"
            yield ident, " ".join(part for part in parts if part)
            yield from ((ident, alias.text or "") for alias in entry.iter("ALIAS_NAME"))


def _lines(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="latin-1", newline="") as lines:
        yield from csv.reader(lines)


def _table(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from ({key: value or "" for key, value in row.items()} for row in csv.DictReader(lines))


def _timed(what: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - start:.3f} s")
    return result


def _speed(what: str, index: NameIndex, queries: pd.Series[str]) -> pd.DataFrame:
    index.search(queries.head(100))
    start = time.perf_counter()
    found = index.search(queries, limit=1)
    print(f"{what}: {len(queries) / (time.perf_counter() - start):,.0f} names a second")
    return found


if __name__ == "__main__":
    main()
