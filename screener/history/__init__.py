"""What the program remembers: runs with their inputs and findings, and the decisions of reviewers.

SQLAlchemy over SQLite (a file in the data folder) or PostgreSQL (``[history] url``), the same code for both. Nothing
here asks for the time: instants come in as arguments, with their zone, and are kept in UTC.
"""

from screener.history.nightly import Delivery, Night, NightStore, Portfolio
from screener.history.records import (
    Decision,
    FinishedRun,
    NewRun,
    PreviousOf,
    RunFile,
    RunQuery,
    RunRecord,
)
from screener.history.store import Store, open_store

__all__ = [
    "Decision",
    "Delivery",
    "FinishedRun",
    "NewRun",
    "Night",
    "NightStore",
    "Portfolio",
    "PreviousOf",
    "RunFile",
    "RunQuery",
    "RunRecord",
    "Store",
    "open_store",
]
