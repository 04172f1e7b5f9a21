"""When a field is to be seen and when it must be filled: the conditions that an administrator gave to custom fields.

A field that is not to be seen is not required, and what stands in it is kept. A condition is read as the actor sees
the record: where it looks at something hidden from him, or gone, the field is shown and may stay empty, so that
nothing is told.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import can_read_field
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


def is_asked_for(record_type: RecordType, field: Field, actor: Actor) -> bool:
    """Whether no record may be without the field, whatever else it holds.

    Of a field that the role hides nobody is asked for a value: he could not give one, and would be told that it is
    there. What the product itself needs, such as a name, is needed from everybody.
    """
    if not field.required or field.visible_when:
        return False
    return not field.custom or can_read_field(actor, record_type.key, field.key)


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
    missing = Rules(record_type, actor).missing(record, changed)
    return {field.key: [_("This is required.")] for field in missing}


class Rules:
    """The conditions of a type's fields as one actor sees them, read once for many records.

    Nobody is asked to fill a field that his role hides.
    """

    def __init__(self, record_type: RecordType, actor: Actor) -> None:
        self._type = record_type
        self._actor = actor
        self._rules = [
            _Rule(
                field,
                _watched(field),
                _compile(record_type, field.visible_when, actor, otherwise=True),
                _compile(record_type, field.required_when, actor, otherwise=False),
            )
            for field in record_type.fields
            if (field.visible_when or field.required_when) and can_read_field(actor, record_type.key, field.key)
        ]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def missing(self, record: Any, changed: Iterable[str] | None) -> list[Field]:
        """The fields that must be filled and are not; `changed` None for a new record, as in `missing_values`."""
        touched = None if changed is None else frozenset(changed)
        return [
            rule.field
            for rule in self._rules
            if is_empty(rule.field.read(record))
            and (touched is None or rule.field.key in touched or touched & rule.watched)
            and (rule.field.required or rule.is_required(record))
            and rule.is_visible(record)
        ]

    def words_of(self, field: Field) -> str:
        """When a field must be filled, as a sentence; nothing where it always must, or that cannot be told."""
        schema = RecordSchema(self._type, self._actor)
        try:
            return describe(parse(field.required_when, schema), schema) if field.required_when else ""
        except Invalid:
            return ""


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


class _Rule(NamedTuple):
    field: Field
    watched: frozenset[str]
    is_visible: Callable[[Any], bool]
    is_required: Callable[[Any], bool]


def _holds(
    record_type: RecordType, stored: Mapping[str, Any] | None, record: Any, actor: Actor, *, otherwise: bool
) -> bool:
    return _compile(record_type, stored, actor, otherwise=otherwise)(record)


def _compile(
    record_type: RecordType, stored: Mapping[str, Any] | None, actor: Actor, *, otherwise: bool
) -> Callable[[Any], bool]:
    """A stored condition as a predicate; `otherwise` is its answer where there is none, or it cannot be read."""
    if not stored:
        return lambda _record: otherwise
    schema = RecordSchema(record_type, actor)
    try:
        holds = to_predicate(parse(stored, schema), schema, condition_context(actor))
    except Invalid:
        return lambda _record: otherwise

    def look(record: Any) -> bool:
        try:
            return holds(record)
        except Invalid:
            return otherwise

    return look
