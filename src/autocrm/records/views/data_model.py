"""Settings, data model: the record types, the fields of each, and the drawer that defines one."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.clock import find_moment
from autocrm.kernel.errors import Conflict, Invalid, LimitReached
from autocrm.kernel.permissions import authorize
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.custom.field_forms import field_form, read_field_form, read_so_far
from autocrm.records.custom.pages import fields_context, kind_context, types_context, used_by
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page
from autocrm.users.door import actor_of

CHANGED = "custom_field"


@require_GET
def show_types(request: HttpRequest) -> HttpResponse:
    """Every kind of record, and how many fields it was given."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    return render_page(request, "records/data_model.html", types_context(actor), "list")


@require_GET
def show_fields(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The fields of one kind of record: the workspace's own, which can be changed, and those it came with."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    return render_page(request, "records/data_fields.html", fields_context(record_type, actor), "list")


@require_http_methods(["GET", "POST"])
def add_field(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The drawer of a new field; `kind` decides what it asks."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    kind = (request.POST or request.GET).get("kind", "")
    if request.method == "GET":
        typed = read_so_far(request.GET, kind) if "label" in request.GET else None
        form = field_form(record_type, kind, None, typed=typed, actor=actor)
        return render_page(request, "records/data_field.html", {"form": form, "current": "data-model"}, "form")
    values = read_field_form(request.POST, kind)
    try:
        made = custom_fields.create_field({**values, "record_type": record_type.key, "kind": kind}, actor=actor)
    except (Invalid, LimitReached) as error:
        return _refused(request, error, record_type=record_type, kind=kind, row=None, typed=values)
    return _done(_("%(label)s added") % {"label": made.label})


@require_http_methods(["GET", "POST"])
def edit_field(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """The drawer of a field that is there."""
    actor = actor_of(request)
    row = custom_fields.get_field(field_id, actor=actor)
    record_type = get_type(row.record_type)
    if request.method == "GET":
        typed = read_field_form(request.GET, row.kind) if "label" in request.GET else None
        form = field_form(record_type, row.kind, row, typed=typed, actor=actor)
        # Drawn again while somebody types: what she has seen of the field is still what it was.
        context = {"form": form, "current": "data-model", "seen": request.GET.get("seen", "")}
        return render_page(request, "records/data_field.html", context, "form")
    values = read_field_form(request.POST, row.kind)
    try:
        custom_fields.update_field(field_id, values, seen=find_moment(request.POST.get("seen", "")), actor=actor)
    except (Invalid, Conflict) as error:
        return _refused(request, error, record_type=record_type, kind=row.kind, row=row, typed=values)
    return _done(_("Saved"))


@require_POST
def archive_field(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """Take a field out of use."""
    made = custom_fields.archive_field(field_id, actor=actor_of(request))
    answer = no_content(
        _("%(label)s archived") % {"label": made.label}, undo_url=f"/settings/data-model/fields/{made.id}/restore/"
    )
    return changed(answer, CHANGED)


@require_POST
def restore_field(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """Bring a field back."""
    made = custom_fields.restore_field(field_id, actor=actor_of(request))
    return changed(no_content(_("%(label)s is back") % {"label": made.label}), CHANGED)


@require_http_methods(["GET", "POST"])
def delete_field(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """GET: what would be lost. POST: delete it, if no more would be lost than was said."""
    actor = actor_of(request)
    row = custom_fields.get_field(field_id, actor=actor)
    said, status = request.POST.get("expected", ""), 200
    fault = ""
    if request.method == "POST":
        try:
            count = custom_fields.delete_field(field_id, expected=int(said) if said.isdigit() else -1, actor=actor)
        except Conflict as error:
            fault, status = str(error), 409
        else:
            return _done(_deleted(row.label, count))
    context = {"row": row, "count": custom_fields.count_values(row, actor=actor), "fault": fault, "used": used_by(row)}
    return render_page(
        request, "records/data_field_delete.html", context | {"current": "data-model"}, "form", status=status
    )


@require_http_methods(["GET", "POST"])
def change_kind(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """GET: the kinds it can be turned into and, with `kind`, what that would do. POST: do it."""
    actor = actor_of(request)
    row = custom_fields.get_field(field_id, actor=actor)
    kind, said, status = (request.POST or request.GET).get("kind", ""), request.POST.get("expected", ""), 200
    refused: dict[str, str] = {}
    if request.method == "POST" and said.isdigit():
        try:
            custom_kinds.change_kind(field_id, kind, expected=int(said), actor=actor)
        except (Conflict, Invalid) as error:
            refused, status = {"fault": str(error)}, 422
        else:
            return _done(_("%(label)s has another kind now") % {"label": row.label})
    context = kind_context(row, kind, actor) | refused
    return render_page(request, "records/data_field_kind.html", context, "form", status=status)


@require_POST
def order_fields(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Put the fields into the order they were dragged into."""
    ids = [each for each in request.POST.get("ids", "").split(",") if each]
    custom_fields.reorder_fields(record_type, ids, actor=actor_of(request))
    return no_content()


def _deleted(label: str, count: int) -> str:
    said = ngettext(
        "%(label)s deleted; its value goes from %(count)d record",
        "%(label)s deleted; its values go from %(count)d records",
        count,
    )
    return said % {"label": label, "count": count} if count else _("%(label)s deleted") % {"label": label}


def _done(message: str) -> HttpResponse:
    return changed(close_drawer(no_content(message)), CHANGED)


def _refused(request: HttpRequest, error: Invalid | LimitReached | Conflict, **form: Any) -> HttpResponse:
    """The drawer again, as it was typed, with what was wrong."""
    faults = error.fields if isinstance(error, Invalid) else {"": [error.message]}
    context = {"form": field_form(**form, faults=faults, actor=actor_of(request)), "current": "data-model"}
    status = 409 if isinstance(error, Conflict) else 422
    return render_page(request, "records/data_field.html", context, "form", status=status)
