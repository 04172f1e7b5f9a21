"""A large workbook becomes a table while the person watches, not while the page hangs."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from autocrm.kernel.errors import AutoCRMError
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.transfers import selectors, telling
from autocrm.transfers.actors import actor_of
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.progress import GivenUp, Progress
from autocrm.transfers.services import runs, uploads
from autocrm.transfers.sources.converting import converted

MAX_ATTEMPTS = 5


def run_reading(run: JobRun) -> dict[str, Any]:
    """Make the table of one file. The handler of the job `transfers.read_file`; whoever takes over begins again."""
    import_id = UUID(str(run.payload["import_id"]))
    try:
        with transaction.atomic(using=current_database()):
            batch = Import.objects.filter(id=import_id, state=ImportState.READING).first()
            if batch is None:
                return {"state": "gone"}
            actor = actor_of(batch)
        reading = Import.objects.filter(id=import_id, state=ImportState.READING)
        progress = Progress(run, reading, "check_rows", telling.push_state)
        with (
            translation.override(actor.locale),
            selectors.open_original(batch) as file,
            converted(file, told=progress.tell) as table,
            transaction.atomic(using=current_database()),
        ):
            run.beat()
            return {"state": "read" if uploads.take_table(import_id, table, actor=actor) else "gone"}
    except GivenUp:
        return {"state": "gone"}
    except AutoCRMError as error:
        runs.fail_import(import_id, kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            runs.fail_import(import_id, keep(FAILED_AGAIN))
        raise
    return {"state": ImportState.FAILED.value}
