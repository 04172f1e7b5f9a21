"""The list of a record type, and how many it holds."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET

from autocrm.kernel.actors import Verb
from autocrm.kernel.permissions import authorize
from autocrm.records.filter_schema import filter_schema
from autocrm.records.lists.addresses import page_params
from autocrm.records.lists.page import count_context, list_context, page_context, sums_context
from autocrm.records.lists.saved_views import find_default
from autocrm.records.lists.state import read_list_state
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import is_fragment, render_page, trigger
from autocrm.users.door import actor_of


@require_GET
def show_list(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The page; the list alone for htmx; further rows alone when a cursor is given."""
    actor = actor_of(request)
    if not request.GET and not is_fragment(request) and (view := find_default(record_type, actor=actor)):
        return HttpResponseRedirect(f"/{record_type.plural}/?view={view}")
    context = list_context(request, record_type, actor)
    status = 422 if context["faults"] else 200
    if is_fragment(request):
        if request.GET.get("cursor") or request.GET.get("part") == "rows":
            return render_page(request, "records/list_rows.html", context, status=status)
        return render_page(request, "records/list.html", context | {"oob": True}, "list", status=status)
    return render_page(request, "records/list.html", page_context(context, actor), status=status)


@require_GET
def show_count(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """How many records the list has, asked for after the list is there."""
    context = count_context(record_type, request.GET, actor_of(request))
    response = render_page(request, "records/count.html", context)
    count = context["count"]
    if count is None or not (count.exact or count.value):
        return response
    return trigger(response, "autocrm:list-total", {"total": count.value, "exact": count.exact})


@require_GET
def show_sums(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The figures below the columns, asked for after the list is there."""
    return render_page(request, "records/list_sums.html", sums_context(record_type, request.GET, actor_of(request)))


@require_GET
def show_filter(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The filter builder, when it is opened: it needs the whole language, which no list should wait for."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.READ))
    state = read_list_state(record_type, page_params(request), actor)
    return render_page(request, "records/filter.html", {"filter_schema": filter_schema(state.schema, state.condition)})
