"""Which orders a list may have, and the whole order that a key asks for."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.hops import Hop, find_hop, hop_to_name
from autocrm.records.indexes import goes_on, leads_an_index
from autocrm.records.listing import ListQuery, Sort
from autocrm.records.ranks import present_values, ranked_values
from autocrm.records.registry import record_types
from autocrm.records.related_order import RelatedSort
from autocrm.records.schema import RecordSchema
from autocrm.records.sql_values import sort_expression


def parse_sort(texts: Sequence[str], schema: RecordSchema) -> tuple[Sort, ...]:
    """Sort keys from "name", "-created_at" and "company.sector".

    Raises Invalid for a field that is unknown, hidden or unsortable.
    """
    return tuple(_sort(text.removeprefix("-"), schema, descending=text.startswith("-")) for text in texts)


def _sort(key: str, schema: RecordSchema, *, descending: bool) -> Sort:
    ordered = find_order(key, schema)
    if isinstance(ordered, Hop):
        return RelatedSort(ordered, descending)
    return Sort(ordered, descending, ranks=_by_name(ordered, schema) if _leads_on(ordered) else ranked_values(ordered))


def _leads_on(field: Field) -> bool:
    """Whether it is a relation without a column, which no join orders by what it leads to."""
    return field.custom and field.kind is FieldKind.RELATION


def _by_name(field: Field, schema: RecordSchema) -> tuple[Any, ...]:
    """The records that the field leads to, by their names; () if they are too many, and those alike stand together."""
    present = present_values(schema.record_type.model, schema.record_type.scope, field)
    if not present:
        return ()
    target = record_types.get(field.relation)
    names = [sort_expression(target.by_key[key]) for key in target.title_fields]
    return tuple(target.rows().filter(pk__in=present).order_by(*names, "pk").values_list("pk", flat=True))


def find_order(key: str, schema: RecordSchema) -> Field:
    """The field that a list is ordered by when `key` is asked for. Raises Invalid as `parse_sort` does."""
    field = find_hop(key, schema) if "." in key else schema.readable([key])[0]
    ordered = ordered_by(field, schema)
    if ordered is None:
        raise Invalid(fields={field.key: [_("Lists cannot be sorted by this field.")]})
    return ordered


def ordered_by(field: Field, schema: RecordSchema) -> Field | None:
    """What a list is ordered by when `field` is asked for: a relation stands for the name there. None for no order."""
    if isinstance(field, Hop):
        return field if _gives_order(field, schema) else None
    if field.kind is not FieldKind.RELATION:
        return field if field.sortable else None
    hop = hop_to_name(field, schema)
    if hop is None or not schema.sees_all(field.relation):
        return None
    if _leads_on(field):
        return field
    return hop if _gives_order(hop, schema) else None


def _gives_order(hop: Hop, schema: RecordSchema) -> bool:
    """Whether an index over there gives the order, and the place of a record tells nothing of what is out of reach."""
    inner, via = hop.inner, hop.via
    if via.custom or inner.custom or not inner.sortable or inner.kind in _RANKED or not schema.sees_all(via.relation):
        return False
    return leads_an_index(record_types.get(via.relation).model, inner.sort_path)


# Kinds whose values stand in another order than that of an index.
_RANKED = {FieldKind.SELECT, FieldKind.USER}


def default_sorts(schema: RecordSchema) -> tuple[Sort, ...]:
    """The type's own order, as far as the actor may see its fields."""
    keys = schema.record_type.default_sort
    return parse_sort(
        [key for key in keys if schema.can_read(schema.record_type.by_key[key.removeprefix("-")])], schema
    )


def sorts_of(query: ListQuery, schema: RecordSchema) -> tuple[Sort, ...]:
    """The whole order of a list: the query's or the type's own, going on as the index goes on that gives it.

    Records alike in the one key that was asked for stand as they do in other lists then, and are never sorted; those
    alike in what they lead to stand in the type's own order.
    """
    sorts = query.sort or default_sorts(schema)
    if isinstance(sorts[-1] if sorts else None, RelatedSort):
        keys = {sort.field.key for sort in sorts}
        return (*sorts, *(sort for sort in default_sorts(schema) if sort.field.key not in keys))
    if len(sorts) != 1 or sorts[0].field.custom:
        return sorts
    following = goes_on(schema.record_type.model, sorts[0].field.attribute)
    fields = {each.sort_path: each for each in schema.record_type.all_fields if each.sortable}
    added: list[Sort] = []
    for name in following:
        field = fields.get(name.removeprefix("-"))
        if field is None or field.nullable or not schema.can_read(field):
            break
        added.append(Sort(field, name.startswith("-") is not sorts[0].descending))
    return (*sorts, *added)
