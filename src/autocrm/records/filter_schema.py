"""The condition language told to the filter builder of the page, with pickers for people, related records and tags."""

from typing import Any

from autocrm.kernel.conditions.builder import builder_schema
from autocrm.kernel.conditions.schema import find_field
from autocrm.kernel.conditions.tree import Condition, leaves
from autocrm.kernel.field_kinds import FieldKind, default_operator
from autocrm.kernel.ids import find_id
from autocrm.records.fields import Field
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema


def filter_schema(schema: RecordSchema, condition: Condition, *, trigger: bool = False) -> list[dict[str, Any]]:
    """Every field the actor may filter by, JSON-ready; `condition` is what is set now, whose values get their names.

    `trigger` adds the comparisons that need an old state, such as "changed to".
    """
    described = builder_schema(schema, trigger=trigger)
    used = _values_by_field(condition)
    for field in described:
        first = default_operator(FieldKind(field["kind"])).value
        field["operators"] = [
            {"id": operator["id"], "label": operator["label"], "value": operator["shape"]}
            for operator in sorted(field["operators"], key=lambda each: each["id"] != first)
        ]
        url = picker_url(schema, field["id"])
        if url:
            field["options_url"] = url
            field["value_labels"] = _names(schema, field["id"], used.get(field["id"], ()))
    return described


def picker_url(schema: RecordSchema, field_id: str) -> str:
    """Where the choices of a person, a record or a tag are found; "" for other fields."""
    bound = find_field(schema, field_id)
    if bound is None:
        return ""
    owner = schema.record_type
    if bound.hop is not None:
        owner = record_types.get(owner.by_key[bound.hop.id].relation)
    return picker_of(owner.by_key[bound.field.id])


def picker_of(field: Field) -> str:
    """Where the choices of a field are found while somebody types; "" where they come along."""
    if field.kind is FieldKind.USER:
        return "/pick/user/"
    if field.tags:
        return "/settings/tags/pick/"
    return f"/pick/{field.relation}/" if field.kind is FieldKind.RELATION else ""


def _values_by_field(condition: Condition) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for leaf in leaves(condition):
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        found.setdefault(leaf.field, []).extend(str(each) for each in values if each is not None)
    return found


def _names(schema: RecordSchema, field_id: str, values: list[str] | tuple[str, ...]) -> dict[str, str]:
    bound = find_field(schema, field_id)
    if bound is None or bound.field.value_label is None:
        return {}
    return {value: bound.field.value_label(value) for value in values if find_id(value) is not None}
