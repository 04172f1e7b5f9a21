"""Making several records one, in one transaction, and keeping what it takes to take that back.

The survivor gets the chosen values, everything that led to the others leads to it, the others go to the bin with a
pointer to it. `snapshot` of the operation holds the survivor's old values and what each participant moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor, Grants, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database
from autocrm.records import events
from autocrm.records.computed.filling import fill
from autocrm.records.computed.spreading import follow, follow_moved
from autocrm.records.duplicate_models import MergedRecord, MergeOperation
from autocrm.records.errors import StaleVersion
from autocrm.records.field_values import forget_records, store_values
from autocrm.records.fields import Field
from autocrm.records.matching.keeping import keep_keys
from autocrm.records.matching.pairs import forget_pairs
from autocrm.records.merging.choosing import Choosing, merged_unknown, merged_values
from autocrm.records.merging.participants import Merge, participants_in_order
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType
from autocrm.records.search import index_record, remove_records
from autocrm.records.selectors import with_references
from autocrm.records.titles import title_for
from autocrm.records.uniqueness import refusal_in_words
from autocrm.records.values import plain_value, stored_value

LEAST, MOST = 2, 5
# Custom values of fields that are out of use, among the changes of a snapshot.
UNKNOWN = "__custom__"


@transaction.atomic
def merge_records(  # noqa: PLR0913 - two of them are seldom needed
    record_type: RecordType,
    survivor_id: UUID,
    loser_ids: Sequence[UUID],
    choices: Mapping[str, UUID] | None = None,
    *,
    versions: Mapping[UUID, int] | None = None,
    data: Mapping[str, Any] | None = None,
    actor: Actor,
) -> MergeOperation:
    """Merge 2 to 5 live records. Journal: record.merged on each, record.updated on what led to the others.

    `choices` name by field key the record whose value is kept; fields without a choice get the newest filled value.
    `versions` are those that whoever chose had before him.
    `data` goes into the entries of the merge: the operation on many records that it is part of.
    Raises Denied, NotFound, Invalid, and StaleVersion where one of the records was changed since.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    authorize(actor, record_type.permission(Verb.DELETE))
    survivor, losers = _lock(record_type, survivor_id, loser_ids, actor)
    _refuse_changed(record_type, (survivor, *losers), versions or {}, actor)
    choosing = Choosing(record_type, survivor, losers, actor)
    _check_choices(choosing, choices or {})
    values = merged_values(choosing, choices or {})
    operation = MergeOperation(
        record_type=record_type.key,
        survivor_id=survivor.pk,
        loser_ids=[each.pk for each in losers],
        merged_by_id=actor.user_id,
    )
    _retire(record_type, survivor, losers, operation)
    told = {**(data or {}), "merge": str(operation.pk)}
    _tell_of_losers(record_type, survivor, losers, told, actor)
    changes = _change_survivor(choosing, values, told, actor)
    merge = merge_of(record_type, operation, actor)
    moves = {each.key: each.move(merge) for each in participants_in_order()}
    operation.snapshot = {"changes": changes, "moves": moves}
    operation.save(force_update=True, update_fields=["snapshot"])
    return operation


def merge_of(record_type: RecordType, operation: MergeOperation, actor: Actor) -> Merge:
    """What participants are told. What leads to a record moves whole, whatever of it the actor may see."""
    mover = replace(actor, grants=Grants(everything=True), scopes=None)
    return Merge(record_type, operation.survivor_id, tuple(operation.loser_ids), operation.pk, mover)


def _lock(
    record_type: RecordType, survivor_id: UUID, loser_ids: Sequence[UUID], actor: Actor
) -> tuple[Any, tuple[Any, ...]]:
    ids = list(dict.fromkeys((survivor_id, *loser_ids)))
    if not LEAST <= len(ids) <= MOST or len(ids) != len(loser_ids) + 1:
        raise Invalid(_("Choose %(least)d to %(most)d different records.") % {"least": LEAST, "most": MOST})
    rows = with_references(visible_to(record_type, actor).filter(pk__in=ids).order_by("pk"), record_type)
    found = {each.pk: each for each in rows.select_for_update(of=("self",), no_key=True)}
    if len(found) != len(ids):
        raise NotFound
    if any(each.archived_at is not None for each in found.values()):
        raise Invalid(_("A record that lies in the bin cannot be merged."))
    authorize(actor, record_type.permission(Verb.UPDATE), found[survivor_id])
    for each in ids[1:]:
        authorize(actor, record_type.permission(Verb.DELETE), found[each])
    return found[survivor_id], tuple(found[each] for each in ids[1:])


def _refuse_changed(
    record_type: RecordType, records: Sequence[Any], versions: Mapping[UUID, int], actor: Actor
) -> None:
    """What somebody chose among was there then: a value that came since must not go in, or be lost, unseen."""
    changed = [each for each in records if versions.get(each.pk, each.version) != each.version]
    if changed:
        names = ", ".join(title_for(record_type, each, actor) for each in changed)
        message = _("Changed meanwhile: %(names)s. Look at the values again, then merge.")
        raise StaleVersion(message % {"names": names}, details={"changed": [str(each.pk) for each in changed]})


def _check_choices(choosing: Choosing, choices: Mapping[str, UUID]) -> None:
    open_keys = {field.key for field in choosing.open_fields()}
    ids = {each.pk for each in choosing.records}
    faults = {key: [_("There is no such field, or it cannot be set.")] for key in choices if key not in open_keys}
    faults |= {
        key: [_("Choose one of the records that are merged.")]
        for key, chosen in choices.items()
        if key in open_keys and chosen not in ids
    }
    if faults:
        raise Invalid(fields=faults)


def _retire(record_type: RecordType, survivor: Any, losers: Sequence[Any], operation: MergeOperation) -> None:
    """The others go to the bin, each with a pointer; first, so that what was unique about them is free."""
    operation.save(force_insert=True)
    ids = [each.pk for each in losers]
    moment = now()
    for each in losers:
        each.archived_at, each.version = moment, each.version + 1
        each.updated_at, each.updated_by_id = moment, operation.merged_by_id
        each.save(update_fields=["archived_at", "version", "updated_at", "updated_by"])
    remove_records(record_type, ids)
    forget_records(record_type, ids)
    forget_pairs(record_type, [survivor.pk, *ids])
    MergedRecord.objects.filter(record_type=record_type.key, record_id__in=ids).delete()
    MergedRecord.objects.bulk_create(
        MergedRecord(record_type=record_type.key, record_id=each, survivor_id=survivor.pk, operation=operation)
        for each in ids
    )
    follow_moved(record_type, losers)


def _tell_of_losers(
    record_type: RecordType, survivor: Any, losers: Sequence[Any], data: Mapping[str, Any], actor: Actor
) -> None:
    told = {**data, "survivor": str(survivor.pk), "survivor_label": record_type.title(survivor)}
    journal.write_many(
        [NewEntry(events.MERGED, record_type.key, each.pk, record_type.title(each), {}, told) for each in losers],
        actor=actor,
    )


def _change_survivor(
    choosing: Choosing, values: Mapping[Field, Any], data: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Write the chosen values; answers the changes as the journal has them."""
    record_type, survivor = choosing.record_type, choosing.survivor
    keyed = {field.key: value for field, value in values.items()}
    record_type.check(survivor, keyed, actor)
    changes: dict[str, list[Any]] = {}
    for key, value in keyed.items():
        field = record_type.by_key[key]
        changes[key] = [plain_value(field, field.read(survivor)), plain_value(field, value)]
        field.write(survivor, value)
        _attach(choosing, field, value)
    _write_unknown(choosing, changes)
    save_changed(record_type, survivor, changes, actor=actor)
    told = {
        **data,
        "version": survivor.version,
        "merged": [{"id": str(each.pk), "label": record_type.title(each)} for each in choosing.losers],
    }
    journal.write(
        events.MERGED,
        record_type=record_type.key,
        record_id=survivor.pk,
        record_label=record_type.title(survivor),
        changes={key: change for key, change in changes.items() if key != UNKNOWN},
        data=told,
        actor=actor,
    )
    return changes


def _attach(choosing: Choosing, field: Field, value: Any) -> None:
    """The reference that came with a value, so that the search row says its name."""
    if field.is_reference:
        source = next((each for each in choosing.losers if field.read(each) == value), None)
        field.attach(choosing.survivor, None if source is None or value is None else field.related(source))


def _write_unknown(choosing: Choosing, changes: dict[str, list[Any]]) -> None:
    before, after = choosing.survivor.custom, merged_unknown(choosing)
    if before != after:
        added = {key: value for key, value in after.items() if key not in before}
        choosing.survivor.custom = after
        changes[UNKNOWN] = [{}, added]


def save_changed(record_type: RecordType, record: Any, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Save a live record whose fields were written; with its typed values, search row and keys. Raises Invalid."""
    record.version += 1
    record.updated_at, record.updated_by_id = now(), actor.user_id
    record_type.derive(record)
    computed = fill(record_type, [record])
    try:
        with transaction.atomic(using=current_database()):
            record.save(force_update=True)
    except IntegrityError as error:
        raise Invalid(refusal_in_words(record_type, error)) from error
    store_values(record_type, record)
    index_record(record_type, record)
    keep_keys(record_type, [record], are_new=False)
    record_type.after_write(record, frozenset(changes) - {UNKNOWN}, actor)
    by_key = record_type.by_key
    told = {
        key: (stored_value(by_key[key], old), stored_value(by_key[key], new))
        for key, (old, new) in changes.items()
        if key in by_key
    }
    follow(record_type, [(record, told)], computed)
