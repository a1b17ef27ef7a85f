"""The bounded queue of screenings, with a thread for each worker process."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

from screener.web.jobs.model import Ended, Job, JobState
from screener.web.jobs.worker import Limits, Task, Worker

_LOG = logging.getLogger("screener.web")
_STATE_AFTER: Final[dict[str, JobState]] = {"done": "finished", "cancelled": "cancelled"}
_KEPT: Final = 1_000  # jobs remembered here after their end; their results are in the history


class JobQueue:
    """Takes jobs on, has them done by ``workers`` processes, and tells how far each is."""

    def __init__(
        self, task: Task, limits: Limits, *, workers: int, waiting: int, over: Callable[[Job], None]
    ) -> None:
        self._task, self._limits, self._over = task, limits, over
        self._waiting: queue.Queue[Job] = queue.Queue(maxsize=waiting)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._workers = [Worker(task, limits) for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), daemon=True) for worker in self._workers
        ]
        self._closing = False

    def start(self) -> None:
        """Start the threads; the processes come with the first work."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> bool:
        """Take ``job`` on; False where so many wait already that it is not taken."""
        with self._lock:
            self._forget()
            self._jobs[job.id] = job
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            with self._lock:
                del self._jobs[job.id]
            return False
        return True

    def get(self, job_id: str) -> Job | None:
        """A job that waits, runs, or ended not long ago."""
        return self._jobs.get(job_id)

    def ahead(self, job_id: str) -> int:
        """How many jobs wait before ``job_id``."""
        with self._lock:
            waiting = [job.id for job in self._jobs.values() if job.state == "queued"]
        return waiting.index(job_id) if job_id in waiting else 0

    def cancel(self, job_id: str) -> None:
        """Stop a job: at once when it waits, within a moment when it runs."""
        job = self.get(job_id)
        if job is None:
            return
        with self._lock:
            job.wants_cancel = True
            waits = job.state == "queued"
            job.state = "running" if waits else job.state  # so that no worker takes it up
        if waits:
            self._end(job, Ended("cancelled"))

    def close(self) -> None:
        """Cancel everything and end the processes."""
        self._closing = True
        for job in list(self._jobs.values()):
            job.wants_cancel = True
        for thread in self._threads:
            thread.join(10)
        for worker in self._workers:
            worker.stop()

    def _work(self, worker: Worker) -> None:
        worker.warm()  # the first screening need not wait for the libraries
        while not self._closing:
            try:
                job = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            self._do(job, worker)

    def _do(self, job: Job, worker: Worker) -> None:
        with self._lock:
            if job.state != "queued":
                return
            job.state = "running"
        ended = worker.run(job.payload, job.stages.append, lambda: job.wants_cancel)
        if ended.how not in ("done", "cancelled"):
            _LOG.warning("screening %s ended: %s %s", job.id, ended.how, ended.sentence)
        self._end(job, ended)

    def _end(self, job: Job, ended: Ended) -> None:
        job.ended = ended
        try:
            self._over(job)
        except Exception:
            # The thread must live on: without it no screening would ever be done again.
            _LOG.exception("the end of screening %s could not be recorded", job.id)
        job.payload = None
        job.state = _STATE_AFTER.get(ended.how, "failed")

    def _forget(self) -> None:
        """Drop the oldest jobs that are over."""
        spare = len(self._jobs) - _KEPT
        for job in [job for job in self._jobs.values() if job.over][: max(spare, 0)]:
            del self._jobs[job.id]
