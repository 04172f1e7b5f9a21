"""A record's own page and its peek beside the list."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from autocrm.records.record_page import body_context, head_context, peek_context
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import is_fragment, render_page
from autocrm.users.door import actor_of


@require_GET
def show_record(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """The page; only its head for htmx, which asks again after changes."""
    actor = actor_of(request)
    record = get_record(record_type, record_id, actor=actor)
    context = head_context(record_type, record, actor)
    if not is_fragment(request):
        context |= body_context(record_type, record, actor, request)
    return render_page(request, "records/record.html", context, "head")


@require_GET
def show_peek(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """The key fields of a record, to look at beside the list."""
    actor = actor_of(request)
    record = get_record(record_type, record_id, actor=actor)
    return render_page(request, "records/peek.html", peek_context(record_type, record, actor, request))
