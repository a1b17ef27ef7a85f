"""What worker processes do: a whole screening, or a question about the lists. Nothing here knows of the web."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from screener.job import RunRequest
from screener.settings import Settings
from screener.web.jobs.worker import Told


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening to be done."""

    request: RunRequest
    settings: Settings


@dataclass(frozen=True, slots=True)
class Mailing:
    """The report of the run on record under ``run``, to be sent by mail."""

    run: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a kind of ANSWERS, for one investor and day."""

    kind: str
    settings: Settings
    as_of: date
    investor: str = ""
    said: Mapping[str, str] | None = None


def do_screening(task: Screening, told: Told) -> dict[str, Any]:
    """Run the job, which records it; gives the headline for those who wait for it."""
    from screener import job

    result = job.run(task.request, task.settings, told)
    summary = result.summary
    return {
        "exit_code": int(result.exit_code),
        "run_id": result.report.run_id,
        "verdict": summary.verdict,
        "banner": summary.banner.colour,
        "actions": {line.action: line.holdings for line in summary.actions},
    }


def send_report(task: Mailing, told: Told) -> dict[str, Any]:
    """Make the report of the run once more from what was kept of it, to the byte, with the decisions and changes that it
    showed, and put its mails into the outbox; send what is due.

    The same run and recipient is one mail: who presses the button twice sends nothing twice.
    """
    from screener.history import open_store
    from screener.job.delivering import addressed, check_mail, queue, recorded_matter
    from screener.job.replay import replay
    from screener.job.sending import send_due

    mail = task.settings.mail
    with open_store(task.settings) as store:
        run = store.run(task.run)
        check_mail(mail, run.portfolio)
        matter = recorded_matter(run, replay(run, store, task.settings, progress=told))
        queue(store, matter, addressed(mail, run.portfolio), datetime.now(UTC))
        sent = send_due(store, mail, lambda: datetime.now(UTC))
    return {"complete": sent.complete, "sentence": sent.sentence()}


def answer(question: Question, told: Told) -> Any:
    """The answer to a question about the lists, as plain values."""
    return _ANSWERS[question.kind](question)


def _check(question: Question) -> dict[str, Any]:
    """One security by hand: outcome, findings with both sides, and the nearest name where there is none."""
    from screener import inspection, job
    from screener.report.summary import described
    from screener.report.view import finding_view, plain

    restricted, rules = _setting(question)
    said = dict(question.said or {})
    screening = inspection.check(said, restricted, rules)
    found = described(screening.findings, rules.as_of)
    outcome = screening.outcomes.iloc[0]
    near: Any = None
    if screening.findings.empty and said.get("name", "").strip():
        closest = inspection.closest(said["name"], restricted, rules.as_of)
        near = closest.head(1).to_dict("records")
    return {
        "as_of": rules.as_of.isoformat(),
        "investor": rules.investor.name,
        "assumed": not (question.investor or question.settings.run.investor),
        "outcome": str(outcome["outcome"]),
        "reason": str(outcome["reason"]),
        "needs_action": job.needs_action(screening.findings),
        "findings": [finding_view(row) for row in found.to_dict("records")],
        "closest": plain(near[0]) if near else None,
    }


def _entity(question: Question) -> dict[str, Any]:
    """One entity's story, or the entities that a name fits."""
    from dataclasses import asdict

    from screener import inspection
    from screener.report.view import plain

    restricted, rules = _setting(question)
    found = inspection.find_entities(restricted, (question.said or {}).get("entity", ""))
    if len(found) > 1:
        names = restricted.entities.set_index("entity_id")["name"]
        return {"several": [{"entity_id": one, "name": str(names[one])} for one in found[:200]]}
    return {"story": plain(asdict(inspection.story(restricted, found[0], rules)))}


def _lists(question: Question) -> dict[str, Any]:
    """Every source with its health, and the parts of the starter dataset with the day to which each is kept."""
    from screener import job
    from screener.lists import status
    from screener.lists.starter import programme_notes
    from screener.report.view import plain
    from screener.rules.programmes import load_programmes

    table = status(job.lists_config(question.settings), question.as_of)
    restricted = job.load_lists(question.settings)
    notes = programme_notes(question.settings.starter_folder)
    known = load_programmes().by_code
    return {
        "sources": [plain(row) for row in table.to_dict("records")],
        "datasets": [
            {
                "title": one.title,
                "kept_to": one.kept_to.isoformat(),
                "entries": one.entries,
                "version": one.version,
                "programmes": list(one.programmes),
            }
            for one in restricted.datasets
        ],
        "starter": [
            {
                "programme": note.programme,
                "kept_to": note.kept_to.isoformat(),
                "age": (question.as_of - note.kept_to).days,
                "ended": note.programme in known and known[note.programme].ended_by(question.as_of),
            }
            for note in notes
        ],
    }


def _setting(question: Question) -> tuple[Any, Any]:
    from screener import job

    request = RunRequest((), question.as_of, Path(), question.investor)
    return job.load_lists(question.settings), job.rules_for(request, question.settings)


_ANSWERS: Final = {"check": _check, "entity": _entity, "lists": _lists}
