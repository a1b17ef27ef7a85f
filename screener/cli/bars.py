"""Bars of bytes for downloads, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from screener.lists.fetch import Progress, Report


@contextmanager
def downloads() -> Iterator[Report | None]:
    """What to call as bytes come in: a bar a file on the terminal; None when nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, SpinnerColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(20),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Tasks(bars).tell


class _Tasks:
    """A bar for each file of each source, made when its first bytes come in; above them what came in all."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._of: dict[tuple[str, str], TaskID] = {}
        self._done: dict[tuple[str, str], int] = {}
        self._all = bars.add_task("restricted lists", total=None)

    def tell(self, now: Progress) -> None:
        key = (now.source, now.file)
        if key not in self._of:
            self._of[key] = self._bars.add_task(f"{now.source}  {now.file}", total=None)
        self._done[key] = now.done
        self._bars.update(self._of[key], completed=now.done, total=now.total or None)
        self._bars.update(self._all, completed=sum(self._done.values()))
