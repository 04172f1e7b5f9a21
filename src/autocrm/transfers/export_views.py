"""Pages of exports: what of a list goes into which file; the files that are ready."""

from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize
from autocrm.records.bulk_operations.selection import Selection, read_selection
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers import export_selectors, writers
from autocrm.transfers.exporting import ALL_FIELDS, OF_VIEW, Plan, make_plan
from autocrm.transfers.models import Export
from autocrm.transfers.navigation import export_permission
from autocrm.transfers.services import exports
from autocrm.ui.rendering import close_drawer, no_content, redirect, render_page, toast
from autocrm.users.door import actor_of

PAGE = 50
COUNTED = 100_000


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, record_type: RecordType) -> HttpResponse | StreamingHttpResponse:
    """GET: which file. POST: the file itself when it is small, else it is written in the background."""
    actor = actor_of(request)
    authorize(actor, export_permission(record_type))
    is_drawer = request.headers.get("HX-Request") == "true"
    if request.method == "GET":
        return _form(request, record_type, is_drawer=is_drawer)
    wanted = exports.read_wanted(request.POST.dict())
    if is_drawer:
        exports.start_export(record_type, read_selection(request.POST.dict()), wanted, actor=actor)
        words = _("The file is being written; you are told when it is ready.")
        return close_drawer(no_content(words))
    selection = Selection(None, request.GET.urlencode())
    plan = make_plan(record_type, selection, columns=wanted.columns, with_ids=wanted.with_ids, actor=actor)
    count = exports.count_rows(plan, most=exports.DIRECT_ROWS[wanted.form])
    if count > exports.DIRECT_ROWS[wanted.form]:
        exports.start_export(record_type, selection, wanted, actor=actor)
        return HttpResponseRedirect("/exports/")
    return _download(plan, wanted, count)


def _form(request: HttpRequest, record_type: RecordType, *, is_drawer: bool) -> HttpResponse:
    """What can be chosen; a drawer is about a selection that only the list knows."""
    actor, fault, plan, count = actor_of(request), "", None, 0
    query = QueryDict() if is_drawer else request.GET
    try:
        plan = make_plan(record_type, Selection(None, query.urlencode()), actor=actor)
        count = 0 if is_drawer else exports.count_rows(plan, most=COUNTED)
    except Invalid as error:
        fault = " ".join(str(text) for texts in error.fields.values() for text in texts)
    context = {
        "record_type": record_type,
        "plan": plan,
        "count": count,
        "is_more": count > COUNTED,
        "fault": fault,
        "query": query.urlencode(),
        "formats": [
            (writers.CSV, _("CSV"), _("for every spreadsheet and program")),
            (writers.XLSX, _("Excel workbook"), _("dates and numbers as such")),
            (writers.JSON, "JSON", _("as the API shows records")),
            (writers.JSON_LINES, _("JSON lines"), _("one record a line")),
        ],
        "of_view": OF_VIEW,
        "all_fields": ALL_FIELDS,
    }
    template = "transfers/export.html"
    return render_page(request, template, context, "drawer" if is_drawer else None, status=422 if fault else 200)


def _download(plan: Plan, wanted: exports.Wanted, count: int) -> StreamingHttpResponse:
    pieces = exports.export_directly(plan, wanted, count)
    response = StreamingHttpResponse(pieces, content_type=writers.CONTENT_TYPES[wanted.form])
    name = exports.filename_of(plan.record_type, wanted.form)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@never_cache
def list_exports(request: HttpRequest) -> HttpResponse:
    """One's exports, newest first."""
    found = export_selectors.list_exports(actor_of(request))
    if before := request.GET.get("before"):
        found = found.filter(id__lt=parse_id(before))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [(each, record_types.find(each.record_type)) for each in rows[:PAGE]],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
    }
    return render_page(request, "transfers/exports.html", context, "exports")


@require_GET
@never_cache
def download(request: HttpRequest, export_id: str) -> FileResponse:
    """The file, as long as it is kept."""
    actor = actor_of(request)
    found = export_selectors.get_export(export_id, actor=actor)
    return file_response(found, export_selectors.open_export(found, actor))


def file_response(export: Export, file: IO[bytes]) -> FileResponse:
    """A stored file on its way out: as an attachment, never looked into by the browser."""
    response = FileResponse(
        file, as_attachment=True, filename=export.filename, content_type=writers.CONTENT_TYPES[export.format]
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def cancel(request: HttpRequest, export_id: str) -> HttpResponse:
    """Stop it, or throw its file away."""
    exports.cancel_export(export_id, actor=actor_of(request))
    return toast(redirect(request, "/exports/"), _("Removed"))
