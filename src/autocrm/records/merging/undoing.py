"""Taking a merge back: the records are again what they were, and what led to them leads to them again.

Refused as a whole where a record that was merged is no longer there to come back, or the survivor went on into another
one. What somebody changed since on the survivor, or moved elsewhere, stays as it is now and is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.permissions import authorize, can_read_field
from autocrm.kernel.tenancy import current_database
from autocrm.records import events
from autocrm.records.computed.spreading import follow_moved
from autocrm.records.custom_references import attach_references
from autocrm.records.duplicate_models import MergedRecord, MergeOperation
from autocrm.records.field_values import store_many
from autocrm.records.merging.merging import UNKNOWN, merge_of, save_changed
from autocrm.records.merging.participants import participants_in_order
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.records.search import index_record
from autocrm.records.selectors import names_of_tags, with_references
from autocrm.records.uniqueness import refusal_in_words
from autocrm.records.values import plain_value, stored_value

KEPT_FOR = timedelta(days=30)
FORGET_JOB = "records.forget_snapshots"
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the records that are themselves again, and in words what stayed as it was."""

    operation: MergeOperation
    record_type: RecordType
    record_ids: tuple[UUID, ...]
    kept: tuple[str, ...]


def may_be_undone(operation: MergeOperation, at: datetime | None = None) -> bool:
    """Whether the operation is young enough and was not undone."""
    return operation.undone_at is None and operation.merged_at > (at or now()) - KEPT_FOR


@transaction.atomic
def undo_merge(operation_id: object, *, data: Mapping[str, Any] | None = None, actor: Actor) -> Undone:
    """Take a merge back. Journal: record.unmerged on each, record.updated on what leads to them again.

    `data` goes into the entries: the operation on many records that it is part of.
    Raises Denied, NotFound, and Conflict with the reason where it cannot be done.
    """
    operation = MergeOperation.objects.select_for_update().filter(pk=parse_id(operation_id)).first()
    record_type = None if operation is None else record_types.find(operation.record_type)
    if operation is None or record_type is None:
        raise NotFound
    authorize(actor, record_type.permission(Verb.UPDATE))
    authorize(actor, record_type.permission(Verb.DELETE))
    survivor, losers = _lock(record_type, operation, actor)
    _refuse_what_cannot_be(operation, survivor, losers)
    kept, changes = _set_back(record_type, operation, survivor, actor)
    _bring_back(record_type, losers, actor)
    MergedRecord.objects.filter(operation=operation).delete()
    merge = merge_of(record_type, operation, actor)
    for each in reversed(participants_in_order()):
        if each.key in operation.snapshot["moves"]:
            staying = each.move_back(merge, operation.snapshot["moves"][each.key])
            kept += _said(force_str(each.label), staying)
    operation.undone_at, operation.undone_by_id = now(), actor.user_id
    operation.save(update_fields=["undone_at", "undone_by_id"])
    told = {**(data or {}), "merge": str(operation.pk), "survivor": str(survivor.pk)}
    _tell(record_type, [survivor, *losers], changes, told, actor)
    return Undone(operation, record_type, (survivor.pk, *(each.pk for each in losers)), tuple(kept))


def _lock(record_type: RecordType, operation: MergeOperation, actor: Actor) -> tuple[Any, list[Any]]:
    ids = [operation.survivor_id, *operation.loser_ids]
    rows = with_references(visible_to(record_type, actor).filter(pk__in=ids).order_by("pk"), record_type)
    found = {each.pk: each for each in rows.select_for_update(of=("self",), no_key=True)}
    if operation.survivor_id not in found:
        raise NotFound
    if len(found) != len(ids):
        raise Conflict(_("Not all of the merged records are there any more, or you may not see them."))
    authorize(actor, record_type.permission(Verb.UPDATE), found[operation.survivor_id])
    for each in operation.loser_ids:
        authorize(actor, record_type.permission(Verb.DELETE), found[each])
    return found[operation.survivor_id], [found[each] for each in operation.loser_ids]


def _refuse_what_cannot_be(operation: MergeOperation, survivor: Any, losers: Sequence[Any]) -> None:
    if operation.undone_at is not None:
        raise Conflict(_("This merge has been undone already."))
    if not may_be_undone(operation):
        raise Conflict(_("A merge can be undone for %(days)d days.") % {"days": KEPT_FOR.days})
    if survivor.archived_at is not None:
        raise Conflict(_("The record lies in the bin or was merged itself: bring it back first."))
    gone = [each for each in losers if each.archived_at is None]
    if gone or MergedRecord.objects.filter(operation=operation).count() != len(losers):
        raise Conflict(_("One of the merged records was restored or merged again meanwhile."))


def _set_back(
    record_type: RecordType, operation: MergeOperation, survivor: Any, actor: Actor
) -> tuple[list[str], dict[str, list[Any]]]:
    """The survivor's old values, where it still has those of the merge."""
    kept: list[str] = []
    changes: dict[str, list[Any]] = {}
    for key, (before, after) in operation.snapshot["changes"].items():
        field = record_type.by_key.get(key)
        if key == UNKNOWN:
            survivor.custom = {name: each for name, each in survivor.custom.items() if name not in after}
        if field is None:
            continue
        current = plain_value(field, field.read(survivor))
        if current == after:
            changes[key] = [current, before]
            value = stored_value(field, before)
            if field.tags:
                known = names_of_tags(value or ())
                value = [each for each in value or () if each in known]
            field.write(survivor, value)
            if field.is_reference:
                _forget_related(field, survivor)
        elif current != before and can_read_field(actor, record_type.key, key):
            kept.append(_("%(field)s was changed since and stays") % {"field": force_str(field.label)})
    _attach_custom(record_type, survivor)
    save_changed(record_type, survivor, changes, actor=actor)
    return kept, changes


def _forget_related(field: Any, record: Any) -> None:
    if not field.custom:
        record._state.fields_cache.pop(field.related_path, None)


def _attach_custom(record_type: RecordType, record: Any) -> None:
    """Hand the record what its custom relations lead to now."""
    attach_references([record], [field for field in record_type.fields if field.custom and field.is_reference])


def _bring_back(record_type: RecordType, losers: Sequence[Any], actor: Actor) -> None:
    moment = now()
    for each in losers:
        each.archived_at, each.version = None, each.version + 1
        each.updated_at, each.updated_by_id = moment, actor.user_id
        try:
            with transaction.atomic(using=current_database()):
                each.save(update_fields=["archived_at", "version", "updated_at", "updated_by"])
                store_many(record_type, [each])
        except IntegrityError as error:
            raise Conflict(refusal_in_words(record_type, error)) from error
        index_record(record_type, each)
    follow_moved(record_type, losers)


def _said(label: str, staying: int) -> list[str]:
    if not staying:
        return []
    words = ngettext(
        "%(label)s: %(count)d was changed since and stays",
        "%(label)s: %(count)d were changed since and stay",
        staying,
    )
    return [words % {"label": label, "count": staying}]


def _tell(
    record_type: RecordType,
    records: Sequence[Any],
    changes: dict[str, list[Any]],
    told: Mapping[str, Any],
    actor: Actor,
) -> None:
    survivor = records[0]
    entries = [
        NewEntry(
            events.UNMERGED,
            record_type.key,
            each.pk,
            record_type.title(each),
            changes if each is survivor else {},
            {**told, "version": each.version},
        )
        for each in records
    ]
    journal.write_many(entries, actor=actor)


# --- What is too old to be undone ------------------------------------------------------------------------------------


def _outdated() -> QuerySet[MergeOperation]:
    return MergeOperation.objects.filter(merged_at__lte=now() - KEPT_FOR).exclude(snapshot={})


def has_outdated() -> bool:
    """Whether the current tenant keeps values of merges that cannot be undone any more."""
    return _outdated().exists()


def forget_snapshots(run: JobRun) -> dict[str, int]:
    """Drop the old values that such merges keep, some at a time; that there was a merge stays known."""
    forgotten = 0
    while not run.is_cancelled():
        with transaction.atomic(using=current_database(), durable=True):
            run.beat()
            some = list(_outdated().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
            if not some:
                break
            forgotten += MergeOperation.objects.filter(pk__in=some).update(snapshot={})
    return {"forgotten": forgotten}
