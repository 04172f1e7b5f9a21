"""The way to the records before and after, in the list the reader came from."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from autocrm.records.lists.neighbours import Neighbours, find_neighbours
from autocrm.records.lists.state import read_list_state
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import render_page
from autocrm.users.door import actor_of


@require_GET
def show_beside(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """Two links; the parameters are those of the list. A list that cannot be understood has no neighbours."""
    actor = actor_of(request)
    record = get_record(record_type, record_id, actor=actor)
    state = read_list_state(record_type, request.GET, actor)
    found = Neighbours() if state.faults else find_neighbours(record_type, state.query(), record, actor=actor)
    look = look_at(record_type, actor)
    beside = [
        {"id": each.pk, "title": look.title(each), "url": f"/{record_type.plural}/{each.pk}/"} if each else None
        for each in (found.before, found.after)
    ]
    context = {"before": beside[0], "after": beside[1], "is_known": any(beside)}
    return render_page(request, "records/beside.html", context)
