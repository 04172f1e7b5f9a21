"""The job that carries imports out, and what keeps their rows and files in order."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.jobs.models import Job
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import JobRun, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.transfers import running, services
from autocrm.transfers.models import Import, ImportState

FILES_KEPT = timedelta(days=30)
UNUSED_KEPT = timedelta(days=2)
AT_ONCE = 200


@job(services.JOB, chunked=True, max_attempts=running.MAX_ATTEMPTS, lease=timedelta(seconds=20))
def run_import(run: JobRun) -> Mapping[str, Any]:
    """Import the rows of one file; resumes where it stopped."""
    return running.run_import(run)


@periodic("transfers.find_lost", every=timedelta(minutes=1))
def find_lost() -> None:
    """Imports whose job is gone, out of attempts or cancelled before it ran: say so to whoever waits for them."""
    for batch in rows(Import, reason="imports without a job").filter(state=ImportState.RUNNING)[:AT_ONCE]:
        alive = rows(Job, reason="imports without a job").filter(
            tenant_id=batch.tenant_id, state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.DONE]
        )
        if batch.job_id is None or not alive.filter(id=batch.job_id).exists():
            with tenant_scope(batch.tenant_id):
                services.fail_import(batch.id, _("The server stopped again and again while it imported this file."))


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
            services.delete_file(own)
            if own.state == ImportState.UPLOADED:
                own.delete()
