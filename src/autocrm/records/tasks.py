"""Jobs of the record engine: custom fields, bulk operations, forgetting what was deleted for good."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.jobs.models import Job
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun, enqueue, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import current_database, tenant_scope
from autocrm.records import bin as recycle_bin
from autocrm.records import (
    bulk_operations,
    bulk_running,
    custom_fields,
    custom_jobs,
    custom_kinds,
    duplicate_scans,
    erasing,
)
from autocrm.records.computed import recalculating, spreading
from autocrm.records.computed.formulas import FORMULA
from autocrm.records.computed.rollups import ROLLUP
from autocrm.records.merging.certain import MERGE_JOB, run_merge_certain
from autocrm.records.models import BulkOperation, BulkState, CustomField
from autocrm.tenants.models import Tenant

_LEASE = timedelta(seconds=60)
AT_ONCE = 200
EMPTY_BIN = "records.empty_bin"


@job(custom_fields.FILL_JOB, chunked=True, lease=_LEASE)
def fill_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Fill the typed value table for a custom field, or empty it."""
    return custom_jobs.fill_values_of(run)


@job(custom_fields.REMOVE_JOB, chunked=True, lease=_LEASE)
def remove_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Remove the values of a deleted custom field."""
    return custom_jobs.remove_values_of(run)


@job(custom_fields.REINDEX_JOB, chunked=True, lease=_LEASE)
def search_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Let the search know, or forget, the values of a custom field."""
    return custom_jobs.search_again(run)


@job(spreading.SOME_JOB, chunked=True, max_attempts=recalculating.MAX_ATTEMPTS, lease=_LEASE)
def recalculate_some(run: JobRun) -> Mapping[str, Any]:
    """Work out the computed values of some records that a write left for later."""
    return recalculating.run_some(run)


@job(recalculating.ALL_JOB, chunked=True, max_attempts=recalculating.MAX_ATTEMPTS, lease=_LEASE)
def recalculate_all(run: JobRun) -> Mapping[str, Any]:
    """Work out the computed values of all records of a type; resumes where it stopped."""
    return recalculating.run_all(run)


@periodic("records.begin_day", every=timedelta(minutes=15))
def begin_day() -> None:
    """Where a day has begun, let what looks at the day be worked out anew."""
    computed = rows(CustomField, reason="computed fields").filter(kind__in=[FORMULA, ROLLUP], archived_at__isnull=True)
    for tenant_id in sorted(set(computed.values_list("tenant_id", flat=True))):
        with tenant_scope(tenant_id), transaction.atomic(using=current_database()):
            recalculating.begin_day()
            recalculating.forget_old()


@job(bulk_operations.JOB, chunked=True, max_attempts=bulk_running.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def run_bulk(run: JobRun) -> Mapping[str, Any]:
    """Do one thing with many records; resumes where it stopped."""
    return bulk_running.run_operation(run)


@job(erasing.SHRED_JOB, chunked=True, max_attempts=20)
def shred(run: JobRun) -> Mapping[str, Any]:
    """Erase from the journal what it says of records that were deleted for good."""
    ids = [UUID(each) for each in run.payload["ids"]]
    erased = journal.shred_records(str(run.payload["record_type"]), ids, actor=Actor.system(run.tenant_id))
    return {"entries": erased}


@job(EMPTY_BIN, chunked=True, max_attempts=20, lease=_LEASE)
def empty_bin(run: JobRun) -> Mapping[str, Any]:
    """Delete for good what has lain in the bin for too long."""
    return recycle_bin.empty_bin(run)


@periodic("records.empty_bins", every=timedelta(hours=6))
def empty_bins() -> None:
    """See which bins hold something for too long."""
    for tenant in Tenant.objects.filter(is_active=True).order_by("id").iterator():
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            if recycle_bin.has_due():
                enqueue(EMPTY_BIN, {}, dedup_key=EMPTY_BIN)


@job(duplicate_scans.SCAN_JOB, chunked=True, max_attempts=20, lease=_LEASE)
def scan_duplicates(run: JobRun) -> Mapping[str, Any]:
    """Compare all records of a type; resumes where it stopped."""
    return duplicate_scans.run_scan(run)


@job(duplicate_scans.RESCAN_JOB)
def rescan_duplicates(run: JobRun) -> Mapping[str, Any]:
    """Look again at records that are new or changed."""
    return duplicate_scans.run_rescan(run)


@job(MERGE_JOB, chunked=True, lease=_LEASE)
def merge_certain(run: JobRun) -> Mapping[str, Any]:
    """Merge what is the same beyond doubt."""
    return run_merge_certain(run)


@periodic("records.find_lost_bulk", every=timedelta(minutes=1))
def find_lost() -> None:
    """Operations whose job is gone, out of attempts or cancelled before it ran: say so to whoever waits for them."""
    running = rows(BulkOperation, reason="bulk operations without a job").filter(state=BulkState.RUNNING)
    for operation in running.exclude(job_id=None)[:AT_ONCE]:
        alive = rows(Job, reason="bulk operations without a job").filter(
            tenant_id=operation.tenant_id, state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.DONE]
        )
        if operation.job_id is None or not alive.filter(id=operation.job_id).exists():
            with tenant_scope(operation.tenant_id):
                bulk_operations.fail_operation(
                    operation.id, _("The server stopped again and again while it was at work.")
                )


@job(custom_kinds.CONVERT_JOB, chunked=True, lease=_LEASE)
def convert_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Turn the values of a custom field into its new kind."""
    return custom_jobs.convert_values_of(run)
