"""Every order that a list of the product's own records offers is walked through an index, forth and back.

As in `test_plans`, the planner is told to avoid everything but indexes: what it sorts even then has none. An order by
choices or people is made of the lists of those alike (`records.stretches`), so those are what has to stand in an index.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.custom import objects as custom_objects
from autocrm.records.listing import ListQuery, ordering
from autocrm.records.orders import parse_sort, sorts_of
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.stretches import ListedRecords, parts_of
from tests.journeys.test_plans import nodes
from tests.support.cast import Person

PAGE = 51
# The few that share an e-mail address or a domain may be sorted among themselves.
SORTED = {"Sort", "Seq Scan", "Bitmap Heap Scan"}
ONE_OF = {FieldKind.SELECT: "some", FieldKind.USER: UUID(int=7)}


def orders(schema: RecordSchema) -> Iterator[str]:
    for field in schema.record_type.all_fields:
        if field.sortable and not field.custom and schema.can_read(field):
            yield from (field.key, f"-{field.key}")


def lists_of(record_type: RecordType, order: str, actor: Actor) -> Iterator[QuerySet[Any]]:
    """What is read one after the other for a list in this order."""
    schema = RecordSchema(record_type, actor)
    sorts = sorts_of(ListQuery(sort=parse_sort([order], schema)), schema)
    base = visible_to(record_type, actor).filter(archived_at__isnull=True)
    if (first := sorts[0]).ranks:
        assert first.has_index(record_type.model), f"{record_type.key} by {order}"
        alike = base.filter(**{first.field.attribute: ONE_OF[first.field.kind]})
        yield alike.order_by(*(ordering(sorts[1:]) if sorts[1:] else ["-id" if first.descending else "id"]))
        return
    for part in parts_of(ListedRecords(base, base, sorts), ""):
        yield base.filter(part.where).order_by(*part.order)


def plan_of(found: QuerySet[Any]) -> set[str]:
    """The kinds of nodes in the plan of its first page, with nothing but indexes to choose from."""
    sql, params = found[:PAGE].query.sql_with_params()
    with connection.cursor() as cursor:
        for other in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            cursor.execute(f"SET LOCAL {other} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    whole = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return {node["Node Type"] for node in nodes(whole)}


def test_every_order_is_walked_through_an_index(alice: Person) -> None:
    with alice.at_work() as actor:
        # Objects of a workspace share one table, whose indexes begin with the object.
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
        own = list(record_types)
        sorting = [
            f"{record_type.key} by {order}"
            for record_type in own
            for order in orders(RecordSchema(record_type, actor))
            for found in lists_of(record_type, order, actor)
            if plan_of(found) & SORTED
        ]

    assert len(own) >= 8
    assert sorting == []
