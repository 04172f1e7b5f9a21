"""The merge page, and the undo of a merge."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.ids import find_id, parse_id
from autocrm.kernel.permissions import authorize
from autocrm.kernel.text import read_count
from autocrm.records.bulk_operations.selection import read_selection
from autocrm.records.errors import StaleVersion
from autocrm.records.merging.merging import LEAST, MOST, merge_records
from autocrm.records.merging.page import merge_context
from autocrm.records.merging.undoing import undo_merge
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, no_content, redirect, render_page, trigger
from autocrm.users.door import actor_of

PICK, VERSION = "pick-", "version-"


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET: the records of `ids` side by side, or what might be the same as the only one. POST: merge them."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.UPDATE))
    authorize(actor, record_type.permission(Verb.DELETE))
    if request.method == "POST":
        return _merge(request, record_type, actor)
    context = merge_context(record_type, _ids(request, "ids", "add"), find_id(request.GET.get("survivor")), actor=actor)
    return render_page(request, "records/merge.html", context)


def _merge(request: HttpRequest, record_type: RecordType, actor: Actor) -> HttpResponse:
    survivor = parse_id(request.POST.get("survivor"))
    losers = [each for each in _ids(request, "ids") if each != survivor]
    picks = {name.removeprefix(PICK): parse_id(value) for name, value in request.POST.items() if name.startswith(PICK)}
    try:
        merge_records(record_type, survivor, losers, picks, versions=_versions(request), actor=actor)
    except (Invalid, StaleVersion) as error:
        # What is there now, with what was chosen before; one that somebody merged or deleted meanwhile is not there.
        context = merge_context(record_type, [survivor, *losers], survivor, picks=picks, missing_ok=True, actor=actor)
        fields = error.fields if isinstance(error, Invalid) else {}
        said = [str(error.message), *(str(text) for texts in fields.values() for text in texts)]
        status = 422 if isinstance(error, Invalid) else 409
        return render_page(request, "records/merge.html", context | {"faults": said}, status=status)
    return redirect(request, f"/{record_type.plural}/{survivor}/?merged=now")


def _versions(request: HttpRequest) -> dict[UUID, int]:
    """The records as the page showed them."""
    given = (
        (find_id(name.removeprefix(VERSION)), read_count(str(text)))
        for name, text in request.POST.items()
        if name.startswith(VERSION)
    )
    return {ident: version for ident, version in given if ident is not None and version is not None}


def _ids(request: HttpRequest, *names: str) -> list[UUID]:
    data = request.POST if request.method == "POST" else request.GET
    words = ",".join(data.get(name, "") for name in names).split(",")
    return [parse_id(word) for word in words if word]


@require_POST
def merge_selected(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """From the bulk bar to the merge page of what is selected."""
    ids = read_selection(request.POST).first_ids(record_type, most=MOST, actor=actor_of(request))
    if ids is None or len(ids) < LEAST:
        return no_content(
            _("Select %(least)d to %(most)d records to merge.") % {"least": LEAST, "most": MOST}, level="bad"
        )
    return redirect(request, f"/{record_type.plural}/merge/?ids={','.join(map(str, ids))}")


@require_POST
def undo(request: HttpRequest, operation_id: UUID) -> HttpResponse:
    """Take a merge back, and say what stays as it was."""
    try:
        undone = undo_merge(operation_id, actor=actor_of(request))
    except Conflict as error:
        return no_content(error.message, level="bad")
    count = len(undone.record_ids)
    said = ngettext("%(count)d record is itself again.", "%(count)d records are themselves again.", count)
    words = [said % {"count": count}, *(f"{each}." for each in undone.kept)]
    answer = changed(no_content(" ".join(words)), undone.record_type.key, undone.record_ids)
    return trigger(answer, "autocrm:merge-undone", {"id": str(operation_id)})
