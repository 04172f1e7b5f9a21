"""The job that carries imports out, and what keeps their rows and files in order."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from autocrm.jobs.models import Job
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import JobRun, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.sentences import keep
from autocrm.kernel.tenancy import tenant_scope
from autocrm.transfers import alike, checking, export_running, handing_over, reading, running, taking_back
from autocrm.transfers.models import Export, ExportState, Import, ImportState
from autocrm.transfers.services import checks, exports, runs, undoing, uploads

FILES_KEPT = timedelta(days=30)
UNUSED_KEPT = timedelta(days=2)
AT_ONCE = 200
_WITH_JOB = (ImportState.READING, ImportState.RUNNING)


@job(runs.JOB, chunked=True, max_attempts=running.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def run_import(run: JobRun) -> Mapping[str, Any]:
    """Import the rows of one file; resumes where it stopped."""
    return running.run_import(run)


@job(uploads.READ_JOB, chunked=True, max_attempts=reading.MAX_ATTEMPTS, lease=timedelta(minutes=5))
def read_file(run: JobRun) -> Mapping[str, Any]:
    """Make a table of a large workbook."""
    return reading.run_reading(run)


@job(checks.JOB, chunked=True, max_attempts=checking.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def check_import(run: JobRun) -> Mapping[str, Any]:
    """Look at the rows of one file without importing any."""
    return checking.run_check(run)


@job(undoing.JOB, chunked=True, max_attempts=taking_back.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def undo_import(run: JobRun) -> Mapping[str, Any]:
    """Take one import back; resumes where it stopped."""
    return taking_back.run_undo(run)


@job(runs.ALIKE_JOB, chunked=True, max_attempts=alike.MAX_ATTEMPTS)
def find_alike(run: JobRun) -> Mapping[str, Any]:
    """Search what one import wrote for duplicates."""
    return alike.run_search(run)


@job(exports.JOB, chunked=True, max_attempts=export_running.MAX_ATTEMPTS, lease=timedelta(seconds=30))
def run_export(run: JobRun) -> Mapping[str, Any]:
    """Write the file of one export."""
    return export_running.run_export(run)


@job(handing_over.JOB, chunked=True, max_attempts=20, lease=timedelta(seconds=30))
def hand_over(run: JobRun) -> Mapping[str, Any]:
    """Give what a placeholder owns to whoever takes its place."""
    return handing_over.run_hand_over(run)


@periodic("transfers.expire_exports", every=timedelta(hours=1))
def expire_exports() -> None:
    """Throw away the files of exports whose time is over, and end those whose job is gone."""
    found = rows(Export, reason="old exports")
    for export in found.filter(state=ExportState.DONE, expires_at__lt=now())[:AT_ONCE]:
        with tenant_scope(export.tenant_id), transaction.atomic():
            exports.expire_export(Export.objects.select_for_update().get(id=export.id))
    for export in found.filter(state=ExportState.RUNNING, created_at__lt=now() - timedelta(days=1))[:AT_ONCE]:
        with tenant_scope(export.tenant_id):
            exports.fail_export(export.id, keep(_("The server stopped again and again while it wrote this file.")))


@periodic("transfers.find_lost", every=timedelta(minutes=1))
def find_lost() -> None:
    """Imports whose job is gone, out of attempts or cancelled before it ran: say so to whoever waits for them."""
    for batch in rows(Import, reason="imports without a job").filter(state__in=_WITH_JOB)[:AT_ONCE]:
        alive = rows(Job, reason="imports without a job").filter(
            tenant_id=batch.tenant_id, state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.DONE]
        )
        if batch.job_id is None or not alive.filter(id=batch.job_id).exists():
            with tenant_scope(batch.tenant_id):
                runs.fail_import(batch.id, keep(_("The server stopped again and again while it imported this file.")))


@periodic("transfers.forget_files", every=timedelta(hours=1))
def forget_files() -> None:
    """Throw away the files of imports that ended long ago, and uploads that nobody started."""
    moment = now()
    found = rows(Import, reason="old files").exclude(file_key="")
    ended = found.filter(finished_at__lt=moment - FILES_KEPT)
    unused = found.filter(state=ImportState.UPLOADED, created_at__lt=moment - UNUSED_KEPT)
    for batch in [*ended[:AT_ONCE], *unused[:AT_ONCE]]:
        with tenant_scope(batch.tenant_id), transaction.atomic():
            own = Import.objects.select_for_update().get(id=batch.id)
            uploads.delete_file(own)
            if own.state == ImportState.UPLOADED:
                own.delete()
