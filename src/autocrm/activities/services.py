"""Writes of activities: add a task or a note to records, complete, reopen, reschedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.activities import events
from autocrm.activities.models import ActivityLink, Note, Task, TaskStatus
from autocrm.activities.permissions import NOTE, TASK
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.records import selectors as records_read
from autocrm.records import services as records


@dataclass(frozen=True, slots=True)
class About:
    """The record an activity is about."""

    record_type: str
    record_id: UUID


@transaction.atomic
def create_task(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Task:
    """Create a task about records the actor may see. Journal: record.created, activity.linked on each record."""
    task: Task = records.create_record(records_read.get_type(TASK), values, actor=actor)
    _link(TASK, task.id, task.subject, about, actor)
    return task


@transaction.atomic
def create_note(body: str, *, about: Sequence[About] = (), actor: Actor) -> Note:
    """Write a note on records the actor may see. Journal: record.created, activity.linked on each record."""
    note: Note = records.create_record(records_read.get_type(NOTE), {"body": body}, actor=actor)
    _link(NOTE, note.id, note.text[:120], about, actor)
    return note


def complete_task(task_id: object, *, actor: Actor) -> Task:
    """Mark a task done. Journal: record.updated, task.completed."""
    return _set_status(task_id, TaskStatus.DONE, events.TASK_COMPLETED, actor)


def reopen_task(task_id: object, *, actor: Actor) -> Task:
    """Take the mark back. Journal: record.updated, task.reopened."""
    return _set_status(task_id, TaskStatus.OPEN, events.TASK_REOPENED, actor)


def reschedule_task(task_id: object, due_at: datetime | None, *, actor: Actor) -> Task:
    """Give a task another time. Journal: record.updated."""
    task: Task = records.update_record(records_read.get_type(TASK), task_id, {"due_at": due_at}, actor=actor)
    return task


@transaction.atomic
def _set_status(task_id: object, status: TaskStatus, kind: str, actor: Actor) -> Task:
    before = records_read.get_record(records_read.get_type(TASK), task_id, actor=actor)
    task: Task = records.update_record(records_read.get_type(TASK), task_id, {"status": status.value}, actor=actor)
    if before.status != status:
        journal.write(kind, record_type=TASK, record_id=task.id, record_label=task.subject, actor=actor)
    return task


def _link(activity_type: str, activity_id: UUID, label: str, about: Sequence[About], actor: Actor) -> None:
    """Put an activity on records. Raises NotFound for one the actor may not see."""
    for each in dict.fromkeys(about):
        record_type = records_read.get_type(each.record_type)
        record = records_read.get_record(record_type, each.record_id, actor=actor)
        title = record_type.title(record)
        ActivityLink.objects.create(
            activity_type=activity_type,
            activity_id=activity_id,
            record_type=each.record_type,
            record_id=record.id,
            record_label=title[:300],
        )
        journal.write(
            events.ACTIVITY_LINKED,
            record_type=each.record_type,
            record_id=record.id,
            record_label=title,
            data={"activity_type": activity_type, "activity_id": str(activity_id), "label": label},
            actor=actor,
        )
