"""The records before and after one in a list, found from its own place: at any depth for the price of a row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import TookTooLong
from autocrm.kernel.reading import reading
from autocrm.records.listing import (
    ListQuery,
    Sort,
    backwards_ordering,
    backwards_ordering_of_part,
    before_record,
    encode_cursor,
    ordering,
    ordering_of_part,
    patience,
)
from autocrm.records.orders import sorts_of
from autocrm.records.registry import RecordType
from autocrm.records.sampling import is_dear
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, list_records, with_references


@dataclass(frozen=True)
class Neighbours:
    """What stands beside a record; None at the ends of the list, and where the record is not in it."""

    before: Any = None
    after: Any = None


def find_neighbours(record_type: RecordType, query: ListQuery, record: Any, *, actor: Actor) -> Neighbours:
    """The neighbours of `record` in the list that `query` asks for; none where finding them takes too long.

    Raises Denied.
    """
    found = list_queryset(record_type, query, actor=actor)
    if not found.filter(pk=record.pk).exists():
        return Neighbours()
    sorts = sorts_of(query, RecordSchema(record_type, actor))
    if is_dear(_in_order(found, sorts)[:1]):
        return Neighbours()
    titles = [record_type.by_key[key] for key in record_type.title_fields]
    beyond = replace(query, cursor=encode_cursor(record, sorts), limit=1)
    try:
        with reading(seconds=patience()):
            before = _find_before(with_references(found, record_type, titles), record, sorts)
            page = list_records(record_type, beyond, actor=actor, columns=titles)
    except TookTooLong:
        return Neighbours()
    return Neighbours(before, next(iter(page.rows), None))


def _in_order(found: QuerySet[Any], sorts: Sequence[Sort]) -> QuerySet[Any]:
    """The records of a list as its first page is read."""
    if not sorts or not sorts[0].splits:
        return found.order_by(*ordering(sorts))
    filled = replace(sorts[0], filled=True)
    return found.filter(filled.is_empty(value=False)).order_by(*ordering_of_part([filled, *sorts[1:]], found.model))


def _find_before(found: QuerySet[Any], record: Any, sorts: Sequence[Sort]) -> Any:
    if not sorts or not sorts[0].splits:
        return found.filter(before_record(record, sorts)).order_by(*backwards_ordering(sorts)).first()
    model = found.model
    filled, empty = (found.filter(sorts[0].is_empty(value=value)) for value in (False, True))
    by_index = [replace(sorts[0], filled=True), *sorts[1:]]
    backwards = backwards_ordering_of_part(by_index, model)
    if sorts[0].value_of(record) not in {None, ""}:
        return filled.filter(before_record(record, by_index)).order_by(*backwards).first()
    # First among those that are empty too: asked apart an index leads straight to both ends.
    among = empty.filter(before_record(record, sorts, equal=1)).order_by(*backwards_ordering_of_part(sorts, model))
    return among.first() or filled.order_by(*backwards).first()
