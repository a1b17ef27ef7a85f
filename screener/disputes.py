"""Findings that rest on an identifier which the lists claim for more than one issuer: said with the finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.findings import Findings
from screener.lists.conflicts import OF_SECURITIES, conflicts
from screener.lists.model import Restricted

_BETWEEN = " · "  # between the identifiers of one side of a finding


@dataclass(frozen=True, slots=True)
class Disputed:
    """Findings with what is disputed about them told in ``why``, and a sentence about them all ("" if none)."""

    findings: DataFrame[Findings]
    remarks: tuple[str, ...]


def disputed(findings: DataFrame[Findings], restricted: Restricted) -> Disputed:
    """``findings`` with a sentence in ``why`` wherever an identifier that met is claimed by two issuers."""
    told = _sentences(restricted) if len(findings) else {}
    if not told:
        return Disputed(findings, ())
    more = pd.Series(
        [_of_finding(told, *pair) for pair in zip(findings["entity_id"], findings["theirs"], strict=True)],
        index=findings.index,
        dtype="str",
    )
    number = int((more != "").sum())
    if not number:
        return Disputed(findings, ())
    why = findings["why"] + more.where(more == "", " " + more)
    verb = "finding rests" if number == 1 else "findings rest"
    remark = (
        f"{number:,} {verb} on an identifier that the lists claim for more than one issuer: see sheet Lists"
    )
    return Disputed(checked(Findings, findings.assign(why=why)), (remark,))


def _sentences(restricted: Restricted) -> dict[tuple[str, str], str]:
    """By entity and identifier as printed: who claims it besides."""
    found = conflicts(restricted)
    found = found[found["scheme"].isin(OF_SECURITIES)]
    told: dict[tuple[str, str], str] = {}
    for (scheme, value), claims in found.groupby(["scheme", "value"], sort=True):
        who = ", ".join(
            f"{name} ({entity_id})"
            for name, entity_id in zip(claims["name"], claims["entity_id"], strict=True)
        )
        sentence = (
            f"Conflict: the lists claim {str(scheme).upper()} {value} for {len(claims)} issuers: {who}."
        )
        told |= dict.fromkeys(zip(claims["entity_id"], claims["printed"], strict=True), sentence)
    return told


def _of_finding(told: dict[tuple[str, str], str], entity_id: str, theirs: str) -> str:
    return " ".join(dict.fromkeys(_met(told, entity_id, theirs)))


def _met(told: dict[tuple[str, str], str], entity_id: str, theirs: str) -> Iterator[str]:
    for printed in theirs.split(_BETWEEN):
        if (entity_id, printed) in told:
            yield told[entity_id, printed]
