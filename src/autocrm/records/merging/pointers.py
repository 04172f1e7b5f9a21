"""Where merged records went: a record in the bin that was merged leads to the one that survives."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.records.duplicate_models import MergedRecord
from autocrm.records.errors import Merged
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType

# Merged into what was merged itself: so many times at most.
DEEPEST = 10


def find_survivor(record_type: RecordType, record: Any, *, actor: Actor) -> Any:
    """The record that a merged one lives on in, if the actor may see it; None for what was not merged."""
    if record.archived_at is None:
        return None
    found, at = None, record.pk
    for _level in range(DEEPEST):
        pointer = MergedRecord.objects.filter(record_type=record_type.key, record_id=at).first()
        if pointer is None:
            break
        at = pointer.survivor_id
        found = visible_to(record_type, actor).filter(pk=at).first()
        if found is None or found.archived_at is None:
            break
    return found


def refuse_merged(record_type: RecordType, record: Any, *, actor: Actor) -> None:
    """Raises Merged for a record that lives on in one the actor may see."""
    survivor = find_survivor(record_type, record, actor=actor)
    if survivor is not None:
        raise Merged(survivor.pk)


def merged_ids(record_type: RecordType, record_id: UUID) -> list[UUID]:
    """The records that live on in this one, directly and through others."""
    found: list[UUID] = []
    level: Sequence[UUID] = [record_id]
    for _level in range(DEEPEST):
        rows = MergedRecord.objects.filter(record_type=record_type.key, survivor_id__in=level)
        level = [each for each in rows.values_list("record_id", flat=True) if each not in found]
        if not level:
            break
        found += level
    return found
