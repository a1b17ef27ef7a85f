"""What a run is made with: the rules for an investor and a day, and the lists in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.funds import Books, Source, open_books
from screener.job.request import RunRequest
from screener.lists import Cautions, ListsConfig, data_folder, load_restricted, read_config
from screener.lists import cautions as cautions_of
from screener.lists.model import Restricted
from screener.lists.starter import load_starter
from screener.rules.decision import Rules
from screener.rules.investors import load_investor
from screener.rules.ownership import Ownership
from screener.rules.ownership_file import load_ownership
from screener.rules.programmes import load_programmes
from screener.settings import Settings

ASSUMED_INVESTOR: Final = "us"


def rules_for(request: RunRequest, settings: Settings) -> Rules:
    """Programmes, investor and day of a request."""
    programmes = load_programmes()
    investor = load_investor(investor_name(request, settings), known=programmes.by_code)
    return Rules(programmes, investor, request.as_of)


def investor_name(request: RunRequest, settings: Settings) -> str:
    """The profile that a request asks for, by its name or path."""
    return request.investor or settings.run.investor or ASSUMED_INVESTOR


def load_lists(
    settings: Settings, known_on: date | None = None, versions: Mapping[str, str] | None = None
) -> Restricted:
    """The restricted lists in force: fetched ones, and the starter dataset for what was not fetched.

    With ``versions`` (content hash by source) exactly those of the fetched ones.
    """
    return load_restricted(
        lists_config(settings),
        known_on,
        starter=lambda: load_starter(settings.starter_folder),
        versions=versions,
    )


def lists_config(settings: Settings) -> ListsConfig:
    """Where lists come from and where they are kept."""
    return read_config(data_folder(settings.data_folder), settings.sources_file)


def ownership_for(request: RunRequest, settings: Settings) -> Ownership | None:
    """What the ownership file says; None where there is none, and the report then says so."""
    path = ownership_file(request, settings)
    return load_ownership(path) if path else None


def books_for(request: RunRequest, settings: Settings, holdings: pd.DataFrame) -> Books:
    """What the funds among ``holdings`` hold, as far as files say."""
    given = request.look_through or tuple(Source.parse(text) for text in settings.run.look_through)
    return open_books(given, holdings)


def ownership_file(request: RunRequest, settings: Settings) -> Path | None:
    """Where the ownership file is; None where none was given."""
    return request.ownership or (Path(settings.run.ownership) if settings.run.ownership else None)


def gate(restricted: Restricted, request: RunRequest, settings: Settings) -> Cautions:
    """What is wrong with the lists; raises RestrictedListError where one is past its maximum age."""
    today = request.now.date() if request.now else request.as_of
    found = cautions_of(lists_config(settings), restricted, request.as_of, today, request.known_on)
    if found.refusals and not request.accept_stale:
        raise RestrictedListError(
            "restricted lists",
            " ".join(found.refusals),
            "Run `screener lists update`, or go on with --accept-stale.",
        )
    return found
