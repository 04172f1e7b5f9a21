"""What the pages of the data model show: record types with their numbers, fields in their groups."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Text
from autocrm.kernel.field_kinds import KIND_LABELS
from autocrm.kernel.permissions import is_allowed
from autocrm.records import passes
from autocrm.records.computed.plans import plans
from autocrm.records.computed.recalculating import is_computed
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom.definitions import COMPUTED
from autocrm.records.custom.field_forms import kind_label
from autocrm.records.custom.upkeep import refuse_used
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.records.registry import RecordType, record_types
from autocrm.users import selectors as users
from autocrm.users.models import Role
from autocrm.users.permissions import MANAGE_ROLES


@dataclass(frozen=True)
class TypeRow:
    """A record type in the list."""

    record_type: RecordType
    own: int
    built_in: int
    object_id: UUID | None = None


@dataclass(frozen=True)
class FieldRow:
    """An own field in the list; `notes` say in a word each what is special about it.

    `has_others` when it can be turned into another kind.
    """

    row: CustomField
    kind: Text
    notes: tuple[str, ...]
    has_others: bool = False


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
        "object": custom_objects.find_object(record_type.key, actor=actor),
        "work": [passes.as_work(each) for each in passes.running_passes(record_type.key) if each.user_id],
        "is_computed": is_computed(record_type),
        "roles": _roles(actor),
    }


def _roles(actor: Actor) -> list[Role]:
    """The roles in which this actor may decide who sees which field."""
    if not is_allowed(actor, MANAGE_ROLES):
        return []
    return [role for role in users.list_roles(actor) if not role.everything]


def kind_context(row: CustomField, kind: str, actor: Actor) -> dict[str, Any]:
    """The drawer that turns a field into another kind; what it would do, once a kind is chosen."""
    kinds = custom_kinds.kinds_from(row)
    fit, fault = None, used_by(row)
    if kind in kinds and not fault:
        fit = custom_kinds.try_kind(row.id, kind, actor=actor)
    return {
        "row": row,
        "kind": kind,
        "from_label": kind_label(row.kind),
        "kinds": [(each.value, KIND_LABELS[each]) for each in kinds],
        "fit": fit,
        "fault": fault,
        "current": "data-model",
    }


def used_by(row: CustomField) -> str:
    """Why a field cannot be deleted or turned into another kind; empty where nothing is made of it."""
    try:
        refuse_used(row)
    except Conflict as error:
        return str(error)
    return ""


def _own(row: CustomField) -> FieldRow:
    notes = {
        _("required"): row.required,
        _("unique"): row.unique,
        _("being indexed"): row.typed == CustomField.Typed.FILLING,
        _("fast lists"): row.typed == CustomField.Typed.READY and row.indexed,
        _("cannot be worked out"): row.kind in COMPUTED and (row.record_type, row.key) not in plans().inputs,
        _("conditional"): bool(row.visible_when or row.required_when),
        _("being converted"): "was" in row.config,
    }
    has_others = row.kind not in COMPUTED and bool(custom_kinds.kinds_from(row))
    return FieldRow(row, kind_label(row.kind), tuple(word for word, holds in notes.items() if holds), has_others)
