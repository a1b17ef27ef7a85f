"""What the program remembers: runs with their inputs and findings, and the decisions of reviewers.

SQLAlchemy over SQLite (a file in the data folder) or PostgreSQL (``[history] url``), the same code for both. Nothing
here asks for the time: instants come in as arguments, with their zone, and are kept in UTC.
"""

from screener.history.mails import Claimed, Draft, MailRecord
from screener.history.nightly import Delivery, Night, NightStore, Portfolio
from screener.history.outbox import Outbox
from screener.history.records import (
    FinishedRun,
    NewRun,
    PreviousOf,
    RunFile,
    RunQuery,
    RunRecord,
)
from screener.history.store import Store, open_store
from screener.reviews import Decision

__all__ = [
    "Claimed",
    "Decision",
    "Delivery",
    "Draft",
    "FinishedRun",
    "MailRecord",
    "NewRun",
    "Night",
    "NightStore",
    "Outbox",
    "Portfolio",
    "PreviousOf",
    "RunFile",
    "RunQuery",
    "RunRecord",
    "Store",
    "open_store",
]
