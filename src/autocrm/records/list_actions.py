"""Further actions of a list page, contributed by the apps above: import, export, duplicates.

Responsibilities: hold the entries, filter them by right. Do NOT: know what is behind their addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry
from autocrm.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class ListAction:
    """One line of the "more" menu of every list; `is_offered` says for which types and to whom.

    `with_view`: its address is told what the list shows, as it stands when the line is chosen.
    `count_url` answers a number that stands behind the label, asked for when the menu is opened.
    """

    key: str
    label: Text
    icon: str
    url: Callable[[RecordType], str]
    is_offered: Callable[[RecordType, Actor], bool]
    order: int = 100
    with_view: bool = False
    count_url: Callable[[RecordType], str] | None = None


list_actions: Registry[ListAction] = Registry("list actions", ListAction)


def add_list_action(action: ListAction) -> ListAction:
    """Put an action into the menu of lists; called from the app's `navigation.py`."""
    return list_actions.register(action.key, action)


def offered_actions(record_type: RecordType, actor: Actor) -> list[dict[str, object]]:
    """What the actor is offered on the list of a type, ready for the template."""
    found = sorted(list_actions, key=lambda action: (action.order, action.key))
    return [
        {
            "label": action.label,
            "icon": action.icon,
            "url": action.url(record_type),
            "with_view": action.with_view,
            "count_url": action.count_url(record_type) if action.count_url else "",
        }
        for action in found
        if action.is_offered(record_type, actor)
    ]
