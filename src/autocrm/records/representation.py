"""Records as JSON and as words, for the API, exports, sockets and templates of messages."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.models import Tag
from autocrm.records.registry import RecordType, record_types
from autocrm.records.values import plain_value


def to_dict(
    record_type: RecordType,
    record: Any,
    fields: Iterable[Field],
    *,
    expand: frozenset[str] = frozenset(),
    tags: Mapping[UUID, Tag] | None = None,
) -> dict[str, Any]:
    """A record as plain JSON values: id, title, version and the given fields; `expand` opens references and tags."""
    result: dict[str, Any] = {
        "id": str(record.id),
        "type": record_type.key,
        "title": record_type.title(record),
        "version": record.version,
    }
    for field in fields:
        value = plain_value(field, getattr(record, field.attribute))
        if field.key in expand and value:
            value = _expanded(field, record, tags or {})
        elif field.kind is FieldKind.CURRENCY and value is not None and field.currency_path:
            value = {"amount": value, "currency": getattr(record, field.currency_path)}
        result[field.key] = value
    if record.archived_at is not None:
        result["archived_at"] = record.archived_at.isoformat().replace("+00:00", "Z")
    return result


def reference_label(field: Field, record: Any) -> str:
    """How the user or record that a field names is called; the reference must be fetched along."""
    related = getattr(record, field.attribute.removesuffix("_id"))
    if related is None:
        return ""
    if field.kind is FieldKind.USER:
        return str(related)
    return record_types.get(field.relation).title(related)


def _expanded(field: Field, record: Any, tags: Mapping[UUID, Tag]) -> Any:
    if field.tags:
        return [{"id": str(each), "name": tags[each].name} for each in record.tags if each in tags]
    if field.is_reference:
        return {"id": str(getattr(record, field.attribute)), "title": reference_label(field, record)}
    return plain_value(field, getattr(record, field.attribute))
