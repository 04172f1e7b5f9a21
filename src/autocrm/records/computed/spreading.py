"""What a write means for the computed values of other records: they are worked out anew, here and now or by a job.

Here and now where it is little: few records, few members, and nobody else at work on them - a writing transaction
never waits for another one because of a computed value, so two writes cannot lock each other out. Everything else is
left to a job that may wait. A record is locked before its members are looked at, so whoever comes second sees the
first one's write. Values change without a new version and without a journal entry: nobody did anything to the record.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connections, router

from autocrm.kernel.jobs import enqueue
from autocrm.kernel.staging import Column, staged
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.computed.filling import NONE_CHANGED, fill, put
from autocrm.records.computed.plans import TypePlan, Watch, plan_of
from autocrm.records.computed.rollups import count_members, work_out
from autocrm.records.field_values import store_many
from autocrm.records.registry import RecordType, record_types
from autocrm.records.search import index_records
from autocrm.records.selectors import with_references
from autocrm.records.sql_values import value_expression

SOME_JOB = "records.recalculate_some"
MOST_NOW = 200
MOST_MEMBERS = 2_000
IDS_IN_JOB = 500

# A record that was written, and what of it changed: field key -> (old, new).
Written = tuple[Any, Mapping[str, tuple[Any, Any]]]


def follow(
    record_type: RecordType,
    written: Sequence[Written],
    computed: Sequence[frozenset[str]],
    *,
    comes_or_goes: bool = False,
) -> None:
    """Work out anew what other records make of these, or have it done. To be called after they are saved.

    `computed` are the computed fields that changed, as `fill` answered; `comes_or_goes` when the records are new, or
    were moved to the bin or out of it, so that they count where they did not, or no longer.
    """
    plan = plan_of(record_type)
    if not plan.formulas_over and not plan.rollups_of:
        return
    touched = [(record, changes, own.union(changes)) for (record, changes), own in zip(written, computed, strict=True)]
    for (key, relation), watched in _together(plan.formulas_over).items():
        ids = [record.id for record, _changes, keys in touched if not watched.isdisjoint(keys)]
        if ids and not comes_or_goes:
            refresh_over(record_types.get(key), relation, ids)
    parents: dict[str, set[UUID]] = {}
    for watch in plan.rollups_of:
        read = record_type.by_key[watch.relation].read
        for record, changes, keys in touched:
            if comes_or_goes or not watch.watched.isdisjoint(keys):
                parents.setdefault(watch.record_type, set()).update(
                    {read(record), *changes.get(watch.relation, ())} - {None}
                )
    for key, members_of in parents.items():
        refresh(record_types.get(key), members_of)


def follow_moved(record_type: RecordType, records: Sequence[Any]) -> None:
    """The same for records that went to the bin or came out of it."""
    follow(record_type, [(record, {}) for record in records], [NONE_CHANGED] * len(records), comes_or_goes=True)


def _together(watches: Iterable[Watch]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for watch in watches:
        place = watch.record_type, watch.relation
        found[place] = found.get(place, frozenset()) | watch.watched
    return found


def refresh_over(record_type: RecordType, relation: str, ids: Sequence[UUID]) -> None:
    """Work out anew the records whose `relation` leads to one of `ids`, or have it done when they are many."""
    own = looking_at(record_type, relation, ids, most=MOST_NOW + 1)
    if len(own) <= MOST_NOW:
        refresh(record_type, own)
        return
    for at in range(0, len(ids), IDS_IN_JOB):
        some = [str(each) for each in ids[at : at + IDS_IN_JOB]]
        enqueue(SOME_JOB, {"record_type": record_type.key, "relation": relation, "over": some})


def looking_at(
    record_type: RecordType, relation: str, ids: Sequence[UUID], *, most: int, after: UUID | None = None
) -> list[UUID]:
    """The ids of records whose `relation` leads to one of `ids`, in their order, so many at most."""
    found = record_type.rows().annotate(leads_to=value_expression(record_type.by_key[relation]))
    found = found.filter(leads_to__in=ids)
    if after is not None:
        found = found.filter(pk__gt=after)
    return list(found.order_by("pk").values_list("pk", flat=True)[:most])


def refresh(record_type: RecordType, ids: Iterable[UUID], *, may_wait: bool = False) -> int:
    """Work out these records anew; answers how many changed. What would take long is left to a job.

    `may_wait` is for that job: it waits for whoever is at work on them, and does what takes long.
    """
    wanted = set(ids)
    plan = plan_of(record_type)
    if not wanted or not (plan.formulas or plan.rollups):
        return 0
    if not may_wait and (len(wanted) > MOST_NOW or has_many_members(plan, wanted, most=MOST_MEMBERS)):
        _later(record_type, wanted)
        return 0
    found = record_type.rows().filter(pk__in=wanted)
    if record_type.search:
        found = with_references(found, record_type)
    locked = list(found.select_for_update(of=("self",), no_key=True, skip_locked=not may_wait).order_by("pk"))
    if not may_wait and len(locked) < len(wanted):
        _later(record_type, wanted - {each.id for each in locked})
    return recalculate(record_type, locked)


def has_many_members(plan: TypePlan, ids: set[UUID], *, most: int) -> bool:
    """Whether more records than `most` are counted by the rollups of these."""
    seen = {(each.source, each.relation): each for each in plan.rollups}
    return any(count_members(each, ids, most=most + 1) > most for each in seen.values())


def _later(record_type: RecordType, ids: Iterable[UUID]) -> None:
    every = sorted(str(each) for each in ids)
    for at in range(0, len(every), IDS_IN_JOB):
        enqueue(SOME_JOB, {"record_type": record_type.key, "ids": every[at : at + IDS_IN_JOB]})


def recalculate(record_type: RecordType, records: Sequence[Any]) -> int:
    """Work out records that the caller has locked, write what changed, let others follow; how many changed."""
    plan = plan_of(record_type)
    before = [record.custom for record in records]
    ids = [record.id for record in records]
    for rollup in plan.rollups if records else ():
        figures = work_out(rollup, ids)
        for record in records:
            record.custom = dict(record.custom)
            put(record.custom, rollup.field, figures[record.id])
    fill(record_type, records)
    keys = plan.keys
    changed: list[tuple[Any, frozenset[str]]] = []
    for record, old in zip(records, before, strict=True):
        own = frozenset(key for key in keys if record.custom.get(key) != old.get(key))
        if own:
            changed.append((record, own))
    if changed:
        _write(record_type, changed)
        follow(record_type, [(record, {}) for record, _own in changed], [own for _record, own in changed])
    return len(changed)


def _write(record_type: RecordType, changed: Sequence[tuple[Any, frozenset[str]]]) -> None:
    """Only the values: what else stands in the rows is not touched."""
    records = [record for record, _own in changed]
    using = router.db_for_write(record_type.model)
    columns = [
        Column("id", "uuid", [record.id for record in records]),
        Column("custom", "jsonb", [record.custom for record in records]),
    ]
    table = record_type.model._meta.db_table
    with staged(columns, using=using) as rows, connections[using].cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" t SET custom = s.custom FROM ({rows}) s WHERE t.tenant_id = %s AND t.id = s.id',  # noqa: S608 - names of the code
            [*rows.params, current_tenant_id()],
        )
    keys = frozenset[str]().union(*(own for _record, own in changed))
    store_many(record_type, records, keys)
    if record_type.search and not keys.isdisjoint(record_type.search.fields):
        index_records(record_type, [record for record in records if record.archived_at is None])
