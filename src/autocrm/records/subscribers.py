"""New and changed records are looked at for duplicates again; those that went leave the pairs they stood in."""

from collections import defaultdict
from uuid import UUID

from autocrm.journal.consumers import Consumer, register
from autocrm.journal.models import Entry
from autocrm.records import events
from autocrm.records.matching.pairs import forget_pairs
from autocrm.records.matching.scans import rescan_later
from autocrm.records.registry import RecordType, record_types

_GONE = frozenset({events.ARCHIVED, events.DELETED})
_KINDS = frozenset({events.CREATED, events.UPDATED, events.RESTORED, events.MERGED, events.UNMERGED}) | _GONE


def look_again(entries: list[Entry]) -> None:
    """Enqueue the search for what changed in anything that records are compared by."""
    changed: dict[str, dict[UUID, None]] = defaultdict(dict)
    gone: dict[str, dict[UUID, None]] = defaultdict(dict)
    for entry in entries:
        record_type = record_types.find(entry.record_type)
        if record_type is None or entry.record_id is None or not record_type.match_rules:
            continue
        if entry.kind in _GONE:
            gone[record_type.key][entry.record_id] = None
            changed[record_type.key].pop(entry.record_id, None)
        elif _matters(record_type, entry):
            changed[record_type.key][entry.record_id] = None
    for key, ids in gone.items():
        forget_pairs(record_types.get(key), list(ids))
    for key, ids in changed.items():
        rescan_later(record_types.get(key), list(ids))


def _matters(record_type: RecordType, entry: Entry) -> bool:
    """Of a change, whether a rule looks at any of the changed fields."""
    if entry.kind != events.UPDATED:
        return True
    return any(key in entry.changes for rule in record_type.match_rules for key in rule.fields)


# What an import writes is looked at once it has ended, by the import: both at once would be in each other's way.
register(Consumer(name="duplicates", handle=look_again, kinds=_KINDS, passes_over=frozenset({"import"})))
