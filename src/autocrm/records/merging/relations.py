"""Relations of records move with the record they lead to: declared ones and those a tenant added, of every type."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.bulk import Change, update_records
from autocrm.records.fields import Field
from autocrm.records.merging.participants import Merge, MergeParticipant, add_participant
from autocrm.records.models import FieldValue
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import with_references
from autocrm.records.sql_values import custom_id

CHUNK = 1_000


def relations_to(record_type: RecordType) -> Iterator[tuple[RecordType, Field]]:
    """Every field, of any type, that leads to records of this one."""
    for holder in record_types:
        for field in holder.fields:
            if field.kind is FieldKind.RELATION and field.relation == record_type.key and not field.computed:
                yield holder, field


def rows_leading_to(holder: RecordType, field: Field, ids: Sequence[UUID]) -> Any:
    """The records whose `field` names one of these, those in the bin included."""
    if not field.custom:
        return holder.rows().filter(**{f"{field.attribute}__in": list(ids)})
    if field.typed:
        values = FieldValue.objects.filter(field_id=custom_id(field), reference__in=list(ids))
        return holder.rows().filter(pk__in=values.values("record_id"))
    named = holder.rows().annotate(leads_to=KeyTextTransform(field.key, "custom"))
    return named.filter(leads_to__in=[str(each) for each in ids])


def _move(merge: Merge) -> dict[str, Any]:
    moved: dict[str, Any] = {}
    merged = {merge.survivor_id, *merge.loser_ids}
    for holder, field in relations_to(merge.record_type):
        found = rows_leading_to(holder, field, merge.loser_ids)
        if holder.key == merge.record_type.key:
            found = found.exclude(pk__in=merged)
        kept: list[list[str]] = []
        for ids in _chunks(found.order_by("pk").values_list("pk", flat=True)):
            changes = []
            for row in _locked(holder, ids):
                old = field.read(row)
                kept.append([str(row.pk), str(old)])
                changes.append(_set(row, field, old, merge.survivor_id))
            _write(holder, field, changes, merge)
        if kept:
            moved.setdefault(holder.key, {})[field.key] = kept
    return moved


def _move_back(merge: Merge, kept: Any) -> int:
    staying = 0
    for key, by_field in kept.items():
        holder = record_types.find(key)
        for name, rows in by_field.items():
            field = None if holder is None else holder.by_key.get(name)
            if holder is None or field is None:
                staying += len(rows)
                continue
            origins = {UUID(row): UUID(origin) for row, origin in rows}
            for ids in _chunks(origins):
                changes = [
                    _set(row, field, merge.survivor_id, origins[row.pk])
                    for row in _locked(holder, ids)
                    if field.read(row) == merge.survivor_id
                ]
                staying += len(ids) - len(changes)
                _write(holder, field, changes, merge)
    return staying


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(list(ids))
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _locked(holder: RecordType, ids: Sequence[UUID]) -> Any:
    rows = holder.rows().filter(pk__in=list(ids)).order_by("pk")
    return list(with_references(rows, holder).select_for_update(of=("self",), no_key=True))


def _set(row: Any, field: Field, old: UUID, new: UUID) -> Change:
    field.write(row, new)
    return Change(row, {field.key: (old, new)})


def _write(holder: RecordType, field: Field, changes: list[Change], merge: Merge) -> None:
    """Write the rows; each carries what its relation leads to now, because its search row says that name."""
    related = merge.record_type.rows().in_bulk([field.read(each.record) for each in changes])
    for each in changes:
        field.attach(each.record, related.get(field.read(each.record)))
    update_records(holder, changes, data={"merge": str(merge.operation_id), "quiet": True}, actor=merge.actor)


def _count(record_type: RecordType, ids: Sequence[UUID], actor: Actor) -> int:
    return sum(
        rows_leading_to(holder, field, ids).filter(archived_at__isnull=True).exclude(pk__in=list(ids)).count()
        for holder, field in relations_to(record_type)
    )


def add_relations() -> None:
    """Called once, by `wiring`."""
    add_participant(
        MergeParticipant(
            key="relations", label=_("Related records"), move=_move, move_back=_move_back, count=_count, order=10
        )
    )
