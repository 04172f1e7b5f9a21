"""Pages of imports: upload, choose, check, watch, look at what came of it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import AutoCRMError, Conflict, Invalid, LimitReached, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers import files, pages, results, selectors
from autocrm.transfers.models import CheckState, Import, ImportState
from autocrm.transfers.navigation import is_offered, upload_url
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.services import checks, runs, templates, undoing, uploads
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
        "templates": [(each, record_types.find(each.record_type)) for each in selectors.list_own_templates(actor)],
    }
    return render_page(request, "transfers/list.html", context, "imports")


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
    fault = ""
    if request.method == "POST":
        try:
            return redirect(request, f"/imports/{_receive(request, record_type).id}/")
        except (Invalid, LimitReached) as error:
            fault = _words_of(error)
    others = [each for each in record_types if is_offered(each, actor) and each is not record_type]
    most = uploads.MAX_BYTES // 1024**2
    context = {"record_type": record_type, "fault": fault, "others": others, "most": most}
    context["encodings"] = files.ENCODINGS.items()
    return render_page(request, "transfers/upload.html", context, status=422 if fault else 200)


def _receive(request: HttpRequest, record_type: RecordType) -> Import:
    sent = request.FILES.get("file")
    if sent is None or sent.file is None:
        raise Invalid(fields={"file": [_("Choose a file.")]})
    if uploads.takes_long(sent.file):
        return uploads.upload_for_later(record_type, sent.file, filename=sent.name or "", actor=actor_of(request))
    return uploads.upload_file(
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
    if batch.state == ImportState.UPLOADED and record_types.find(batch.record_type) is not None:
        if request.GET.get("was") == ImportState.READING:
            return redirect(request, f"/imports/{batch.id}/")
        batch = selectors.get_with_rows(import_id, actor=actor)
        context = pages.mapping_context(batch, pages.suggested(batch, actor), actor=actor)
        return render_page(request, "transfers/map.html", context)
    return render_page(request, "transfers/show.html", results.result_context(batch, actor), "progress")


@require_POST
def preview(request: HttpRequest, import_id: str) -> HttpResponse:
    """The same choices looked at again, after one of them changed."""
    actor = actor_of(request)
    batch = selectors.get_with_rows(import_id, actor=actor)
    context = pages.mapping_context(batch, pages.read_choices(batch, request.POST.dict()), actor=actor)
    return render_page(request, "transfers/map.html", context, "choices")


@require_POST
def read_again(request: HttpRequest, import_id: str) -> HttpResponse:
    """The file looked over in another way: another encoding, delimiter or sheet."""
    try:
        batch = uploads.read_again(
            import_id,
            delimiter=_DELIMITERS.get(request.POST.get("delimiter", ""), ""),
            encoding=request.POST.get("encoding", ""),
            sheet=request.POST.get("sheet", ""),
            actor=actor_of(request),
        )
    except Invalid as error:
        return toast(redirect(request, f"/imports/{parse_id(import_id)}/"), _words_of(error), level="bad")
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def start(request: HttpRequest, import_id: str) -> HttpResponse:
    """Begin with what was chosen: on the page of columns, or before the check that was made of it."""
    actor = actor_of(request)
    batch = selectors.get_with_rows(import_id, actor=actor)
    choices = pages.read_choices(batch, request.POST.dict()) if "match" in request.POST else None
    try:
        if choices is None:
            runs.start_import(batch.id, actor=actor)
        else:
            runs.start_import(batch.id, mapping=choices.mapping, options=choices.options, actor=actor)
    except Invalid:
        shown = choices or pages.suggested(batch, actor)
        context = pages.mapping_context(batch, shown, actor=actor)
        return render_page(request, "transfers/map.html", context, "choices", status=422)
    return redirect(request, f"/imports/{batch.id}/")


@require_http_methods(["GET", "POST"])
@never_cache
def check(request: HttpRequest, import_id: str) -> HttpResponse:
    """POST: look at every row with what was chosen. GET: what was found so far."""
    actor = actor_of(request)
    batch = selectors.get_with_rows(import_id, actor=actor)
    if request.method == "POST":
        choices = pages.read_choices(batch, request.POST.dict())
        try:
            checks.start_check(batch.id, mapping=choices.mapping, options=choices.options, actor=actor)
        except Invalid:
            context = pages.mapping_context(batch, choices, actor=actor)
            return render_page(request, "transfers/map.html", context, "choices", status=422)
        return redirect(request, f"/imports/{batch.id}/check/")
    if batch.state != ImportState.UPLOADED or batch.check_state == CheckState.NONE:
        return redirect(request, f"/imports/{batch.id}/")
    return render_page(request, "transfers/check.html", results.check_context(batch, request.GET.dict()), "found")


@require_POST
def stop_check(request: HttpRequest, import_id: str) -> HttpResponse:
    """Give the check up and go back to the columns."""
    batch = checks.stop_check(import_id, actor=actor_of(request))
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def cancel(request: HttpRequest, import_id: str) -> HttpResponse:
    """Stop it; what was imported so far stays."""
    batch = runs.cancel_import(import_id, actor=actor_of(request))
    return toast(redirect(request, f"/imports/{batch.id}/"), _("Cancelled"))


@require_POST
def pause(request: HttpRequest, import_id: str) -> HttpResponse:
    """Stop for now."""
    batch = runs.pause_import(import_id, actor=actor_of(request))
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def resume(request: HttpRequest, import_id: str) -> HttpResponse:
    """Go on."""
    batch = runs.resume_import(import_id, actor=actor_of(request))
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def undo(request: HttpRequest, import_id: str) -> HttpResponse:
    """Take everything it wrote back, in the background."""
    batch = undoing.start_undo(import_id, actor=actor_of(request))
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def save_template(request: HttpRequest, import_id: str) -> HttpResponse:
    """Keep the mapping as it stands on the page under a name."""
    actor = actor_of(request)
    batch = selectors.get_with_rows(import_id, actor=actor)
    choices = pages.read_choices(batch, request.POST.dict())
    batch.mapping, batch.options = choices.mapping, {**batch.options, **choices.options}
    name, shared = request.POST.get("template_name", ""), "template_shared" in request.POST
    try:
        templates.save_template(batch, name, is_shared=shared, actor=actor)
        fault = ""
    except (Invalid, Conflict) as error:
        fault = _words_of(error)
    context = pages.mapping_context(batch, choices, actor=actor)
    response = render_page(request, "transfers/map.html", context, "choices")
    return toast(response, fault or _("Mapping saved"), level="bad" if fault else "ok")


@require_POST
def apply_template(request: HttpRequest, import_id: str) -> HttpResponse:
    """Take a kept mapping over."""
    batch = templates.apply_template(import_id, request.POST.get("template", ""), actor=actor_of(request))
    return redirect(request, f"/imports/{batch.id}/")


@require_POST
def delete_template(request: HttpRequest, template_id: str) -> HttpResponse:
    """Forget a kept mapping of one's own."""
    templates.delete_template(template_id, actor=actor_of(request))
    return toast(redirect(request, request.POST.get("back") or "/imports/"), _("Mapping deleted"))


@require_GET
def faulty_rows(request: HttpRequest, import_id: str) -> HttpResponse:
    """The rows with something wrong, as a file."""
    batch = selectors.get_with_rows(import_id, actor=actor_of(request))
    if not results.has_problems(batch):
        raise NotFound
    return _csv(results.faulty_rows_csv(batch), f"faults-{_ascii_name(batch)}")


@require_GET
def refusals(request: HttpRequest, import_id: str) -> HttpResponse:
    """The records that an undo left as they are, as a file."""
    batch = selectors.get_with_rows(import_id, actor=actor_of(request))
    if not batch.undo_counts.get("refused"):
        raise NotFound
    return _csv(results.refusals_csv(batch), f"not-taken-back-{_ascii_name(batch)}")


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _ascii_name(batch: Import) -> str:
    stem = batch.filename.rpartition(".")[0] or batch.filename
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)[:60]


def _words_of(error: AutoCRMError) -> str:
    fields = getattr(error, "fields", {})
    return " ".join(str(text) for texts in fields.values() for text in texts) or str(error)
