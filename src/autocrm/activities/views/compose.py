"""Writing on a record: a note, a task, a call, a meeting, an e-mail."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from autocrm.activities import attending, inviting, series, services
from autocrm.activities.composer import FORMS, composer_for
from autocrm.activities.forms import read_body, read_values
from autocrm.activities.permissions import CALL, MEETING, NOTE
from autocrm.activities.views.access import record_of
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.text import sanitise_html
from autocrm.notifications.mentions import names_out_of_reach
from autocrm.records.registry import record_types
from autocrm.ui.rendering import changed, is_fragment, render_page, toast

COMPOSER = "activities/composer.html"


@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, plural: str, record_id: object, form: str) -> HttpResponse:
    """GET: the empty box. POST: writes, and answers with the box emptied, or with the faults beside the fields."""
    record_type, record, actor = record_of(request, plural, record_id)
    if form not in FORMS:
        raise NotFound
    if request.method == "GET":
        return render_page(request, COMPOSER, {"composer": composer_for(record_type, record, actor, active=form)})
    try:
        made = _write(form, request.POST, services.About(record_type.key, record.pk), actor)
    except Invalid as error:
        said = {key: " ".join(force_str(text) for text in texts) for key, texts in error.fields.items()}
        typed = _typed_again(request.POST, form)
        again = composer_for(
            record_type, record, actor, active=form, typed=typed, faults=said or {"": force_str(error)}
        )
        return render_page(request, COMPOSER, {"composer": again}, status=422)
    if not is_fragment(request):
        return HttpResponseRedirect(f"/{record_type.plural}/{record.pk}/")
    empty = composer_for(record_type, record, actor, active=form)
    answer = HttpResponse(render_to_string(COMPOSER, {"composer": empty, "is_saved": True}, request))
    return changed(with_missed(answer, made, form), form)


def with_missed(response: HttpResponse, activity: Any, activity_type: str) -> HttpResponse:
    """Say so where somebody who is named in it hears nothing of it."""
    names = names_out_of_reach(record_types.get(activity_type), activity)
    if not names:
        return response
    said = _("Not told, since it is out of their reach: %(names)s") % {"names": ", ".join(names)}
    return toast(response, said, level="info")


@transaction.atomic
def _write(form: str, data: QueryDict, about: services.About, actor: Actor) -> Any:
    """The activity with what belongs to it: who attends, how it repeats. All of it or nothing."""
    shape = FORMS[form]
    values = read_values(data, form, [name for name in (shape.lead, *shape.row, shape.body) if name], actor)
    if shape.is_rich:
        values |= {"body": read_body(data)} if data.get("body", "").strip() or form == NOTE else {}
    if form == CALL and not values.get("at"):
        values.pop("at", None)
    made: Any = services.create_activity(form, values, about=[about], actor=actor)
    if form == MEETING:
        attending.set_attendees(made.pk, [each for each in data.getlist("attendees") if each.strip()], actor=actor)
    if form in series.REPEATED and data.get("rule", "").strip():
        series.repeat(form, made.pk, data.get("rule", ""), actor=actor)
    if form == MEETING and data.get("invite"):
        inviting.send_invitations(made.pk, actor=actor)
    return made


def _typed_again(data: QueryDict, form: str) -> dict[str, list[str]]:
    """What was typed, for the box that comes back: the editor takes HTML, so it is cleaned first."""
    typed = {name: data.getlist(name) for name in data}
    if FORMS[form].is_rich:
        typed["body"] = [sanitise_html(read_body(data))]
    return typed
