"""Telling people of their activities: given by somebody else, due, about to begin."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.encoding import force_str
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from autocrm.activities import kinds
from autocrm.activities.models import Attendee, Call, Meeting, Planned, Task
from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.activities.states import Response, TaskStatus
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Text
from autocrm.kernel.sentences import spoken
from autocrm.notifications import services as notifications
from autocrm.records.registry import record_types
from autocrm.records.titles import title_for
from autocrm.users.selectors import find_actor

# What was due longer ago is no news: an import of old tasks, a server that stood still.
NEWS_FOR = timedelta(days=1)
TOLD_AT_ONCE = 500
# Who is heard of by "gave you a task": a workflow has a step of its own for telling, an import brings what is old.
GIVERS = frozenset({ActorKind.HUMAN, ActorKind.TOKEN})

MODELS: dict[str, type[Planned]] = {TASK: Task, CALL: Call, MEETING: Meeting}


def tell_owner(activity_type: str, activity: Planned, *, actor: Actor) -> None:
    """Tell the owner that a person has given him this."""
    owner_id = activity.owner_id
    if owner_id is None or not activity.is_open or actor.kind not in GIVERS:
        return
    said = {
        TASK: _("%(name)s gave you a task"),
        CALL: _("%(name)s planned a call for you"),
        MEETING: _("%(name)s planned a meeting for you"),
    }
    notifications.notify(
        user_ids=[owner_id],
        kind=kinds.TASK_ASSIGNED,
        title=spoken(lambda: force_str(said[activity_type]) % {"name": actor.label or gettext("Somebody")}),
        body=spoken(lambda: _title(activity_type, activity, owner_id)),
        url=_address(activity_type, activity),
        record_type=activity_type,
        record_id=activity.pk,
        actor=actor,
    )


def is_due(moment: datetime) -> Q:
    """Open tasks whose time has come and whose owners do not know yet."""
    return _is_open() & Q(due_told_at__isnull=True, due_at__lte=moment, due_at__gt=moment - NEWS_FOR)


def is_to_remind(moment: datetime) -> Q:
    """What is open and to be reminded of by now."""
    return _is_open() & Q(reminded_at__isnull=True, remind_at__lte=moment, remind_at__gt=moment - NEWS_FOR)


def tell_due(moment: datetime, *, actor: Actor) -> int:
    """Tell the owners of tasks of this tenant that are due: once for each task and time, whoever else runs this."""
    tasks = _locked(Task, is_due(moment), "due_at")
    told = 0
    for task in tasks:
        if task.due_at is None or task.owner_id is None:
            continue
        told += len(
            notifications.notify(
                user_ids=[task.owner_id],
                kind=kinds.TASK_DUE,
                title=_due(task, task.owner_id),
                url=_address(TASK, task),
                record_type=TASK,
                record_id=task.id,
                dedup_key=f"task_due:{task.id}:{task.due_at.timestamp():.0f}",
                actor=actor,
            )
        )
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(due_told_at=now())
    return told


def remind(moment: datetime, *, actor: Actor) -> int:
    """Remind of what is about to be due or to begin, once for each activity and time; of meetings all who attend."""
    told = 0
    for activity_type, model in MODELS.items():
        activities = _locked(model, is_to_remind(moment), "remind_at")
        members = _members([each.pk for each in activities]) if activity_type == MEETING else {}
        for activity in activities:
            people = {activity.owner_id, *members.get(activity.pk, ())} - {None}
            told += sum(_remind_of(activity_type, activity, each, actor) for each in people if each is not None)
        model.objects.filter(pk__in=[each.pk for each in activities]).update(reminded_at=now())
    return told


def _due(task: Task, reader_id: UUID) -> Text:
    return spoken(lambda: gettext("Due: %(task)s") % {"task": _title(TASK, task, reader_id)})


def _remind_of(activity_type: str, activity: Planned, reader_id: UUID, actor: Actor) -> int:
    said = {TASK: _("Task: %(name)s"), CALL: _("Call: %(name)s"), MEETING: _("Meeting: %(name)s")}
    if activity.remind_at is None or activity.moment is None:
        return 0
    return len(
        notifications.notify(
            user_ids=[reader_id],
            kind=kinds.REMINDER,
            title=spoken(lambda: force_str(said[activity_type]) % {"name": _title(activity_type, activity, reader_id)}),
            body=spoken(lambda: force_str(activity.get_remind_before_display())),
            url=_address(activity_type, activity),
            record_type=activity_type,
            record_id=activity.pk,
            dedup_key=f"reminder:{activity.pk}:{activity.remind_at.timestamp():.0f}",
            actor=actor,
        )
    )


def _members(meeting_ids: Sequence[Any]) -> dict[Any, list[Any]]:
    rows = Attendee.objects.filter(meeting_id__in=meeting_ids, user_id__isnull=False)
    found: dict[Any, list[Any]] = {}
    for meeting_id, user_id in rows.exclude(response=Response.DECLINED).values_list("meeting_id", "user_id"):
        found.setdefault(meeting_id, []).append(user_id)
    return found


def _locked(model: Any, wanted: Q, order: str) -> list[Any]:
    """What is to be told, locked; what somebody else is telling is passed over."""
    found = model.objects.filter(wanted).order_by(order)
    return list(found.select_for_update(skip_locked=True, no_key=True)[:TOLD_AT_ONCE])


def _is_open() -> Q:
    return Q(status=TaskStatus.OPEN, archived_at__isnull=True)


def _title(activity_type: str, activity: Planned, reader_id: UUID) -> str:
    """What the activity is called for the person who is told of it."""
    record_type, reader = record_types.get(activity_type), find_actor(reader_id, activity.tenant_id)
    return force_str(record_type.label) if reader is None else title_for(record_type, activity, reader)


def _address(activity_type: str, activity: Planned) -> str:
    return f"/{record_types.get(activity_type).plural}/{activity.pk}/"
