"""What a run knows of the past: the decisions of reviewers, and the run that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from screener.job.portfolio import portfolio_of
from screener.job.request import RunRequest
from screener.reviews import Decision

if TYPE_CHECKING:
    from screener.history import RunRecord, Store


@dataclass(frozen=True, slots=True)
class Earlier:
    """The run that another is compared with; ``held`` and ``entries`` are packed sets (screener.identity)."""

    id: str
    run_id: str
    as_of: date
    started: datetime
    software: str
    datasets: Mapping[str, str]
    grounds: Mapping[str, str]  # hashes of investor, programmes, ownership
    files: Mapping[str, str]  # name -> hash
    findings: pd.DataFrame
    held: bytes | None
    entries: bytes | None


@dataclass(slots=True)
class Memory:
    """Reads the history for one run. With ``fixed`` it knows what that run, which is replayed, knew then.

    ``previous`` and ``decisions_upto`` say afterwards what was looked at; they belong on the record.
    """

    store: Store | None
    request: RunRequest
    investor: str
    fixed: RunRecord | None = None
    previous: str | None = None
    decisions_upto: int | None = None

    def decisions(self) -> Sequence[Decision]:
        """The log, in the order of recording."""
        if self.store is None:
            return ()
        found = self.store.decisions(self.fixed.decisions_upto or 0 if self.fixed else None)
        self.decisions_upto = found[-1].id if found else 0
        return found

    def earlier(self, fingerprint: str) -> Earlier | None:
        """The run to compare with, or None where this is the first."""
        run = self._earlier(fingerprint)
        if run is None or self.store is None:
            return None
        self.previous = run.id
        return Earlier(
            id=run.id,
            run_id=run.run_id or "",
            as_of=run.as_of,
            started=run.started,
            software=run.software,
            datasets=run.datasets or {},
            grounds=_texts(run.request.get("grounds")),
            files={file.name: file.sha256 for file in self.store.files_of(run.id)},
            findings=self.store.findings_of(run.id),
            held=self.store.fact_of(run.id, "held"),
            entries=self.store.fact_of(run.id, "entries"),
        )

    def _earlier(self, fingerprint: str) -> RunRecord | None:
        if self.store is None:
            return None
        if self.fixed is not None:
            return self.store.find_run(self.fixed.previous) if self.fixed.previous else None
        from screener.history import PreviousOf

        request = self.request
        of = PreviousOf(
            portfolio_of(request), request.owner, self.investor, request.as_of, fingerprint, request.known_on
        )
        return self.store.previous_run(of)


def _texts(value: Any) -> Mapping[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}
