"""How long reading, updating and loading the restricted lists take, and how much memory: ``python -m tests.benchmarks.lists``.

Needs the publishers' real files beside the repository (../shared/lists).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from screener.lists import load_restricted, update
from screener.lists.parsed import Parsed, sentences
from screener.lists.store import Store
from tests.list_samples import REAL, ListServer, legacy_set, read, read_bytes, shipped

OFAC = REAL / "ofac"
SDN = [OFAC / "sdn" / name for name in ("sdn_2024-05-03.csv", "alt_2025-12.csv", "sdn_comments_2025-12.csv")]
UN = REAL / "un" / "consolidated_2026-02-27.xml"
CSL = REAL / "csl" / "consolidated_2022-04.csv"
_MOST_TOLD = 12
ENHANCED = OFAC / "CONS_ENHANCED_2025-01-10.XML"


def _works() -> dict[str, Callable[[], Parsed]]:
    """What is measured, each in a process of its own: the peak of one must not be that of another."""
    (simple,) = (REAL / "opensanctions").glob("*.csv")
    return {
        "SDN, legacy set of 2024-05-03": lambda: read("ofac_sdn", *SDN),
        "SDN, Enhanced XML (synthetic, full size)": lambda: read_bytes("ofac_sdn", {"x.xml": _full_size()}),
        "Consolidated, legacy set of 2025-12": lambda: read("ofac_cons", *legacy_set(OFAC / "2025-12")),
        "Consolidated, Enhanced XML of 2025-01": lambda: read("ofac_cons", ENHANCED),
        "Consolidated, Advanced XML of 2020-03": lambda: read(
            "ofac_cons", OFAC / "cons_advanced_2020-03-17.xml"
        ),
        "Screening list (CSL) of 2022-04": lambda: read("csl", CSL),
        "UN of 2026-02-27": lambda: read("un", UN),
        "OpenSanctions targets.simple": lambda: read("opensanctions", simple),
    }


def main() -> None:
    """Prints one line a measurement, and below it what was not understood; with an argument, that one only."""
    if not REAL.is_dir():
        sys.exit("../shared/lists is not here")
    if len(sys.argv) > 1:
        _measure(sys.argv[1], _works()[sys.argv[1]])
        return
    print(
        "reading                                    seconds  peak MB  entities   names  identif.  listings  understood"
    )
    for title in _works():
        subprocess.run([sys.executable, "-m", "tests.benchmarks.lists", title], check=True)
    _update_and_load()


def _measure(title: str, work: Callable[[], Parsed]) -> None:
    """One line: seconds, the peak of this process (some 130 MB of it are the program's libraries), and counts."""
    started = perf_counter()
    parsed = work()
    seconds = perf_counter() - started
    counts = [len(getattr(parsed, name)) for name in ("entities", "names", "identifiers", "listings")]
    share = f"{parsed.understood}/{parsed.fields} fields, {parsed.codes_known}/{parsed.codes} codes"
    print(
        f"{title:42}{seconds:8.2f}{_peak():9.0f}{counts[0]:10}{counts[1]:8}{counts[2]:10}{counts[3]:10}  {share}"
    )
    for sentence in sentences(parsed.unread)[:_MOST_TOLD]:
        print(f"      not understood: {sentence}")


def _peak() -> float:
    """The highest memory of this process so far, in megabytes."""
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _full_size() -> bytes:
    """The entities of the real Enhanced file, repeated under new numbers to the size of the SDN list."""
    content = ENHANCED.read_bytes()
    begin, end = content.index(b"<entity "), content.index(b"</entities>")
    body = content[begin:end]
    copies = (body.replace(b'<entity id="', b'<entity id="%d' % (10 + number)) for number in range(42))
    return content[:begin] + b"".join(copies) + content[end:]


def _update_and_load() -> None:
    files: dict[str, list[Path]] = {
        "ofac_sdn": SDN,
        "ofac_cons": legacy_set(OFAC / "2025-12"),
        "csl": [CSL],
        "un": [UN],
    }
    with tempfile.TemporaryDirectory() as folder, ListServer().running() as server:
        config = shipped(Path(folder), *files)
        served: list[Any] = []
        for source in config.sources:
            addresses = {
                path.name: server.serve(f"/{source.name}/{path.name}", path) for path in files[source.name]
            }
            served.append(replace(source, addresses=addresses))
        config, now = replace(config, sources=tuple(served)), datetime(2026, 3, 2, tzinfo=UTC)
        print()
        _timed("update of four lists from nothing", lambda: update(config, now=now))
        _timed("update with nothing changed (304)", lambda: update(config, now=now))
        store = Store(config.folder)
        version = store.latest("ofac_sdn")
        assert version is not None
        _timed("loading the SDN version from Parquet", lambda: store.tables(version))
        _timed("loading it again", lambda: store.tables(version))
        _timed("loading all lists in force, joined", lambda: load_restricted(config))


def _timed(title: str, work: Callable[[], Any]) -> None:
    started = perf_counter()
    work()
    print(f"{title:42}{perf_counter() - started:8.2f}")


if __name__ == "__main__":
    main()
