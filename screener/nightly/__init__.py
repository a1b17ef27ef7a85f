"""The unattended program: lists updated, portfolios screened, reports mailed, with nobody watching."""

from screener.nightly.night import once
from screener.nightly.scheduler import serve
from screener.nightly.status import Line, Status, status

__all__ = ["Line", "Status", "once", "serve", "status"]
