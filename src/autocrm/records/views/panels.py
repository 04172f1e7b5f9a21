"""Panels of a record's page, among them its history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from autocrm.kernel.errors import NotFound
from autocrm.kernel.text import read_count
from autocrm.records.history.words import history_of
from autocrm.records.panels import panels_of
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record
from autocrm.users.door import actor_of


@require_GET
def show_panel(request: HttpRequest, record_type: RecordType, record_id: object, panel: str) -> HttpResponse:
    """One tab of the page, when it is opened."""
    record = get_record(record_type, record_id, actor=actor_of(request))
    found = next((each for each in panels_of(record_type) if each.key == panel), None)
    if found is None:
        raise NotFound
    return HttpResponse(found.render(request, record_type, record))


def render_history(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The journal of the record in words; `before` asks for what is older."""
    before = request.GET.get("before", "")
    items, following = history_of(record_type, record, before=read_count(before), actor=actor_of(request))
    context = {"items": items, "following": following, "url": f"/{record_type.plural}/{record.id}/panels/history/"}
    return render_to_string("records/history.html", context | {"is_first": not before}, request)
