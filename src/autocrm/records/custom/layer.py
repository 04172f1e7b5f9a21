"""Custom fields in the catalogue: the rows of `CustomField` as fields of the tenant's record types.

Responsibilities: a row as a `Field`, and what follows from it for its type: the search terms, and a card on the page of
the record a relation leads to. Do NOT: decide what a definition may say; that is `records.custom_definitions`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.text import format_lazy

from autocrm.kernel.conditions.schema import Option, Storage
from autocrm.kernel.field_kinds import NUMERIC_KINDS, TEXT_KINDS, FieldKind
from autocrm.kernel.phones import parse_phone, phone_terms
from autocrm.records.catalogue import Types
from autocrm.records.custom_json import LARGEST_NUMBER, from_json
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.records.registry import RecordType, RelatedCard, Search
from autocrm.tenants.selectors import get_tenant

# After the types that a tenant made itself, so that they get their fields and relations to them are known.
ORDER = 50


def with_custom_fields(types: Types) -> Types:
    """The types with the tenant's own fields. A relation to a type that is gone is left out until it is back."""
    fields = fields_by_type()
    if not fields:
        return types
    made = dict(types)
    for key, own in fields.items():
        if key in made:
            known = [field for field in own if not field.relation or field.relation in types]
            made[key] = add_fields(made[key], known)
    for key, own in fields.items():
        for field in own:
            if key in made and field.relation in made:
                made[field.relation] = _with_card(made[field.relation], made[key], field)
    return made


def fields_by_type() -> dict[str, list[Field]]:
    """All custom fields of the tenant that are in use, by the key of their type, in order."""
    found: dict[str, list[Field]] = {}
    rows = CustomField.objects.filter(archived_at__isnull=True, deleted_at__isnull=True)
    for row in rows.order_by("record_type", "position", "id"):
        found.setdefault(row.record_type, []).append(field_of(row))
    return found


def add_fields(record_type: RecordType, fields: Sequence[Field]) -> RecordType:
    """The type with further fields; those that are searched are among its search terms."""
    searched = [field for field in fields if field.extra.get("searchable")]
    return replace(
        record_type,
        fields=(*record_type.fields, *fields),
        search=_with_terms(record_type.search, searched) if record_type.search and searched else record_type.search,
    )


def field_of(row: CustomField) -> Field:
    """The declaration that a row means."""
    is_computed = row.kind not in set(FieldKind)
    kind = FieldKind(row.result_kind if is_computed else row.kind)
    is_number = kind in NUMERIC_KINDS
    return Field(
        key=row.key,
        label=row.label,
        kind=kind,
        required=row.required and not is_computed,
        unique=row.unique,
        editable=not is_computed,
        importable=not is_computed,
        sortable=kind is not FieldKind.MULTI_SELECT,
        in_form=row.in_form and not is_computed,
        options=tuple(Option(each["value"], each["label"], each.get("active", True)) for each in row.options),
        relation=row.relation,
        storage=Storage.INTEGER if is_number else None,
        decimal_places=row.decimal_places,
        max_length=row.max_length,
        minimum=_bound(row.minimum, -LARGEST_NUMBER) if is_number else None,
        maximum=_bound(row.maximum, LARGEST_NUMBER) if is_number else None,
        group=row.group,
        help_text=row.help_text,
        nullable=True,
        default=from_json(kind, row.default),
        custom=True,
        custom_id=row.id,
        typed=row.typed != CustomField.Typed.OFF,
        indexed=row.typed == CustomField.Typed.READY,
        computed=row.kind if is_computed else "",
        currency_path=str(row.config.get("currency_path", "")) if is_computed else "",
        visible_when=row.visible_when or None,
        required_when=row.required_when or None,
        extra=_extra(row, kind),
    )


def _bound(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _extra(row: CustomField, kind: FieldKind) -> dict[str, Any]:
    extra: dict[str, Any] = {"config": row.config, **row.config.get("look", {})}
    tones = {each["value"]: each["tone"] for each in row.options if each.get("tone")}
    if tones:
        extra["tones"] = tones
    if row.searchable and kind in TEXT_KINDS:
        extra["searchable"] = True
    return extra


def _with_terms(search: Search, fields: Iterable[Field]) -> Search:
    fields = tuple(fields)
    return replace(
        search, terms=_terms(search.terms, fields), fields=(*search.fields, *(field.key for field in fields))
    )


def _terms(declared: Callable[[Any], list[str]], fields: Sequence[Field]) -> Callable[[Any], list[str]]:
    def terms(record: Any) -> list[str]:
        own = [word for field in fields if (value := field.read(record)) for word in _words(field, value, record)]
        return [*declared(record), *own]

    return terms


def _words(field: Field, value: str, record: Any) -> list[str]:
    if field.kind is not FieldKind.PHONE:
        return [value]
    region = str(get_tenant(record.tenant_id).settings.get("region", "US"))
    return phone_terms(value, parse_phone(value, region).key)


def _with_card(target: RecordType, source: RecordType, field: Field) -> RecordType:
    # In the words of whoever looks: the type is kept for all people of the workspace.
    label = format_lazy("{} · {}", source.label_plural, field.label)
    return replace(target, related=(*target.related, RelatedCard(record_type=source.key, field=field.key, label=label)))
