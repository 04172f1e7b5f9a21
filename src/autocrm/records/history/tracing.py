"""Where a record was before some entries of its journal: they are walked backwards over what it is now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from autocrm.journal.models import Entry
from autocrm.records import events
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.records.values import plain_value, stored_value


@dataclass(frozen=True, slots=True)
class Clash:
    """What stands in the way of an undo: `entry` left the field as something that it no longer is.

    Without a field the record itself went: to the bin, or for good.
    """

    record_id: UUID
    entry: Entry
    field: Field | None = None


@dataclass(slots=True)
class Trace:
    """What a record was: the values that differ now, and whether it lay in the bin (None: as it does now)."""

    values: dict[Field, Any] = field(default_factory=dict)
    archived: bool | None = None
    clash: Clash | None = None


def trace(record_type: RecordType, record: Any, entries: Sequence[Entry]) -> Trace:
    """Walk back over `entries`, the newest first. Stops at the first that no longer fits."""
    walk = _Walk(record_type, record)
    for entry in entries:
        clash = walk.take_back(entry)
        if clash is not None:
            return Trace(clash=clash)
    return walk.result()


class _Walk:
    def __init__(self, record_type: RecordType, record: Any) -> None:
        self._type = record_type
        self._record = record
        self._is_archived = record.archived_at is not None
        self._values: dict[Field, Any] = {}
        self._archived = self._is_archived

    def take_back(self, entry: Entry) -> Clash | None:
        match entry.kind:
            case events.UPDATED:
                return self._take_back_changes(entry)
            case events.CREATED:
                # What it held does not matter any more: it goes as it is.
                self._values, self._archived = {}, True
            case events.RESTORED:
                self._archived = True
            case events.ARCHIVED:
                self._archived = False
            case events.DELETED:
                return Clash(self._record.id, entry)
        return None

    def _take_back_changes(self, entry: Entry) -> Clash | None:
        if self._archived:
            return Clash(self._record.id, entry)
        for key, (old, new) in entry.changes.items():
            target = self._type.by_key.get(key)
            if target is None:
                # A field that is gone has nothing to be set back to.
                continue
            now = self._values[target] if target in self._values else target.read(self._record)
            if plain_value(target, now) == new:
                before = stored_value(target, old)
                if before is None and old is not None:
                    # The field was of another kind then, and what it held cannot stand in it now.
                    return Clash(self._record.id, entry, target)
                self._values[target] = before
            elif target.tags:
                self._values[target] = _without_words(now, old or [], new or [])
            elif plain_value(target, now) != old:
                return Clash(self._record.id, entry, target)
        return None

    def result(self) -> Trace:
        values = {key: value for key, value in self._values.items() if key.read(self._record) != value}
        moved = None if self._archived == self._is_archived else self._archived
        return Trace(values, moved)


def _without_words(now: Sequence[UUID], old: Sequence[str], new: Sequence[str]) -> list[UUID]:
    """Tags as they are with one change of them taken back; what others tagged since stays."""
    added = {UUID(each) for each in new if each not in old}
    kept = [each for each in now if each not in added]
    return kept + [UUID(each) for each in old if each not in new and UUID(each) not in kept]
