"""Writing on a record: a note, a task, a call that took place."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.utils.encoding import force_str
from django.views.decorators.http import require_http_methods

from autocrm.activities import services
from autocrm.activities.composer import composer_for
from autocrm.activities.forms import CALL_FIELDS, TASK_FIELDS, read_body, read_values
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.views.access import record_of
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.text import sanitise_html
from autocrm.ui.rendering import changed, is_fragment, render_page

COMPOSER = "activities/composer.html"


def _note(data: QueryDict, about: services.About, actor: Actor) -> Any:
    return services.create_note(read_body(data), about=[about], actor=actor)


def _task(data: QueryDict, about: services.About, actor: Actor) -> Any:
    return services.create_task(read_values(data, TASK_FIELDS, actor), about=[about], actor=actor)


def _call(data: QueryDict, about: services.About, actor: Actor) -> Any:
    return services.log_call(read_values(data, CALL_FIELDS, actor), about=[about], actor=actor)


_WRITERS: Mapping[str, tuple[str, Callable[[QueryDict, services.About, Actor], Any]]] = {
    "note": (NOTE, _note),
    "task": (TASK, _task),
    "call": (TASK, _call),
}


def _body_again(data: QueryDict, form: str) -> str:
    """What was typed, for the box that comes back: the editor of notes takes HTML, so it is cleaned first."""
    return sanitise_html(read_body(data)) if form == "note" else data.get("body", "")


@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, plural: str, record_id: object, form: str) -> HttpResponse:
    """GET: the empty box. POST: writes, and answers with the box emptied, or with the faults beside the fields."""
    record_type, record, actor = record_of(request, plural, record_id)
    if form not in _WRITERS:
        raise NotFound
    kind, write = _WRITERS[form]
    if request.method == "GET":
        return render_page(request, COMPOSER, {"composer": composer_for(record_type, record, actor, active=form)})
    try:
        write(request.POST, services.About(record_type.key, record.pk), actor)
    except Invalid as error:
        said = {key: " ".join(force_str(text) for text in texts) for key, texts in error.fields.items()}
        typed = request.POST.dict() | {"body": _body_again(request.POST, form)}
        again = composer_for(record_type, record, actor, active=form, typed=typed, faults=said)
        return render_page(request, COMPOSER, {"composer": again}, status=422)
    if not is_fragment(request):
        return HttpResponseRedirect(f"/{record_type.plural}/{record.pk}/")
    empty = composer_for(record_type, record, actor, active=form)
    return changed(HttpResponse(render_to_string(COMPOSER, {"composer": empty}, request)), kind)
