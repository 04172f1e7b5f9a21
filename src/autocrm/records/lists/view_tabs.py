"""The tabs above a list: those that every list has, then the saved views."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import is_allowed
from autocrm.records.lists.saved_views import ViewTab
from autocrm.records.lists.saved_views import list_views as list_saved_views
from autocrm.records.lists.state import ALL, ListState, list_views
from autocrm.records.permissions import SHARE_VIEWS
from autocrm.records.view_models import Visibility

_ICONS = {Visibility.WORKSPACE.value: "", Visibility.TEAM.value: "users", Visibility.PRIVATE.value: "lock"}


@dataclass(frozen=True)
class Tab:
    """One tab; `saved` is what can be done with a saved view, only for the one that is open."""

    label: str
    url: str
    icon: str = ""
    hint: str = ""
    is_current: bool = False
    saved: ViewTab | None = None
    may_open_for_all: bool = False


def list_tabs(state: ListState, actor: Actor) -> list[Tab]:
    """All tabs of the list. One query."""
    saved = list_saved_views(state.record_type, actor=actor)
    root = f"/{state.record_type.plural}/"
    # Where the bare address opens a view, "All" has to be said.
    has_default = any(each.opens_for_me or each.opens_for_all for each in saved)
    tabs = [
        Tab(
            each.label,
            root if each.key == ALL and not has_default else f"{root}?view={each.key}",
            each.icon,
            is_current=each.key == state.view,
        )
        for each in list_views(state.schema)
    ]
    return tabs + [_saved_tab(each, root, state, actor) for each in saved]


def _saved_tab(each: ViewTab, root: str, state: ListState, actor: Actor) -> Tab:
    is_current = str(each.view.pk) == state.view
    return Tab(
        each.view.name,
        f"{root}?view={each.view.pk}",
        _ICONS[each.view.visibility],
        "" if each.view.team is None else _("Of the team %(name)s") % {"name": each.view.team.name},
        is_current=is_current,
        saved=each if is_current else None,
        may_open_for_all=each.view.visibility == Visibility.WORKSPACE and is_allowed(actor, SHARE_VIEWS),
    )
