"""Who attends a meeting: choosing, answering, inviting, the calendar file."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.activities import attending, inviting
from autocrm.activities.models import Meeting
from autocrm.activities.permissions import MEETING
from autocrm.activities.states import Response
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed
from autocrm.records.editors import Choice
from autocrm.records.registry import record_types
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page
from autocrm.users.door import actor_of


def meeting_context(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """What the block about who attends needs."""
    guests = attending.guests_of(meeting, actor=actor)
    may_change = meeting.archived_at is None and is_allowed(actor, f"{MEETING}.{Verb.UPDATE}", meeting)
    return {
        "guests": guests,
        "meeting_url": f"/meetings/{meeting.pk}/",
        "own_word": f"{attending.USER}:{actor.user_id}",
        "responses": Response.choices,
        "may_invite": may_change and any(guest.email for guest in guests),
        "may_choose": may_change,
        "video_url": meeting.video_url if can_read_field(actor, MEETING, "video_url") else "",
    }


@require_http_methods(["GET", "POST"])
def attendees(request: HttpRequest, meeting_id: object) -> HttpResponse:
    """GET: the drawer in which people are chosen. POST: just these attend, perhaps with invitations."""
    actor = actor_of(request)
    meeting = get_record(record_types.get(MEETING), meeting_id, actor=actor, archived=False)
    authorize(actor, f"{MEETING}.{Verb.UPDATE}", meeting)
    fault = ""
    words = [guest.word for guest in attending.guests_of(meeting, actor=actor) if guest.word]
    if request.method == "POST":
        words = [each for each in request.POST.getlist("attendees") if each.strip()]
        try:
            attending.set_attendees(meeting_id, words, actor=actor)
        except Invalid as error:
            fault = " ".join(force_str(text) for texts in error.fields.values() for text in texts)
        else:
            return changed(close_drawer(no_content(_("Saved"))), MEETING, [meeting.pk])
    chosen = attending.suggested_attendees(record_types.get(MEETING), meeting, words, actor=actor)
    context = {
        "action": request.path,
        "chosen": [Choice(word, name, selected=True) for word, name in chosen],
        "fault": fault,
    }
    return render_page(request, "activities/attendees.html", context, status=422 if fault else 200)


@require_GET
def pick(request: HttpRequest) -> JsonResponse:
    """Who can be invited, while somebody types; an address that was typed in full is offered as well."""
    text = request.GET.get("q", "").strip()[:200]
    found = attending.pick(text, actor=actor_of(request))
    results = [{"value": word, "label": name, "hint": hint} for word, name, hint in found]
    return JsonResponse({"results": results})


@require_POST
def respond(request: HttpRequest, meeting_id: object) -> HttpResponse:
    """What somebody answered."""
    word, response = request.POST.get("who", ""), request.POST.get("response", "")
    attending.respond(meeting_id, word, response, actor=actor_of(request))
    return changed(no_content(_("Answer saved")), MEETING, [parse_id(meeting_id)])


@require_POST
def invite(request: HttpRequest, meeting_id: object) -> HttpResponse:
    """Invitations, or the news that it is off, on their way."""
    count = inviting.send_invitations(meeting_id, actor=actor_of(request))
    said = ngettext("%(count)d invitation is on its way", "%(count)d invitations are on their way", count)
    return changed(no_content(said % {"count": count}), MEETING, [parse_id(meeting_id)])


@require_GET
def download(request: HttpRequest, meeting_id: object) -> HttpResponse:
    """The meeting as a calendar file."""
    actor = actor_of(request)
    meeting = get_record(record_types.get(MEETING), meeting_id, actor=actor, archived=False)
    if not all(can_read_field(actor, MEETING, name) for name in ("starts_at", "ends_at")):
        raise NotFound
    for name, instead in (("subject", record_types.get(MEETING).label), ("place", ""), ("video_url", ""), ("body", "")):
        if not can_read_field(actor, MEETING, name):
            record_types.get(MEETING).by_key[name].write(meeting, force_str(instead))
    response = HttpResponse(
        inviting.meeting_file(meeting, method="PUBLISH"), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
