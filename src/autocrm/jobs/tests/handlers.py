"""Jobs for the tests, also loaded by the real worker process of `test_worker.py`.

What they did is counted in a row per run of `jobs_effect`, a table that only exists in the test's database.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from autocrm.kernel.errors import Denied, Invalid, LimitReached, Upstream
from autocrm.kernel.jobs import JobRun, job

# Tests put in here what `tests.do` does.
acts: dict[str, Callable[[JobRun], Any]] = {}
ran: list[Any] = []

ERRORS: dict[str, Exception] = {
    "invalid": Invalid("no such field"),
    "denied": Denied(),
    "upstream, never": Upstream("refused", retryable=False),
    "upstream, later": Upstream("timeout", retryable=True),
    "limit": LimitReached(retry_after=900),
    "bug": ZeroDivisionError("division\x00 by zero"),
}


@job("tests.note", max_attempts=3, lease=timedelta(seconds=5))
def note(run: JobRun) -> dict[str, Any]:
    """Notes that it ran."""
    ran.append(run.payload.get("n"))
    return {"attempt": run.attempt}


@job("tests.do", max_attempts=3, lease=timedelta(seconds=2))
def do(run: JobRun) -> Any:
    """Does what the test put into `acts`."""
    return acts[run.payload["act"]](run)


@job("tests.fail", max_attempts=3)
def fail(run: JobRun) -> None:
    """Fails with the error named."""
    raise ERRORS[run.payload["error"]]


@job("tests.chunked", chunked=True, max_attempts=3, lease=timedelta(seconds=1))
def chunked(run: JobRun) -> Any:
    """Does what the test put into `acts`, with transactions of its own."""
    return acts[run.payload["act"]](run)


@job("tests.effect", queue="default", max_attempts=5, lease=timedelta(seconds=3))
def effect(run: JobRun) -> None:
    """Writes one row; the first attempt of a job with "hang" waits there for its end, the row unwritten for good."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO jobs_effect (tenant, n) VALUES (%s, %s)", [run.tenant_id, run.payload["n"]])
    if run.payload.get("hang") and run.attempt == 1:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")


@job("tests.crash", max_attempts=2, lease=timedelta(seconds=1))
def crash(run: JobRun) -> None:
    """Kills its worker."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def act(does: Callable[[JobRun], Any]) -> Iterator[dict[str, str]]:
    """A payload for `tests.do` or `tests.chunked` that does this."""
    name = f"act {time.monotonic_ns()}"
    acts[name] = does
    try:
        yield {"act": name}
    finally:
        del acts[name]


def in_transaction() -> bool:
    return transaction.get_connection().in_atomic_block
