"""Works out the formulas of records that are about to be written; many at once cost one query for each relation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from autocrm.records.computed.names import formula_context, stored
from autocrm.records.computed.plans import TypePlan, plan_of
from autocrm.records.custom_json import to_json
from autocrm.records.registry import RecordType, record_types

NONE_CHANGED: frozenset[str] = frozenset()


def fill(record_type: RecordType, records: Sequence[Any], *, are_new: bool = False) -> list[frozenset[str]]:
    """Put the values of all formulas on records that carry their other values; for each, what changed. Saves nothing.

    New records are counted for nothing by rollups yet.
    """
    plan = plan_of(record_type)
    counts = [each for each in plan.rollups if are_new and each.nothing is not None]
    if not plan.formulas and not counts:
        return [NONE_CHANGED] * len(records)
    related = related_records(record_type, plan, records)
    hops = [(relation, record_type.by_key[relation].read) for relation in related]
    context = formula_context()
    changed: list[frozenset[str]] = []
    for record in records:
        before = record.custom
        # A new dictionary each time: records made from one pattern, and states that are compared, share the old one.
        values = record.custom = dict(before)
        for rollup in counts:
            values[rollup.field.key] = rollup.nothing
        row = record, {relation: related[relation].get(read(record)) for relation, read in hops}
        for each in plan.formulas:
            put(values, each.field, stored(each.field, each.evaluate(row, context)))
        changed.append(frozenset(key for key in plan.keys if values.get(key) != before.get(key)))
    return changed


def put(values: dict[str, Any], field: Any, value: Any) -> None:
    """A stored value into the JSON of a record; an empty one is not kept at all."""
    plain = to_json(field.kind, value)
    if plain is None:
        values.pop(field.key, None)
    else:
        values[field.key] = plain


def related_records(
    record_type: RecordType, plan: TypePlan, records: Iterable[Any]
) -> Mapping[str, Mapping[UUID, Any]]:
    """What the relations that formulas follow lead to, by relation and id, as the database has it now."""
    found: dict[str, Mapping[UUID, Any]] = {}
    for relation in plan.hops:
        field = record_type.by_key[relation]
        target = record_types.get(field.relation)
        ids = {value for record in records if (value := field.read(record)) is not None}
        found[relation] = target.rows().in_bulk(list(ids)) if ids else {}
    return found
