"""Writes of activities: add a task or a note to records, complete, reopen, reschedule, pin; tell people of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.activities import events, kinds
from autocrm.activities.models import ActivityLink, Note, Task, TaskKind, TaskStatus
from autocrm.activities.permissions import NOTE, TASK
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.clock import now
from autocrm.notifications import services as notifications
from autocrm.records import selectors as records_read
from autocrm.records import services as records

# Tasks that were due longer ago are no news: an import of old tasks, a server that stood still.
NEWS_FOR = timedelta(days=1)
TOLD_AT_ONCE = 500
# Who is heard of by "gave you a task": a workflow has a step of its own for telling, an import brings what is old.
GIVERS = frozenset({ActorKind.HUMAN, ActorKind.TOKEN})


@dataclass(frozen=True, slots=True)
class About:
    """The record an activity is about."""

    record_type: str
    record_id: UUID


def create_task(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Task:
    """Create a task about records the actor may see. Journal: record.created, activity.linked on each record."""
    task: Task = create_activity(TASK, values, about=about, actor=actor)
    return task


def create_note(body: str, *, about: Sequence[About] = (), actor: Actor) -> Note:
    """Write a note on records the actor may see. Journal: record.created, activity.linked on each record."""
    note: Note = create_activity(NOTE, {"body": body}, about=about, actor=actor)
    return note


def log_call(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Task:
    """Keep a call that has taken place: a task that is done already. Journal: as create_task, and task.completed."""
    done = {"kind": TaskKind.CALL.value, "status": TaskStatus.DONE.value}
    return create_task({**values, **done}, about=about, actor=actor)


@transaction.atomic
def create_activity(activity_type: str, values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Any:
    """Create a task or note about records the actor may see. Raises NotFound for one that the actor may not."""
    activity = records.create_record(records_read.get_type(activity_type), values, actor=actor)
    _link(activity_type, activity, about, actor)
    return activity


def complete_task(task_id: object, *, actor: Actor) -> Task:
    """Mark a task done; nothing happens to one that is. Journal: record.updated, task.completed."""
    return _set_status(task_id, TaskStatus.DONE, actor)


def reopen_task(task_id: object, *, actor: Actor) -> Task:
    """Take the mark back. Journal: record.updated, task.reopened."""
    return _set_status(task_id, TaskStatus.OPEN, actor)


def reschedule_task(task_id: object, due_at: datetime | None, *, actor: Actor) -> Task:
    """Give a task another time, or none. Journal: record.updated."""
    task: Task = records.update_record(records_read.get_type(TASK), task_id, {"due_at": due_at}, actor=actor)
    return task


def write_note(note_id: object, body: str, *, actor: Actor) -> Note:
    """Put other words into a note. Journal: record.updated."""
    note: Note = records.update_record(records_read.get_type(NOTE), note_id, {"body": body}, actor=actor)
    return note


def pin_note(note_id: object, *, is_pinned: bool, actor: Actor) -> Note:
    """Keep a note on top of the timeline, or let it go back to its day. Journal: record.updated."""
    note: Note = records.update_record(records_read.get_type(NOTE), note_id, {"is_pinned": is_pinned}, actor=actor)
    return note


def after_task_write(task: Task, changed: frozenset[str], *, actor: Actor) -> None:
    """What follows from any write of a task, whichever door it came through; called by the record engine.

    Journal: task.completed and activity.completed on each record it is about, or task.reopened. A task that is given
    to somebody else by a person is told to them.
    """
    is_new = task.version == 1
    if "status" in changed and task.status == TaskStatus.DONE:
        _write_completed(task, actor)
    elif "status" in changed and task.is_open and not is_new:
        journal.write(events.TASK_REOPENED, record_type=TASK, record_id=task.id, record_label=task.subject, actor=actor)
    if (is_new or "owner" in changed) and actor.kind in GIVERS:
        _tell_owner(task, actor)


def tell_due(tasks: Sequence[Task], *, actor: Actor) -> int:
    """Tell the owners of these tasks, which are locked, that they are due: once for each task and time."""
    told = 0
    for task in tasks:
        if task.owner_id is None or task.due_at is None:
            continue
        told += len(
            notifications.notify(
                user_ids=[task.owner_id],
                kind=kinds.TASK_DUE,
                title=_("Due: %(subject)s") % {"subject": task.subject},
                url=f"/tasks/{task.id}/",
                record_type=TASK,
                record_id=task.id,
                dedup_key=f"task_due:{task.id}:{task.due_at.timestamp():.0f}",
                actor=actor,
            )
        )
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(due_told_at=now())
    return told


def lock_due(moment: datetime) -> list[Task]:
    """Open tasks of the current tenant whose time has come and whose owners do not know yet; others may lock theirs."""
    due = Task.objects.filter(
        status=TaskStatus.OPEN,
        archived_at__isnull=True,
        due_told_at__isnull=True,
        due_at__lte=moment,
        due_at__gt=moment - NEWS_FOR,
    )
    return list(due.order_by("due_at").select_for_update(skip_locked=True, no_key=True)[:TOLD_AT_ONCE])


def _set_status(task_id: object, status: TaskStatus, actor: Actor) -> Task:
    task: Task = records.update_record(records_read.get_type(TASK), task_id, {"status": status.value}, actor=actor)
    return task


def _write_completed(task: Task, actor: Actor) -> None:
    journal.write(events.TASK_COMPLETED, record_type=TASK, record_id=task.id, record_label=task.subject, actor=actor)
    for link in ActivityLink.objects.filter(activity_type=TASK, activity_id=task.id).order_by("id"):
        journal.write(
            events.ACTIVITY_COMPLETED,
            record_type=link.record_type,
            record_id=link.record_id,
            record_label=link.record_label,
            data={"activity_type": TASK, "activity_id": str(task.id), "label": task.subject},
            actor=actor,
        )


def _tell_owner(task: Task, actor: Actor) -> None:
    if task.owner_id is None or not task.is_open:
        return
    notifications.notify(
        user_ids=[task.owner_id],
        kind=kinds.TASK_ASSIGNED,
        title=_("%(name)s gave you a task") % {"name": actor.label or _("Somebody")},
        body=task.subject,
        url=f"/tasks/{task.id}/",
        record_type=TASK,
        record_id=task.id,
        actor=actor,
    )


def _link(activity_type: str, activity: Any, about: Sequence[About], actor: Actor) -> None:
    """Put an activity on records. Raises NotFound for one the actor may not see."""
    label = records_read.get_type(activity_type).title(activity)[:120]
    for each in dict.fromkeys(about):
        record_type = records_read.get_type(each.record_type)
        record = records_read.get_record(record_type, each.record_id, actor=actor)
        title = record_type.title(record)
        ActivityLink.objects.create(
            activity_type=activity_type,
            activity_id=activity.id,
            record_type=each.record_type,
            record_id=record.id,
            record_label=title[:300],
        )
        journal.write(
            events.ACTIVITY_LINKED,
            record_type=each.record_type,
            record_id=record.id,
            record_label=title,
            data={"activity_type": activity_type, "activity_id": str(activity.id), "label": label},
            actor=actor,
        )
