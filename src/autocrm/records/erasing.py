"""Deleting for good: the row, what it is found by, and what other apps keep about it; the journal forgets it after.

Apps above keep links to records that are no foreign keys (activities, files): they name, with `on_erase`, what is to
go with a record. What is left in the journal says that something was, when, and who deleted it, no more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.permissions import authorize
from autocrm.records import events
from autocrm.records.duplicate_models import DuplicatePair, NotDuplicate
from autocrm.records.matching.keeping import forget_keys
from autocrm.records.models import FieldValue
from autocrm.records.registry import RecordType
from autocrm.records.search import remove_records

SHRED_JOB = "records.shred"

Eraser = Callable[[RecordType, Sequence[UUID]], None]
_erasers: list[Eraser] = []


def on_erase(eraser: Eraser) -> Eraser:
    """Have `eraser(record_type, ids)` called in the transaction that deletes records for good."""
    _erasers.append(eraser)
    return eraser


def erase_records(
    record_type: RecordType, records: Sequence[Any], *, data: Mapping[str, Any] | None = None, actor: Actor
) -> None:
    """Delete for good. Journal: record.deleted for each; then, in a job, all that the journal says of them is erased.

    The caller has locked them. Raises Denied.
    """
    authorize(actor, record_type.permission(Verb.DELETE))
    if not records:
        return
    ids = [record.id for record in records]
    entries = [
        NewEntry(events.DELETED, record_type.key, record.id, record_type.title(record), {}, dict(data or {}))
        for record in records
    ]
    journal.write_many(entries, actor=actor)
    remove_records(record_type, ids)
    forget_keys(record_type, ids)
    FieldValue.objects.filter(record_type=record_type.key, record_id__in=ids).delete()
    for pairs in (DuplicatePair, NotDuplicate):
        pairs.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids), record_type=record_type.key).delete()
    for eraser in _erasers:
        eraser(record_type, ids)
    record_type.rows().filter(pk__in=ids).delete()
    enqueue(SHRED_JOB, {"record_type": record_type.key, "ids": [str(each) for each in ids]})
