"""What a board and a calendar ask for besides the list: further cards of a column, and a drop."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from autocrm.records.lists.addresses import page_params
from autocrm.records.lists.moving import move_record
from autocrm.records.lists.state import read_list_state
from autocrm.records.registry import RecordType
from autocrm.records.shapes.board import COLUMN, draw_column
from autocrm.records.shapes.carried import after_move, words_of
from autocrm.ui.rendering import changed, no_content, render_page, toast
from autocrm.users.door import actor_of


@require_GET
def show_column(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """The next cards of one column of the board."""
    actor = actor_of(request)
    state = read_list_state(record_type, request.GET, actor)
    cards, next_url = draw_column(state, request.GET.get(COLUMN, ""), actor)
    return render_page(request, "records/board_more.html", {"cards": cards, "next_url": next_url})


@require_POST
def move(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """A drop: the record anew, the figures it changed, a way back. With `undo` in the address the list loads again."""
    actor = actor_of(request)
    given = request.GET if "undo" in request.GET else request.POST
    asked = {name: given.get(name, "") for name in ("field", "to", "version")}
    moved = move_record(record_type, record_id, asked["field"], asked["to"], version=asked["version"], actor=actor)
    if "undo" in request.GET:
        return changed(no_content(words_of(moved, actor)), record_type.key, [moved.record.id])
    html = after_move(read_list_state(record_type, page_params(request), actor), moved, actor)
    return toast(HttpResponse(html), words_of(moved, actor), undo_url=moved.undo_url)
