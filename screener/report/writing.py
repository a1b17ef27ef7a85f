"""The files of a report: all are made first, then written aside, then put in place together."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from screener.errors import OutputError
from screener.report.facts import Summary
from screener.report.flat import findings_csv, rows_csv
from screener.report.full_page import report_page
from screener.report.manifest import manifest
from screener.report.model import Report
from screener.report.summary import summarise
from screener.report.workbook import workbook_bytes

WORKBOOK: Final = "divestment-report.xlsx"
PAGE: Final = "divestment-report.html"
FINDINGS: Final = "findings.csv"
ROWS: Final = "rows.csv"
MANIFEST: Final = "run.json"


def write_report(
    report: Report,
    out: Path,
    timings: Mapping[str, float] | None = None,
    summary: Summary | None = None,
) -> dict[str, Path]:
    """Write ``report`` into the folder ``out`` (made when absent); gives the path of each file by its name.

    ``timings`` (seconds by stage) go into run.json. Raises OutputError, and leaves what was there untouched,
    when a file cannot be written.
    """
    return put_in_place(report_files(report, timings, summary), out)


def report_files(
    report: Report, timings: Mapping[str, float] | None = None, summary: Summary | None = None
) -> dict[str, bytes]:
    """The content of each file of ``report`` by its name."""
    summary = summary or summarise(report)
    files = {
        WORKBOOK: workbook_bytes(report, summary),
        PAGE: report_page(report, summary).encode("utf-8", "replace"),
        FINDINGS: findings_csv(report),
        ROWS: rows_csv(report),
    }
    return files | {MANIFEST: manifest(report, summary, timings, files)}


def put_in_place(contents: Mapping[str, bytes], out: Path) -> dict[str, Path]:
    """Write every file of ``contents`` under a temporary name in ``out``, then rename them all, in the order given."""
    aside: dict[str, Path] = {}
    current = out
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            current = out / name
            aside[name] = _write_aside(current, content)
        _rename_all({temporary: out / name for name, temporary in aside.items()})
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise OutputError(
            current, reason, "Close it if it is open elsewhere, or choose another folder."
        ) from error
    finally:
        for temporary in aside.values():
            temporary.unlink(missing_ok=True)
    return {name: out / name for name in contents}


def _rename_all(moves: Mapping[Path, Path]) -> None:
    """Put every file in place, or none; at every moment there is a whole file under each name, the earlier or the new.

    No file system renames several files at once: a machine that stops between two of them leaves files of both reports.
    run.json, which has the hashes of the others, is put in place last: they do not agree with it then.
    """
    earlier: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for temporary, path in moves.items():
            if path.exists():
                earlier[path] = _second_name(path, path.with_name(f"{temporary.name}.earlier"))
        for temporary, path in moves.items():
            temporary.replace(path)
            placed.append(path)
    except OSError:
        for path in reversed(placed):
            if path in earlier:
                earlier[path].replace(path)
            else:
                path.unlink(missing_ok=True)
        raise
    finally:
        for second in earlier.values():
            second.unlink(missing_ok=True)


def _second_name(path: Path, second: Path) -> Path:
    """``second`` as another name of the file at ``path``; a copy where the file system knows no second names."""
    try:
        os.link(path, second)
    except (OSError, NotImplementedError):
        shutil.copy2(path, second)
    return second


def _write_aside(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
