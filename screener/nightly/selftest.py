"""The self-test of each night: holdings whose answer is known go through the same pipeline as the portfolios."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pandas as pd

from screener import job
from screener.errors import ConfigurationError, ScreenerError
from screener.rules.model import ACTIONS
from screener.settings import Settings, read_toml, shipped_config

_HEADINGS: Final = ("Security", "ISIN", "Ticker", "Quantity", "Market value", "Currency")


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A holding and the answer that must come out; see ``config/sentinels.toml``."""

    name: str
    isin: str
    ticker: str
    investor: str
    as_of: str
    action: str
    programme: str
    because: str

    @property
    def title(self) -> str:
        return " ".join(part for part in (self.name, self.isin, self.ticker) if part)


def read_sentinels(settings: Settings) -> tuple[Sentinel, ...]:
    """The sentinels of the settings; raises ConfigurationError that names what is wrong with them."""
    given = settings.nightly.sentinels
    path = Path(given) if given else shipped_config() / "sentinels.toml"
    table = read_toml(path)
    for key in table:
        if key != "sentinel":
            raise ConfigurationError(path, key, "is not a known key", "Known keys here: sentinel.")
    found = tuple(_sentinel(path, number, one) for number, one in enumerate(table.get("sentinel", []), 1))
    if not found:
        raise ConfigurationError(path, "sentinel", "there is none", "A self-test needs at least one holding.")
    return found


def self_test(settings: Settings, today: date, now: datetime) -> tuple[str, ...]:
    """What came out wrong, a sentence each; nothing when every answer is as it must be.

    ``today`` is the day of the night. A pipeline that cannot finish is a wrong answer too.
    """
    found = sorted(read_sentinels(settings), key=_terms)
    wrong: list[str] = []
    for (as_of, investor), sentinels in groupby(found, key=_terms):
        day = date.fromisoformat(as_of) if as_of else today
        wrong += _group(list(sentinels), settings, job.RunRequest((), day, Path(), investor, now))
    return tuple(wrong)


def _terms(sentinel: Sentinel) -> tuple[str, str]:
    return sentinel.as_of, sentinel.investor


def _group(sentinels: Sequence[Sentinel], settings: Settings, terms: job.RunRequest) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="screener-selftest-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "sentinels.csv"
        _write(file, sentinels)
        # Lists too old are told of elsewhere: here it matters whether the answers are right. Nothing of it is history.
        request = replace(terms, files=(file,), out=Path(folder) / "report", accept_stale=True, record=False)
        try:
            report = job.run(request, settings).report
        except ScreenerError as error:
            return [f"the self-test could not finish: {error}"]
    told = [_wrong(one, row, report) for row, one in enumerate(sentinels, 2)]
    return [sentence for sentence in told if sentence]


def _write(file: Path, sentinels: Sequence[Sentinel]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADINGS)
        writer.writerows((one.name, one.isin, one.ticker, 100, 10_000, "USD") for one in sentinels)


def _wrong(sentinel: Sentinel, row: int, report: Any) -> str:
    """The sentence about one sentinel; "" when its answer is right."""
    findings: pd.DataFrame = report.findings[report.findings["row"] == row]
    outcomes: pd.DataFrame = report.outcomes[report.outcomes["row"] == row]
    said = [
        f"{action} under {programme}" for action, programme in findings[["action", "programme"]].to_numpy()
    ]
    if sentinel.action == "CLEAR":
        right = not said and outcomes["outcome"].tolist() == ["clear"]
    else:
        fitting = findings["programme"].isin([sentinel.programme]) | (sentinel.programme == "")
        right = bool((fitting & (findings["action"] == sentinel.action)).any())
    if right:
        return ""
    wanted = f"{sentinel.action} under {sentinel.programme}" if sentinel.programme else sentinel.action
    got = "; ".join(said) or ", ".join(outcomes["outcome"]) or "nothing"
    return f"{sentinel.title}: came out as {got}, must be {wanted} ({sentinel.because})"


def _sentinel(path: Path, number: int, given: dict[str, Any]) -> Sentinel:
    known = [item.name for item in fields(Sentinel)]
    place = f"sentinel {number}"
    for key in (*given, *known):
        if key not in known:
            raise ConfigurationError(
                path, f"{place}.{key}", "is not a known key", f"Known: {', '.join(known)}."
            )
        if not isinstance(given.get(key), str):
            raise ConfigurationError(path, f"{place}.{key}", "must be a text", 'Write "" for none.')
    one = Sentinel(**given)
    if one.action not in (*ACTIONS, "CLEAR"):
        raise ConfigurationError(
            path, f"{place}.action", f"'{one.action}' is no decision code", "See the README."
        )
    if one.as_of:
        try:
            date.fromisoformat(one.as_of)
        except ValueError:
            raise ConfigurationError(
                path, f"{place}.as_of", f"'{one.as_of}' is no day", "2021-02-01."
            ) from None
    return one
