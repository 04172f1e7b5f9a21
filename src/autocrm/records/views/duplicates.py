"""The page of duplicates: what was found, the search, what is none, and merging what is the same beyond doubt."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from autocrm.kernel.actors import Verb
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize
from autocrm.records.bulk_actions import get_action, may_do
from autocrm.records.bulk_operations.lifecycle import prepare_planned
from autocrm.records.matching.pairs import mark_not_duplicates
from autocrm.records.matching.scans import find_scan, start_scan
from autocrm.records.merging.certain import MERGE_CERTAIN
from autocrm.records.merging.duplicates_page import count_certain, count_pairs, duplicates_context
from autocrm.records.merging.page import recent_merges
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, is_fragment, no_content, redirect, render_page, toast
from autocrm.users.door import actor_of


@require_GET
def show_found(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The groups, the likeliest first; further ones alone when `after` is given."""
    actor = actor_of(request)
    context = duplicates_context(record_type, request.GET.dict(), actor=actor)
    if is_fragment(request) and "after" in request.GET:
        return render_page(request, "records/duplicate_groups.html", context)
    context |= {
        "scan": find_scan(record_type),
        "count": count_pairs(record_type, actor),
        "is_part": is_fragment(request),
        "certain": count_certain(record_type, actor) if may_do(get_action(MERGE_CERTAIN), record_type, actor) else 0,
    }
    return render_page(request, "records/duplicates_found.html", context, "found")


@require_GET
def show_merged(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """What was merged lately, with undo."""
    actor = actor_of(request)
    context = duplicates_context(record_type, {}, actor=actor) | {"merges": recent_merges(record_type, actor)}
    return render_page(request, "records/duplicates_merged.html", context, "merges")


@require_POST
def scan(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Search all records in the background."""
    start_scan(record_type, actor=actor_of(request))
    return toast(redirect(request, f"/{record_type.plural}/duplicates-found/"), _("The search has begun"))


@require_POST
def not_duplicates(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Remember that these are different records."""
    ids = [parse_id(each) for each in request.POST.get("ids", "").split(",") if each]
    mark_not_duplicates(record_type, ids, actor=actor_of(request))
    if request.POST.get("leave"):
        return redirect(request, f"/{record_type.plural}/duplicates-found/")
    return changed(no_content(_("Remembered as different records")), f"duplicates-{record_type.key}", ids)


@require_POST
def merge_certain(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Merge what is the same beyond doubt, in the background; all can be undone, and each by itself."""
    operation = prepare_planned(record_type, MERGE_CERTAIN, actor=actor_of(request))
    shown = (_("Show"), f"/bulk/{operation.pk}/")
    return toast(no_content(), _("The merges have begun"), level="info", action=shown)


@require_GET
def show_count(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """How many pairs wait, for the menu of the list, when it is opened."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.READ))
    return render_page(request, "records/duplicates_count.html", {"count": count_pairs(record_type, actor)})
