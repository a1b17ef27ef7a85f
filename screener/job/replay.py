"""A past run made again from what was kept of it: inputs, lists, rules, decisions as they stood, the run before it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from screener import __version__
from screener.errors import HistoryError, UsageError
from screener.holdings import ReadOptions
from screener.job.bookkeeping import unpack_books, unpack_reference
from screener.job.grounds import INVESTOR, LISTS, OWNERSHIP, PROGRAMMES, STARTER, Grounds
from screener.job.making import make
from screener.job.memory import Memory
from screener.job.repeatable import BOOKS, PROFILE, REFERENCE
from screener.job.reporting import Terms
from screener.job.request import Progress, RunRequest, Stopwatch
from screener.job.setting import load_lists
from screener.lists import Cautions
from screener.report import Report, report_files
from screener.rules.decision import Rules
from screener.rules.investors import load_investor
from screener.rules.ownership_file import load_ownership
from screener.rules.programmes import load_programmes
from screener.settings import Settings

if TYPE_CHECKING:
    from screener.history import RunRecord, Store


@dataclass(frozen=True, slots=True)
class Replay:
    """The files made again, and for each whether it is the same to the byte; ``reasons`` say what may differ."""

    run: RunRecord
    report: Report
    files: Mapping[str, bytes]
    same: Mapping[str, bool]
    reasons: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every file is."""
        return bool(self.same) and all(self.same.values())


def replay(
    run: RunRecord,
    store: Store,
    settings: Settings,
    password: str | None = None,
    progress: Progress = lambda stage: None,
) -> Replay:
    """Make ``run`` again and compare with the hashes of what was written then.

    Raises UsageError for a run without a report, HistoryError or RestrictedListError where something was not kept.
    """
    if run.state != "finished":
        raise UsageError(f"Run {run.id[:12]} has no report to make again: it is {run.state}", run.error or "")
    if run.request.get("password") and password is None:
        raise UsageError("The holdings of this run were read with a password", "Give it with --password.")
    with _laid_out(run, store, password) as request:
        settings = _settings(run, settings, request.files[0].parent.parent)
        grounds = replace(
            _grounds(run, settings, request),
            books=unpack_books(store.fact_of(run.id, BOOKS) or b""),
            reference=unpack_reference(store.fact_of(run.id, REFERENCE) or b""),
        )
        memory = Memory(store, request, run.investor, run)
        made = make(Terms(request, settings, grounds), memory, Stopwatch(progress))
        files = report_files(made.report, run.request["timings"])
    then: Mapping[str, str] = run.request["written"]
    same = {name: hashlib.sha256(files.get(name, b"")).hexdigest() == then[name] for name in then}
    return Replay(run, made.report, files, same, _reasons(run, grounds))


@contextmanager
def _laid_out(run: RunRecord, store: Store, password: str | None) -> Iterator[RunRequest]:
    """The kept files in a folder of their own, and the request that names them."""
    asked = run.request
    with TemporaryDirectory(prefix="screener-replay-") as place:
        home, names, profiles = Path(place), {}, {}
        for number, file in enumerate(store.files_of(run.id), 1):
            if not file.sha256:
                raise HistoryError(file.name, "was not kept: it could not be read when the run was made")
            folder = home / str(number)
            path = _put(folder, Path(file.name).name, store.kept.content(file.sha256))
            names[path] = file.name
            profile = store.fact_of(run.id, f"{PROFILE} {number}")
            if profile is not None:
                profiles[path] = _put(folder, ".profile.toml", profile)
        general = store.fact_of(run.id, PROFILE)
        reading = ReadOptions(
            password=password,
            profile=_put(home, "profile.toml", general) if general is not None else None,
            read_hidden=bool(asked["read_hidden"]),
        )
        for kind in (INVESTOR, PROGRAMMES, LISTS, OWNERSHIP, STARTER):
            content = store.fact_of(run.id, kind)
            if content is not None:
                _lay_out(home, kind, content, asked)
        yield RunRequest(
            files=tuple(names),
            as_of=run.as_of,
            out=home,
            investor="" if asked["assumed"] else str(home / "investor.toml"),
            now=datetime.fromisoformat(asked["now"]) if asked["now"] else None,
            known_on=date.fromisoformat(asked["known_on"]) if asked["known_on"] else None,
            accept_stale=bool(asked["accept_stale"]),
            reading=reading,
            names=names,
            profiles=profiles,
            warnings=tuple(asked["warnings"]),
            failures=tuple(asked["failures"]),
            portfolio=run.portfolio,
            owner=run.owner,
        )


def _lay_out(home: Path, kind: str, content: bytes, asked: Mapping[str, Any]) -> None:
    if kind == STARTER:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            packed.extractall(home / STARTER)
    elif kind == OWNERSHIP:
        _put(home / OWNERSHIP, Path(asked["ownership"]).name, content)
    else:
        _put(home, f"{kind}.toml", content)


def _put(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def _settings(run: RunRecord, settings: Settings, home: Path) -> Settings:
    """The settings of today with those of the run in their place."""
    lists = settings.lists.model_copy(
        update={
            "starter": str(home / STARTER),
            "sources": str(home / f"{LISTS}.toml"),
            "stale_after_days": run.request["stale_after_days"],
        }
    )
    review = settings.review.model_copy(update={"four_eyes": run.request["four_eyes"]})
    today = settings.run.model_copy(
        update={"investor": "", "ownership": "", "look_through": (), "reference": ()}
    )
    return settings.model_copy(update={"lists": lists, "review": review, "run": today})


def _grounds(run: RunRecord, settings: Settings, request: RunRequest) -> Grounds:
    """Rules, lists and cautions as the run had them."""
    home = request.files[0].parent.parent
    programmes = load_programmes(home / f"{PROGRAMMES}.toml")
    investor = load_investor(str(home / f"{INVESTOR}.toml"), known=programmes.by_code)
    said = run.request["cautions"]
    cautions = Cautions(*(tuple(said[name]) for name in ("warnings", "failures", "refusals")))
    ownership = run.request["ownership"]
    return Grounds(
        rules=Rules(programmes, investor, run.as_of),
        restricted=load_lists(settings, None, run.datasets),
        cautions=cautions,
        ownership=load_ownership(home / OWNERSHIP / Path(ownership).name) if ownership else None,
        files=_files(home, ownership),
    )


def _files(home: Path, ownership: str) -> dict[str, bytes]:
    paths = {kind: home / f"{kind}.toml" for kind in (INVESTOR, PROGRAMMES, LISTS)}
    paths |= {OWNERSHIP: home / OWNERSHIP / Path(ownership).name} if ownership else {}
    return {kind: path.read_bytes() for kind, path in paths.items() if path.is_file()}


def _reasons(run: RunRecord, grounds: Grounds) -> tuple[str, ...]:
    """What is not as it was, so that a difference can be explained."""
    told = []
    if run.software != f"screener {__version__}":
        told.append(f"The run was made with {run.software}; this is screener {__version__}.")
    now = grounds.datasets
    told += [
        f"List {name}: version {version[:12]} then, {now.get(name, 'none')[:12]} now."
        for name, version in (run.datasets or {}).items()
        if now.get(name) != version
    ]
    return tuple(told)


def saved(made: Replay, out: Path) -> dict[str, Path]:
    """The files of a replay written into ``out``."""
    from screener.report.writing import put_in_place

    return put_in_place(made.files, out)
