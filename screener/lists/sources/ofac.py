"""OFAC's lists in whichever of their formats came: Enhanced XML, Advanced XML, or the legacy set of files."""

from __future__ import annotations

from collections.abc import Mapping

from screener.errors import RestrictedListError
from screener.lists.parsed import Parsed, Reading
from screener.lists.sources import ofac_advanced, ofac_csv, ofac_enhanced
from screener.lists.sources.xml import root_of

_FORMATS = {"sanctionsData": ofac_enhanced.parse, "Sanctions": ofac_advanced.parse}


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """The files of one list, by their content."""
    name, content = next(iter(files.items()))
    if not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return ofac_csv.parse(files, reading)
    root = root_of(reading.source, name, content).tag
    if root not in _FORMATS:
        raise RestrictedListError(
            reading.source, f"{name} begins with <{root}>, which is no format of OFAC's lists"
        )
    return _FORMATS[root](files, reading)
