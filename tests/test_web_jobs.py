"""Worker processes: done, refused, stopped by time, by memory, by hand; a bounded queue that lives on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from screener.errors import UsageError
from screener.web.jobs import Job, JobQueue, Limits, Worker

NOW = datetime(2026, 8, 1, tzinfo=UTC)
LIMITS = Limits(seconds=60, memory=500_000_000)
_ERRORS = {
    "refusal": UsageError("It is wrong", "Do it right."),
    "fault": ZeroDivisionError("by nothing"),
}


def task(payload: str, told: Callable[[str], None]) -> Any:
    """What the child of these tests does."""
    told("begun")
    match payload.split():
        case ["say", text]:
            return text
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["raise", name]:
            raise _ERRORS[name]
        case ["die"]:
            os._exit(7)
        case ["allocate", number]:
            held = [bytearray(os.urandom(1_000_000)) for _ in range(int(number))]
            time.sleep(20)
            return len(held)
        case ["wait", path]:
            while not Path(path).exists():
                time.sleep(0.02)
    return payload


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker(task, LIMITS)
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("payload", "how", "value", "sentence"),
    [
        ("say hello", "done", "hello", ""),
        ("raise refusal", "refused", None, "It is wrong. Do it right."),
        ("raise fault", "fault", None, "ZeroDivisionError: by nothing"),
        ("die", "died", None, ""),
        ("say again", "done", "again", ""),
    ],
)
def test_how_a_task_ends(worker: Worker, payload: str, how: str, value: Any, sentence: str) -> None:
    ended = worker.run(payload)
    assert (ended.how, ended.value, ended.sentence) == (how, value, sentence)


def test_a_task_that_takes_too_long_is_stopped() -> None:
    one = Worker(task, Limits(seconds=0.3, memory=LIMITS.memory))
    begun = time.monotonic()
    assert one.run("sleep 30").how == "time"
    assert time.monotonic() - begun < 20
    one.stop()


def test_a_task_that_takes_too_much_memory_is_stopped(worker: Worker) -> None:
    assert worker.run("allocate 900").how == "memory"
    assert worker.run("say fine").value == "fine"


def test_a_task_is_cancelled_and_tells_its_stages(worker: Worker) -> None:
    told: list[str] = []
    assert worker.run("sleep 30", told.append, lambda: bool(told)).how == "cancelled"
    assert told == ["begun"]


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_the_queue_is_bounded_and_cancels_what_waits(tmp_path: Path) -> None:
    over: list[str] = []
    gate = tmp_path / "open"
    jobs = JobQueue(task, LIMITS, workers=1, waiting=2, over=lambda job: over.append(job.id))
    jobs.start()
    first, second, third, fourth = (Job(name, f"wait {gate}", NOW) for name in ("a", "b", "c", "d"))
    assert jobs.submit(first)
    _until(lambda: first.state == "running" and first.stages == ["begun"])
    assert jobs.submit(second)
    assert jobs.submit(third)
    assert not jobs.submit(fourth)
    assert jobs.get("d") is None
    assert (jobs.ahead("b"), jobs.ahead("c")) == (0, 1)
    jobs.cancel("b")
    assert (second.state, over) == ("cancelled", ["b"])
    gate.touch()
    _until(lambda: third.over)
    assert (first.state, third.state) == ("finished", "finished")
    assert sorted(over) == ["a", "b", "c"]
    assert third.payload is None
    jobs.close()


def test_an_end_that_cannot_be_recorded_does_not_stop_the_queue() -> None:
    def fails(job: Job) -> None:
        raise OSError("the disk is full")

    jobs = JobQueue(task, LIMITS, workers=1, waiting=5, over=fails)
    jobs.start()
    both = [Job("a", "say x", NOW), Job("b", "die", NOW)]
    assert all(map(jobs.submit, both))
    _until(lambda: all(job.over for job in both))
    assert [job.state for job in both] == ["finished", "failed"]
    jobs.close()
