"""A run from beginning to end, as every face (command line, scheduler, page) calls it.

Time comes in as an argument. :func:`run` is the table of contents of the program.
"""

from screener.job.aids import aids_for, reference_for
from screener.job.reporting import OWNERSHIP_NOT_APPLIED
from screener.job.request import Progress, RunRequest, RunResult
from screener.job.running import exit_code_of, needs_action, run
from screener.job.setting import ASSUMED_INVESTOR, lists_config, load_lists, ownership_for, rules_for

__all__ = [
    "ASSUMED_INVESTOR",
    "OWNERSHIP_NOT_APPLIED",
    "Progress",
    "RunRequest",
    "RunResult",
    "aids_for",
    "exit_code_of",
    "lists_config",
    "load_lists",
    "needs_action",
    "ownership_for",
    "reference_for",
    "rules_for",
    "run",
]
