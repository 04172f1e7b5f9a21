"""Many records written at once: one INSERT or UPDATE, one journal statement, one search statement for all of them.

Responsibilities: derive, write, journal, index, further effects, just as `records.services` does for one. Do NOT:
read input or decide who may do what to which record; imports, bulk edits and reversals have done that, row by row,
before.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DataError, IntegrityError, connections, router, transaction
from django.db.models.base import ModelState

from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.ids import new_id
from autocrm.kernel.permissions import authorize
from autocrm.kernel.staging import Column, staged, write_staged
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records import events
from autocrm.records.computed.filling import NONE_CHANGED, fill
from autocrm.records.computed.plans import plan_of
from autocrm.records.computed.spreading import follow, follow_moved
from autocrm.records.field_values import store_many
from autocrm.records.fields import Field
from autocrm.records.matching.keeping import keep_keys, watched_fields
from autocrm.records.registry import RecordType, Values
from autocrm.records.search import index_records, remove_records
from autocrm.records.values import is_empty, plain_value

Item = TypeVar("Item")
Refusal = IntegrityError | DataError

# Fields that nothing follows from: no derived column, no text of the search, no key.
PLAIN_FIELDS = frozenset({"tags"})
# What every update writes beside its own columns.
_MARKS = frozenset({"id", "version", "updated_at", "updated_by_id"})
# What an update never touches.
_FIXED = frozenset({"id", "tenant_id", "created_at", "created_by_id"})


@dataclass(frozen=True, slots=True)
class Change:
    """One record and what changed of it: field key -> (old, new). New records have no old values."""

    record: Any
    changes: Mapping[str, tuple[Any, Any]]


def blank_records(record_type: RecordType, actor: Actor) -> Callable[[], Any]:
    """A maker of unsaved records with the declaration's defaults, owned by the acting person.

    Much cheaper than the model's constructor. All records of one maker share their moment of creation.
    """
    moment = now()
    pattern: Any = record_type.new()
    pattern.__dict__.update(created_at=moment, updated_at=moment)
    pattern.owner_id = pattern.created_by_id = pattern.updated_by_id = actor.user_id
    for field in record_type.fields:
        if field.default is not None:
            field.write(pattern, field.default)
    plain = {name: value for name, value in pattern.__dict__.items() if name != "_state"}
    mutable = {name: type(value) for name, value in plain.items() if isinstance(value, list | dict)}
    model: Any = record_type.model

    def blank() -> Any:
        record = model.__new__(model)
        fresh = record.__dict__
        fresh.update(plain)
        for name, kind in mutable.items():
            fresh[name] = kind(plain[name])
        fresh["_state"] = ModelState()
        fresh["id"] = new_id()
        return record

    return blank


def insert_records(
    record_type: RecordType, new: Sequence[tuple[Any, Values]], *, data: Mapping[str, Any] | None = None, actor: Actor
) -> None:
    """Write unsaved records, each with the values that were set on it. Journal: record.created for each, with `data`.

    Raises Denied; IntegrityError or DataError of the database when a row cannot stand, and then nothing is written.
    """
    authorize(actor, record_type.permission(Verb.CREATE))
    if not new:
        return
    using = router.db_for_write(record_type.model)
    records = [record for record, _values in new]
    for record in records:
        record_type.derive(record)
    computed = fill(record_type, records, are_new=True)
    columns = _columns(record_type, records, using)
    names = ", ".join(f'"{column.name}"' for column in columns)
    table = record_type.model._meta.db_table
    write_staged(f'INSERT INTO "{table}" ({names}) {{rows}}', [], columns, using=using)
    for record in records:
        record._state.adding, record._state.db = False, using
    written = [
        Change(record, {key: (None, values[key]) for key in sorted(values) if not is_empty(values[key])})
        for record, values in new
    ]
    _finish(record_type, events.CREATED, written, data or {}, actor)
    follow(record_type, [(each.record, each.changes) for each in written], computed, comes_or_goes=True)


def update_records(
    record_type: RecordType, changed: Sequence[Change], *, data: Mapping[str, Any] | None = None, actor: Actor
) -> None:
    """Write records that carry their new values already. Journal: record.updated for each, with `data`.

    The caller has locked them and left out those without a change. Raises as `insert_records` does.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    if not changed:
        return
    using = router.db_for_write(record_type.model)
    moment = now()
    is_plain = are_plain(record_type, changed)
    for each in changed:
        each.record.version += 1
        each.record.updated_at, each.record.updated_by_id = moment, actor.user_id
        if not is_plain:
            record_type.derive(each.record)
    records = [each.record for each in changed]
    computed = [NONE_CHANGED] * len(records) if is_plain else fill(record_type, records)
    columns = _columns(record_type, records, using, _MARKS | PLAIN_FIELDS if is_plain else ())
    sets = ", ".join(f'"{column.name}" = s."{column.name}"' for column in columns if column.name not in _FIXED)
    with staged(columns, using=using) as rows, connections[using].cursor() as cursor:
        table = record_type.model._meta.db_table
        cursor.execute(
            f'UPDATE "{table}" t SET {sets} FROM ({rows}) s WHERE t.tenant_id = %s AND t.id = s.id',  # noqa: S608 - names of the code
            [*rows.params, current_tenant_id()],
        )
    if is_plain:
        journal.write_many([_entry(record_type, events.UPDATED, each, data or {}) for each in changed], actor=actor)
        _tell(record_type, changed, actor)
        return
    _finish(record_type, events.UPDATED, changed, data or {}, actor, also=frozenset().union(*computed))
    follow(record_type, [(each.record, each.changes) for each in changed], computed)


def are_plain(record_type: RecordType, changed: Iterable[Change]) -> bool:
    """Whether nothing follows from these changes, so that only their own columns need be written."""
    found = PLAIN_FIELDS.difference(
        record_type.search.fields if record_type.search else (), plan_of(record_type).watched
    )
    return all(found.issuperset(each.changes) for each in changed)


def archive_records(
    record_type: RecordType, records: Sequence[Any], *, data: Mapping[str, Any] | None = None, actor: Actor
) -> None:
    """Move live records to the bin. Journal: record.archived for each, with `data`. The caller has locked them."""
    _move(record_type, events.ARCHIVED, records, data or {}, actor)
    remove_records(record_type, [record.id for record in records])
    follow_moved(record_type, records)
    record_type.after_move(records, actor)


def restore_records(
    record_type: RecordType, records: Sequence[Any], *, data: Mapping[str, Any] | None = None, actor: Actor
) -> None:
    """Take records out of the bin. Journal: record.restored for each, with `data`. The caller has locked them.

    Raises Denied; IntegrityError when a unique value was taken meanwhile, and then nothing is written.
    """
    _move(record_type, events.RESTORED, records, data or {}, actor)
    index_records(record_type, records)
    follow_moved(record_type, records)
    record_type.after_move(records, actor)


def write_in_halves(
    items: Sequence[Item], write: Callable[[Sequence[Item]], None], record_of: Callable[[Item], Any]
) -> list[tuple[Item, Refusal]]:
    """Write the items together; where the database refuses one, everything but that one. Answers the refused ones.

    `write` may change the records: after a refusal they are what they were before.
    """
    if not items:
        return []
    before = [(record, dict(record.__dict__)) for record in map(record_of, items)]
    try:
        with transaction.atomic(using=current_database()):
            write(items)
            return []
    except (IntegrityError, DataError) as error:
        for record, state in before:
            record.__dict__ = state
        if len(items) == 1:
            return [(items[0], error)]
    half = len(items) // 2
    return [
        *write_in_halves(items[:half], write, record_of),
        *write_in_halves(items[half:], write, record_of),
    ]


def _move(record_type: RecordType, kind: str, records: Sequence[Any], data: Mapping[str, Any], actor: Actor) -> None:
    authorize(actor, record_type.permission(Verb.DELETE))
    if not records:
        return
    using = router.db_for_write(record_type.model)
    moment = now()
    archived_at = moment if kind == events.ARCHIVED else None
    for record in records:
        record.archived_at, record.version = archived_at, record.version + 1
        record.updated_at, record.updated_by_id = moment, actor.user_id
    ids = [Column("id", "uuid", [record.id for record in records])]
    with staged(ids, using=using) as rows, connections[using].cursor() as cursor:
        table = record_type.model._meta.db_table
        cursor.execute(
            f'UPDATE "{table}" t SET archived_at = %s, version = t.version + 1, updated_at = %s, updated_by_id = %s'  # noqa: S608 - names of the code
            f" FROM ({rows}) s WHERE t.tenant_id = %s AND t.id = s.id",
            [archived_at, moment, actor.user_id, *rows.params, current_tenant_id()],
        )
    journal.write_many([_entry(record_type, kind, Change(record, {}), data) for record in records], actor=actor)


def _columns(record_type: RecordType, records: Sequence[Any], using: str, only: Collection[str] = ()) -> list[Column]:
    connection = connections[using]
    rows = [record.__dict__ for record in records]
    return [
        Column(field.column, str(field.db_type(connection)), [row[field.attname] for row in rows])
        for field in record_type.model._meta.concrete_fields
        if not only or field.attname in only
    ]


def _finish(
    record_type: RecordType,
    kind: str,
    written: Sequence[Change],
    data: Mapping[str, Any],
    actor: Actor,
    *,
    also: frozenset[str] = NONE_CHANGED,
) -> None:
    touched = {*also, *(key for each in written for key in each.changes)} if kind == events.UPDATED else None
    store_many(record_type, [each.record for each in written], touched)
    journal.write_many([_entry(record_type, kind, each, data) for each in written], actor=actor)
    is_new, watched = kind == events.CREATED, watched_fields(record_type)
    index_records(record_type, [each.record for each in written if each.record.archived_at is None], are_new=is_new)
    moved = [each.record for each in written if is_new or not watched.isdisjoint(each.changes)]
    keep_keys(record_type, moved, are_new=is_new)
    _tell(record_type, written, actor)


def _tell(record_type: RecordType, written: Sequence[Change], actor: Actor) -> None:
    told = [(each.record, frozenset(each.changes)) for each in written]
    if record_type.after_write_many is not None:
        record_type.after_write_many(told, actor)
        return
    for record, keys in told:
        record_type.after_write(record, keys, actor)


def _entry(record_type: RecordType, kind: str, change: Change, data: Mapping[str, Any]) -> NewEntry:
    by_key = record_type.by_key
    changes = {key: [_plain(by_key[key], old), _plain(by_key[key], new)] for key, (old, new) in change.changes.items()}
    said = {"version": change.record.version, **data}
    return NewEntry(kind, record_type.key, change.record.id, record_type.title(change.record), changes, said)


def _plain(field: Field, value: Any) -> Any:
    return value if value is None or type(value) is str else plain_value(field, value)
