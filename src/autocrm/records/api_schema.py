"""The OpenAPI of record types, made of their declarations: JSON Schema of a record, of what may be set, parameters."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType

_UUID = {"type": "string", "format": "uuid"}
_TYPES: dict[FieldKind, dict[str, Any]] = {
    FieldKind.TEXT: {"type": "string"},
    FieldKind.LONG_TEXT: {"type": "string"},
    FieldKind.EMAIL: {"type": "string", "format": "email"},
    FieldKind.PHONE: {"type": "string"},
    FieldKind.URL: {"type": "string", "format": "uri"},
    FieldKind.NUMBER: {"type": "integer"},
    FieldKind.PERCENT: {"type": "integer"},
    FieldKind.CURRENCY: {"type": "string", "description": "An exact amount in major units, as decimal text."},
    FieldKind.DATE: {"type": "string", "format": "date"},
    FieldKind.DATETIME: {"type": "string", "format": "date-time"},
    FieldKind.BOOLEAN: {"type": "boolean"},
    FieldKind.SELECT: {"type": "string"},
    FieldKind.MULTI_SELECT: {"type": "array", "items": {"type": "string"}},
    FieldKind.USER: _UUID,
    FieldKind.RELATION: _UUID,
}


def field_schema(field: Field) -> dict[str, Any]:
    """JSON Schema of one field's value."""
    schema = dict(_TYPES[field.kind])
    if field.places and field.kind in {FieldKind.NUMBER, FieldKind.PERCENT}:
        schema = {"type": "string", "description": "An exact number, as decimal text."}
    if field.options and field.kind is FieldKind.SELECT:
        values: list[str | None] = [option.value for option in field.options]
        nothing = None if field.nullable else ""
        schema["enum"] = [*values, nothing] if field.nullable or not field.required else values
    if field.max_length:
        schema["maxLength"] = field.max_length
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
    schema["title"] = str(field.label)
    if field.custom and field.help_text:
        schema["description"] = str(field.help_text)
    if not field.editable:
        schema["readOnly"] = True
    return schema


Shown = Callable[[Field], bool]


def everything(_field: Field) -> bool:
    """What the document of the installation shows: every field."""
    return True


def record_schema(record_type: RecordType, shown: Shown = everything) -> dict[str, Any]:
    """JSON Schema of a record as the API answers it."""
    own: dict[str, Any] = {
        "id": _UUID | {"readOnly": True},
        "record_type": {"type": "string", "const": record_type.key, "readOnly": True},
        "record_title": {"type": "string", "readOnly": True, "description": "What the record is called."},
        "version": {"type": "integer", "readOnly": True, "description": "Grows with every change; the ETag names it."},
    }
    fields = [field for field in record_type.all_fields if shown(field)]
    properties = own | {field.key: field_schema(field) for field in fields}
    return {"type": "object", "properties": properties, "required": list(own)}


def input_schema(record_type: RecordType, *, creating: bool, shown: Shown = everything) -> dict[str, Any]:
    """JSON Schema of what may be sent to create or change a record."""
    fields = [field for field in record_type.all_fields if field.editable and shown(field)]
    schema: dict[str, Any] = {"type": "object", "properties": {field.key: field_schema(field) for field in fields}}
    asked = (field for field in fields if field.required and not field.visible_when)
    required = [field.key for field in asked if field.default in (None, "")]
    if creating and required:
        schema["required"] = required
    schema["additionalProperties"] = False
    return schema


def page_schema(record_type: RecordType, shown: Shown = everything) -> dict[str, Any]:
    """JSON Schema of one page of a list."""
    return {
        "type": "object",
        "properties": {
            "results": {"type": "array", "items": record_schema(record_type, shown)},
            "next": {"type": ["string", "null"], "format": "uri"},
            "next_cursor": {"type": ["string", "null"]},
            "count": {"type": "integer", "description": "Only with `count=true`."},
            "count_is_exact": {"type": "boolean"},
        },
        "required": ["results", "next", "next_cursor"],
    }


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as drf-spectacular takes it for a request or response."""
    return {"application/json": schema}


READ_PARAMETERS = [
    OpenApiParameter("fields", str, description="Only these fields, separated by commas."),
    OpenApiParameter("expand", str, description="References to open, separated by commas: id and title."),
]
LIST_PARAMETERS = [
    *READ_PARAMETERS,
    OpenApiParameter(
        "filter",
        str,
        description="A condition as JSON: fields, operators, values, nested with and, or, not. Simple comparisons may "
        "stand as parameters of their own: `sector=medical`, `revenue__gt=1000`, `name__contains=x`.",
    ),
    OpenApiParameter("search", str, description="Words or beginnings of words."),
    OpenApiParameter("ordering", str, description="Fields to sort by, separated by commas; `-` turns the order."),
    OpenApiParameter("cursor", str, description="The place to go on from: `next_cursor` of the page before."),
    OpenApiParameter("limit", int, description="Records a page, 1 to 200."),
    OpenApiParameter("count", bool, description="Whether to count all that match."),
    OpenApiParameter("archived", bool, description="The bin instead of the live records."),
]
