"""Reads of activities: what is to be done, what is on a record, and the record's timeline."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from autocrm.activities.events import ACTIVITY_COMPLETED, ACTIVITY_LINKED
from autocrm.activities.models import ActivityLink, Note, Task, TaskStatus
from autocrm.activities.permissions import NOTE, TASK
from autocrm.journal import selectors as journal
from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.records.events import UPDATED
from autocrm.records.looks import look_at
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types

ENGAGEMENT_WINDOW = timedelta(days=30)
DONE_WINDOW = timedelta(days=14)


# How often a page of the timeline is filled up when most of what was read is not to be shown.
MOST_READS = 8


class Show(StrEnum):
    """What a timeline can be narrowed to."""

    ALL = ""
    NOTES = "note"
    TASKS = "task"
    CHANGES = "change"


@dataclass(frozen=True, slots=True)
class Only:
    """What a timeline is narrowed to: one sort of thing, one person's doing."""

    show: Show = Show.ALL
    by: UUID | None = None


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


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that an activity is about, as far as the actor may see it."""

    record_type: str
    record_id: UUID
    title: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """The open tasks of one person, as the Today page shows them."""

    overdue: Sequence[Task]
    today: Sequence[Task]
    later: Sequence[Task]
    undated: Sequence[Task]


def open_tasks(actor: Actor) -> QuerySet[Task]:
    """Open tasks the actor may see, soonest first, those without a time last."""
    found = live(record_types.get(TASK), actor).filter(status=TaskStatus.OPEN)
    return found.select_related("owner").order_by("due_at", "id")


def agenda(actor: Actor, *, limit: int = 200) -> Agenda:
    """One's own open tasks by when they are due, in one's own days."""
    mine = list(open_tasks(actor).filter(owner_id=actor.user_id)[:limit])
    day = now().astimezone(actor.zone).date()
    begins, ends = start_of_day(day, actor.zone), start_of_day(day + timedelta(days=1), actor.zone)
    dated = [(task, task.due_at) for task in mine if task.due_at is not None]
    return Agenda(
        overdue=[task for task, due in dated if due < begins],
        today=[task for task, due in dated if begins <= due < ends],
        later=[task for task, due in dated if due >= ends],
        undated=[task for task in mine if task.due_at is None],
    )


def count_due(actor: Actor) -> int:
    """How many of one's own tasks are overdue or due today; the number beside Today."""
    tomorrow = start_of_day(now().astimezone(actor.zone).date() + timedelta(days=1), actor.zone)
    return open_tasks(actor).filter(owner_id=actor.user_id, due_at__lt=tomorrow).count()


def open_on(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Task]:
    """Open tasks on a record, the next one first."""
    return open_tasks(actor).filter(pk__in=ids_on(record_type, record_id, TASK))


def upcoming_of(record_type: str, record_id: UUID, *, actor: Actor, limit: int = 20) -> list[Task]:
    """The next open tasks on a record."""
    return list(open_on(record_type, record_id, actor=actor)[:limit])


def next_of(record_type: str, record_ids: Iterable[UUID], *, actor: Actor) -> dict[UUID, Task]:
    """The next open task of each of the records that has one; two queries however many records."""
    links = list(_linked(record_type, record_ids, TASK).values_list("record_id", "activity_id"))
    soonest = list(open_tasks(actor).filter(pk__in={task_id for _record, task_id in links}))
    records_of_task: dict[UUID, list[UUID]] = {}
    for record_id, task_id in links:
        records_of_task.setdefault(task_id, []).append(record_id)
    found: dict[UUID, Task] = {}
    for task in soonest:
        for record_id in records_of_task[task.id]:
            found.setdefault(record_id, task)
    return found


def records_of(activity_type: str, activity_ids: Iterable[UUID]) -> dict[UUID, list[ActivityLink]]:
    """What activities are about, by activity."""
    links = ActivityLink.objects.filter(activity_type=activity_type, activity_id__in=list(activity_ids))
    found: dict[UUID, list[ActivityLink]] = {}
    for link in links.order_by("id"):
        found.setdefault(link.activity_id, []).append(link)
    return found


def subjects_of(activity_type: str, activity_ids: Iterable[UUID], *, actor: Actor) -> dict[UUID, list[Subject]]:
    """The records that activities are about, by activity; those the actor may not see are left out."""
    links = records_of(activity_type, activity_ids)
    wanted: dict[str, set[UUID]] = {}
    for link in (each for several in links.values() for each in several):
        wanted.setdefault(link.record_type, set()).add(link.record_id)
    seen: dict[tuple[str, UUID], Subject] = {}
    for key, ids in wanted.items():
        record_type = record_types.find(key)
        if record_type is None:
            continue
        look = look_at(record_type, actor)
        for record in live(record_type, actor).filter(pk__in=ids):
            url = f"/{record_type.plural}/{record.pk}/"
            seen[key, record.pk] = Subject(key, record.pk, look.title(record), url, record_type.icon)
    return {
        activity_id: [seen[place] for link in several if (place := (link.record_type, link.record_id)) in seen]
        for activity_id, several in links.items()
    }


def tasks_of(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Task]:
    """Every task on a record that the actor may see, the newest first."""
    found = live(record_types.get(TASK), actor).filter(pk__in=ids_on(record_type, record_id, TASK))
    return found.select_related("owner").order_by("-created_at", "-id")


def notes_of(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Note]:
    """Every note on a record that the actor may see, the newest first."""
    found = live(record_types.get(NOTE), actor).filter(pk__in=ids_on(record_type, record_id, NOTE))
    return found.select_related("owner", "created_by").order_by("-created_at", "-id")


def done_lately(actor: Actor, *, limit: int = 100) -> QuerySet[Task]:
    """One's own tasks that were completed within the last weeks, the latest first."""
    found = live(record_types.get(TASK), actor).filter(owner_id=actor.user_id, status=TaskStatus.DONE)
    found = found.filter(completed_at__gte=now() - DONE_WINDOW).select_related("owner")
    return found.order_by("-completed_at", "-id")[:limit]


def count_done(actor: Actor, since: datetime, until: datetime) -> int:
    """How many of one's own tasks were completed from `since` to before `until`."""
    found = live(record_types.get(TASK), actor).filter(owner_id=actor.user_id, status=TaskStatus.DONE)
    return found.filter(completed_at__gte=since, completed_at__lt=until).count()


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
    nothing but hidden fields. A page may be short of `limit` when very much of what happened is left out.
    """
    items: list[Item] = []
    show = only.show
    for _read in range(MOST_READS):
        entries = journal.entries_of(
            record_type.key, record_id, before=before, limit=limit + 1, kinds=_kinds(show), by=only.by, actor=actor
        )
        is_last = len(entries) <= limit
        items += [item for item in _items(entries[:limit], actor) if show in {Show.ALL, Show.CHANGES, item.kind}]
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


def _kinds(show: Show) -> tuple[str, ...]:
    """The kinds of entries to read; none means all."""
    if show is Show.ALL:
        return ()
    of_activities = (ACTIVITY_LINKED, ACTIVITY_COMPLETED)
    return of_activities if show is not Show.CHANGES else tuple(set(entry_types.keys()) - set(of_activities))


def _items(entries: Sequence[Entry], actor: Actor) -> Iterator[Item]:
    wanted: dict[str, set[UUID]] = {}
    for entry in entries:
        if entry.kind in {ACTIVITY_LINKED, ACTIVITY_COMPLETED}:
            wanted.setdefault(entry.data["activity_type"], set()).add(UUID(entry.data["activity_id"]))
    seen: dict[str, Task | Note] = {}
    for key, ids in wanted.items():
        found = live(record_types.get(key), actor).filter(pk__in=ids).select_related("owner", "created_by")
        seen |= {str(each.pk): each for each in found}
    for entry in entries:
        activity = seen.get(entry.data.get("activity_id", ""))
        if entry.kind in {ACTIVITY_LINKED, ACTIVITY_COMPLETED}:
            if activity is not None and (entry.kind == ACTIVITY_LINKED or _is_still_done(activity, entry)):
                kind = entry.data["activity_type"]
                yield Item(entry.at, kind, entry.actor_label, entry.actor_kind, entry, activity)
        elif _is_worth_telling(entry):
            yield Item(entry.at, entry.kind, entry.actor_label, entry.actor_kind, entry)


def _is_worth_telling(entry: Entry) -> bool:
    """Not a change of hidden fields alone, and not what the installation keeps up to date: the history has that."""
    if entry.kind == UPDATED:
        return bool(entry.changes)
    return entry.actor_kind != ActorKind.SYSTEM or entry.kind.startswith("record.")


def _is_still_done(task: Any, entry: Entry) -> bool:
    """Whether the entry tells of the completion that holds: not of one that was taken back, perhaps done anew."""
    return bool(task.status == TaskStatus.DONE and task.completed_at and entry.at >= task.completed_at)


def count_recent(record_type: str, record_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many activities each record got within the engagement window; records without any are left out."""
    since = now() - ENGAGEMENT_WINDOW
    found = ActivityLink.objects.filter(record_type=record_type, record_id__in=list(record_ids), at__gte=since)
    return dict(found.values("record_id").annotate(total=Count("pk")).values_list("record_id", "total"))


def ids_on(record_type: str, record_id: UUID, activity_type: str) -> QuerySet[Any, Any]:
    """The ids of the tasks or notes on a record, as a subquery; whoever uses it filters by what the actor may see."""
    return _linked(record_type, [record_id], activity_type).values("activity_id")


def _linked(record_type: str, record_ids: Iterable[UUID], activity_type: str) -> QuerySet[ActivityLink]:
    return ActivityLink.objects.filter(
        record_type=record_type, record_id__in=list(record_ids), activity_type=activity_type
    )
