"""Taking back one edit of one field, as the journal tells what stood there before."""

from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.journal import selectors as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, NotFound
from autocrm.records.fields import Field
from autocrm.records.history.reversal import Outcome, reverse_entries
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record

LOOK_BACK = 50


@transaction.atomic
def undo_edit(record_type: RecordType, record_id: object, field: Field, *, version: int, actor: Actor) -> None:
    """Give `field` back the value that the edit to this version replaced. Journal: record.updated.

    Raises NotFound when that is no edit of this person, Conflict when somebody changed the field since.
    """
    record = get_record(record_type, record_id, columns=(), actor=actor)
    for entry in journal.entries_of(record_type.key, record.id, limit=LOOK_BACK, actor=actor):
        if entry.data.get("version") == version and field.key in entry.changes and entry.actor_id == actor.user_id:
            (done,) = reverse_entries([entry], actor=actor)
            if done.outcome is Outcome.REFUSED:
                raise Conflict(done.reason or _("Somebody changed this since."))
            return
    raise NotFound
