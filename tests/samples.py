"""Builders that several tests share: holdings from a few words, rules for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandera.typing import DataFrame

from screener.contracts import checked, columns
from screener.holdings.model import Holdings
from screener.lists.model import Entities, Events, Listings, Names, Restricted
from screener.lists.starter import load_starter
from screener.rules.decision import Rules
from screener.rules.investors import load_investor
from screener.rules.programmes import load_programmes

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder of real files (../shared) is not here"
)


@cache
def starter() -> Restricted:
    """The shipped restricted lists, read once for all tests."""
    return load_starter()


def rules(as_of: str, investor: str = "us") -> Rules:
    """The shipped programmes for a shipped investor profile."""
    return Rules(load_programmes(), load_investor(investor), date.fromisoformat(as_of))


def list_of(rows: pd.DataFrame) -> Restricted:
    """A restricted list from rows of entity, name, programme, printed, event, at, note: one row an event."""
    first = rows.drop_duplicates("entity")
    listed = rows.drop_duplicates(["entity", "programme"])
    ids = listed["entity"] + "/" + listed["programme"]
    named = first.rename(columns={"entity": "entity_id"}).assign(
        kind="company", country="", note="", quality="strong", source_id=""
    )
    listings = listed.assign(listing_id=ids, entity_id=listed["entity"], list=listed["programme"])
    events = rows.assign(listing_id=rows["entity"] + "/" + rows["programme"], source_id="")
    return replace(
        starter(),
        entities=checked(Entities, named),
        names=checked(Names, named),
        identifiers=starter().identifiers.head(0),
        listings=checked(Listings, listings.assign(source_id="")),
        events=checked(Events, events),
    )


def holdings(*said: Mapping[str, Any]) -> DataFrame[Holdings]:
    """A frame of holdings of which only what matters is said."""
    texts: dict[str, Any] = dict.fromkeys(columns(Holdings), "")
    numbers = dict.fromkeys(("quantity", "price", "market_value", "weight"))
    rows = [
        {**texts, **numbers, "file": "f.csv", "row": number, "hidden": False, **one}
        for number, one in enumerate(said, 2)
    ]
    return checked(Holdings, pd.DataFrame(rows))
