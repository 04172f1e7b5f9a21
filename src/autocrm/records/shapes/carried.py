"""What a page is told after a drop: the card or item anew, the figures it changed, and the words for it."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.records import cells
from autocrm.records.lists.moving import Moved
from autocrm.records.lists.state import ListState
from autocrm.records.looks import look_at
from autocrm.records.representation import reference_label
from autocrm.records.shapes.board import draw_card, figures, read_board
from autocrm.records.shapes.calendar import CALENDAR, draw_item, read_calendar
from autocrm.records.values import is_empty


def after_move(state: ListState, moved: Moved, actor: Actor) -> str:
    """The HTML that takes the place of what was dropped, for the page that `state` describes. Raises Invalid."""
    context: dict[str, Any] = {}
    if state.layout == CALENDAR:
        context["html"] = draw_item(read_calendar(state, actor), moved.record, actor)
    else:
        board = read_board(state, actor)
        context = {"html": draw_card(board, moved.record, actor), "figures": figures(board, actor)}
    return render_to_string("records/carried.html", context).strip()


def words_of(moved: Moved, actor: Actor) -> str:
    """What became of it, as "Ada Byron moved to Customer"."""
    look = look_at(moved.record_type, actor, [moved.record])
    value = moved.field.read(moved.record)
    if is_empty(value):
        place = _("No value")
    elif moved.field.is_reference:
        place = reference_label(moved.field, moved.record, look)
    else:
        place = cells.say(moved.field, value, look)
    return _("%(name)s moved to %(place)s") % {"name": look.title(moved.record), "place": place}
