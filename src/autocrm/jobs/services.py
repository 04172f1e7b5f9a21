"""Jobs: write them, run what is due, sweep, cancel, repeat; and the heartbeats of those who do it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from autocrm.jobs import claims, hints, running, sweeping
from autocrm.jobs.models import Job, WorkerBeat
from autocrm.jobs.periodic import run_periodic as run_periodic_rows
from autocrm.jobs.permissions import MANAGE_JOBS
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, NotFound
from autocrm.kernel.ids import new_id
from autocrm.kernel.jobs import QUEUES, JobSpec
from autocrm.kernel.json_text import to_json_text
from autocrm.kernel.permissions import authorize
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import current_database, current_tenant_id

_ENQUEUE = """
    INSERT INTO jobs_job (tenant_id, id, name, queue, payload, state, due_at, run_at, lease_seconds, attempts,
                          max_attempts, dedup_key, ordering_key, cancel_requested, error, created_at)
    VALUES (%(tenant)s, %(id)s, %(name)s, %(queue)s, %(payload)s::jsonb, 'waiting', %(run_at)s, %(run_at)s, %(lease)s,
            0, %(max_attempts)s, %(dedup)s, %(ordering)s, false, '', %(now)s)
    ON CONFLICT (tenant_id, dedup_key) WHERE dedup_key <> '' AND state IN ('waiting', 'running') DO NOTHING
"""
_TWIN = (
    "SELECT id FROM jobs_job WHERE tenant_id = %(tenant)s AND dedup_key = %(dedup)s AND state IN ('waiting', 'running')"
)


class JobRows:
    """The store behind `kernel.jobs.enqueue`."""

    def enqueue(
        self,
        spec: JobSpec,
        payload: Mapping[str, Any],
        *,
        run_at: datetime | None,
        dedup_key: str,
        ordering_key: str,
    ) -> UUID:
        """Write the row in the caller's transaction and wake a worker after commit, if it is due by then."""
        moment, tenant_id, job_id = now(), current_tenant_id(), new_id()
        parameters = {
            "tenant": tenant_id,
            "id": job_id,
            "name": spec.name,
            "queue": spec.queue,
            "payload": to_json_text(payload),
            "run_at": run_at or moment,
            "lease": int(spec.lease.total_seconds()),
            "max_attempts": spec.max_attempts,
            "dedup": dedup_key,
            "ordering": ordering_key,
            "now": moment,
        }
        written_id = _insert_or_find(parameters)
        if written_id == job_id and (run_at is None or run_at <= moment):
            hints.give_after_commit(spec.queue, tenant_id, job_id)
        return written_id


def _insert_or_find(parameters: Mapping[str, Any]) -> UUID:
    """The id of the new row, or of the unfinished one with the same key; that one may finish between two looks."""
    with connections[current_database()].cursor() as cursor:
        while True:
            cursor.execute(_ENQUEUE, parameters)
            if cursor.rowcount:
                job_id: UUID = parameters["id"]
                return job_id
            cursor.execute(_TWIN, parameters)
            if twin := cursor.fetchone():
                twin_id: UUID = twin[0]
                return twin_id


def run_due(
    *,
    tenant_id: int | None = None,
    queues: Sequence[str] | None = None,
    limit: int = 100,
    seconds: float | None = None,
) -> int:
    """Claim and run due jobs one after another, one of each tenant in turn; returns how many were run.

    Stops when nothing is due, after `limit` jobs or when `seconds` have passed. Used by workers, by tests, and by the
    scheduler while Redis is away. Errors of handlers are kept on their rows. Not inside a transaction.
    """
    wanted = list(queues or QUEUES)
    deadline = None if seconds is None else time.monotonic() + seconds
    ran = 0
    if limit <= 0:
        return ran
    for claim in _claims(tenant_id, wanted):
        running.run(claim)
        ran += 1
        if ran >= limit or (deadline is not None and time.monotonic() >= deadline):
            break
    return ran


def _claims(tenant_id: int | None, queues: Sequence[str]) -> Iterator[claims.Claim]:
    return claims.claims_in_turn(queues) if tenant_id is None else claims.claims_of(tenant_id, queues)


def run_one(job_id: UUID, tenant_id: int) -> bool:
    """Run this job if it is due and its turn; returns whether it was."""
    claim = claims.claim_one(tenant_id, job_id)
    if claim is not None:
        running.run(claim)
    return claim is not None


def sweep() -> sweeping.Swept:
    """Give back leases that ended and wake workers for due jobs; called every second by each scheduler."""
    return sweeping.sweep()


def run_periodic() -> int:
    """Run the installation's periodic work that is due; returns how many pieces ran."""
    return run_periodic_rows()


def cancel(job_id: UUID, *, actor: Actor) -> Job:
    """Stop a job: a waiting one never runs, a chunked one stops at its next look. Raises Denied, NotFound, Conflict.

    An ordinary job that is running is a transaction about to commit: it can't be cancelled any more.
    """
    authorize(actor, MANAGE_JOBS)
    with transaction.atomic(using=current_database()):
        job = _lock(job_id)
        if job.state == Job.State.WAITING:
            job.state, job.finished_at = Job.State.CANCELLED, now()
        elif job.state == Job.State.RUNNING:
            job.cancel_requested = True
        else:
            raise Conflict(_("This job has ended already."))
        job.save(update_fields=["state", "finished_at", "cancel_requested"])
        return job


def repeat(job_id: UUID, *, actor: Actor) -> Job:
    """Let a failed or cancelled job run again with all its attempts. Raises Denied, NotFound, Conflict."""
    authorize(actor, MANAGE_JOBS)
    with transaction.atomic(using=current_database()):
        job = _lock(job_id)
        if job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
            raise Conflict(_("Only a job that failed or was cancelled can be repeated."))
        if job.dedup_key and Job.objects.filter(dedup_key=job.dedup_key, state__in=["waiting", "running"]).exists():
            raise Conflict(_("The same job is waiting or running already."))
        job.state, job.attempts, job.run_at = Job.State.WAITING, 0, now()
        job.finished_at, job.cancel_requested = None, False
        job.save(update_fields=["state", "attempts", "run_at", "finished_at", "cancel_requested"])
        hints.give_after_commit(job.queue, job.tenant_id, job.id)
        return job


def _lock(job_id: UUID) -> Job:
    """The row under lock. Raises NotFound, and Conflict while its transaction runs."""
    job = Job.objects.select_for_update(skip_locked=True).filter(id=job_id).first()
    if job is not None:
        return job
    if Job.objects.filter(id=job_id).exists():
        raise Conflict(_("This job is being carried out right now."))
    raise NotFound


def beat_worker(name: str, *, kind: str = "worker") -> None:
    """Note that the process `name` is at work; `kind` is "worker" or "scheduler"."""
    moment = now()
    rows(WorkerBeat, reason="heartbeat").update_or_create(
        name=name,
        defaults={"kind": kind, "seen_at": moment},
        create_defaults={"kind": kind, "seen_at": moment, "started_at": moment},
    )
