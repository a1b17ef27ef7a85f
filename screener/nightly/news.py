"""Whether a report says anything that its readers have not been told by mail."""

from __future__ import annotations

from typing import Final

import pandas as pd

from screener import job
from screener.nightly.work import Work

_TOLD: Final = ("findings", "clear", "heartbeat")
# What makes a finding another one for its reader: the security, the entry, and what follows from it.
_SAME: Final = ["security_key", "programme", "entity_id", "action", "mandatory", "until", "effective"]
_COLOURS: Final = ("green", "amber", "red")


def something_new(work: Work, request: job.RunRequest, result: job.RunResult) -> bool:
    """Whether findings differ from those of the run that was mailed last, or the report got a worse colour.

    The first report of a portfolio is new, and so is one whose predecessor is no longer on record.
    """
    last = work.nights.last_mail(request.portfolio, _TOLD)
    before = work.store.find_run(last[0]) if last else None
    now = work.store.find_run(result.run)
    if before is None or now is None or before.investor != now.investor:
        return True
    if _COLOURS.index(now.banner or "red") > _COLOURS.index(before.banner or "red"):
        return True
    return _told(work, before.id) != _told(work, now.id)


def _told(work: Work, run: str) -> set[tuple[str, ...]]:
    findings: pd.DataFrame = work.store.findings_of(run)[_SAME].astype(str)
    return set(findings.itertuples(index=False, name=None))
