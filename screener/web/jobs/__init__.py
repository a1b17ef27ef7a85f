"""Work in processes of its own: a bounded queue, limits of time and memory, cancelling."""

from screener.web.jobs.model import Ended, Job, JobState
from screener.web.jobs.queue import JobQueue
from screener.web.jobs.worker import Limits, Worker

__all__ = ["Ended", "Job", "JobQueue", "JobState", "Limits", "Worker"]
