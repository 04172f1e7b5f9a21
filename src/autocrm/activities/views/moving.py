"""Another time for a task, a call or a meeting: a day that is offered, or any moment that is named in a drawer."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from autocrm.activities import services
from autocrm.activities.forms import read_due, tomorrow_morning
from autocrm.activities.next_activity import TIME_FIELDS
from autocrm.activities.permissions import PLANNED, TASK
from autocrm.activities.views.actions import of_activity, told
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.kernel.permissions import authorize, can_write_field
from autocrm.records.editors import control_for
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.records.selectors import get_record
from autocrm.ui import formatting
from autocrm.ui.rendering import close_drawer, render_page
from autocrm.users.door import actor_of

DRAWER = "activities/move.html"


@require_http_methods(["GET", "POST"])
@of_activity
def reschedule(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """GET: the drawer that asks for a day and a time. POST: moved, with undo."""
    if activity_type not in PLANNED:
        raise NotFound
    actor = actor_of(request)
    record_type = record_types.get(activity_type)
    activity = get_record(record_type, activity_id, actor=actor, archived=False)
    if request.method == "GET":
        authorize(actor, record_type.permission(Verb.UPDATE), activity)
        return render_page(request, DRAWER, _form(activity, activity_type, actor))
    if "moment" not in request.POST:
        return _moved(activity, activity_type, request.GET.dict() | request.POST.dict(), actor)
    moment = request.POST["moment"].strip()
    try:
        return close_drawer(_moved(activity, activity_type, _named(moment), actor))
    except Invalid as error:
        fault = " ".join(force_str(each) for texts in error.fields.values() for each in texts) or force_str(error)
        return render_page(request, DRAWER, _form(activity, activity_type, actor, moment, fault), status=422)


def _named(moment: str) -> dict[str, str]:
    """A browser sends nothing for a date without a time: that is a slip, and no wish for no date. Raises Invalid."""
    if not moment:
        raise Invalid(fields={"due": [_("Name a day and a time.")]})
    return {"due": moment}


def _moved(activity: Any, activity_type: str, data: dict[str, str], actor: Actor) -> HttpResponse:
    was = {"due": activity.moment.isoformat()} if activity.moment is not None else {"to": "never"}
    due = read_due(data, activity, actor)
    if due is None and activity_type != TASK:
        raise Invalid(fields={"to": [_("Name a day.")]})
    moved = services.reschedule(activity_type, activity.pk, due, actor=actor)
    undo = f"reschedule/?{urlencode(was)}"
    if due is None:
        return told(_("%(name)s has no date"), moved, actor, undo)
    local = due.astimezone(actor.zone)
    when = {"day": formatting.ago(local.date()), "time": formatting.clock_time(local)}
    return told(_("%(name)s: %(day)s at %(time)s"), moved, actor, undo, **when)


def _form(activity: Any, activity_type: str, actor: Actor, typed: str | None = None, fault: str = "") -> dict[str, Any]:
    """What the drawer shows; what has no time yet is offered tomorrow. Raises Denied where it may not be written."""
    record_type = record_types.get(activity_type)
    field = record_type.by_key[TIME_FIELDS[activity_type]]
    if not can_write_field(actor, activity_type, field.key):
        raise Denied
    if typed is None:
        typed = (activity.moment or tomorrow_morning(actor)).astimezone(actor.zone).strftime("%Y-%m-%dT%H:%M")
    look = look_at(record_type, actor)
    return {
        "control": control_for(field, look, name="moment", typed=[typed], error=fault),
        "name": look.title(activity),
        "action": f"/{record_type.plural}/{activity.pk}/reschedule/",
    }
