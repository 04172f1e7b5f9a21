"""Large writes that go on while the caller makes ready what comes next.

A write of a thousand rows keeps the database busy for as long as Python needs to make the next one. Inside
`writes_behind` such writes queue up on the connection and a thread sees them through, in their order and within the
caller's transaction. Whatever else is asked of the connection waits for them first, so the caller never reads past a
write of its own. What the database refuses is raised at that next statement, at the latest at the end of the block, as
the error it would have been: whoever uses the block puts a savepoint around it.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections

# What is queued gets a cursor of the driver; it must touch nothing else of the connection.
Write = Callable[[Any], None]
# How long Python lets one thread keep the word. At its usual five milliseconds the thread that answers the database
# would come late to each of the four statements of a write.
_SECONDS_OF_A_TURN = 0.0005

_open: ContextVar["_Behind | None"] = ContextVar("autocrm_behind", default=None)


class _Behind:
    """The writes of one connection that are on their way."""

    def __init__(self, using: str, pool: ThreadPoolExecutor) -> None:
        self.using = using
        self._pool = pool
        self._connection = connections[using]
        self._pending: list[Future[None]] = []
        self._has_failed = False

    def put(self, write: Write) -> None:
        self._pending.append(self._pool.submit(self._carry_out, write))

    def _carry_out(self, write: Write) -> None:
        # After a refusal nothing can be written until the caller has rolled back.
        if self._has_failed:
            return
        try:
            with self._connection.connection.cursor() as cursor:
                write(cursor)
        except BaseException:
            self._has_failed = True
            raise

    def settle(self) -> None:
        """Wait for all; raises what the first refused one met."""
        pending, self._pending = self._pending, []
        errors = [error for future in pending if (error := future.exception()) is not None]
        self._has_failed = False
        if errors:
            with self._connection.wrap_database_errors:
                raise errors[0]

    def wait(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        """Let a statement run once the writes before it are through: a wrapper for Django."""
        self.settle()
        return execute(sql, params, many, context)


@contextmanager
def writes_behind(*, using: str) -> Iterator[None]:
    """Let large writes inside the block go on by themselves; inside a transaction, with a savepoint around it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        # The tenant is pinned by the first statement; the thread asks past what pins it.
        cursor.execute("SELECT 1")
    with _quick_turns(), ThreadPoolExecutor(1, thread_name_prefix="write-behind") as pool:
        behind = _Behind(using, pool)
        token = _open.set(behind)
        try:
            with connection.execute_wrapper(behind.wait):
                yield
            behind.settle()
        except BaseException as error:
            _raise_cause(behind, error)
            raise
        finally:
            _open.reset(token)


def _raise_cause(behind: _Behind, error: BaseException) -> None:
    """What failed in the block may have failed because of a write before it."""
    try:
        behind.settle()
    except Exception as cause:
        raise cause from error


def write(act: Write, *, using: str) -> None:
    """Carry a write out: behind, inside of `writes_behind` for this connection, else now."""
    behind = _open.get()
    if behind is not None and behind.using == using:
        behind.put(act)
        return
    with connections[using].cursor() as cursor:
        act(cursor)


@contextmanager
def _quick_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SECONDS_OF_A_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
