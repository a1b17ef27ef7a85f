"""A run from beginning to end, as every face (command line, scheduler, page) calls it.

Time comes in as an argument. :func:`run` is the table of contents of the program.
"""

from screener.job.request import Progress, RunRequest, RunResult
from screener.job.running import exit_code_of, needs_action, run
from screener.job.setting import ASSUMED_INVESTOR, lists_config, load_lists, rules_for

__all__ = [
    "ASSUMED_INVESTOR",
    "Progress",
    "RunRequest",
    "RunResult",
    "exit_code_of",
    "lists_config",
    "load_lists",
    "needs_action",
    "rules_for",
    "run",
]
