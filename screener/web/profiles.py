"""Saved ways of reading: made from what a person corrected on the page, kept by name in the data folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pandas as pd
from pandera.typing import DataFrame

from screener.holdings import ColumnsRead, Profile, joined, make_profile
from screener.holdings.profiles import PROFILE_FIELDS
from screener.web.forms import Wrong
from screener.web.state import Web

CHOICES: Final = PROFILE_FIELDS
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")


def folder(web: Web) -> Path:
    """Where saved profiles are kept."""
    return web.settings.profiles_folder


def profile_names(web: Web) -> list[str]:
    """The profiles that can be chosen."""
    return sorted(path.stem for path in folder(web).glob("*.toml"))


def check_profile(web: Web, name: str) -> Path | Wrong | None:
    """The profile of that name, None for "": never a path from a form."""
    if not name:
        return None
    return (
        folder(web) / f"{name}.toml" if name in profile_names(web) else Wrong("profile", {"value": name[:60]})
    )


def check_name(name: str) -> str | Wrong:
    """A name under which a profile can be saved, or ""."""
    return name if not name or _NAME.fullmatch(name) else Wrong("profile_name", {})


def corrected(
    tables: Sequence[Mapping[str, Any]], fields: Mapping[str, str], files: Sequence[str], name: str
) -> dict[int, Profile]:
    """For each file (by number) whose columns were chosen otherwise than they were read, the profile that says so.

    ``fields`` are those of the form: ``column-TABLE-COLUMN``, both counted from 0 in the order of ``tables``.
    """
    found: dict[int, Profile] = {}
    columns = _columns(tables, fields)
    for number, file in enumerate(files, 1):
        own = columns[(columns["file"] == file) | columns["file"].str.startswith(f"{file}/")]
        if own["changed"].any():
            told = cast("DataFrame[ColumnsRead]", own.drop(columns="changed"))
            found[number] = make_profile(replace(joined([]), columns=told), name)
    return found


def _columns(tables: Sequence[Mapping[str, Any]], fields: Mapping[str, str]) -> pd.DataFrame:
    """The columns of all tables as they were read, with what was chosen in place of it."""
    rows = []
    for place, table in enumerate(tables):
        for number, column in enumerate(table["columns"]):
            read = shown_field(column)
            chosen = fields.get(f"column-{place}-{number}", read)
            changed = chosen != read and (chosen in CHOICES or not chosen)
            where = {key: table[key] for key in ("file", "sheet", "header_row")}
            told = {"field": chosen, "by": "profile"} if changed else {}
            rows.append(where | column | told | {"changed": changed})
    return pd.DataFrame(rows)


def shown_field(column: Mapping[str, Any]) -> str:
    """The field that a column was taken for, as it is chosen on the page and named in a profile."""
    return "spare_name" if column["by"] == "spare" else str(column["field"])
