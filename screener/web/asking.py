"""Putting questions to the desk, from a form or from the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from screener.identifiers import normal, schemes_of
from screener.web.jobs import Ended
from screener.web.state import Web
from screener.web.tasks import Question

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{8,9}[0-9]")


def ask(web: Web, kind: str, as_of: date, investor: str = "", said: Mapping[str, str] | None = None) -> Ended:
    """The answer of the desk."""
    return web.desk.ask(Question(kind, web.settings, as_of, investor, dict(said or {})))


def said_of(name: str, identifier: str) -> dict[str, str]:
    """What is known of a security: its name, and its identifier as what it is by its check digits and shape."""
    return {"name": name} | (_identified(identifier) if identifier else {})


def _identified(printed: str) -> dict[str, str]:
    """``printed`` under the schemes that it can be: a bare text of six can be a German number and a ticker."""
    bare = normal(printed)
    schemes = schemes_of(bare)
    if schemes and schemes[0] != "wkn":
        return {schemes[0]: printed}
    if _ISIN.fullmatch(bare):
        return {"isin": printed}  # its check digit fails or is missing, as on some lists
    return {"ticker": printed} | ({"wkn": printed} if schemes and bare == printed.strip().upper() else {})
