"""The job that runs a workflow: one step after the other, each in a transaction of its own."""

from uuid import UUID

from autocrm.kernel.jobs import JobRun, job
from autocrm.workflows.running import is_worth_retrying, note_failure, take_next_step

MAX_ATTEMPTS = 6


@job("workflows.run", queue="workflows", max_attempts=MAX_ATTEMPTS, chunked=True)
def run_workflow(run: JobRun) -> None:
    """Take the steps of a run until it ends; a step that fails is tried again later, from where the run stands."""
    run_id = UUID(run.payload["run_id"])
    try:
        while take_next_step(run_id):
            run.beat()
    except Exception as error:
        retry = is_worth_retrying(error) and run.attempt < MAX_ATTEMPTS
        note_failure(run_id, error, is_last=not retry)
        if retry:
            raise
