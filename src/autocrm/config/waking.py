"""Wakes workers through Celery from a thread of its own, so that no request ever waits for Redis."""

import logging
import os
import queue
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from kombu.exceptions import KombuError
from redis import RedisError

from autocrm.config.celery import app
from autocrm.kernel import redis

RUN_JOB = "autocrm.run_job"
# A woken worker works until nothing is due: more messages than this in a queue would only say the same again.
MOST_WAITING = 64
EXPIRES_SECONDS = 60

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    queue: str
    tenant_id: int
    job_id: UUID


class Waker:
    """Takes calls without waiting and sends them in batches; what can't be sent is dropped: the sweeper calls again."""

    def __init__(self, *, capacity: int = 1_000) -> None:
        self._calls: queue.Queue[_Call] = queue.Queue(capacity)
        self._lock = threading.Lock()
        self._started_in: int | None = None

    def wake(self, queue_name: str, tenant_id: int, job_id: UUID) -> None:
        """Ask for a worker of the queue; returns at once and never raises."""
        self._ensure_thread()
        with suppress(queue.Full):
            self._calls.put_nowait(_Call(queue_name, tenant_id, job_id))

    def _ensure_thread(self) -> None:
        """One thread in each process; a fork leaves threads behind, hence the process id."""
        if self._started_in == os.getpid():
            return
        with self._lock:
            if self._started_in != os.getpid():
                self._started_in = os.getpid()
                threading.Thread(target=self._serve, name="job-hints", daemon=True).start()

    def _serve(self) -> None:
        while True:
            batch: dict[str, list[_Call]] = defaultdict(list)
            call: _Call | None = self._calls.get()
            while call is not None:
                batch[call.queue].append(call)
                call = self._next()
            for name, calls in batch.items():
                send(name, calls)

    def _next(self) -> _Call | None:
        try:
            return self._calls.get_nowait()
        except queue.Empty:
            return None


def send(queue_name: str, calls: list[_Call]) -> None:
    """Send as many messages as the queue has room for; nothing while Redis is away."""
    room = MOST_WAITING - redis.attempt(lambda client: int(client.llen(queue_name)), otherwise=MOST_WAITING)
    try:
        for call in calls[: max(room, 0)]:
            app.send_task(
                RUN_JOB,
                args=[call.tenant_id, str(call.job_id)],
                kwargs={"queue": call.queue},
                queue=call.queue,
                headers={"tenant_id": call.tenant_id},
                expires=EXPIRES_SECONDS,
                retry=False,
            )
    except (KombuError, RedisError, OSError):
        logger.warning("jobs.hint_not_sent", exc_info=True)


waker = Waker()
