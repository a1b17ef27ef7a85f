"""One module a publisher: bytes as downloaded in, tables of the restricted list out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from screener.lists.parsed import Parser
from screener.lists.sources import csl, eu, ftm, house, ofac, opensanctions, uk, un

PARSERS: Final[Mapping[str, Parser]] = MappingProxyType(
    {
        "ofac": ofac.parse,
        "csl": csl.parse,
        "un": un.parse,
        "eu": eu.parse,
        "uk": uk.parse,
        "opensanctions_simple": opensanctions.parse_simple,
        "opensanctions_securities": opensanctions.parse_securities,
        "ftm": ftm.parse,
        "house": house.parse,
    }
)
