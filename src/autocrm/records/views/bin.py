"""The recycle bin over all types, and deleting one record for good."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from autocrm.records import bin as recycle_bin
from autocrm.records import services
from autocrm.records.bulk_actions import get_action, may_do
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users.door import actor_of


@require_GET
@never_cache
def show_bin(request: HttpRequest) -> HttpResponse:
    """What lies in the bin, the latest first; `type` narrows it."""
    actor = actor_of(request)
    types = recycle_bin.readable_types(actor)
    only = next((each for each in types if each.key == request.GET.get("type")), None)
    page = recycle_bin.list_bin(actor, only=only, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "types": types,
        "only": only,
        "days": recycle_bin.bin_days(),
        "may_empty": only is not None and may_do(get_action("erase"), only, actor),
        "further": bool(request.GET.get("cursor")),
    }
    return render_page(request, "records/bin.html", context, "bin")


@require_POST
def erase(request: HttpRequest, record_type: RecordType, record_id: UUID) -> HttpResponse:
    """Delete for good what lies in the bin."""
    services.erase_record(record_type, record_id, actor=actor_of(request))
    return changed(no_content(_("Deleted for good")), record_type.key, [record_id])
