"""A record's own page and its peek beside the list."""

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from autocrm.records.merging.page import merge_note
from autocrm.records.merging.pointers import find_survivor
from autocrm.records.panels import head_parts_of
from autocrm.records.record_page import body_context, head_context, peek_context, props_context
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import is_fragment, redirect, render_page
from autocrm.users.door import actor_of


@require_GET
def show_record(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """The page; only its head, or with `part=props` its fields, for htmx, which asks again after changes."""
    actor = actor_of(request)
    record = get_record(record_type, record_id, actor=actor)
    if survivor := find_survivor(record_type, record, actor=actor):
        return redirect(request, f"/{record_type.plural}/{survivor.pk}/?merged={record.pk}")
    context = head_context(record_type, record, actor) | merge_note(record_type, record, request.GET, actor)
    context["head_parts"] = [
        SafeString(part.render(request, record_type, record)) for part in head_parts_of(record_type)
    ]
    if not is_fragment(request):
        context |= body_context(record_type, record, actor, request)
    elif request.GET.get("part") == "props":
        context |= props_context(record_type, record, actor)
        return render_page(request, "records/record.html", context, "props")
    return render_page(request, "records/record.html", context, "head")


@require_GET
def show_peek(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """The key fields of a record, to look at beside the list."""
    actor = actor_of(request)
    record = get_record(record_type, record_id, actor=actor)
    record = find_survivor(record_type, record, actor=actor) or record
    return render_page(request, "records/peek.html", peek_context(record_type, record, actor, request))
