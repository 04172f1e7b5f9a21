"""Reads and writes of the fields that a tenant adds to its record types.

Every change stamps the tenant's data model, so that all faces of the product know the field at once; other processes
follow within seconds. What takes longer - filling the typed value table, removing values - is done by jobs that begin
only when every process knows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, TextField
from django.db.models.functions import Cast, Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid, LimitReached, NotFound, Text
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize, can_read_field
from autocrm.records import events
from autocrm.records.computed.recalculating import begin_defined
from autocrm.records.custom.definitions import CHANGEABLE, COMPUTED, kinds_offered, new_key, read_definition
from autocrm.records.custom.layer import field_of
from autocrm.records.custom.shelved import find_type_of
from autocrm.records.custom.upkeep import (
    begin_typed,
    computed_of,
    is_typed,
    later,
    refuse_broken,
    refuse_used,
    write_journal,
)
from autocrm.records.models import CustomField
from autocrm.records.passes import Reason
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType, record_types
from autocrm.records.sql_values import json_expression
from autocrm.tenants.services import stamp_data_model

MOST_FIELDS = 200
# How many of the values that stand in the way are named.
EXAMPLES = 3
REMOVE_JOB = "records.remove_custom_field"
REINDEX_JOB = "records.search_custom_field"


def list_fields(record_type: RecordType, *, archived: bool = False, actor: Actor) -> list[CustomField]:
    """The custom fields of a type in their order. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    found = CustomField.objects.filter(record_type=record_type.key, deleted_at__isnull=True)
    return list(found.filter(archived_at__isnull=not archived).order_by("position", "id"))


def types_with_fields(*, actor: Actor) -> list[str]:
    """The key of the type of each field in use, as often as it has fields. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    found = CustomField.objects.filter(deleted_at__isnull=True, archived_at__isnull=True)
    return list(found.values_list("record_type", flat=True))


def get_field(field_id: object, *, actor: Actor) -> CustomField:
    """One custom field, archived or not. Raises Denied, NotFound."""
    authorize(actor, MANAGE_DATA_MODEL)
    found = CustomField.objects.filter(pk=parse_id(field_id), deleted_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def count_values(field: CustomField, *, actor: Actor) -> int:
    """How many records hold a value, those in the bin included. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    record_type = find_type_of(field.record_type)
    return 0 if record_type is None else record_type.rows().filter(custom__has_key=field.key).count()


@transaction.atomic
def create_field(values: Mapping[str, Any], *, actor: Actor) -> CustomField:
    """Add a field of `kind` to `record_type`; its key follows from the label unless `key` is given.

    Journal: field.created. Raises Denied, Invalid by field, LimitReached.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    record_type = _type_of(values)
    kind = values.get("kind")
    if kind not in kinds_offered():
        raise Invalid(fields={"kind": [_("There is no such kind of field.")]})
    own = CustomField.objects.select_for_update().filter(record_type=record_type.key)
    if sum(each.deleted_at is None for each in own) >= MOST_FIELDS:
        raise LimitReached(_("A kind of record has at most %(most)d own fields.") % {"most": MOST_FIELDS})
    last = max((each.position for each in own), default=0)
    made = CustomField(record_type=record_type.key, kind=kind, position=last + 1)
    wished = str(values.get("key") or "")
    rest = {key: value for key, value in values.items() if key not in {"record_type", "kind", "key"}}
    read_definition(made, rest, actor=actor)
    made.key = new_key(record_type, made.label, wished)
    # There is nothing to fill in yet: whoever can write a value knows of the field, and so of the table.
    made.typed = CustomField.Typed.READY if is_typed(made) else CustomField.Typed.OFF
    _save(made)
    if made.kind in COMPUTED:
        begin_defined(made.record_type, made.label, actor=actor)
    write_journal(events.FIELD_CREATED, made, {}, actor)
    return made


@transaction.atomic
def update_field(
    field_id: object, values: Mapping[str, Any], *, seen: datetime | None = None, actor: Actor
) -> CustomField:
    """Change a field; its key, type and kind stay. Choices that records hold are kept, at most made inactive.

    `seen` is the moment of the change that whoever decides knows as the last one: when there was another, Conflict.
    Journal: field.updated with old and new. Raises Denied, NotFound, Invalid by field.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    field = lock_field(field_id)
    if seen is not None and seen != field.updated_at:
        message = _("Somebody changed this field meanwhile. Save again to have it your way, or open it anew.")
        raise Conflict(message, code="changed_meanwhile")
    before = {key: getattr(field, key) for key in CHANGEABLE}
    kept, made_of_it = field.options, computed_of(field)
    read_definition(field, values, actor=actor)
    if field.options != kept:
        _keep_used_options(field, kept)
    changes = {
        key: [before[key], getattr(field, key)] for key in sorted(CHANGEABLE) if before[key] != getattr(field, key)
    }
    if not changes:
        return field
    if {"indexed", "unique"} & changes.keys():
        _refuse_repeated(field, actor)
        begin_typed(field, actor=actor)
    field.updated_at = now()
    _save(field)
    refuse_broken(field, made_of_it)
    if field.kind in COMPUTED and {"config", "decimal_places", "max_length"} & changes.keys():
        begin_defined(field.record_type, field.label, actor=actor)
    if "searchable" in changes:
        later(REINDEX_JOB, Reason.SEARCH, field, actor=actor)
    write_journal(events.FIELD_UPDATED, field, changes, actor)
    return field


@transaction.atomic
def reorder_fields(record_type: RecordType, ids: Sequence[object], *, actor: Actor) -> list[CustomField]:
    """Put the fields of a type into this order; those not named follow. Journal: field.updated for those that moved."""
    authorize(actor, MANAGE_DATA_MODEL)
    wanted = [parse_id(each) for each in ids]
    found = CustomField.objects.select_for_update().filter(record_type=record_type.key, deleted_at__isnull=True)
    own = {each.id: each for each in found}
    if len(set(wanted)) != len(wanted) or not set(wanted) <= own.keys():
        raise Invalid(fields={"ids": [_("These are not the fields of this kind of record.")]})
    rest = sorted(own.keys() - set(wanted), key=lambda each: (own[each].position, each))
    for position, key in enumerate([*wanted, *rest], start=1):
        field = own[key]
        if field.position != position:
            old, field.position = field.position, position
            field.save(update_fields=["position"])
            write_journal(events.FIELD_UPDATED, field, {"position": [old, position]}, actor)
    stamp_data_model()
    return sorted(own.values(), key=lambda each: each.position)


@transaction.atomic
def archive_field(field_id: object, *, actor: Actor) -> CustomField:
    """Take a field out of use; its values stay in the records. Journal: field.archived. Raises Denied, NotFound."""
    return _set_archived(field_id, events.FIELD_ARCHIVED, actor)


@transaction.atomic
def restore_field(field_id: object, *, actor: Actor) -> CustomField:
    """Bring an archived field back with its values. Journal: field.restored. Raises Denied, NotFound."""
    return _set_archived(field_id, events.FIELD_RESTORED, actor)


@transaction.atomic
def delete_field(field_id: object, *, expected: int, actor: Actor) -> int:
    """Delete a field and, by a job, what all records hold in it; answers how many do.

    `expected` is the number that whoever decides was told: when more is lost by now, Conflict. Journal: field.deleted.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    field = lock_field(field_id)
    count = count_values(field, actor=actor)
    if count > expected:
        message = _("More records hold a value by now; look again at what would be lost.")
        raise Conflict(message, code="more_is_lost", details={"values": count})
    return remove_field(field, actor=actor)


def remove_field(field: CustomField, *, actor: Actor) -> int:
    """Delete a locked field within the caller's transaction, whatever is lost; answers how many records held a value.

    Journal: field.deleted. Raises Denied, Conflict for what computed fields are made of.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    refuse_used(field)
    count = count_values(field, actor=actor)
    field.deleted_at = now()
    _save(field)
    later(REMOVE_JOB, Reason.REMOVE, field, actor=actor)
    write_journal(events.FIELD_DELETED, field, {}, actor, values=count)
    return count


def _type_of(values: Mapping[str, Any]) -> RecordType:
    record_type = record_types.find(str(values.get("record_type") or ""))
    if record_type is None:
        raise Invalid(fields={"record_type": [_("There is no such kind of record.")]})
    return record_type


def lock_field(field_id: object) -> CustomField:
    """One custom field, locked for a change. Raises NotFound."""
    found = CustomField.objects.select_for_update().filter(pk=parse_id(field_id), deleted_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def _save(field: CustomField) -> None:
    field.save()
    stamp_data_model()


def _set_archived(field_id: object, kind: str, actor: Actor) -> CustomField:
    authorize(actor, MANAGE_DATA_MODEL)
    field = lock_field(field_id)
    archiving = kind == events.FIELD_ARCHIVED
    if (field.archived_at is not None) == archiving:
        return field
    field.archived_at = now() if archiving else None
    if archiving:
        refuse_used(field)
    else:
        _refuse_repeated(field, actor)
    # What happens to records meanwhile is not written to the typed values of a field out of use.
    begin_typed(field, off=archiving, actor=actor)
    _save(field)
    if field.kind in COMPUTED and not archiving:
        begin_defined(field.record_type, field.label, actor=actor)
    if field.searchable:
        later(REINDEX_JOB, Reason.SEARCH, field, actor=actor)
    write_journal(kind, field, {}, actor)
    return field


def _keep_used_options(field: CustomField, kept: Sequence[Mapping[str, Any]]) -> None:
    """Choices that records hold may not just vanish. Raises Invalid that names them with their numbers."""
    values = {each["value"] for each in field.options}
    used = {each["label"]: count_option(field, each["value"]) for each in kept if each["value"] not in values}
    faults = [
        ngettext("“%(label)s” is held by %(count)d record.", "“%(label)s” is held by %(count)d records.", count)
        % {"label": label, "count": count}
        for label, count in used.items()
        if count
    ]
    if faults:
        raise Invalid(fields={"options": [*faults, _("Make a choice that is used inactive instead of removing it.")]})


def count_option(field: CustomField, value: str) -> int:
    """How many records hold this choice, those in the bin included."""
    record_type = find_type_of(field.record_type)
    if record_type is None:
        return 0
    held: Any = [value] if field.kind == FieldKind.MULTI_SELECT else value
    return record_type.rows().filter(custom__contains={field.key: held}).count()


def _refuse_repeated(field: CustomField, actor: Actor) -> None:
    """A field whose values repeat cannot become unique. Raises Invalid that names some, to whom they are not hidden."""
    record_type = record_types.find(field.record_type)
    if not field.unique or record_type is None:
        return
    value = Lower(Cast(json_expression(field_of(field), ""), TextField()))
    found = record_type.rows().annotate(repeated=value).filter(repeated__isnull=False).order_by()
    groups = found.values("repeated").annotate(records=Count("pk")).filter(records__gt=1)
    count = groups.count()
    if count:
        message = ngettext(
            "%(count)d value is there more than once.", "%(count)d values are there more than once.", count
        )
        faults: list[Text] = [message % {"count": count}]
        if field.kind not in NUMERIC_KINDS and can_read_field(actor, field.record_type, field.key):
            some = groups.order_by("-records", "repeated").values_list("repeated", flat=True)[:EXAMPLES]
            faults.append(_("For example: %(values)s") % {"values": ", ".join(f"“{each[:80]}”" for each in some)})
        raise Invalid(fields={"unique": faults})
