"""Panics of the library that reads workbooks, as errors that can be told of one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """A panic of calamine comes out as ValueError: by itself it is no Exception, and would end the whole run."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"the reader of workbooks gave up: {error}") from None
