"""When a field is to be seen and when it must be filled: the conditions that an administrator gave to custom fields.

A field that is not to be seen is not required, and what stands in it is kept. A condition is read as the actor sees
the record: where it looks at something hidden from him, or gone, the field is shown and may stay empty, so that
nothing is told.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.errors import Invalid, Text
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema, condition_context
from autocrm.records.values import is_empty


def has_rules(record_type: RecordType) -> bool:
    """Whether any field of the type has a condition."""
    return any(field.visible_when or field.required_when for field in record_type.fields)


def is_visible(record_type: RecordType, field: Field, record: Any, *, actor: Actor) -> bool:
    """Whether the field is to be shown for this record as it stands."""
    return _holds(record_type, field.visible_when, record, actor, otherwise=True)


def is_required(record_type: RecordType, field: Field, record: Any, *, actor: Actor) -> bool:
    """Whether the field must be filled for this record as it stands."""
    needed = field.required or _holds(record_type, field.required_when, record, actor, otherwise=False)
    return needed and is_visible(record_type, field, record, actor=actor)


def hidden_keys(record_type: RecordType, record: Any, *, actor: Actor) -> frozenset[str]:
    """The fields that are not to be shown for this record."""
    return frozenset(
        field.key
        for field in record_type.fields
        if field.visible_when and not is_visible(record_type, field, record, actor=actor)
    )


def missing_values(
    record_type: RecordType, record: Any, changed: Iterable[str] | None, *, actor: Actor
) -> dict[str, list[Text]]:
    """Faults of fields with conditions that must be filled and are not, by key; `changed` None for a new record.

    Of a record that is changed only what the change touches is looked at: the fields themselves, and those whose
    condition names one of them. What was missing before is nobody's fault now.
    """
    touched = None if changed is None else frozenset(changed)
    faults: dict[str, list[Text]] = {}
    for field in record_type.fields:
        if not (field.visible_when or field.required_when) or not is_empty(field.read(record)):
            continue
        if touched is not None and field.key not in touched and not touched & _watched(field):
            continue
        if is_required(record_type, field, record, actor=actor):
            faults[field.key] = [_("This is required.")]
    return faults


def _watched(field: Field) -> frozenset[str]:
    """The fields that the conditions of `field` look at."""
    return frozenset(_named(field.visible_when)) | frozenset(_named(field.required_when))


def _named(stored: Mapping[str, Any] | None) -> Iterable[str]:
    if not stored:
        return
    if "field" in stored:
        yield str(stored["field"]).partition(".")[0]
    for each in stored.get("args", ()):
        yield from _named(each)


def _holds(
    record_type: RecordType, stored: Mapping[str, Any] | None, record: Any, actor: Actor, *, otherwise: bool
) -> bool:
    if not stored:
        return otherwise
    schema = RecordSchema(record_type, actor)
    try:
        condition = parse(stored, schema)
        return to_predicate(condition, schema, condition_context(actor))(record)
    except Invalid:
        return otherwise
