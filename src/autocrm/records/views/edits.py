"""One field edited in place: the editor, the saved cell, the fault beside it, the conflict."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Conflict, Invalid, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize
from autocrm.kernel.text import read_count
from autocrm.records import cells, services
from autocrm.records.editors import control_for, read_posted
from autocrm.records.fields import Field
from autocrm.records.history.conflicts import find_conflict
from autocrm.records.history.undoing import undo_edit
from autocrm.records.lists.columns import read_columns
from autocrm.records.lists.page import make_rows
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import changed, no_content, render_page, toast, trigger
from autocrm.users.door import actor_of


@require_http_methods(["GET", "POST"])
def edit_field(request: HttpRequest, record_type: RecordType, record_id: object, field: str) -> HttpResponse:
    """GET: the editor. POST: 200 with the new cell, 422 with the editor and the fault, 409 with who was faster."""
    actor = actor_of(request)
    target = record_type.by_key.get(field)
    record = get_record(record_type, record_id, actor=actor, archived=False)
    authorize(actor, record_type.permission(Verb.UPDATE), record)
    if target is None or not look_at(record_type, actor).may_edit(target, record):
        raise NotFound
    if request.method == "GET":
        return _shown(request, record_type, target, record)
    if conflict := find_conflict(record_type, target, record, request.POST, actor):
        theirs = _value(request, record_type, target, get_record(record_type, record_id, actor=actor))
        return render_page(request, "records/conflict.html", {"conflict": conflict, "theirs": theirs}, status=409)
    try:
        saved = _save(record_type, target, record, request.POST, actor)
    except Invalid as error:
        return _editor(request, record_type, target, record, error)
    answer = _cell(request, record_type, target, saved)
    return answer if saved.version == record.version else _with_undo(answer, request, record_type, target, saved)


@require_POST
def undo_field(request: HttpRequest, record_type: RecordType, record_id: object, field: str) -> HttpResponse:
    """Take back the edit to `version`, or say why not; either way the cell shows itself as it is now."""
    target = record_type.by_key.get(field)
    version = read_count(request.GET.get("version", ""))
    if target is None or version is None:
        raise NotFound
    try:
        undo_edit(record_type, record_id, target, version=version, actor=actor_of(request))
    except Conflict as error:
        answer = no_content(str(error), level="bad")
    else:
        answer = no_content(_("%(field)s set back") % {"field": force_str(target.label)})
    if _place(request) != "list":
        return changed(answer, record_type.key, [parse_id(record_id)])
    return trigger(answer, "autocrm:cell", {"url": f"/{record_type.plural}/{record_id}/edit/{field}/?in=list"})


def _shown(request: HttpRequest, record_type: RecordType, target: Field, record: Any) -> HttpResponse:
    """The editor, or with `show` the value as it stands."""
    if "show" in request.GET:
        whole = get_record(record_type, record.id, actor=actor_of(request))
        return HttpResponse(_value(request, record_type, target, whole) + _row(request, record_type, record.id))
    return _editor(request, record_type, target, record)


def _with_undo(
    answer: HttpResponse, request: HttpRequest, record_type: RecordType, target: Field, saved: Any
) -> HttpResponse:
    place = _place(request)
    undo = f"/{record_type.plural}/{saved.id}/edit/{target.key}/undo/?version={saved.version}&in={place}"
    return toast(answer, _("%(field)s changed") % {"field": force_str(target.label)}, undo)


@transaction.atomic
def _save(record_type: RecordType, target: Field, record: Any, data: QueryDict, actor: Actor) -> Any:
    value = read_posted(target, data, "value", actor=actor)
    services.update_record(record_type, record.id, {target.key: value}, actor=actor)
    return get_record(record_type, record.id, actor=actor)


def _editor(
    request: HttpRequest, record_type: RecordType, target: Field, record: Any, error: Invalid | None = None
) -> HttpResponse:
    texts = [force_str(text) for said in error.fields.values() for text in said] if error else []
    control = control_for(
        target,
        look_at(record_type, actor_of(request), [record]),
        name="value",
        record=record,
        typed=request.POST.getlist("value") if error else None,
        error=" ".join(texts),
    )
    context = {"control": control, "version": request.POST.get("version") or record.version}
    return render_page(request, "records/editor.html", context, status=422 if error else 200)


def _cell(request: HttpRequest, record_type: RecordType, target: Field, record: Any) -> HttpResponse:
    """The saved value; elsewhere than in a list the rest of the page is told."""
    response = HttpResponse(_value(request, record_type, target, record) + _row(request, record_type, record.id))
    return response if _place(request) == "list" else changed(response, record_type.key, [record.id])


def _row(request: HttpRequest, record_type: RecordType, record_id: object) -> str:
    """The whole row, where a list says which `columns` it shows.

    A name, a formula or a column of the related record may have followed the edit.
    """
    shown = request.POST.get("columns") or request.GET.get("columns", "")
    if not shown or _place(request) != "list":
        return ""
    actor = actor_of(request)
    try:
        columns = read_columns(shown, RecordSchema(record_type, actor), ())
    except Invalid:
        # The edit is saved; a column that is gone meanwhile is said when the list is loaded again.
        return ""
    record = get_record(record_type, record_id, columns=[column.field for column in columns], actor=actor)
    row = make_rows([record], columns, look_at(record_type, actor, [record]))
    return f"<template data-row-now><table><tbody>{row}</tbody></table></template>"


def _value(request: HttpRequest, record_type: RecordType, target: Field, record: Any) -> str:
    """The value as it stands in the place it is edited in."""
    look = look_at(record_type, actor_of(request), [record])
    html = cells.show(target, record, look, linked=_place(request) != "list")
    return render_to_string("records/cell.html", {"html": html, "place": _place(request)}).strip()


def _place(request: HttpRequest) -> str:
    place = request.GET.get("in", "list")
    return place if place in {"list", "page", "peek"} else "list"
