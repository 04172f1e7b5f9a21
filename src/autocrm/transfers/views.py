"""Pages of imports: upload, choose, watch, look at what came of it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import AutoCRMError, Invalid, LimitReached, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers import pages, selectors, services
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.navigation import is_offered, upload_url
from autocrm.transfers.permissions import authorize_import
from autocrm.ui.rendering import redirect, render_page, toast
from autocrm.users.door import actor_of

PAGE = 50


# What the page offers by a word; anything else is recognised from the file.
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}


@require_GET
def list_imports(request: HttpRequest) -> HttpResponse:
    """One's imports, newest first."""
    actor = actor_of(request)
    found = selectors.list_imports(actor)
    if before := request.GET.get("before"):
        found = found.filter(id__lt=parse_id(before))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [(each, record_types.find(each.record_type)) for each in rows[:PAGE]],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "offered": [each for each in record_types if is_offered(each, actor)],
    }
    return render_page(request, "transfers/list.html", context)


@require_GET
def new_import(request: HttpRequest) -> HttpResponse:
    """To the upload of the type asked for, or of the first that this person may import."""
    actor = actor_of(request)
    asked = record_types.find(request.GET.get("type", ""))
    offered = [each for each in record_types if is_offered(each, actor)]
    chosen = asked if asked in offered else next(iter(offered), None)
    return HttpResponseRedirect(upload_url(chosen) if chosen else "/imports/")


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET: choose a file. POST: keep it and go on to its columns."""
    actor = actor_of(request)
    authorize_import(record_type, actor)
    if not record_type.natural_key:
        raise NotFound
    fault = ""
    if request.method == "POST":
        try:
            return redirect(request, f"/imports/{_receive(request, record_type).id}/")
        except (Invalid, LimitReached) as error:
            fault = _words_of(error)
    others = [each for each in record_types if is_offered(each, actor) and each is not record_type]
    context = {"record_type": record_type, "fault": fault, "others": others, "most": services.MAX_BYTES // 1024**2}
    return render_page(request, "transfers/upload.html", context, status=422 if fault else 200)


def _receive(request: HttpRequest, record_type: RecordType) -> Import:
    sent = request.FILES.get("file")
    if sent is None or sent.file is None:
        raise Invalid(fields={"file": [_("Choose a file.")]})
    return services.upload_file(
        record_type,
        sent.file,
        filename=sent.name or "",
        delimiter=_DELIMITERS.get(request.POST.get("delimiter", ""), ""),
        encoding=request.POST.get("encoding", ""),
        actor=actor_of(request),
    )


@require_GET
@never_cache
def show_import(request: HttpRequest, import_id: str) -> HttpResponse:
    """The columns before it starts, how far it is while it runs, what came of it afterwards."""
    actor = actor_of(request)
    batch = selectors.get_import(import_id, actor=actor)
    if batch.state == ImportState.UPLOADED:
        context = pages.mapping_context(batch, pages.suggested(batch), actor=actor)
        return render_page(request, "transfers/map.html", context)
    return render_page(request, "transfers/show.html", pages.result_context(batch), "progress")


@require_POST
def preview(request: HttpRequest, import_id: str) -> HttpResponse:
    """The same choices looked at again, after one of them changed."""
    actor = actor_of(request)
    batch = selectors.get_import(import_id, actor=actor)
    context = pages.mapping_context(batch, pages.read_choices(batch, request.POST.dict()), actor=actor)
    return render_page(request, "transfers/map.html", context, "choices")


@require_POST
def start(request: HttpRequest, import_id: str) -> HttpResponse:
    """Begin with what was chosen."""
    actor = actor_of(request)
    batch = selectors.get_import(import_id, actor=actor)
    choices = pages.read_choices(batch, request.POST.dict())
    try:
        services.start_import(batch.id, mapping=choices.mapping, options=choices.options, actor=actor)
    except Invalid:
        context = pages.mapping_context(batch, choices, actor=actor)
        return render_page(request, "transfers/map.html", context, "choices", status=422)
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def cancel(request: HttpRequest, import_id: str) -> HttpResponse:
    """Stop it; what was imported so far stays."""
    batch = services.cancel_import(import_id, actor=actor_of(request))
    return toast(redirect(request, f"/imports/{batch.id}/"), _("Cancelled"))


@require_GET
def faulty_rows(request: HttpRequest, import_id: str) -> HttpResponse:
    """The rows with something wrong, as a file."""
    batch = selectors.get_import(import_id, actor=actor_of(request))
    if not batch.faults:
        raise NotFound
    response = HttpResponse(pages.faulty_rows_csv(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="faults-{_ascii_name(batch)}.csv"'
    return response


def _ascii_name(batch: Import) -> str:
    stem = batch.filename.rpartition(".")[0] or batch.filename
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)[:60]


def _words_of(error: AutoCRMError) -> str:
    fields = getattr(error, "fields", {})
    return " ".join(str(text) for texts in fields.values() for text in texts) or str(error)
