"""Counting what a page had no time to count."""

from uuid import UUID

from autocrm.analytics import selectors
from autocrm.kernel.jobs import JobRun, job
from autocrm.users.selectors import find_actor


@job(selectors.COUNT_JOB, queue="analytics")
def count_again(run: JobRun) -> None:
    """The numbers of a dashboard, with the rights its reader has now; for who has left nothing is counted."""
    actor = find_actor(UUID(run.payload["user_id"]), run.tenant_id)
    if actor is not None:
        selectors.count_again(actor)
