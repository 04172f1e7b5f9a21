"""Bulk actions: their drawers, their beginning, and the page of one: progress, results, stopping, undo."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Denied, Invalid
from autocrm.kernel.ids import parse_id
from autocrm.records.bulk_actions import BulkAction, get_action, may_do
from autocrm.records.bulk_models import BulkOperation
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations import pages, selectors
from autocrm.records.bulk_operations.forms import (
    WORKFLOWS,
    bulk_form,
    field_control,
    get_offered_field,
    read_form,
    workflow_choices,
)
from autocrm.records.bulk_operations.reading import editable_fields
from autocrm.records.bulk_operations.running import carry_out_now
from autocrm.records.bulk_operations.selection import read_selection
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, close_drawer, no_content, redirect, render_page, toast, trigger
from autocrm.users.door import actor_of


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, record_type: RecordType, action: str) -> HttpResponse:
    """GET: the drawer of an action. POST: do it with the selection, at once when it is small."""
    actor, found = actor_of(request), get_action(action)
    if not found.shown or not may_do(found, record_type, actor):
        raise Denied
    if request.method == "GET":
        return _drawer(request, record_type, found)
    try:
        # Reading the form makes tags of new words: they go again with what is refused.
        with transaction.atomic():
            operation = operations.prepare_operation(
                record_type,
                found.key,
                read_selection(request.POST.dict()),
                read_form(record_type, found, request.POST, actor=actor),
                run_workflows=WORKFLOWS.get(request.POST.get("workflows", "")),
                actor=actor,
            )
            if operation.job_id is None:
                carry_out_now(operation, actor=actor)
    except Invalid as error:
        if not found.drawer:
            raise
        return _drawer(request, record_type, found, error)
    return _answer(operation)


@require_POST
def show_field(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """One more field in the edit drawer."""
    actor, action = actor_of(request), get_action("edit")
    if not may_do(action, record_type, actor):
        raise Denied
    asked, chosen = request.POST.get("field", ""), request.POST.getlist("set")
    if not asked or asked in chosen:
        return no_content()
    field = get_offered_field(record_type, asked, actor)
    offered = [each for each in editable_fields(record_type, actor) if each.key not in {asked, *chosen}]
    context = {"each": field_control(record_type, field, actor), "record_type": record_type, "offered": offered}
    return render_page(request, "records/bulk_field.html", context)


@require_GET
def list_operations(request: HttpRequest) -> HttpResponse:
    """One's bulk operations, newest first."""
    found = selectors.list_operations(actor_of(request))
    if before := request.GET.get("before"):
        found = found.filter(id__lt=parse_id(before))
    return render_page(request, "records/bulk_list.html", pages.list_context(found, actor_of(request)), "operations")


@require_GET
@never_cache
def show_operation(request: HttpRequest, operation_id: str) -> HttpResponse:
    """How far it is while it runs, what came of it afterwards."""
    actor = actor_of(request)
    operation = selectors.get_operation(operation_id, actor=actor)
    return render_page(request, "records/bulk_show.html", pages.show_context(operation, actor), "progress")


@require_POST
def cancel(request: HttpRequest, operation_id: str) -> HttpResponse:
    """Stop it; what was done so far stays."""
    operation = operations.cancel_operation(operation_id, actor=actor_of(request))
    return toast(redirect(request, f"/bulk/{operation.id}/"), _("Stopped"))


@require_POST
def undo(request: HttpRequest, operation_id: str) -> HttpResponse:
    """Take it back, at once when it is small."""
    actor = actor_of(request)
    operation = operations.prepare_undo(operation_id, actor=actor)
    if operation.job_id is None:
        carry_out_now(operation, actor=actor)
    return _answer(operation) if request.POST.get("stay") != "page" else redirect(request, f"/bulk/{operation.id}/")


@require_GET
def results(request: HttpRequest, operation_id: str) -> HttpResponse:
    """What became of each record, as a file."""
    actor = actor_of(request)
    operation = selectors.get_operation(operation_id, actor=actor)
    response = HttpResponse(pages.results_csv(operation, actor), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{operation.action}-{operation.record_type}.csv"'
    return response


def _drawer(
    request: HttpRequest, record_type: RecordType, action: BulkAction, error: Invalid | None = None
) -> HttpResponse:
    actor = actor_of(request)
    typed = request.POST if error is not None else None
    form = bulk_form(record_type, action, actor, typed=typed, faults=error.fields if error else None)
    context: dict[str, Any] = {"form": form, "record_type": record_type, "workflow_choices": workflow_choices()}
    context["action_url"] = f"/{record_type.plural}/bulk/{action.key}/"
    return render_page(request, "records/bulk_drawer.html", context, "form", status=422 if error else 200)


def _answer(operation: BulkOperation) -> HttpResponse:
    """What was done, with undo; or that it is on its way."""
    page = f"/bulk/{operation.id}/"
    if not operation.is_finished:
        answer = toast(no_content(), _("On its way in the background"), level="info", action=(_("Show"), page))
        return trigger(close_drawer(answer), "autocrm:selection-clear", {})
    said = pages.toast_text(operation)
    undo_url = f"{page}undo/" if operation.changed and not operations.why_no_undo(operation) else None
    troubled = operation.refused or operation.out_of_reach
    answer = no_content()
    if undo_url and not (troubled and not operation.changed):
        answer = toast(answer, said, undo_url)
    else:
        answer = toast(answer, said, level="info" if troubled else "ok", action=(_("Details"), page))
    ids = [each for chunk in operation.chunks.all() for each in chunk.record_ids]
    return changed(close_drawer(answer), operation.record_type, ids)
