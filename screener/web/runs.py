"""Runs as the page knows them: those of the history, and what the page itself keeps of the ones it started."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from screener.errors import ExitCode
from screener.history import RunQuery, RunRecord, Store
from screener.web.access import Person
from screener.web.jobs import Ended

_RECORD: Final = "record.json"
_ID = re.compile(r"[0-9a-f]{32}")
_ORPHAN: Final = timedelta(days=7)  # after which a folder goes whose run the history does not hold
DOWNLOADS: Final = {
    "divestment-report.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "findings.csv": "text/csv; charset=utf-8",
    "rows.csv": "text/csv; charset=utf-8",
    "run.json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A run as lists of runs show it; ``how`` and ``sentence`` say why it ended where it did not finish."""

    id: str
    owner: str
    created: str
    files: tuple[str, ...]
    as_of: str
    investor: str = ""
    portfolio: str = ""
    state: str = "queued"
    how: str = ""
    sentence: str = ""
    exit_code: int | None = None
    verdict: str = ""
    banner: str = ""
    actions: dict[str, int] | None = None
    run_id: str = ""
    kind: str = "upload"
    folder: str = ""  # of the report
    protected: bool = False  # opened with a password, which is not kept
    accept_stale: bool = False

    def visible_to(self, person: Person) -> bool:
        """Owners see their own runs, everybody those of the night, reviewers all."""
        mine = bool(self.owner) and person.name == self.owner
        return mine or self.kind == "nightly" or person.may("reviewer")


class Runs:
    """An id that is no id, or is another person's run, is answered like one that does not exist."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home, self.store = home, store

    def folder(self, run_id: str) -> Path:
        """The folder of a run that the page started."""
        return self.home / run_id

    def save(self, record: Record) -> None:
        """Keep what is known of a run that the page started."""
        folder = self.folder(record.id)
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{_RECORD}.{threading.get_ident()}.part"
        aside.write_text(json.dumps(asdict(record)), encoding="utf-8")
        aside.replace(folder / _RECORD)  # in one step: somebody is reading it all the time

    def get(self, run_id: str) -> Record | None:
        """What is known of a run."""
        if not _ID.fullmatch(run_id):
            return None
        own = self._own(run_id)
        if own is not None:
            return own
        found = self.store.find_run(run_id)
        return _of_history(found) if found else None

    def seen_by(self, person: Person, limit: int, offset: int = 0) -> list[Record]:
        """The runs that ``person`` may see, the latest first, as far as they have begun."""
        whose = None if person.may("reviewer") else person.name
        found = self.store.runs(RunQuery(seen_by=whose, limit=limit, offset=offset))
        return [self._own(one.id) or _of_history(one) for one in found]

    def page(self, run_id: str) -> dict[str, Any] | None:
        """What the result page shows; None where the history does not hold it."""
        content = self.store.fact_of(run_id, "page")
        return dict(json.loads(content)) if content else None

    def uploads(self, run_id: str) -> list[Path]:
        """The uploaded files of a run in their order; none once they are past their time."""
        folder = self.folder(run_id) / "in"
        return sorted(folder.glob("*.upload"), key=lambda path: int(path.stem)) if folder.is_dir() else []

    def report_file(self, record: Record, name: str) -> Path | None:
        """A file of the report, where its folder still holds that very report."""
        folder = Path(record.folder)
        if name not in DOWNLOADS or not record.folder or not (folder / name).is_file():
            return None
        return folder / name if record.kind == "upload" or _run_in(folder) == record.run_id else None

    def ended(self, run_id: str, ended: Ended, now: datetime) -> None:
        """Record how a run ended that the page started; the worker has recorded those that it finished itself."""
        record = self._own(run_id)
        if record is None:
            return
        state = {"done": "finished", "cancelled": "cancelled"}.get(ended.how, "failed")
        known = ended.value if isinstance(ended.value, dict) else {}
        self.save(replace(record, state=state, how=ended.how, sentence=ended.sentence, **known))
        if ended.how not in ("done", "refused"):
            why = ended.sentence or f"ended by the page: {ended.how}"
            self.store.fail_run(run_id, why, now, ExitCode.NOT_FINISHED, state)

    def interrupted(self, now: datetime) -> None:
        """Say of runs that were under way when the server ended that they did not finish."""
        for record in self._all():
            if record.state in ("queued", "running"):
                self.ended(record.id, Ended("stopped"), now)

    def sweep(self, now: datetime, keep: timedelta) -> None:
        """Delete uploads that are past their time, and folders of runs that the history no longer holds."""
        for record in self._all():
            age, over = (
                now - datetime.fromisoformat(record.created),
                record.state not in ("queued", "running"),
            )
            if over and age >= keep:
                shutil.rmtree(self.folder(record.id) / "in", ignore_errors=True)
            if over and age > _ORPHAN and self.store.find_run(record.id) is None:
                shutil.rmtree(self.folder(record.id), ignore_errors=True)

    def _all(self) -> list[Record]:
        return [record for path in self.home.glob("*") if (record := self._own(path.name)) is not None]

    def _own(self, run_id: str) -> Record | None:
        try:
            raw = json.loads((self.folder(run_id) / _RECORD).read_text(encoding="utf-8"))
            return Record(**raw | {"files": tuple(raw["files"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def _of_history(run: RunRecord) -> Record:
    """A run that the page did not start."""
    counts: Mapping[str, Any] = (run.manifest or {}).get("counts", {})
    return Record(
        id=run.id,
        owner=run.owner,
        created=run.started.isoformat(),
        files=tuple(run.request.get("files", ())),
        as_of=run.as_of.isoformat(),
        investor=run.investor,
        portfolio=run.portfolio,
        state=run.state,
        how="" if run.state == "finished" else "refused" if run.state == "failed" else run.state,
        sentence=run.error or "",
        exit_code=run.exit_code,
        verdict=run.verdict or "",
        banner=run.banner or "",
        actions=counts.get("actions"),
        run_id=run.run_id or "",
        kind=run.kind,
        folder=run.folder,
    )


def _run_in(folder: Path) -> str:
    """The number of the report that a folder holds: a later run may have written into it."""
    try:
        return str(json.loads((folder / "run.json").read_text(encoding="utf-8")).get("run_id", ""))
    except (OSError, ValueError):
        return ""
