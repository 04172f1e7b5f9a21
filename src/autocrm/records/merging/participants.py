"""What moves along when records are merged: each app says how the rows it keeps about a record go over, and back.

Relations of records, declared or added by a tenant, need nothing: `merging.relations` moves them all. An app that
keeps rows with a record's type and id registers them in one line from its `wiring.py`:

    add_participant(linked_rows("links", _("Tasks and notes"), ActivityLink, once=("activity_type", "activity_id")))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import models

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry
from autocrm.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Merge:
    """Which records become one; `actor` has every right within the tenant, for what moves is moved whole."""

    record_type: RecordType
    survivor_id: UUID
    loser_ids: tuple[UUID, ...]
    operation_id: UUID
    actor: Actor


@dataclass(frozen=True, kw_only=True)
class MergeParticipant:
    """Rows of one app that follow a record.

    `count`     how many would move from these records, for the preview; None where they are not worth a word.
    `move`      moves them and answers, as JSON, what it takes to move them back.
    `move_back` does that, leaves alone what changed since, and answers how many rows stay where they are.
    """

    key: str
    label: Text
    move: Callable[[Merge], Any]
    move_back: Callable[[Merge, Any], int]
    count: Callable[[RecordType, Sequence[UUID], Actor], int] | None = None
    order: int = 100


participants: Registry[MergeParticipant] = Registry("merge participants", MergeParticipant)


def add_participant(participant: MergeParticipant) -> MergeParticipant:
    """Let rows follow when records are merged; called from the app's `wiring.py`."""
    return participants.register(participant.key, participant)


def participants_in_order() -> list[MergeParticipant]:
    """All of them, in the order they move."""
    return sorted(participants, key=lambda each: (each.order, each.key))


# --- Rows that name a record by type and id --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    linked: Any
    type_column: str
    id_column: str
    once: tuple[str, ...]

    def rows(self, record_type: RecordType, ids: Sequence[UUID]) -> Any:
        return self.linked.objects.filter(**{self.type_column: record_type.key, f"{self.id_column}__in": list(ids)})


def linked_rows(  # noqa: PLR0913 - a table is these names
    key: str,
    label: Text,
    model: type[models.Model],
    *,
    type_column: str = "record_type",
    id_column: str = "record_id",
    once: tuple[str, ...] = (),
    order: int = 100,
) -> MergeParticipant:
    """A participant for a tenant's table whose rows name a record by type and id.

    `once` are the columns that may stand only once with a record: a row that the survivor has already is dropped, and
    made again when the merge is undone.
    """
    table = _Table(model, type_column, id_column, once)
    return MergeParticipant(
        key=key,
        label=label,
        move=partial(_move, table),
        move_back=partial(_move_back, table),
        count=lambda record_type, ids, _actor: table.rows(record_type, ids).count(),
        order=order,
    )


def _move(table: _Table, merge: Merge) -> dict[str, Any]:
    moved, dropped = [], []
    taken = set(table.rows(merge.record_type, [merge.survivor_id]).values_list(*table.once)) if table.once else set()
    for row in table.rows(merge.record_type, merge.loser_ids).order_by("pk").select_for_update():
        mark = tuple(getattr(row, name) for name in table.once)
        if table.once and mark in taken:
            dropped.append(row)
        else:
            taken.add(mark)
            moved.append(row)
    table.linked.objects.filter(pk__in=[row.pk for row in dropped]).delete()
    table.linked.objects.filter(pk__in=[row.pk for row in moved]).update(**{table.id_column: merge.survivor_id})
    return {
        "moved": [[str(row.pk), str(getattr(row, table.id_column))] for row in moved],
        "dropped": [_plain(row) for row in dropped],
    }


def _move_back(table: _Table, merge: Merge, kept: Any) -> int:
    staying = 0
    for loser in merge.loser_ids:
        ids = [row for row, origin in kept["moved"] if origin == str(loser)]
        there = table.rows(merge.record_type, [merge.survivor_id]).filter(pk__in=ids)
        staying += len(ids) - there.update(**{table.id_column: loser})
    rows = [_made(table.linked, values) for values in kept["dropped"]]
    table.linked.objects.bulk_create(rows, ignore_conflicts=True)
    return staying


def _plain(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: field.value_to_string(row) for field in row._meta.concrete_fields if not _is_null(field, row)
    }


def _is_null(field: Any, row: models.Model) -> bool:
    return getattr(row, field.attname) is None


def _made(model: Any, values: dict[str, Any]) -> Any:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(text) for name, text in values.items() if name in fields})
