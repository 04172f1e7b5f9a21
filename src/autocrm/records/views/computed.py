"""Formulas and rollups: what is wrong with one that is being written, and all of them worked out again."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from autocrm.records.computed.parts import check_source
from autocrm.records.computed.recalculating import recalculate_all
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users.door import actor_of


@require_POST
def check_formula(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The lines below the text of a formula; asked while it is typed."""
    source, sample, key = request.POST.get("formula", ""), request.POST.get("sample", ""), request.GET.get("key", "")
    checked = check_source(record_type, source, sample=sample, key=key, actor=actor_of(request))
    return render_page(request, "records/data_formula_check.html", {"checked": checked})


@require_POST
def recalculate(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Work out all computed values of a type again, in the background."""
    recalculate_all(record_type, actor=actor_of(request))
    return changed(no_content(_("All values are being calculated again.")), "custom_field")
