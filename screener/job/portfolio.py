"""What a portfolio is called when nobody named it: by its files, so that their next run compares with this one."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from screener.job.request import RunRequest

_LONGEST: Final = 250
# Exports carry the day in their name; the portfolio is the same one tomorrow.
_DAY = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-_. ]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])([-_. ]?)(?:0[1-9]|1[0-2])\2(?:19|20)\d\d)(?!\d)"
)


def portfolio_of(request: RunRequest) -> str:
    """The name given, else the set of file names with days taken out: ``holdings-*.xlsx``."""
    if request.portfolio:
        return request.portfolio[:_LONGEST]
    names = sorted({_DAY.sub("*", request.name_of(path)) for path in request.files})
    text = "; ".join(names)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:200]} … {hashlib.sha256(text.encode()).hexdigest()[:16]}"
