"""How well real holdings files are read: ``python -m tests.benchmarks.reading [FOLDER] [--verbose]``.

FOLDER holds ``expected.json`` and ``files/`` (by default the sibling folder ``../shared/holdings``). Prints for each
file and in total: tables found, columns named right, holdings counted right, cells right.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from screener.errors import HoldingsError
from screener.holdings import Reading, read_file, to_csv_frame

SHARED = Path(__file__).resolve().parents[3] / "shared" / "holdings"
FIELDS = ("name", "ticker", "isin", "cusip", "sedol", "quantity", "market_value", "currency")
KEYS = ("tables", "tables_of", "columns", "columns_of", "counts", "cells", "cells_of")


def same(field: str, want: Any, got: Any) -> bool:
    """Whether a cell is read as expected: numbers within a millionth, text without punctuation."""
    if isinstance(want, (int, float)):
        return not pd.isna(got) and got != "" and math.isclose(float(got), want, rel_tol=1e-6, abs_tol=1e-9)
    wanted, found = (re.sub(r"[\W_]+", "", str(text)).casefold() for text in (want, got))
    if field == "ticker":
        wanted, found = wanted.lstrip("0"), found.lstrip("0")
    return wanted == found


def score(entry: dict[str, Any], reading: Reading | None, message: str = "") -> dict[str, Any]:
    """Figures for one file, and what differs."""
    tables = entry["tables"]
    figures: dict[str, Any] = dict.fromkeys(KEYS, 0) | {
        "file": entry["file"],
        "tables_of": len(tables),
        "notes": [],
    }
    if reading is None:
        figures["cells_of"] = sum(
            s.get(k) not in (None, "") for t in tables for s in t.get("sample", []) for k in FIELDS
        )
        figures["columns_of"] = sum(len(t["columns"]) for t in tables)
        figures["notes"] += [f"not read: {message}"] if tables else []
        return figures
    frame = to_csv_frame(reading.holdings)
    if not tables and len(frame):
        figures["notes"].append(f"{len(frame)} holdings read where there are none")
    for table in tables:
        rows = frame[frame["sheet"] == table["sheet"]]
        _count(figures, table, rows)
        _columns(figures, table, reading)
        _cells(figures, table, rows)
    return figures


def _count(figures: dict[str, Any], table: dict[str, Any], rows: pd.DataFrame) -> None:
    cash = int((rows["asset_class"] == "cash").sum())
    low, high = table.get("n_holdings_range") or (table["n_holdings"],) * 2
    figures["tables"] += bool(len(rows)) or table["n_holdings"] == 0
    right = low <= len(rows) - cash <= high or (
        len(rows) == table["n_holdings"] + table["n_cash"] and cash > 0
    )
    figures["counts"] += right
    if not right:
        figures["notes"].append(
            f"{table['sheet'] or 'text'}: {len(rows) - cash} holdings + {cash} cash, expected {low}..{high} + {table['n_cash']}"
        )


def _columns(figures: dict[str, Any], table: dict[str, Any], reading: Reading) -> None:
    read = reading.columns[
        (reading.columns["sheet"] == table["sheet"])
        & (reading.columns["header_row"] == (table["header_row"] or 0))
    ]
    named = dict(zip(read["field"], read["heading"], strict=True))
    letters = dict(zip(read["field"], read["column"], strict=True))
    for field, heading in table["columns"].items():
        figures["columns_of"] += 1
        also = [heading, *table.get("columns_alt", {}).get(field, [])]
        wanted = [re.sub(r"\s+", " ", text).strip() for text in also]
        got = named.get(field) or (named.get("ric") if field == "ticker" else "")
        right = got in wanted or letters.get(field) in also
        figures["columns"] += right
        if not right:
            figures["notes"].append(f"{table['sheet']} column {field}: {got!r}, expected {wanted}")


def _cells(figures: dict[str, Any], table: dict[str, Any], rows: pd.DataFrame) -> None:
    at = {row["row"]: row for row in rows.to_dict("records")}
    for sample in table.get("sample", []):
        row = at.get(sample["row"], {})
        for field in FIELDS:
            if sample.get(field) in (None, ""):
                continue
            figures["cells_of"] += 1
            right = same(field, sample[field], row.get(field, ""))
            figures["cells"] += right
            if not right:
                figures["notes"].append(
                    f"{table['sheet']} row {sample['row']} {field}: {row.get(field)!r}, expected {sample[field]!r}"
                )


def measure(folder: Path) -> list[dict[str, Any]]:
    """Figures for every file of ``folder``."""
    results = []
    for entry in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        start = time.perf_counter()
        try:
            reading, message = read_file(folder / "files" / entry["file"]), ""
        except HoldingsError as error:
            reading, message = None, str(error)
        results.append(score(entry, reading, message) | {"seconds": time.perf_counter() - start})
    return results


def main() -> int:
    """Print the figures; exit code 0 where every file is wholly right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    results = measure(arguments.folder)
    for r in results:
        print(
            f"{r['file']}: tables {r['tables']}/{r['tables_of']}, columns {r['columns']}/{r['columns_of']}, "
            f"counts {r['counts']}/{r['tables_of']}, cells {r['cells']}/{r['cells_of']}, {r['seconds']:.2f} s"
        )
        print(
            "".join(f"    {note}\n" for note in (r["notes"] if arguments.verbose else r["notes"][:6])), end=""
        )
    total = {key: sum(r[key] for r in results) for key in KEYS}
    whole = sum(not r["notes"] for r in results)
    print(
        f"{whole} of {len(results)} files wholly right; tables {total['tables']}/{total['tables_of']}; "
        f"columns {total['columns']}/{total['columns_of']}; counts {total['counts']}/{total['tables_of']}; "
        f"cells {total['cells']}/{total['cells_of']}"
    )
    return 0 if results and whole == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
