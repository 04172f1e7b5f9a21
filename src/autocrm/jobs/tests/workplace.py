"""What the tests of jobs share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.jobs.models import Job
from autocrm.jobs.tests import handlers
from autocrm.kernel import jobs as port
from autocrm.kernel.clock import now
from autocrm.kernel.tenancy import tenant_scope

__all__ = ["at_work", "enqueue", "expire_lease", "handlers", "read", "wait_over"]


@contextmanager
def at_work(tenant: Any) -> Iterator[None]:
    with tenant_scope(tenant), transaction.atomic():
        yield


def enqueue(tenant: Any, name: str = "tests.note", payload: dict[str, Any] | None = None, **options: Any) -> UUID:
    with at_work(tenant):
        return port.enqueue(name, payload or {}, **options)


def read(tenant: Any, job_id: UUID) -> Job:
    with at_work(tenant):
        return Job.objects.get(id=job_id)


def wait_over(tenant: Any, job_id: UUID, moment: datetime | None = None) -> None:
    """As if the pause before the next attempt were over."""
    with at_work(tenant):
        Job.objects.filter(id=job_id).update(run_at=moment or now())


def expire_lease(tenant: Any, job_id: UUID) -> None:
    with at_work(tenant):
        Job.objects.filter(id=job_id).update(lease_until=now() - timedelta(seconds=1))
