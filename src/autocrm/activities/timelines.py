"""The timeline of a record: its activities and its journal together, newest first, by keyset of journal entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from autocrm.activities.events import ACTIVITY_COMPLETED, ACTIVITY_LINKED, ACTIVITY_UNLINKED
from autocrm.activities.models import ActivityLink
from autocrm.activities.permissions import ACTIVITIES
from autocrm.activities.selectors import live_activities, type_of
from autocrm.activities.states import TaskStatus
from autocrm.journal import selectors as journal
from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.records.events import UPDATED
from autocrm.records.history.words import is_worth_telling
from autocrm.records.merging.pointers import merged_ids
from autocrm.records.registry import RecordType

# How often a page of the timeline is filled up when most of what was read is not to be shown.
MOST_READS = 8
OF_ACTIVITIES = (ACTIVITY_LINKED, ACTIVITY_COMPLETED)


class Show(StrEnum):
    """What a timeline can be narrowed to, any of them together."""

    NOTES = "note"
    TASKS = "task"
    CALLS = "call"
    MEETINGS = "meeting"
    EMAILS = "email"
    CHANGES = "change"


@dataclass(frozen=True, slots=True)
class Only:
    """What a timeline is narrowed to: some sorts of things (none means all), one person's doing."""

    show: frozenset[Show] = frozenset()
    by: UUID | None = None

    def __bool__(self) -> bool:
        return bool(self.show or self.by)

    def takes(self, kind: str) -> bool:
        """Whether an item of this kind is to be shown."""
        return not self.show or (kind if kind in ACTIVITIES else Show.CHANGES.value) in self.show


EVERYTHING = Only()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a timeline: an entry of the journal, with the activity it tells of if it tells of one."""

    at: datetime
    kind: str
    actor_label: str
    actor_kind: str
    entry: Entry
    activity: Any = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a timeline, newest first; the next one begins below the entry `following` (None at the end)."""

    items: list[Item]
    following: int | None


def timeline(
    record_type: RecordType,
    record_id: UUID,
    *,
    only: Only = EVERYTHING,
    before: int | None = None,
    limit: int = 30,
    actor: Actor,
) -> Timeline:
    """What happened with a record, newest first, from below the entry `before`: activities and changes together.

    The caller has made sure that the actor sees the record; activities he may not see are left out, and changes of
    nothing but hidden fields. What happened with records that were merged into this one belongs to it. A page may be
    short of `limit` when very much of what happened is left out.
    """
    items: list[Item] = []
    kinds, merged = _kinds(only), merged_ids(record_type, record_id)
    for _read in range(MOST_READS):
        entries = journal.entries_of(
            record_type.key,
            record_id,
            before=before,
            limit=limit + 1,
            kinds=kinds,
            by=only.by,
            also=merged,
            actor=actor,
        )
        is_last = len(entries) <= limit
        items += [item for item in _items(entries[:limit], actor) if only.takes(item.kind)]
        if len(items) > limit:
            return Timeline(_newest_first(items[:limit]), items[limit - 1].entry.id)
        if is_last:
            return Timeline(_newest_first(items), None)
        before = entries[limit - 1].id
        if len(items) == limit:
            break
    return Timeline(_newest_first(items), before)


def _newest_first(items: list[Item]) -> list[Item]:
    """The items of a page by time: what was brought in afterwards has younger ids than what happened after it."""
    return sorted(items, key=lambda item: (item.at, item.entry.id), reverse=True)


def _kinds(only: Only) -> tuple[str, ...]:
    """The kinds of entries to read; none means all."""
    if not only.show:
        return ()
    if Show.CHANGES not in only.show:
        return OF_ACTIVITIES
    return () if len(only.show) > 1 else tuple(set(entry_types.keys()) - set(OF_ACTIVITIES))


def _items(entries: Sequence[Entry], actor: Actor) -> Iterator[Item]:
    seen = _activities(entries, actor)
    for entry in entries:
        if entry.kind in OF_ACTIVITIES:
            activity = seen.get(entry.data.get("activity_id", ""))
            if activity is not None and (entry.kind == ACTIVITY_LINKED or _is_still_done(activity, entry)):
                yield Item(entry.at, type_of(activity), entry.actor_label, entry.actor_kind, entry, activity)
        elif _is_worth_telling(entry):
            yield Item(entry.at, entry.kind, entry.actor_label, entry.actor_kind, entry)


def _activities(entries: Sequence[Entry], actor: Actor) -> dict[str, Any]:
    """The activities that entries tell of, by id, as far as the actor may see them; a query for each type."""
    wanted: dict[str, set[UUID]] = {}
    for entry in entries:
        if entry.kind in OF_ACTIVITIES and entry.data.get("activity_type") in ACTIVITIES:
            wanted.setdefault(entry.data["activity_type"], set()).add(UUID(entry.data["activity_id"]))
    seen = _seen(wanted, actor)
    # What was written as a task and is a call or a meeting today: its links know.
    missing = {each for ids in wanted.values() for each in ids if str(each) not in seen}
    if missing:
        links = ActivityLink.objects.filter(activity_id__in=missing).values_list("activity_type", "activity_id")
        moved: dict[str, set[UUID]] = {}
        for key, activity_id in links:
            if activity_id not in wanted.get(key, ()):
                moved.setdefault(key, set()).add(activity_id)
        seen |= _seen(moved, actor)
    return seen


def _seen(wanted: dict[str, set[UUID]], actor: Actor) -> dict[str, Any]:
    found = (each for key, ids in wanted.items() for each in live_activities(key, actor).filter(pk__in=ids))
    return {str(each.pk): each for each in found}


def _is_worth_telling(entry: Entry) -> bool:
    """Not a change of hidden fields alone, and not what the installation keeps up to date: the history has that."""
    if entry.kind == ACTIVITY_UNLINKED or not is_worth_telling(entry):
        return False
    if entry.kind == UPDATED:
        return True
    return entry.actor_kind != ActorKind.SYSTEM or entry.kind.startswith("record.")


def _is_still_done(activity: Any, entry: Entry) -> bool:
    """Whether the entry tells of the completion that holds: not of one that was taken back, perhaps done anew."""
    return bool(activity.status == TaskStatus.DONE and activity.completed_at and entry.at >= activity.completed_at)
