"""Reads of activities: what is to be done, what is on a record, and the record's timeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from autocrm.activities.events import ACTIVITY_LINKED
from autocrm.activities.models import ActivityLink, Note, Task, TaskStatus
from autocrm.activities.permissions import NOTE, TASK
from autocrm.journal import selectors as journal
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types

ENGAGEMENT_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a timeline: an activity with its own content, or an entry of the journal."""

    at: datetime
    kind: str
    actor_label: str
    actor_kind: str
    entry: Entry
    activity: Any = None


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


def upcoming_of(record_type: str, record_id: UUID, *, actor: Actor, limit: int = 20) -> list[Task]:
    """Open tasks on a record, the next one first."""
    linked = _linked(record_type, [record_id], TASK)
    return list(open_tasks(actor).filter(pk__in=linked.values("activity_id"))[:limit])


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


def timeline(
    record_type: RecordType, record_id: UUID, *, before: int | None = None, limit: int = 30, actor: Actor
) -> list[Item]:
    """What happened with a record, newest first, from below the entry `before`: activities and changes together.

    The caller has made sure that the actor sees the record; activities he may not see are left out.
    """
    entries = journal.entries_of(record_type.key, record_id, before=before, limit=limit, actor=actor)
    wanted: dict[str, set[UUID]] = {TASK: set(), NOTE: set()}
    for entry in entries:
        if entry.kind == ACTIVITY_LINKED:
            wanted.setdefault(entry.data["activity_type"], set()).add(UUID(entry.data["activity_id"]))
    seen: dict[UUID, Task | Note] = {}
    for key, ids in wanted.items():
        if ids:
            seen |= {each.id: each for each in live(record_types.get(key), actor).filter(pk__in=ids)}
    items = []
    for entry in entries:
        activity = seen.get(UUID(entry.data["activity_id"])) if entry.kind == ACTIVITY_LINKED else None
        if entry.kind == ACTIVITY_LINKED and activity is None:
            continue
        kind = entry.data["activity_type"] if activity is not None else entry.kind
        items.append(Item(entry.at, kind, entry.actor_label, entry.actor_kind, entry, activity))
    return items


def count_recent(record_type: str, record_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many activities each record got within the engagement window; records without any are left out."""
    since = now() - ENGAGEMENT_WINDOW
    found = ActivityLink.objects.filter(record_type=record_type, record_id__in=list(record_ids), at__gte=since)
    return dict(found.values("record_id").annotate(total=Count("pk")).values_list("record_id", "total"))


def _linked(record_type: str, record_ids: Iterable[UUID], activity_type: str) -> QuerySet[ActivityLink]:
    return ActivityLink.objects.filter(
        record_type=record_type, record_id__in=list(record_ids), activity_type=activity_type
    )
