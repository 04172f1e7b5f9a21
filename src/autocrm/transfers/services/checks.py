"""The look at all rows of a file before anything is imported: begun, given up, kept part by part."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.tenancy import current_database
from autocrm.transfers import selectors
from autocrm.transfers.models import CheckState, Import, ImportState
from autocrm.transfers.services.runs import choose, get_own_upload
from autocrm.transfers.services.uploads import forget_check
from autocrm.transfers.telling import push_state

JOB = "transfers.check_import"
# Up to here the person waits for the answer: it takes no longer than a page.
AT_ONCE_ROWS = 500


@transaction.atomic
def start_check(
    import_id: object,
    *,
    mapping: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Import:
    """Keep the choices and look at every row with them, in the background. Nothing is imported, nothing journalled.

    Raises Denied, NotFound, Invalid for a mapping or option that cannot be, Conflict when the import has begun.
    """
    batch = get_own_upload(import_id, actor=actor)
    choose(batch, mapping, options, actor=actor)
    forget_check(batch)
    batch.token_id = actor.token_id
    batch.check_state = CheckState.RUNNING
    batch.check_job_id = enqueue(JOB, {"import_id": str(batch.id)})
    batch.save()
    push_state(batch)
    return batch


@transaction.atomic
def stop_check(import_id: object, *, actor: Actor) -> Import:
    """Give the look up; what it found so far goes. Raises NotFound."""
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    if batch.check_state == CheckState.RUNNING:
        forget_check(batch)
        batch.save()
    return batch


def finish_check(import_id: UUID, *, error: str = "") -> None:
    """The look has come to its end; nothing when it was given up meanwhile."""
    with transaction.atomic(using=current_database()):
        batch = Import.objects.select_for_update().filter(id=import_id, state=ImportState.UPLOADED).first()
        if batch is None or batch.check_state != CheckState.RUNNING:
            return
        batch.check_state = CheckState.FAILED if error else CheckState.DONE
        batch.error = error
        batch.save(update_fields=["check_state", "error"])
        push_state(batch)
