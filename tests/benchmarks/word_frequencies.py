"""Counts how common words are in company names and writes ``config/vocabulary/word_frequencies.csv``.

Run as ``python -m tests.benchmarks.word_frequencies [--out FILE]``. The names counted are those of SEC registrants
(US public domain), of OFAC's consolidated list (US public domain) and of listings on some eighty exchanges
(FinanceDatabase, MIT). Only words of several names are written by themselves; rarer ones are summed up by their
first three letters, so that no single company's own word is in the file.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from screener.matching.background import STEM, Background, background_of
from screener.matching.vocabulary import shipped
from screener.matching.words import Reader

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
FEWEST = 5
HEADER = """\
# How often words stand in company names: the background against which a shared word is weighed.
#
# word    a word in capitals, as it stands in names (legal forms left out);
#         ABC* stands for all rarer words that begin with ABC;
#         * alone is the number of names counted
# count   in how many names
#
# Made by tests/benchmarks/word_frequencies.py from names of SEC registrants, OFAC's consolidated list and listings
# on some eighty exchanges (FinanceDatabase, MIT licence).
word,count
"""


def main() -> None:
    """Count and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "config" / "vocabulary" / "word_frequencies.csv")
    out: Path = options.parse_args().out
    counts = count_words(pd.Series(sorted(set(public_names())), dtype="str"))
    rows = "".join(f"{word},{count}\n" for word, count in sorted(counts.items()))
    out.write_text(HEADER + rows, encoding="ascii")
    print(f"{counts['*']:,} names, {len(counts):,} rows")


def public_names() -> Iterable[str]:
    """Printed names of companies."""
    registrants = json.loads(
        (SHARED / "masters" / "company_tickers_exchange.json").read_text(encoding="utf-8")
    )
    yield from (row[1] for row in registrants["data"])
    with (SHARED / "names" / "dev_queries.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["query"] for row in csv.DictReader(file))
    with (SHARED / "lists" / "ofac" / "2025-12" / "cons_alt.csv").open(
        encoding="latin-1", newline=""
    ) as file:
        yield from (row[3] for row in csv.reader(file) if len(row) > 3)


def count_words(names: pd.Series[str]) -> dict[str, int]:
    """Words of at least ``FEWEST`` names, beginnings of the others, and the number of names."""
    phrases = Reader(shipped(), nothing_known()).read(names)
    seen: Counter[str] = Counter()
    for core in phrases.core:
        seen.update(set(core.split()))
    counts = {word: count for word, count in seen.items() if count >= FEWEST}
    for word, count in seen.items():
        if count < FEWEST:
            key = f"{word[:STEM]}*"
            counts[key] = counts.get(key, 0) + count
    return {"*": len(names), **counts}


def nothing_known() -> Background:
    """A background without any word."""
    return background_of({"*": 1})


if __name__ == "__main__":
    main()
