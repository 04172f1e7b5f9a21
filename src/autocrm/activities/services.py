"""Writes of activities: add them to records, complete, reopen, reschedule, pin, link and unlink."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.activities import events, next_activity
from autocrm.activities.models import ActivityLink, Call, Email, Meeting, Note, Task
from autocrm.activities.next_activity import open_time
from autocrm.activities.permissions import ACTIVITIES, CALL, EMAIL, MEETING, NOTE, PLANNED, TASK
from autocrm.activities.states import TaskStatus
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import NotFound
from autocrm.kernel.permissions import authorize
from autocrm.records import selectors as records_read
from autocrm.records import services as records


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


def log_call(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Call:
    """Keep a call that has taken place. Journal: as create_activity, and call.completed."""
    call: Call = create_activity(CALL, {**values, "status": TaskStatus.DONE.value}, about=about, actor=actor)
    return call


def create_meeting(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Meeting:
    """Plan a meeting about records the actor may see. Journal: record.created, activity.linked on each record."""
    meeting: Meeting = create_activity(MEETING, values, about=about, actor=actor)
    return meeting


def log_email(values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Email:
    """Keep an e-mail that was sent or received. Journal: record.created, activity.linked on each record."""
    email: Email = create_activity(EMAIL, values, about=about, actor=actor)
    return email


@transaction.atomic
def create_activity(activity_type: str, values: Mapping[str, Any], *, about: Sequence[About] = (), actor: Actor) -> Any:
    """Create an activity about records the actor may see. Raises NotFound for one that the actor may not."""
    activity = records.create_record(records_read.get_type(activity_type), values, actor=actor)
    _link(activity_type, activity, about, actor)
    return activity


@transaction.atomic
def link_activity(activity_type: str, activity_id: object, *, about: Sequence[About], actor: Actor) -> Any:
    """Put an activity on further records that the actor may see. Journal: activity.linked on each that is new.

    Raises NotFound, and Denied where the actor may not change the activity.
    """
    activity = _changeable(activity_type, activity_id, actor)
    _link(activity_type, activity, about, actor)
    return activity


@transaction.atomic
def unlink_activity(activity_type: str, activity_id: object, *, about: About, actor: Actor) -> Any:
    """Take an activity off a record; nothing happens when it is not on it. Journal: activity.unlinked on the record.

    Raises NotFound, and Denied where the actor may not change the activity.
    """
    activity = _changeable(activity_type, activity_id, actor)
    record_type = records_read.get_type(about.record_type)
    record = records_read.get_record(record_type, about.record_id, actor=actor)
    found = ActivityLink.objects.filter(
        activity_type=activity_type, activity_id=activity.pk, record_type=about.record_type, record_id=record.pk
    )
    if found.delete()[0]:
        next_activity.refresh_places([(about.record_type, record.pk)])
        _write_link(events.ACTIVITY_UNLINKED, activity_type, activity, (about, record_type.title(record)), actor)
    return activity


def complete_activity(activity_type: str, activity_id: object, *, actor: Actor) -> Any:
    """Mark a task, call or meeting done; nothing happens to one that is. Journal: record.updated, <type>.completed."""
    return _set_status(activity_type, activity_id, TaskStatus.DONE, actor)


def reopen_activity(activity_type: str, activity_id: object, *, actor: Actor) -> Any:
    """Take the mark back. Journal: record.updated, <type>.reopened."""
    return _set_status(activity_type, activity_id, TaskStatus.OPEN, actor)


def complete_task(task_id: object, *, actor: Actor) -> Task:
    """Mark a task done; nothing happens to one that is. Journal: record.updated, task.completed."""
    task: Task = complete_activity(TASK, task_id, actor=actor)
    return task


def reopen_task(task_id: object, *, actor: Actor) -> Task:
    """Take the mark back. Journal: record.updated, task.reopened."""
    task: Task = reopen_activity(TASK, task_id, actor=actor)
    return task


def reschedule(activity_type: str, activity_id: object, moment: datetime | None, *, actor: Actor) -> Any:
    """Give a task, call or meeting another time; only a task may have none. Journal: record.updated."""
    if activity_type not in PLANNED:
        raise NotFound
    values = {next_activity.TIME_FIELDS[activity_type]: moment}
    return records.update_record(records_read.get_type(activity_type), activity_id, values, actor=actor)


def reschedule_task(task_id: object, due_at: datetime | None, *, actor: Actor) -> Task:
    """Give a task another time, or none. Journal: record.updated."""
    task: Task = reschedule(TASK, task_id, due_at, actor=actor)
    return task


def write_note(note_id: object, body: str, *, actor: Actor) -> Note:
    """Put other words into a note. Journal: record.updated."""
    note: Note = records.update_record(records_read.get_type(NOTE), note_id, {"body": body}, actor=actor)
    return note


def pin_activity(activity_type: str, activity_id: object, *, is_pinned: bool, actor: Actor) -> Any:
    """Keep an activity on top of the timelines it is on, or let it go back to its day. Journal: record.updated."""
    if activity_type not in ACTIVITIES:
        raise NotFound
    record_type = records_read.get_type(activity_type)
    return records.update_record(record_type, activity_id, {"is_pinned": is_pinned}, actor=actor)


def _set_status(activity_type: str, activity_id: object, status: TaskStatus, actor: Actor) -> Any:
    if activity_type not in PLANNED:
        raise NotFound
    record_type = records_read.get_type(activity_type)
    return records.update_record(record_type, activity_id, {"status": status.value}, actor=actor)


def _changeable(activity_type: str, activity_id: object, actor: Actor) -> Any:
    if activity_type not in ACTIVITIES:
        raise NotFound
    record_type = records_read.get_type(activity_type)
    authorize(actor, record_type.permission(Verb.UPDATE))
    activity = records.lock_record(record_type, activity_id, actor=actor)
    authorize(actor, record_type.permission(Verb.UPDATE), activity)
    if activity.archived_at is not None:
        raise NotFound
    return activity


def _link(activity_type: str, activity: Any, about: Sequence[About], actor: Actor) -> None:
    """Put an activity on records it is not on yet. Raises NotFound for one the actor may not see."""
    places: list[tuple[str, UUID]] = []
    for each in dict.fromkeys(about):
        record_type = records_read.get_type(each.record_type)
        record = records_read.get_record(record_type, each.record_id, actor=actor)
        title = record_type.title(record)
        link, is_new = ActivityLink.objects.get_or_create(
            activity_type=activity_type,
            activity_id=activity.pk,
            record_type=each.record_type,
            record_id=record.pk,
            defaults={"record_label": title[:300], "open_at": open_time(activity)},
        )
        if is_new:
            places.append((link.record_type, link.record_id))
            _write_link(events.ACTIVITY_LINKED, activity_type, activity, (each, title), actor)
    if open_time(activity) is not None:
        next_activity.refresh_places(places)


def _write_link(kind: str, activity_type: str, activity: Any, place: tuple[About, str], actor: Actor) -> None:
    about, title = place
    label = records_read.get_type(activity_type).title(activity)[:120]
    journal.write(
        kind,
        record_type=about.record_type,
        record_id=about.record_id,
        record_label=title,
        data={"activity_type": activity_type, "activity_id": str(activity.pk), "label": label},
        actor=actor,
    )
