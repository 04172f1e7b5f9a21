"""An import is taken back: begun, ended. What becomes of each record is the business of `taking_back`."""

from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel import push
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.tenancy import current_database
from autocrm.records.selectors import get_type
from autocrm.transfers import events, selectors
from autocrm.transfers.kinds import IMPORT_FAILED, IMPORT_UNDONE
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.telling import push_state, tell, write_entry
from autocrm.ui.formatting import number
from autocrm.users import selectors as users

JOB = "transfers.undo_import"
COUNTS = ("done", "binned", "set_back", "related", "refused")


@transaction.atomic
def start_undo(import_id: object, *, actor: Actor) -> Import:
    """Take back what an import wrote, in the background. Journal: import.undo_started.

    Raises Denied, NotFound, Conflict when it runs, was taken back already or wrote nothing.
    """
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    authorize_import(get_type(batch.record_type), actor)
    if not batch.can_be_undone:
        raise Conflict(_("There is nothing of this import to be taken back."))
    batch.state, batch.undo_counts = ImportState.UNDOING, dict.fromkeys(COUNTS, 0)
    payload = {"import_id": str(batch.id), "user_id": _text(actor.user_id), "token_id": _text(actor.token_id)}
    batch.undo_job_id = enqueue(JOB, payload, ordering_key="transfers.import")
    batch.save(update_fields=["state", "undo_counts", "undo_job_id"])
    write_entry(events.UNDO_STARTED, batch, actor)
    push_state(batch)
    return batch


def _text(ident: UUID | None) -> str:
    return "" if ident is None else str(ident)


def finish_undo(batch: Import, *, actor: Actor) -> None:
    """The last act, in the caller's transaction, on a locked row. Journal: import.undone. Tells the person once."""
    batch.state, batch.undone_at = ImportState.UNDONE, now()
    batch.save(update_fields=["state", "undone_at"])
    write_entry(events.UNDONE, batch, actor, undo=batch.undo_counts)
    tell(batch, IMPORT_UNDONE, summary(batch), actor)
    push_state(batch)
    push.to_tenant(batch.tenant_id, {"type": "changed", "record_type": batch.record_type, "ids": []})


def fail_undo(import_id: UUID, kept: str) -> None:
    """It can't go on: what was taken back stays so, and it can be begun again. Journal: import.failed."""
    with transaction.atomic(using=current_database()):
        batch = Import.objects.select_for_update().filter(id=import_id, state=ImportState.UNDOING).first()
        if batch is None:
            return
        actor = Actor.system(batch.tenant_id)
        batch.state, batch.error = ImportState.DONE, kept
        batch.save(update_fields=["state", "error"])
        write_entry(events.FAILED, batch, actor)
        with translation.override(users.language_of(batch.user_id, batch.tenant_id)):
            title = _("“%(file)s” could not be taken back") % {"file": batch.filename}
            tell(batch, IMPORT_FAILED, title, actor, body=batch.problem)
            push_state(batch)


def summary(batch: Import) -> str:
    """As in "Taken back: 9,950 records to the bin, 50 as before, 2 left as they are"."""
    counts = batch.undo_counts
    text = ngettext(
        "Taken back: %(binned)s record to the bin, %(set_back)s as before, %(refused)s left as they are",
        "Taken back: %(binned)s records to the bin, %(set_back)s as before, %(refused)s left as they are",
        counts["binned"],
    )
    return text % {name: number(counts[name]) for name in ("binned", "set_back", "refused")}
