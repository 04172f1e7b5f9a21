"""The condition language told to the filter builder of the page, with pickers for people and related records."""

from typing import Any

from autocrm.kernel.conditions.builder import builder_schema
from autocrm.kernel.conditions.schema import find_field
from autocrm.kernel.conditions.tree import Condition, leaves
from autocrm.kernel.field_kinds import REFERENCE_KINDS, FieldKind, default_operator
from autocrm.kernel.ids import find_id
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
    """Where the choices of a person or record are found; "" for other fields."""
    bound = find_field(schema, field_id)
    if bound is None or bound.field.kind not in REFERENCE_KINDS:
        return ""
    if bound.field.kind is FieldKind.USER:
        return "/pick/user/"
    owner = schema.record_type
    if bound.hop is not None:
        return ""
    return f"/pick/{owner.by_key[bound.field.id].relation}/"


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
