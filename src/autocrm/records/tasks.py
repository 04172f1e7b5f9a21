"""Jobs of the record engine: custom fields, bulk operations, forgetting what was deleted for good."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from autocrm.jobs.models import Job
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun, enqueue, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.sentences import keep
from autocrm.kernel.tenancy import current_database, tenant_scope
from autocrm.records import bin as recycle_bin
from autocrm.records import erasing, passes, sampling, tags
from autocrm.records.bulk_models import BulkOperation, BulkState
from autocrm.records.bulk_operations import lifecycle as bulk_operations
from autocrm.records.bulk_operations import running as bulk_running
from autocrm.records.computed import recalculating, spreading
from autocrm.records.computed.formulas import FORMULA
from autocrm.records.computed.rollups import ROLLUP
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import jobs as custom_jobs
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.custom import removal, upkeep
from autocrm.records.matching import scans as duplicate_scans
from autocrm.records.merging import undoing as merge_undoing
from autocrm.records.models import CustomField
from autocrm.records.pass_models import DataModelPass
from autocrm.tenants.models import Tenant

_LEASE = timedelta(seconds=60)
AT_ONCE = 200
EMPTY_BIN = "records.empty_bin"


@job(upkeep.FILL_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def fill_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Fill the typed value table for a custom field, or empty it."""
    return custom_jobs.fill_values_of(run)


@job(custom_fields.REMOVE_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def remove_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Remove the values of a deleted custom field."""
    return custom_jobs.remove_values_of(run)


@job(custom_fields.REINDEX_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def search_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Let the search know, or forget, the values of a custom field."""
    return custom_jobs.search_again(run)


@job(spreading.SOME_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def recalculate_some(run: JobRun) -> Mapping[str, Any]:
    """Work out the computed values of some records that a write left for later."""
    return recalculating.run_some(run)


@job(recalculating.ALL_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
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
            passes.forget_old_passes()


@job(bulk_operations.JOB, chunked=True, max_attempts=bulk_running.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def run_bulk(run: JobRun) -> Mapping[str, Any]:
    """Do one thing with many records; resumes where it stopped."""
    return bulk_running.run_operation(run)


@job(sampling.REFRESH_JOB)
def refresh_statistics(run: JobRun) -> Mapping[str, Any]:
    """Have the planner look at a table of which much changed."""
    return sampling.refresh(run)


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


@job(merge_undoing.FORGET_JOB, chunked=True, max_attempts=20, lease=_LEASE)
def forget_snapshots(run: JobRun) -> Mapping[str, Any]:
    """Drop what merges keep for an undo that is too late."""
    return merge_undoing.forget_snapshots(run)


@periodic("records.forget_merges", every=timedelta(hours=6))
def forget_merges() -> None:
    """See where merges are kept that cannot be undone any more."""
    for tenant in Tenant.objects.filter(is_active=True).order_by("id").iterator():
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            if merge_undoing.has_outdated():
                enqueue(merge_undoing.FORGET_JOB, {}, dedup_key=merge_undoing.FORGET_JOB)


@periodic("records.find_lost_bulk", every=timedelta(minutes=1))
def find_lost() -> None:
    """Long work whose job is gone, out of attempts or cancelled before it ran: say so to whoever waits for it."""
    lost = keep(_("The server stopped again and again while it was at work."))
    for operation in _without_job(BulkOperation, BulkState.RUNNING):
        with tenant_scope(operation.tenant_id):
            bulk_operations.fail_operation(operation.id, lost)
    for each in _without_job(DataModelPass, DataModelPass.State.RUNNING):
        with tenant_scope(each.tenant_id):
            passes.fail_pass(each.pk, lost)


def _without_job(work: type[Any], running: str) -> list[Any]:
    """Long work that is said to run though its job is not alive; however much else runs, none of it is overlooked."""
    alive = rows(Job, reason="long work without a job").filter(
        tenant_id=OuterRef("tenant_id"),
        id=OuterRef("job_id"),
        state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.DONE],
    )
    begun = rows(work, reason="long work without a job").filter(state=running, job_id__isnull=False)
    return list(begun.exclude(Exists(alive))[:AT_ONCE])


@job(custom_kinds.CONVERT_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def convert_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Turn the values of a custom field into its new kind."""
    return custom_jobs.convert_values_of(run)


@job(tags.TAKE_OFF_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def take_off_tag(run: JobRun) -> Mapping[str, Any]:
    """Take a deleted tag off all records of a type; resumes where it stopped."""
    return tags.take_off(run)


@job(removal.CLEAR_JOB, chunked=True, max_attempts=passes.MAX_ATTEMPTS, lease=_LEASE)
def clear_object(run: JobRun) -> Mapping[str, Any]:
    """Remove the records of a deleted object and the last trace of it; resumes where it stopped."""
    return removal.clear_object(run)
