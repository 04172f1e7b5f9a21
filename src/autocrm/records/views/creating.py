"""The create drawer and its live warning of duplicates."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import authorize, can_read_field
from autocrm.records import services
from autocrm.records.errors import PossibleDuplicates
from autocrm.records.forms import CreateForm, create_form, read_form, ruled_controls
from autocrm.records.looks import look_at
from autocrm.records.matching.candidates import find_candidates
from autocrm.records.record_page import card_row
from autocrm.records.registry import RecordType
from autocrm.ui.formatting import noun
from autocrm.ui.rendering import changed, close_drawer, is_fragment, no_content, redirect, render_page, toast
from autocrm.users.door import actor_of

MOST_SHOWN = 4


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET: the drawer. POST: nothing is saved before this; faults come back beside their fields."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.CREATE))
    if request.method == "GET":
        return _drawer(request, create_form(record_type, actor, start=request.GET.dict()))
    allowed = bool(request.POST.get("allow_duplicates"))
    try:
        # Reading the form makes tags of new words: they go again with what is refused.
        with transaction.atomic():
            values = read_form(record_type, request.POST, actor=actor)
            record = services.create_record(record_type, values, allow_duplicates=allowed, actor=actor)
    except Invalid as error:
        return _drawer(request, create_form(record_type, actor, typed=request.POST, faults=error.fields), 422)
    except PossibleDuplicates:
        return _drawer(request, create_form(record_type, actor, typed=request.POST), 422)
    return _created(request, record_type, record)


@require_POST
def show_rules(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The fields that have conditions, shown and required as they hold for what is typed so far."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.CREATE))
    controls = ruled_controls(record_type, request.POST, actor=actor)
    return render_page(request, "records/create_rules.html", {"controls": controls})


@require_http_methods(["GET", "POST"])
def show_duplicates(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Records that look like what is being typed."""
    authorize(actor_of(request), record_type.permission(Verb.CREATE))
    data = request.POST if request.method == "POST" else request.GET
    return render_page(request, "records/duplicates.html", _similar(request, record_type, data.dict()))


def _similar(request: HttpRequest, record_type: RecordType, values: dict[str, Any]) -> dict[str, Any]:
    actor = actor_of(request)
    look = look_at(record_type, actor)
    found = find_candidates(record_type, values, limit=MOST_SHOWN + 1, actor=actor)
    rows = [
        {"card": card_row(look, each.record), "score": each.score, "reasons": each.reasons}
        for each in found[:MOST_SHOWN]
    ]
    taken = _taken_field(record_type, values, [each.record for each in found], actor)
    return {"record_type": record_type, "rows": rows, "more": len(found) > MOST_SHOWN, "taken": taken}


def _taken_field(record_type: RecordType, values: dict[str, Any], records: Sequence[Any], actor: Actor) -> Text:
    """The name of the unique field whose value one of the records has, so that no second one comes; "" without one."""
    for field in record_type.fields:
        if field.unique and values.get(field.key) and can_read_field(actor, record_type.key, field.key):
            compared = field.normalise or str.casefold
            key = compared(str(values[field.key]))
            if key and any(compared(str(field.read(record) or "")) == key for record in records):
                return field.label
    return ""


def _drawer(request: HttpRequest, form: CreateForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "record_type": form.record_type, "rows": [], "more": False}
    context["heading"] = format_lazy(_("New {label}"), label=noun(form.record_type.label))
    context["action"] = f"/{form.record_type.plural}/new/"
    if status == 422:
        context |= _similar(request, form.record_type, request.POST.dict())
    return render_page(request, "records/create.html", context, "form", status=status)


def _created(request: HttpRequest, record_type: RecordType, record: Any) -> HttpResponse:
    url = f"/{record_type.plural}/{record.id}/"
    if not is_fragment(request):
        return redirect(request, url)
    actor = actor_of(request)
    said = _("%(name)s added") % {"name": look_at(record_type, actor).title(record)}
    if request.POST.get("then") == "new":
        again = _drawer(request, create_form(record_type, actor))
        return changed(toast(again, said, action=(_("Open"), url)), record_type.key, [record.id])
    answer = toast(no_content(), said, action=(_("Open"), url))
    return changed(close_drawer(answer), record_type.key, [record.id])
