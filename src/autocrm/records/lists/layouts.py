"""Further shapes of a list besides the table (board, calendar), contributed by whoever can draw them.

A layout is named in the address (`layout=board`); search, filters, sort, tabs and saved views stay the same. The page
puts what `render` answers where the table would stand, inside `<section id="list" data-list data-layout="board">`, and
loads it again whenever the state changes. Responsibilities: hold the entries, say which are offered. Do NOT: draw.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.registry import Registry
from autocrm.records.lists.params import reserve_params
from autocrm.records.lists.state import TABLE, Fault, ListState
from autocrm.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Layout:
    """One shape of a list.

    `render` answers the HTML for a state without faults; `state.query()` is what to ask, `state.option(name)` reads
    the layout's own parameters, which are named in `params` so that nobody takes them for quick filters. `check` raises
    Invalid for parameters that mean nothing.
    """

    key: str
    label: Text
    icon: str
    is_offered: Callable[[RecordType, Actor], bool]
    render: Callable[[HttpRequest, ListState, Actor], SafeString]
    params: tuple[str, ...] = ()
    check: Callable[[ListState, Actor], object] | None = None
    order: int = 100


layouts: Registry[Layout] = Registry("list layouts", Layout)


def add_layout(layout: Layout) -> Layout:
    """Add a shape; called from `wiring.py`."""
    reserve_params(*layout.params)
    return layouts.register(layout.key, layout)


def find_layout(state: ListState, actor: Actor) -> Layout | None:
    """The layout that the address names, when it exists for this type and this actor."""
    layout = layouts.find(state.layout)
    return layout if layout is not None and layout.is_offered(state.record_type, actor) else None


def offered_layouts(state: ListState, actor: Actor) -> list[Layout]:
    """The shapes besides the table, in order."""
    found = sorted(layouts, key=lambda layout: (layout.order, layout.key))
    return [layout for layout in found if layout.is_offered(state.record_type, actor)]


def list_layout_faults(state: ListState, actor: Actor) -> list[str]:
    """What is wrong with the layout that the address names, and with the parameters of any, by their names."""
    if not is_table(state) and find_layout(state, actor) is None:
        return [str(Fault("layout", _("This list cannot be laid out like that.")))]
    faults: list[str] = []
    for layout in offered_layouts(state, actor):
        is_asked = layout.key == state.layout or any(state.option(name) for name in layout.params)
        if layout.check is None or not is_asked:
            continue
        try:
            layout.check(state, actor)
        except Invalid as error:
            for key, texts in error.fields.items():
                # A field that is unknown is told by its own name: which parameter has it?
                holders = [name for name in layout.params if key in state.option(name).split(",")]
                name = key if key in layout.params else next(iter(holders), key)
                faults += [str(Fault(name, force_str(each))) for each in texts]
    return faults


def is_table(state: ListState) -> bool:
    """Whether the list is an ordinary table."""
    return state.layout == TABLE
