"""Taking a screening on: its folder, its record, its place in the queue."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path

from screener.holdings import Profile, ReadOptions, save_profile
from screener.job import RunRequest
from screener.web.access import Person
from screener.web.forms import Asked, Wrong, keep
from screener.web.jobs import Job
from screener.web.runs import Record
from screener.web.state import Web
from screener.web.tasks import Screening


def start(web: Web, person: Person, asked: Asked, profile: Path | None = None) -> Record | Wrong:
    """Keep the files and queue the screening; "full" where too many wait. ``profile`` is how all files are read."""
    record = _record(web, person, asked.names, asked)
    paths = keep(asked.files, web.runs.folder(record.id) / "in")
    for path in paths if profile else ():
        shutil.copy(str(profile), path.with_suffix(".toml"))
    return _queue(web, record, _request(web, record, paths, asked.password))


def start_again(
    web: Web, person: Person, earlier: Record, profiles: dict[int, Profile], password: str = ""
) -> Record | Wrong:
    """Screen the files of an earlier run again, those whose number is among ``profiles`` as corrected."""
    uploads = web.runs.uploads(earlier.id)
    if not uploads:
        return Wrong("uploads_gone", {})
    new_id = uuid.uuid4().hex
    record = replace(
        earlier,
        folder=str(web.runs.folder(new_id) / "report"), id=new_id, owner=person.name, created=web.now().isoformat(), state="queued", how="",
        sentence="", exit_code=None, verdict="", banner="", actions=None, run_id="",
    )  # fmt: skip
    folder = web.runs.folder(record.id)
    (folder / "in").mkdir(parents=True)
    for path in uploads[0].parent.iterdir():
        shutil.copy(path, folder / "in" / path.name)  # with the corrections made before
    for number, profile in profiles.items():
        save_profile(profile, folder / "in" / f"{number}.toml")
    paths = tuple(folder / "in" / path.name for path in uploads)
    return _queue(web, record, _request(web, record, paths, password))


def _record(web: Web, person: Person, names: tuple[str, ...], asked: Asked) -> Record:
    number = uuid.uuid4().hex
    return Record(
        id=number,
        folder=str(web.runs.folder(number) / "report"),
        owner=person.name,
        created=web.now().isoformat(),
        files=names,
        as_of=asked.as_of.isoformat(),
        investor=asked.investor,
        portfolio=asked.portfolio,
        protected=bool(asked.password),
        accept_stale=asked.accept_stale,
    )


def _request(web: Web, record: Record, paths: tuple[Path, ...], password: str) -> RunRequest:
    return RunRequest(
        files=paths,
        as_of=date.fromisoformat(record.as_of),
        out=Path(record.folder),
        id=record.id,
        kind="upload",
        owner=record.owner,
        portfolio=record.portfolio,
        investor=record.investor,
        now=web.now(),
        accept_stale=record.accept_stale,
        reading=ReadOptions(password=password or None),
        names=dict(zip(paths, record.files, strict=True)),
        profiles={path: path.with_suffix(".toml") for path in paths if path.with_suffix(".toml").exists()},
    )


def _queue(web: Web, record: Record, request: RunRequest) -> Record | Wrong:
    folder = web.runs.folder(record.id)
    web.runs.save(record)
    payload = Screening(request, web.settings)
    if not web.jobs.submit(Job(record.id, payload, web.now())):
        shutil.rmtree(folder, ignore_errors=True)
        return Wrong("full", {})
    return record
