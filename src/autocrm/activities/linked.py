"""The tasks or notes of one record as keyset pages, with the filters and orders that every list of records has."""

from collections.abc import Iterable
from uuid import UUID

from autocrm.activities.selectors import ids_on
from autocrm.kernel.actors import Actor
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery, Page, after_cursor, encode_cursor, ordering
from autocrm.records.orders import default_sorts
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, with_references


def list_linked(
    activity_type: str,
    record_type: RecordType,
    record_id: UUID,
    query: ListQuery,
    *,
    columns: Iterable[Field] = (),
    actor: Actor,
) -> Page:
    """One page of the tasks or notes on a record that the actor may see. Raises Denied, Invalid."""
    kind = record_types.get(activity_type)
    sorts = query.sort or default_sorts(RecordSchema(kind, actor))
    found = list_queryset(kind, query, actor=actor).filter(pk__in=ids_on(record_type.key, record_id, activity_type))
    if query.cursor:
        found = found.filter(after_cursor(query.cursor, sorts, kind.model))
    rows = list(with_references(found, kind, columns).order_by(*ordering(sorts))[: query.limit + 1])
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return Page(rows, encode_cursor(rows[-1], sorts) if more else "")
