"""The port that wakes a worker after commit; `config` binds it to Celery. Losing a hint costs a second, never a job."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from autocrm.kernel.tenancy import current_database

Send = Callable[[str, int, UUID], None]

# A worker that is woken works until nothing is due, so a few hints a transaction serve any number of jobs.
HINTS_PER_TRANSACTION = 8

logger = logging.getLogger(__name__)
_send: list[Send] = []


def bind(send: Send) -> None:
    """Name the function that wakes a worker of a queue (bound once, by config); it must return at once."""
    _send[:] = [send]


def give(queue: str, tenant_id: int, job_id: UUID) -> None:
    """Wake a worker of `queue`. Never raises."""
    if not _send:
        return
    try:
        _send[0](queue, tenant_id, job_id)
    except Exception:
        logger.exception("jobs.hint_failed")


class _Hint:
    """A hint to give when the transaction commits; a class, so that those already registered can be recognised."""

    __slots__ = ("job_id", "queue", "tenant_id")

    def __init__(self, queue: str, tenant_id: int, job_id: UUID) -> None:
        self.queue, self.tenant_id, self.job_id = queue, tenant_id, job_id

    def __call__(self) -> None:
        give(self.queue, self.tenant_id, self.job_id)


def give_after_commit(queue: str, tenant_id: int, job_id: UUID) -> None:
    """Wake a worker once the current transaction has committed, unless it already wakes enough of them."""
    using = current_database()
    connection = transaction.get_connection(using)
    savepoints = set(connection.savepoint_ids)
    last = connection.run_on_commit[-HINTS_PER_TRANSACTION:]
    same = [item for item in last if isinstance(item[1], _Hint) and item[1].queue == queue and item[0] == savepoints]
    if len(same) < HINTS_PER_TRANSACTION:
        transaction.on_commit(_Hint(queue, tenant_id, job_id), using=using, robust=True)
