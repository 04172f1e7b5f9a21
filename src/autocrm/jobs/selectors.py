"""Reads of jobs, queues and heartbeats."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from autocrm.jobs.models import Job, WorkerBeat
from autocrm.jobs.permissions import MANAGE_JOBS
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import NotFound
from autocrm.kernel.permissions import authorize
from autocrm.kernel.platform import rows

ALIVE_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How much of a queue is due and how long the first of it has waited."""

    queue: str
    due: int
    oldest_age_seconds: float


def list_recent(actor: Actor) -> QuerySet[Job]:
    """The tenant's jobs, newest first. Raises Denied."""
    authorize(actor, MANAGE_JOBS)
    return Job.objects.order_by("-position")


def get_job(job_id: UUID, actor: Actor) -> Job:
    """One job. Raises Denied, NotFound."""
    job = list_recent(actor).filter(id=job_id).first()
    if job is None:
        raise NotFound
    return job


def list_live(kind: str = "worker") -> list[WorkerBeat]:
    """The processes of a kind that showed within the last half minute that they work."""
    beats = rows(WorkerBeat, reason="liveness").filter(kind=kind, seen_at__gte=now() - ALIVE_WITHIN)
    return list(beats.order_by("name"))


def measure_queues() -> list[QueueLength]:
    """Due jobs by queue, over all tenants; for autoscaling and health checks."""
    moment = now()
    due = rows(Job, reason="queue length").filter(state=Job.State.WAITING, run_at__lte=moment)
    counted = due.values("queue").annotate(due=Count("*"), oldest=Min("run_at")).order_by("queue")
    return [QueueLength(row["queue"], row["due"], (moment - row["oldest"]).total_seconds()) for row in counted]
