"""What the pages of the data model show: record types with their numbers, fields in their groups."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import KIND_LABELS
from autocrm.records import custom_fields, custom_kinds, custom_objects
from autocrm.records.field_forms import kind_label
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.records.registry import RecordType, record_types


@dataclass(frozen=True)
class TypeRow:
    """A record type in the list."""

    record_type: RecordType
    own: int
    built_in: int
    object_id: UUID | None = None


@dataclass(frozen=True)
class FieldRow:
    """An own field in the list; `notes` say in a word each what is special about it."""

    row: CustomField
    kind: Text
    notes: tuple[str, ...]


@dataclass(frozen=True)
class BuiltInRow:
    """A field the type came with."""

    field: Field
    kind: Text
    group: str


def types_context(actor: Actor) -> dict[str, Any]:
    """The page of all record types."""
    own = Counter(custom_fields.types_with_fields(actor=actor))
    objects = {each.key: each.id for each in custom_objects.list_objects(actor=actor)}
    types = [
        TypeRow(each, own[each.key], sum(1 for field in each.fields if not field.custom), objects.get(each.key))
        for each in sorted(record_types, key=lambda each: each.nav_order)
    ]
    archived = custom_objects.list_objects(archived=True, actor=actor)
    return {"types": types, "archived": archived, "current": "data-model"}


def fields_context(record_type: RecordType, actor: Actor) -> dict[str, Any]:
    """The page of one type."""
    own = custom_fields.list_fields(record_type, actor=actor)
    return {
        "record_type": record_type,
        "own": [_own(row) for row in own],
        "archived": [_own(row) for row in custom_fields.list_fields(record_type, archived=True, actor=actor)],
        "built_in": [
            BuiltInRow(field, KIND_LABELS[field.kind], force_str(field.group) or _("Details"))
            for field in record_type.all_fields
            if not field.custom
        ],
        "current": "data-model",
        "most": custom_fields.MOST_FIELDS,
    }


def kind_context(row: CustomField, kind: str, actor: Actor) -> dict[str, Any]:
    """The drawer that turns a field into another kind; what it would do, once a kind is chosen."""
    kinds = custom_kinds.kinds_from(row)
    return {
        "row": row,
        "kind": kind,
        "from_label": kind_label(row.kind),
        "kinds": [(each.value, KIND_LABELS[each]) for each in kinds],
        "fit": custom_kinds.try_kind(row.id, kind, actor=actor) if kind in kinds else None,
        "current": "data-model",
    }


def _own(row: CustomField) -> FieldRow:
    notes = {
        _("required"): row.required,
        _("unique"): row.unique,
        _("being indexed"): row.typed == CustomField.Typed.FILLING,
        _("fast lists"): row.typed == CustomField.Typed.READY and row.indexed,
        _("conditional"): bool(row.visible_when or row.required_when),
    }
    return FieldRow(row, kind_label(row.kind), tuple(word for word, holds in notes.items() if holds))
