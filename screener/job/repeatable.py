"""What of a run must be kept so that it can be repeated to the byte, as JSON and as files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from screener.errors import ExitCode
from screener.holdings.profiles import profile_file
from screener.job.inputs import profiles_of
from screener.job.making import Made
from screener.job.memory import Memory
from screener.job.reporting import Terms
from screener.job.request import RunRequest
from screener.report import Summary

BOOKS: Final = "books"
REFERENCE: Final = "reference"
PROFILE: Final = "profile"  # facts: the profile of all files, and "profile 2" that of the second file


@dataclass(frozen=True, slots=True)
class Ended:
    """A run whose report is written."""

    made: Made
    summary: Summary
    terms: Terms
    memory: Memory
    code: ExitCode
    outcome: tuple[Mapping[str, float], Mapping[str, Path]]  # seconds by stage, and the files written


def asked_at_first(request: RunRequest) -> dict[str, Any]:
    """The request as JSON, before anything is known."""
    return {
        "as_of": request.as_of.isoformat(),
        "investor": request.investor,
        "known_on": request.known_on.isoformat() if request.known_on else "",
        "now": request.now.isoformat() if request.now else "",
        "accept_stale": request.accept_stale,
        "files": [request.name_of(path) for path in request.files],
        "profiles": profiles_of(request),
        "warnings": list(request.warnings),
        "failures": list(request.failures),
        "read_hidden": request.reading.read_hidden,
        "password": request.reading.password is not None,
    }


def asked(ended: Ended) -> dict[str, Any]:
    """The request with all that the run rested on and is no file: settings, cautions, hashes of what was written."""
    terms, cautions = ended.terms, ended.terms.grounds.cautions
    return asked_at_first(terms.request) | {
        "assumed": terms.investor_assumed,
        "grounds": terms.grounds.hashes,
        "stale_after_days": terms.settings.lists.stale_after_days,
        "four_eyes": terms.settings.review.four_eyes,
        "ownership": terms.grounds.ownership.file if terms.grounds.ownership else "",
        "cautions": {
            "warnings": list(cautions.warnings),
            "failures": list(cautions.failures),
            "refusals": list(cautions.refusals),
        },
        "timings": dict(ended.outcome[0]),
        "written": {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in ended.outcome[1].items()
        },
    }


def profile_contents(request: RunRequest) -> dict[str, bytes]:
    """The profiles by which the files were read."""
    found = {}
    general = profile_file(request.reading)
    if general is not None and general.is_file():
        found[PROFILE] = general.read_bytes()
    for number, file in enumerate(request.files, 1):
        if file in request.profiles and request.profiles[file].is_file():
            found[f"{PROFILE} {number}"] = request.profiles[file].read_bytes()
    return found
