"""What keeps jobs moving when something was lost: leases that ended, hints that never arrived, rows past their use."""

from dataclasses import dataclass
from datetime import timedelta

from autocrm.jobs import hints
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import QUEUES
from autocrm.kernel.platform import platform_cursor

LOST_WORKER = "The worker that ran this job stopped."
HINTS_PER_QUEUE = 8
FORGET_DONE_AFTER = timedelta(days=7)
FORGET_FAILED_AFTER = timedelta(days=90)
FORGET_BEATS_AFTER = timedelta(days=1)

_RETURN_LEASES = """
    UPDATE jobs_job SET
        state = CASE WHEN cancel_requested THEN 'cancelled'
                     WHEN attempts >= max_attempts THEN 'failed' ELSE 'waiting' END,
        finished_at = CASE WHEN cancel_requested OR attempts >= max_attempts THEN %(now)s::timestamptz END,
        run_at = %(now)s, lease_token = NULL, lease_until = NULL, error = %(error)s
    WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM jobs_job WHERE state = 'running' AND lease_until < %(now)s
        LIMIT 500 FOR UPDATE SKIP LOCKED
    )
"""
_DUE = """
    SELECT wanted.queue, due.tenant_id, due.id FROM unnest(%s::text[]) AS wanted (queue), LATERAL (
        SELECT tenant_id, id FROM jobs_job j
        WHERE j.state = 'waiting' AND j.queue = wanted.queue AND j.run_at <= %s ORDER BY j.run_at LIMIT %s
    ) AS due
"""
_FORGET = """
    DELETE FROM jobs_job WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM jobs_job
        WHERE (state = 'done' AND finished_at < %(done)s)
           OR (state IN ('failed', 'cancelled') AND finished_at < %(failed)s)
        LIMIT 5000)
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: leases given back, and due jobs it woke workers for, HINTS_PER_QUEUE of each at most."""

    returned: int
    due: int


def sweep() -> Swept:
    """Give back leases that ended, then wake workers for whatever is due."""
    moment = now()
    with platform_cursor(reason="jobs: sweep") as cursor:
        cursor.execute(_RETURN_LEASES, {"now": moment, "error": LOST_WORKER})
        returned = cursor.rowcount
        cursor.execute(_DUE, [list(QUEUES), moment, HINTS_PER_QUEUE])
        due = cursor.fetchall()
    for queue, tenant_id, job_id in due:
        hints.give(queue, tenant_id, job_id)
    return Swept(returned, len(due))


def forget_old() -> None:
    """Delete jobs that ended long ago and heartbeats of processes long gone."""
    moment = now()
    with platform_cursor(reason="jobs: forget old") as cursor:
        deleted = 1
        while deleted:
            cursor.execute(_FORGET, {"done": moment - FORGET_DONE_AFTER, "failed": moment - FORGET_FAILED_AFTER})
            deleted = cursor.rowcount
        cursor.execute("DELETE FROM jobs_workerbeat WHERE seen_at < %s", [moment - FORGET_BEATS_AFTER])
