"""What Celery's messages mean: "there is work in this queue". Which job comes next is decided by the claim."""

import os
import socket
import time
from typing import Any

from celery.signals import heartbeat_sent
from django.db import close_old_connections

from autocrm.config.celery import app
from autocrm.config.waking import RUN_JOB, waker
from autocrm.jobs import services as jobs
from autocrm.kernel.ids import parse_id

JOBS_PER_MESSAGE = 50
SECONDS_PER_MESSAGE = 5.0
BEAT_SECONDS = 5.0

_last_beat = [0.0]


@app.task(name=RUN_JOB)
def run_job(tenant_id: int, job_id: str, queue: str = "default") -> None:
    """A job was written: run what is due in its queue, this one in its fair turn."""
    if work_on(queue) >= JOBS_PER_MESSAGE:
        waker.wake(queue, tenant_id, parse_id(job_id))


@app.task(name="autocrm.drain")
def drain(queue: str) -> None:
    """Run what is due in the queue."""
    work_on(queue)


def work_on(queue: str) -> int:
    """Run due jobs of the queue for a while; returns how many."""
    close_old_connections()
    return jobs.run_due(queues=[queue], limit=JOBS_PER_MESSAGE, seconds=SECONDS_PER_MESSAGE)


@heartbeat_sent.connect
def beat(**_signal: Any) -> None:
    """Celery's consumer is alive and talks to Redis: note it, so that the scheduler leaves the jobs to it."""
    if time.monotonic() - _last_beat[0] >= BEAT_SECONDS:
        close_old_connections()
        jobs.beat_worker(f"worker@{socket.gethostname()}:{os.getpid()}")
        _last_beat[0] = time.monotonic()
