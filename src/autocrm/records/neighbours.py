"""The records before and after one in a list, found from its own place: at any depth for the price of a row."""

from dataclasses import dataclass, replace
from typing import Any

from autocrm.kernel.actors import Actor
from autocrm.records.listing import (
    ListQuery,
    backwards_ordering,
    before_record,
    default_sorts,
    encode_cursor,
)
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, list_records, with_references


@dataclass(frozen=True)
class Neighbours:
    """What stands beside a record; None at the ends of the list, and where the record is not in it."""

    before: Any = None
    after: Any = None


def find_neighbours(record_type: RecordType, query: ListQuery, record: Any, *, actor: Actor) -> Neighbours:
    """The neighbours of `record` in the list that `query` asks for. Raises Denied."""
    found = list_queryset(record_type, query, actor=actor)
    if not found.filter(pk=record.pk).exists():
        return Neighbours()
    sorts = query.sort or default_sorts(RecordSchema(record_type, actor))
    titles = [record_type.by_key[key] for key in record_type.title_fields]
    page = list_records(
        record_type, replace(query, cursor=encode_cursor(record, sorts), limit=1), actor=actor, columns=titles
    )
    found = with_references(found, record_type, titles)
    before = None
    if sorts and sorts[0].has_empty and sorts[0].value_of(record) is None:
        # First among those that are empty too: asked apart an index leads straight to both ends.
        empty = found.filter(sorts[0].compared("isnull", value=True))
        before = (
            empty.filter(before_record(record, sorts, equal=1)).order_by(*backwards_ordering(sorts, equal=1)).first()
        )
        found = found.filter(sorts[0].compared("isnull", value=False))
        if before is None:
            before = found.order_by(*backwards_ordering([replace(sorts[0], filled=True), *sorts[1:]])).first()
    else:
        before = found.filter(before_record(record, sorts)).order_by(*backwards_ordering(sorts)).first()
    return Neighbours(before, next(iter(page.rows), None))
