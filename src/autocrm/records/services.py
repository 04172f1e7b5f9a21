"""Writes of records of any type: create, update, archive, restore, tag. One transaction, one journal row each."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid, NotFound, Text
from autocrm.kernel.ids import find_id, parse_id
from autocrm.kernel.permissions import authorize, can_read_field, can_write_field
from autocrm.records import events
from autocrm.records.computed.filling import fill
from autocrm.records.computed.spreading import follow, follow_moved
from autocrm.records.erasing import erase_records
from autocrm.records.errors import PossibleDuplicates, StaleVersion
from autocrm.records.field_rules import is_asked_for, missing_values
from autocrm.records.field_values import store_values
from autocrm.records.fields import Field
from autocrm.records.looks import look_at
from autocrm.records.match_rules import REFUSED
from autocrm.records.matching.candidates import find_candidates
from autocrm.records.matching.keeping import keep_keys, watched_fields
from autocrm.records.models import Tag
from autocrm.records.querysets import visible_to
from autocrm.records.references import check_references
from autocrm.records.registry import RecordType, Values
from autocrm.records.search import index_record, remove_records
from autocrm.records.tag_names import read_tag_name
from autocrm.records.uniqueness import taken_field
from autocrm.records.values import Reading, Unreadable, is_empty, plain_value, read_value
from autocrm.tenants.selectors import get_tenant


def read_values(record_type: RecordType, raw: Mapping[str, Any], *, creating: bool, actor: Actor) -> dict[Field, Any]:
    """Typed values from input, each by its field: those the actor may set. Raises Invalid with every fault at once."""
    values: dict[Field, Any] = {}
    faults: dict[str, list[Text]] = {}
    reading = Reading(actor.zone, get_tenant(actor.tenant_id).settings.get("region", "US"))
    for key, value in raw.items():
        field = record_type.by_key.get(key)
        if field is None or not can_write_field(actor, record_type.key, key) or not field.editable:
            faults[key] = [_("There is no such field, or it cannot be set.")]
            continue
        try:
            values[field] = read_value(field, value, reading)
        except Unreadable as error:
            faults[key] = [str(error)]
    for field in record_type.all_fields:
        missing = is_empty(values[field]) if field in values else creating and field.default in (None, "")
        if missing and field.key not in faults and is_asked_for(record_type, field, actor):
            faults[field.key] = [_("This is required.")]
    faults |= check_references(values, actor=actor)
    if faults:
        raise Invalid(fields=faults)
    return values


@transaction.atomic
def create_record(
    record_type: RecordType, raw: Mapping[str, Any], *, allow_duplicates: bool = True, actor: Actor
) -> Any:
    """Create a record from input values. Journal: record.created.

    Raises Denied, Invalid, PossibleDuplicates (unless allowed). The owner is the acting person unless given.
    """
    authorize(actor, record_type.permission(Verb.CREATE))
    values = read_values(record_type, raw, actor=actor, creating=True)
    if not allow_duplicates:
        _refuse_duplicates(record_type, {field.key: value for field, value in values.items()}, actor)
    record = record_type.new(created_by_id=actor.user_id, updated_by_id=actor.user_id)
    record.owner_id = actor.user_id
    for field in record_type.fields:
        if field.default is not None and field not in values:
            field.write(record, field.default)
    keyed: Values = {field.key: value for field, value in values.items()}
    record_type.check(record, keyed, actor)
    for key, value in keyed.items():
        record_type.by_key[key].write(record, value)
    _refuse_missing(record_type, record, None, actor)
    authorize(actor, record_type.permission(Verb.CREATE), record)
    record_type.derive(record)
    computed = fill(record_type, [record], are_new=True)
    _save(record_type, record, new=True)
    store_values(record_type, record)
    changed = frozenset(key for key, value in keyed.items() if not is_empty(value))
    _write_journal(record_type, record, events.CREATED, {key: (None, keyed[key]) for key in sorted(changed)}, actor)
    index_record(record_type, record)
    keep_keys(record_type, [record], are_new=True)
    record_type.after_write(record, changed, actor)
    follow(record_type, [(record, {})], computed, comes_or_goes=True)
    return record


@transaction.atomic
def update_record(
    record_type: RecordType,
    record_id: object,
    raw: Mapping[str, Any],
    *,
    version: int | None = None,
    actor: Actor,
) -> Any:
    """Change fields of a record. Journal: record.updated with old and new values; nothing when nothing differs.

    Raises Denied, NotFound, Invalid, and StaleVersion when `version` is given and no longer the record's.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    record = lock_record(record_type, record_id, actor=actor)
    authorize(actor, record_type.permission(Verb.UPDATE), record)
    if version is not None and version != record.version:
        raise StaleVersion(details=_who_changed(record_type, record, actor))
    values = read_values(record_type, raw, actor=actor, creating=False)
    keyed: Values = {field.key: value for field, value in values.items()}
    record_type.check(record, keyed, actor)
    changes = _apply(record_type, record, keyed)
    if not changes:
        return record
    _refuse_missing(record_type, record, changes, actor)
    authorize(actor, record_type.permission(Verb.READ), record)
    record.version += 1
    record.updated_at, record.updated_by_id = now(), actor.user_id
    record_type.derive(record)
    computed = fill(record_type, [record])
    _save(record_type, record, new=False)
    store_values(record_type, record, computed[0].union(changes))
    _write_journal(record_type, record, events.UPDATED, changes, actor)
    index_record(record_type, record)
    if not watched_fields(record_type).isdisjoint(changes):
        keep_keys(record_type, [record], are_new=False)
    record_type.after_write(record, frozenset(changes), actor)
    follow(record_type, [(record, changes)], computed)
    return record


@transaction.atomic
def archive_record(record_type: RecordType, record_id: object, *, actor: Actor) -> Any:
    """Move a record to the bin, from where it can be restored. Journal: record.archived."""
    return _set_archived(record_type, record_id, events.ARCHIVED, actor)


@transaction.atomic
def restore_record(record_type: RecordType, record_id: object, *, actor: Actor) -> Any:
    """Take a record out of the bin. Journal: record.restored. Raises Conflict where a unique value is taken by now."""
    try:
        return _set_archived(record_type, record_id, events.RESTORED, actor)
    except Invalid as error:
        names = ", ".join(force_str(record_type.by_key[key].label) for key in error.fields if key in record_type.by_key)
        message = _("It cannot be restored: another record has the same value in %(field)s.") % {"field": names}
        raise Conflict(message, code="value_taken") from error


@transaction.atomic
def erase_record(record_type: RecordType, record_id: object, *, actor: Actor) -> None:
    """Delete for good what lies in the bin. Journal: record.deleted.

    Raises Denied, NotFound, Conflict for one that is not in the bin.
    """
    authorize(actor, record_type.permission(Verb.DELETE))
    record = lock_record(record_type, record_id, actor=actor)
    authorize(actor, record_type.permission(Verb.DELETE), record)
    if record.archived_at is None:
        raise Conflict(_("Move it to the bin first."))
    erase_records(record_type, [record], actor=actor)


@transaction.atomic
def ensure_tag(name: str, *, actor: Actor) -> Tag:
    """The tag of that name, made if there is none yet. Raises Invalid for an empty or overlong name."""
    cleaned, key = read_tag_name(name, field="tags")
    tag, is_new = Tag.objects.get_or_create(name_key=key, defaults={"name": cleaned, "hue": sum(key.encode()) % 6 + 1})
    if is_new:
        journal.write(events.TAG_CREATED, record_id=tag.id, record_label=tag.name, actor=actor)
    return tag


def with_tag_ids(record_type: RecordType, raw: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    """Input values with tags that are given as words replaced by their ids; words not known become tags."""
    values = dict(raw)
    field = record_type.by_key["tags"]
    given = values.get(field.key)
    if isinstance(given, list) and all(isinstance(word, str) for word in given) and not all(map(find_id, given)):
        authorize(actor, record_type.permission(Verb.UPDATE))
        values[field.key] = [find_id(word) or ensure_tag(word, actor=actor).id for word in given if word.strip()]
    return values


def lock_record(record_type: RecordType, record_id: object, *, actor: Actor) -> Any:
    """The record for update, if the actor may see it. Raises NotFound. Locks only the record's own row."""
    found = visible_to(record_type, actor).select_for_update(of=("self",), no_key=True)
    record = found.filter(pk=parse_id(record_id)).first()
    if record is None:
        raise NotFound
    return record


def _apply(record_type: RecordType, record: Any, keyed: Values) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for key, value in keyed.items():
        field = record_type.by_key[key]
        old = field.read(record)
        if old != value:
            changes[key] = (old, value)
            field.write(record, value)
    return changes


def _save(record_type: RecordType, record: Any, *, new: bool) -> None:
    """Write the row; a unique value that exists already becomes a message at its field."""
    try:
        with transaction.atomic():
            record.save(force_insert=new, force_update=not new)
    except IntegrityError as error:
        field = taken_field(record_type, error)
        if field is not None:
            raise Invalid(fields={field.key: [_("Another record has this value already.")]}) from error
        raise


def _write_journal(
    record_type: RecordType, record: Any, kind: str, changes: Mapping[str, tuple[Any, Any]], actor: Actor
) -> None:
    written = {
        key: [plain_value(record_type.by_key[key], old), plain_value(record_type.by_key[key], new)]
        for key, (old, new) in changes.items()
    }
    journal.write(
        kind,
        record_type=record_type.key,
        record_id=record.id,
        record_label=record_type.title(record),
        changes=written,
        data={"version": record.version},
        actor=actor,
    )


def _set_archived(record_type: RecordType, record_id: object, kind: str, actor: Actor) -> Any:
    authorize(actor, record_type.permission(Verb.DELETE))
    record = lock_record(record_type, record_id, actor=actor)
    authorize(actor, record_type.permission(Verb.DELETE), record)
    archiving = kind == events.ARCHIVED
    if (record.archived_at is not None) == archiving:
        return record
    record.archived_at = now() if archiving else None
    record.version += 1
    record.updated_at, record.updated_by_id = now(), actor.user_id
    _save(record_type, record, new=False)
    _write_journal(record_type, record, kind, {}, actor)
    if archiving:
        remove_records(record_type, [record.id])
    else:
        index_record(record_type, record)
    follow_moved(record_type, [record])
    record_type.after_move([record], actor)
    return record


def _refuse_missing(record_type: RecordType, record: Any, changed: Iterable[str] | None, actor: Actor) -> None:
    faults = missing_values(record_type, record, changed, actor=actor)
    if faults:
        raise Invalid(fields=faults)


def _refuse_duplicates(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> None:
    candidates = find_candidates(record_type, values, least=REFUSED, actor=actor)
    if candidates:
        look = look_at(record_type, actor)
        found = [
            {"id": str(each.record.id), "title": look.title(each.record), "score": each.score, "reasons": each.reasons}
            for each in candidates
        ]
        raise PossibleDuplicates(_("This looks like a record that exists already."), details={"candidates": found})


def _who_changed(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    said = {"updated_at": record.updated_at.isoformat(), "updated_by": str(record.updated_by_id or "")}
    shown = {key: text for key, text in said.items() if can_read_field(actor, record_type.key, key)}
    return {"version": record.version, **shown}
