"""Taking jobs: fairly across tenants, in order where order is asked for, each by one worker at a time.

All of it works on the platform role, in statements that commit by themselves: an attempt is counted before it starts.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError

from autocrm.kernel.clock import now
from autocrm.kernel.platform import platform_cursor

# While no queue has more due jobs than this, a short index scan of each names every tenant that has any.
GLANCE = 200
# How long a worker goes round the tenants it knows of before it looks for others.
LOOK_SECONDS = 0.25

_GLANCE = """
    SELECT wanted.queue, due.tenant_id FROM unnest(%(queues)s::text[]) AS wanted (queue), LATERAL (
        SELECT tenant_id FROM jobs_job j
        WHERE j.state = 'waiting' AND j.queue = wanted.queue AND j.run_at <= %(now)s ORDER BY j.run_at LIMIT %(glance)s
    ) AS due
"""
# Walks from tenant to tenant through the index: a backlog of millions of one tenant costs one step.
_ALL_TENANTS = """
    WITH RECURSIVE tenants AS (
        (SELECT tenant_id FROM jobs_job WHERE state = 'waiting' ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.tenant_id FROM jobs_job j WHERE j.state = 'waiting' AND j.tenant_id > t.tenant_id
                ORDER BY j.tenant_id LIMIT 1)
        FROM tenants t WHERE t.tenant_id IS NOT NULL
    )
    SELECT t.tenant_id FROM tenants t WHERE t.tenant_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM jobs_job j WHERE j.tenant_id = t.tenant_id AND j.state = 'waiting' AND j.run_at <= %(now)s
        AND j.queue = ANY (%(queues)s))
"""
_BUSY = "SELECT tenant_id, count(*) FROM jobs_job WHERE state = 'running' GROUP BY tenant_id"

_CLAIM = """
    UPDATE jobs_job SET
        state = 'running', attempts = attempts + 1, lease_token = %(token)s, started_at = %(now)s, error = '',
        lease_until = %(now)s::timestamptz + make_interval(secs => lease_seconds)
    WHERE tenant_id = %(tenant)s AND id = (
        SELECT j.id FROM jobs_job j
        WHERE j.tenant_id = %(tenant)s AND j.state = 'waiting' AND j.run_at <= %(now)s {which}
        AND (j.ordering_key = '' OR NOT EXISTS (
            SELECT 1 FROM jobs_job other
            WHERE other.tenant_id = j.tenant_id AND other.ordering_key = j.ordering_key AND other.ordering_key <> ''
            AND (other.state = 'running'
                 OR (other.state = 'waiting' AND other.position < j.position AND other.due_at <= %(now)s))))
        ORDER BY j.run_at, j.position LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, name, payload::text, attempts, max_attempts, lease_token, lease_until
"""
_CLAIM_NEXT = _CLAIM.format(which="AND j.queue = ANY (%(queues)s)")
_CLAIM_ONE = _CLAIM.format(which="AND j.id = %(job)s")

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one job until the lease ends; the token fences off whoever had it before."""

    tenant_id: int
    job_id: UUID
    name: str
    payload: str
    attempt: int
    max_attempts: int
    token: UUID
    lease_until: datetime


def tenants_in_turn(queues: Sequence[str]) -> list[int]:
    """Every tenant with due jobs, those with the fewest running jobs first: nobody waits behind another's backlog.

    Among equals the order is chance, so that workers do not all ask the same tenant first.
    """
    parameters = {"now": now(), "queues": list(queues), "glance": GLANCE}
    with platform_cursor(reason="jobs: who has due jobs") as cursor:
        cursor.execute(_GLANCE, parameters)
        seen = cursor.fetchall()
        due = [int(tenant_id) for _queue, tenant_id in seen]
        if GLANCE in Counter(queue for queue, _tenant_id in seen).values():
            cursor.execute(_ALL_TENANTS, parameters)
            due = [int(tenant_id) for (tenant_id,) in cursor.fetchall()]
        cursor.execute(_BUSY)
        busy = Counter({int(tenant_id): int(count) for tenant_id, count in cursor.fetchall()})
    tenants = list(set(due))
    _random.shuffle(tenants)
    return sorted(tenants, key=lambda tenant_id: busy[tenant_id])


def claim_next(tenant_id: int, queues: Sequence[str]) -> Claim | None:
    """Take the tenant's next due job, or None when there is none to take."""
    return _claim(_CLAIM_NEXT, tenant_id, queues=list(queues))


def claim_one(tenant_id: int, job_id: UUID) -> Claim | None:
    """Take this very job, or None when it is not its turn, not waiting or not due."""
    return _claim(_CLAIM_ONE, tenant_id, job=job_id)


def claims_in_turn(queues: Sequence[str]) -> Iterator[Claim]:
    """Jobs of all tenants, one of each tenant a round, until nothing is due that could be taken."""
    while tenants := tenants_in_turn(queues):
        taken, look_again = False, time.monotonic() + LOOK_SECONDS
        while tenants and time.monotonic() < look_again:
            for tenant_id in list(tenants):
                claim = claim_next(tenant_id, queues)
                if claim is None:
                    tenants.remove(tenant_id)
                else:
                    taken = True
                    yield claim
        if not taken:
            return


def claims_of(tenant_id: int, queues: Sequence[str]) -> Iterator[Claim]:
    """Jobs of one tenant until nothing is due."""
    while (claim := claim_next(tenant_id, queues)) is not None:
        yield claim


def _claim(sql: str, tenant_id: int, **which: Any) -> Claim | None:
    parameters = {"tenant": tenant_id, "now": now(), "token": uuid4(), **which}
    # The other claim of the same ordering key came first: its unique index speaks, and the job stays waiting.
    with suppress(IntegrityError), platform_cursor(reason="jobs: claim") as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        return None if row is None else Claim(tenant_id, *row)
    return None
