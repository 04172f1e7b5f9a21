"""What is done with an activity by one click: done, open again, pinned, put on records, taken off."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.activities import selectors, services
from autocrm.activities.cards import cards
from autocrm.activities.permissions import ACTIVITIES
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import is_allowed
from autocrm.records.looks import look_at
from autocrm.records.registry import find_by_plural, record_types
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page, toast
from autocrm.users.door import actor_of

View = Callable[..., HttpResponse]


def of_activity(view: View) -> View:
    """Give `view` the type of activity that the address's `plural` names. Raises NotFound for any other."""

    @wraps(view)
    def resolved(request: HttpRequest, plural: str, **parameters: Any) -> HttpResponse:
        record_type = find_by_plural(plural)
        if record_type is None or record_type.key not in ACTIVITIES:
            raise NotFound
        return view(request, activity_type=record_type.key, **parameters)

    return resolved


@require_POST
@of_activity
def complete(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """Done, with undo."""
    actor = actor_of(request)
    activity = services.complete_activity(activity_type, activity_id, actor=actor)
    return told(_("Done: %(name)s"), activity, actor, "reopen/")


@require_POST
@of_activity
def reopen(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """To be done again."""
    actor = actor_of(request)
    activity = services.reopen_activity(activity_type, activity_id, actor=actor)
    return told(_("Open again: %(name)s"), activity, actor)


@require_POST
@of_activity
def pin(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """To the top of the timelines it is on, or with `off` back to its day."""
    is_pinned = "off" not in request.GET
    services.pin_activity(activity_type, activity_id, is_pinned=is_pinned, actor=actor_of(request))
    said = _("Pinned") if is_pinned else _("No longer pinned")
    return changed(no_content(said), activity_type, [parse_id(activity_id)])


@require_http_methods(["GET", "POST"])
@of_activity
def link(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """GET: the drawer in which further records are chosen. POST: the activity is put on them."""
    actor = actor_of(request)
    activity = get_record(record_types.get(activity_type), activity_id, actor=actor, archived=False)
    fault = ""
    if request.method == "POST":
        about = [each for record_type in record_types for each in _named(request, record_type.key)]
        if about:
            services.link_activity(activity_type, activity_id, about=about, actor=actor)
            return _linked(close_drawer(no_content(_("Linked"))), activity_type, about)
        fault = _("Choose at least one record.")
    context = {
        "card": cards([activity], actor)[0],
        "types": [
            each for each in record_types if each.has_activities and is_allowed(actor, each.permission(Verb.READ))
        ],
        "fault": fault,
    }
    return render_page(request, "activities/link.html", context, status=422 if fault else 200)


@require_POST
@of_activity
def unlink(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """Off the record that `type` and `id` name, with undo by linking again."""
    actor = actor_of(request)
    about = services.About(request.POST.get("type", ""), parse_id(request.POST.get("id", "")))
    services.unlink_activity(activity_type, activity_id, about=about, actor=actor)
    return _linked(no_content(_("Taken off")), activity_type, [about])


@require_GET
@of_activity
def show_about(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """What an activity is about, alone."""
    actor = actor_of(request)
    activity = get_record(record_types.get(activity_type), activity_id, actor=actor)
    return render_page(request, "activities/about.html", about_context(activity, actor))


def told(said: str, activity: Any, actor: Actor, undo: str = "", **words: str) -> HttpResponse:
    """A toast; lists, timelines and the Today page load again."""
    record_type = record_types.get(selectors.type_of(activity))
    name = look_at(record_type, actor).title(activity)
    undo_url = f"/{record_type.plural}/{activity.pk}/{undo}" if undo else None
    response = toast(HttpResponse(status=204), said % {"name": name, **words}, undo_url)
    return changed(response, record_type.key, [activity.pk])


def about_context(activity: Any, actor: Actor) -> dict[str, Any]:
    """What the list of the records an activity is about needs."""
    key = selectors.type_of(activity)
    may_link = activity.archived_at is None and is_allowed(actor, f"{key}.{Verb.UPDATE}", activity)
    return {
        "about": selectors.subjects_of([activity], actor=actor).get(activity.pk, []),
        "about_url": f"/{record_types.get(key).plural}/{activity.pk}/",
        "about_type": key,
        "may_link": may_link,
    }


def _named(request: HttpRequest, key: str) -> list[services.About]:
    return [services.About(key, parse_id(each)) for each in request.POST.getlist(f"about-{key}") if each.strip()]


def _linked(response: HttpResponse, activity_type: str, about: list[services.About]) -> HttpResponse:
    return changed(response, activity_type, [each.record_id for each in about])
