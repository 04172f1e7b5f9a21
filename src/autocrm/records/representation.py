"""Records as JSON and as words, for the API, exports, sockets and templates of messages."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.looks import Look
from autocrm.records.models import Tag
from autocrm.records.registry import record_types
from autocrm.records.titles import title_for
from autocrm.records.values import plain_value


def to_dict(
    look: Look,
    record: Any,
    fields: Iterable[Field],
    *,
    expand: frozenset[str] = frozenset(),
    tags: Mapping[UUID, Tag] | None = None,
) -> dict[str, Any]:
    """A record as plain JSON values: `registry.ENVELOPE` and the given fields; `expand` opens references and tags.

    The caller has chosen fields that may be seen; titles, of what references lead to as well, are as `look` allows.
    """
    result: dict[str, Any] = {
        "id": str(record.id),
        "record_type": look.record_type.key,
        "record_title": look.title(record),
        "version": record.version,
    }
    for field in fields:
        value = plain_value(field, field.read(record))
        if field.key in expand and value:
            value = _expanded(field, record, look, tags or {})
        elif field.kind is FieldKind.CURRENCY and value is not None and field.currency_path:
            value = {"amount": value, "currency": getattr(record, field.currency_path)}
        result[field.key] = value
    if record.archived_at is not None:
        result["archived_at"] = record.archived_at.isoformat().replace("+00:00", "Z")
    return result


def reference_label(field: Field, record: Any, look: Look) -> str:
    """How the user or record that a field names is called, as far as `look` may know; it must be fetched along."""
    return _title_behind(field, record, look) or ""


def _expanded(field: Field, record: Any, look: Look, tags: Mapping[UUID, Tag]) -> Any:
    if field.tags:
        return [{"id": str(each), "name": tags[each].name} for each in record.tags if each in tags]
    if field.is_reference:
        return {"id": str(field.read(record)), "title": _title_behind(field, record, look)}
    return plain_value(field, field.read(record))


def _title_behind(field: Field, record: Any, look: Look) -> str | None:
    """What a reference leads to, in words; None where the actor may not see that record."""
    related = field.related(record)
    if related is None or not look.may_see(field, related):
        return None
    if field.kind is FieldKind.USER:
        return str(related)
    return title_for(record_types.get(field.relation), related, look.actor)
