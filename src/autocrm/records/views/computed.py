"""A formula that is being written: what is wrong with it, or what comes of it for real records."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from autocrm.records.computed_parts import check_source
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import render_page
from autocrm.users.door import actor_of


@require_POST
def check_formula(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The lines below the text of a formula; asked while it is typed."""
    source, sample = request.POST.get("formula", ""), request.POST.get("sample", "")
    checked = check_source(record_type, source, sample=sample, actor=actor_of(request))
    return render_page(request, "records/data_formula_check.html", {"checked": checked})
