"""What is done with a task by one click: done, open again, another day."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from autocrm.activities import services
from autocrm.activities.forms import read_due
from autocrm.activities.models import Task
from autocrm.activities.permissions import TASK
from autocrm.kernel.actors import Actor
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.records.selectors import get_record
from autocrm.ui import formatting
from autocrm.ui.rendering import changed, no_content
from autocrm.users.door import actor_of


@require_POST
def complete(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Done, with undo."""
    actor = actor_of(request)
    task = services.complete_task(task_id, actor=actor)
    return _told(_("Done: %(name)s"), task, actor, f"/tasks/{task.pk}/reopen/")


@require_POST
def reopen(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """To be done again."""
    actor = actor_of(request)
    return _told(_("Open again: %(name)s"), services.reopen_task(task_id, actor=actor), actor)


@require_POST
def reschedule(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Another day, with undo."""
    actor = actor_of(request)
    before: Task = get_record(record_types.get(TASK), task_id, actor=actor, archived=False)
    was = {"due": before.due_at.isoformat()} if before.due_at is not None else {"to": "never"}
    due = read_due(request.GET.dict() | request.POST.dict(), before, actor)
    task = services.reschedule_task(task_id, due, actor=actor)
    undo = f"/tasks/{task.pk}/reschedule/?{urlencode(was)}"
    if due is None:
        return _told(_("%(name)s has no date"), task, actor, undo)
    local = due.astimezone(actor.zone)
    when = {"day": formatting.ago(local.date()), "time": formatting.clock_time(local)}
    return _told(_("%(name)s: %(day)s at %(time)s"), task, actor, undo, **when)


def _told(said: str, task: Task, actor: Actor, undo: str = "", **words: str) -> HttpResponse:
    """A toast; lists, timelines and the Today page load again."""
    name = look_at(record_types.get(TASK), actor).title(task)
    return changed(no_content(said % {"name": name, **words}, undo or None), TASK, [task.pk])
