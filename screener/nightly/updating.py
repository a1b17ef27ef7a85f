"""The first stage of the night: fetch the restricted lists, each on its own."""

from __future__ import annotations

from typing import Any

from screener import job
from screener.errors import ScreenerError
from screener.lists import UpdateResult, update
from screener.nightly import log
from screener.nightly.work import Work


def update_lists(work: Work) -> None:
    """Updates every enabled list; one that does not come leaves its last good version in force, and is told."""
    config = job.lists_config(work.settings)
    for source in config.sources:
        if source.enabled:
            work.go_on()
            _one(work, source.name)


def _one(work: Work, name: str) -> None:
    try:
        (result,) = update(job.lists_config(work.settings), now=work.clock(), only=(name,))
    except ScreenerError as error:
        work.red("lists", f"{name} was not updated: {error}")
        return
    counts: dict[str, Any] = {
        "added": result.added,
        "removed": result.removed,
        "seconds": round(result.seconds, 2),
    }
    if result.outcome in ("new", "unchanged"):
        log.say("lists", result.message, outcome=result.outcome, **counts)
    else:
        _kept(work, result)


def _kept(work: Work, result: UpdateResult) -> None:
    """A list that did not come: amber while an earlier version is in force, red when there is none."""
    if result.version is None:
        work.red("lists", f"{result.message} No version of this list is in force.")
    else:
        work.amber("lists", f"{result.message} The version of {result.version.published} stays in force.")
