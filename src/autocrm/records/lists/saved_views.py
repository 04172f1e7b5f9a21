"""Reads of saved views: the tabs of a list, the one that is opened, what a bare address opens, what is pinned."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import NotFound
from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.records.permissions import SHARE_VIEWS
from autocrm.records.registry import RecordType, record_types
from autocrm.records.view_models import SavedView, ViewDefault, ViewPin, Visibility
from autocrm.users.selectors import own_teams

_GONE = _("This view does not exist any more, or it is not shared with you.")
MOST_TABS = 60
MOST_PINNED = 20
_RANK = {Visibility.WORKSPACE: 0, Visibility.TEAM: 1, Visibility.PRIVATE: 2}


@dataclass(frozen=True)
class ViewTab:
    """A saved view among the tabs, with what it is to the person who looks."""

    view: SavedView
    is_pinned: bool
    opens_for_me: bool
    opens_for_all: bool
    is_mine: bool
    may_change: bool


def visible_views(actor: Actor) -> QuerySet[SavedView]:
    """The views that `actor` may know of: the workspace's, those of the teams she is in, one's own private ones."""
    shared = Q(visibility=Visibility.WORKSPACE)
    if actor.user_id is None:
        return SavedView.objects.filter(shared)
    teams = Q(visibility=Visibility.TEAM, team__in=own_teams(actor).order_by().values("pk"))
    own = Q(visibility=Visibility.PRIVATE, owner=actor.user_id)
    return SavedView.objects.filter(shared | teams | own)


def get_view(view_id: object, *, record_type: RecordType | None = None, actor: Actor) -> SavedView:
    """The view, if the actor may see it and the records it lists. Raises NotFound otherwise."""
    key = find_id(view_id)
    view = None if key is None else visible_views(actor).filter(pk=key).first()
    kind = None if view is None else record_types.find(view.record_type)
    if view is None or kind is None or (record_type is not None and kind.key != record_type.key):
        raise NotFound(_GONE)
    if not is_allowed(actor, kind.permission(Verb.READ)):
        raise NotFound(_GONE)
    return view


def list_views(record_type: RecordType, *, actor: Actor) -> list[ViewTab]:
    """The saved views of a type in the order of their tabs: everybody's, the teams', one's own. One query."""
    authorize(actor, record_type.permission(Verb.READ))
    found = _with_marks(visible_views(actor).filter(record_type=record_type.key), actor)
    tabs = [_tab(each, actor) for each in found.select_related("team").order_by("position", "id")[:MOST_TABS]]
    return sorted(tabs, key=lambda tab: _RANK[Visibility(tab.view.visibility)])


def what_it_is_to(view: SavedView, *, actor: Actor) -> ViewTab:
    """The view with its pin and whether lists open with it. Raises NotFound."""
    found = _with_marks(visible_views(actor).filter(pk=view.pk), actor).first()
    if found is None:
        raise NotFound
    return _tab(found, actor)


def _with_marks(found: QuerySet[SavedView], actor: Actor) -> QuerySet[SavedView]:
    defaults = ViewDefault.objects.filter(view=OuterRef("pk"))
    return found.annotate(
        is_pinned=Exists(ViewPin.objects.filter(view=OuterRef("pk"), user=actor.user_id)),
        opens_for_me=Exists(defaults.filter(user=actor.user_id)),
        opens_for_all=Exists(defaults.filter(user=None)),
    )


def _tab(view: Any, actor: Actor) -> ViewTab:
    return ViewTab(
        view=view,
        is_pinned=view.is_pinned,
        opens_for_me=view.opens_for_me and actor.user_id is not None,
        opens_for_all=view.opens_for_all,
        is_mine=view.owner_id == actor.user_id,
        may_change=may_change(view, actor),
    )


def may_change(view: SavedView, actor: Actor) -> bool:
    """Whether the actor may change or delete this view: one's own, and those that others see by right."""
    if view.visibility == Visibility.PRIVATE:
        return view.owner_id == actor.user_id
    return is_allowed(actor, SHARE_VIEWS)


def find_default(record_type: RecordType, *, actor: Actor) -> UUID | None:
    """The view that the bare address of a list opens for this person; one's own choice before the workspace's."""
    mine = Q(user=None) if actor.user_id is None else Q(user=None) | Q(user=actor.user_id)
    found = ViewDefault.objects.filter(mine, record_type=record_type.key).order_by(F("user").asc(nulls_last=True))
    chosen = found.values_list("view", flat=True).first()
    if chosen is None or not visible_views(actor).filter(pk=chosen).exists():
        return None
    return chosen


def find_by_name(query: str, *, actor: Actor) -> list[tuple[SavedView, RecordType]]:
    """The views with all the words of `query` in their names, of types whose records the actor may read. One query."""
    found = visible_views(actor)
    for word in query.split():
        found = found.filter(name__icontains=word)
    kinds = {kind.key: kind for kind in record_types if is_allowed(actor, kind.permission(Verb.READ))}
    return [
        (view, kinds[view.record_type]) for view in found.filter(record_type__in=kinds).order_by("name")[:MOST_TABS]
    ]


def list_pinned(actor: Actor) -> Iterator[tuple[SavedView, RecordType]]:
    """The views that the person keeps in the rail, the first pinned first. One query."""
    if actor.user_id is None:
        return
    pinned = ViewPin.objects.filter(user=actor.user_id, view__in=visible_views(actor).values("pk"))
    for pin in pinned.select_related("view").order_by("created_at", "id")[:MOST_PINNED]:
        record_type = record_types.find(pin.view.record_type)
        if record_type is not None and is_allowed(actor, record_type.permission(Verb.READ)):
            yield pin.view, record_type
