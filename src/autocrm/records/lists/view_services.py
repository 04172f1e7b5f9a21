"""Writes of saved views: save, change, copy, order, pin, delete, and what a list opens with."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.http import QueryDict
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, Invalid, LimitReached
from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import authorize, is_in_scope
from autocrm.records import events
from autocrm.records.lists.layouts import list_layout_faults
from autocrm.records.lists.saved_views import get_view, may_change, visible_views
from autocrm.records.lists.state import ALL, ListState, list_faults, read_list_state
from autocrm.records.lists.view_state import MOST_TEXT, Loss, write_state
from autocrm.records.permissions import SHARE_VIEWS
from autocrm.records.registry import RecordType, record_types
from autocrm.records.view_models import SavedView, ViewDefault, ViewPin, Visibility
from autocrm.users.selectors import own_teams

MOST_OF_A_PERSON = 100
_NAME = 80


@transaction.atomic
def create_view(
    record_type: RecordType,
    *,
    name: str,
    query: str,
    visibility: str = Visibility.PRIVATE,
    team: object = None,
    actor: Actor,
) -> SavedView:
    """Keep the list that `query` (the query string of its address) shows. Journal: view.created.

    For a team it is the person's only team, or `team`, one that she is in.

    Raises Denied, Invalid, LimitReached, and NotFound when the query names a view that is not there.
    """
    authorize(actor, record_type.permission(Verb.READ))
    owner = _authorize_own(actor)
    if SavedView.objects.filter(owner=owner, record_type=record_type.key).count() >= MOST_OF_A_PERSON:
        raise LimitReached(_("A person has at most %(most)d views of a list.") % {"most": MOST_OF_A_PERSON})
    last = SavedView.objects.filter(record_type=record_type.key).aggregate(last=Max("position"))["last"]
    view = SavedView(
        record_type=record_type.key,
        name=_checked_name(name),
        owner_id=owner,
        visibility=_checked_visibility(visibility, actor),
        team_id=_checked_team(visibility, team, actor),
        position=(last or 0) + 1,
        state=_text_of(_checked_state(record_type, query, actor)),
    )
    view.save(force_insert=True)
    _tell(events.VIEW_CREATED, view, actor)
    return view


@transaction.atomic
def update_view(  # noqa: PLR0913 - what may be changed, by name
    view_id: object,
    *,
    name: str | None = None,
    visibility: str | None = None,
    team: object = None,
    query: str | None = None,
    position: int | None = None,
    actor: Actor,
) -> SavedView:
    """Change what is given of a view. Journal: view.updated.

    Raises NotFound, Invalid, Denied: also where the view has parts that the actor may not see, which saving would lose.
    """
    view = _get_for_change(view_id, actor)
    if name is not None:
        view.name = _checked_name(name)
    _share(view, visibility, team, actor)
    if query is not None:
        view.state = _changed_state(view, query, actor)
    if position is not None:
        view.position = max(0, min(position, 10_000))
    view.updated_at = now()
    view.save()
    _tell(events.VIEW_UPDATED, view, actor)
    return view


@transaction.atomic
def duplicate_view(view_id: object, *, actor: Actor) -> SavedView:
    """A copy of one's own, of what one may see of it. Journal: view.created. Raises NotFound, Denied, LimitReached."""
    view = get_view(view_id, actor=actor)
    name = _("%(name)s (copy)") % {"name": view.name[: _NAME - 12]}
    return create_view(_type_of(view), name=name, query=f"view={view.pk}", actor=actor)


@transaction.atomic
def delete_view(view_id: object, *, actor: Actor) -> None:
    """Delete a view, with its pins. Journal: view.deleted. Raises NotFound, Denied."""
    view = _get_for_change(view_id, actor)
    _tell(events.VIEW_DELETED, view, actor)
    view.delete()


@transaction.atomic
def move_view(view_id: object, *, by: int, actor: Actor) -> SavedView:
    """Move a tab one place among those that are shared as it is. Journal: view.updated. Raises NotFound, Denied."""
    view = _get_for_change(view_id, actor)
    same = {"record_type": view.record_type, "visibility": view.visibility}
    tabs = list(visible_views(actor).filter(**same).order_by("position", "id"))
    at = next(index for index, each in enumerate(tabs) if each.pk == view.pk)
    to = max(0, min(at + by, len(tabs) - 1))
    tabs.insert(to, tabs.pop(at))
    for position, each in enumerate(tabs):
        if each.position != position:
            SavedView.objects.filter(pk=each.pk).update(position=position)
    _tell(events.VIEW_UPDATED, view, actor)
    return view


@transaction.atomic
def pin_view(view_id: object, *, pinned: bool, actor: Actor) -> SavedView:
    """Put a view into one's own rail, or take it out; nobody else sees that. Raises NotFound, Denied."""
    view = get_view(view_id, actor=actor)
    user = _authorize_own(actor)
    if pinned:
        ViewPin.objects.get_or_create(user_id=user, view=view)
    else:
        ViewPin.objects.filter(user_id=user, view=view).delete()
    return view


@transaction.atomic
def set_default_view(
    record_type: RecordType, view_id: object | None, *, for_everybody: bool = False, actor: Actor
) -> None:
    """Have the bare address of a list open this view: for oneself, or for everybody who chose nothing else.

    Without a view: everything, for oneself also where the workspace opens another. Raises NotFound, Denied, and Invalid
    for a view that not everybody sees.
    """
    authorize(actor, record_type.permission(Verb.READ))
    user = _authorize_own(actor)
    view = None if view_id is None else get_view(view_id, record_type=record_type, actor=actor)
    if for_everybody:
        authorize(actor, SHARE_VIEWS)
        if view is not None and view.visibility != Visibility.WORKSPACE:
            raise Invalid(_("Only a view that everybody sees can be what the list opens with for everybody."))
    key: dict[str, Any] = {"record_type": record_type.key, "user_id": None if for_everybody else user}
    if view is None and for_everybody:
        ViewDefault.objects.filter(**key).delete()
    else:
        ViewDefault.objects.update_or_create(**key, defaults={"view": view})


def _authorize_own(actor: Actor) -> Any:
    """Let pass a person, or a token that may write views, and return whose views they are."""
    if actor.user_id is None or not is_in_scope(actor, "views:write"):
        raise Denied(_("Only people keep views."))
    return actor.user_id


def _get_for_change(view_id: object, actor: Actor) -> SavedView:
    view = get_view(view_id, actor=actor)
    _authorize_own(actor)
    if not may_change(view, actor):
        raise Denied(_("Your role does not allow to change a view that others see. Save a copy instead."))
    return SavedView.objects.select_for_update().get(pk=view.pk)


def _type_of(view: SavedView) -> RecordType:
    return record_types.get(view.record_type)


def _checked_name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid(fields={"name": [_("A view needs a name.")]})
    if len(name) > _NAME:
        raise Invalid(fields={"name": [_("At most %(count)s characters.") % {"count": _NAME}]})
    return name


def _checked_visibility(visibility: str, actor: Actor, view: SavedView | None = None) -> str:
    if visibility not in set(Visibility):
        raise Invalid(fields={"visibility": [_("This is not one of the choices.")]})
    if visibility != Visibility.PRIVATE:
        authorize(actor, SHARE_VIEWS)
    elif view is not None and view.owner_id != actor.user_id:
        raise Denied(_("Only its owner can take a view back from the others."))
    return visibility


def _share(view: SavedView, visibility: str | None, team: object, actor: Actor) -> None:
    """Let others see the view, or other others, where that is asked for."""
    wanted = view.visibility if visibility is None else visibility
    if wanted == view.visibility and (wanted != Visibility.TEAM or team is None):
        return
    view.visibility = _checked_visibility(wanted, actor, view)
    view.team_id = _checked_team(wanted, team, actor)


def _checked_team(visibility: str, team: object, actor: Actor) -> UUID | None:
    """The team that a view is shared with: one of the person's own."""
    if visibility != Visibility.TEAM:
        return None
    mine = list(own_teams(actor).values_list("pk", flat=True))
    if not mine:
        raise Invalid(fields={"team": [_("You are in no team.")]})
    if team is None and len(mine) > 1:
        raise Invalid(fields={"team": [_("You are in several teams: choose one of them.")]})
    key = mine[0] if team is None else find_id(team)
    if key not in mine:
        raise Invalid(fields={"team": [_("You are in no such team.")]})
    return key


def _checked_state(record_type: RecordType, query: str, actor: Actor) -> ListState:
    state = read_list_state(record_type, QueryDict(query[: 2 * MOST_TEXT]), actor)
    faults = [*list_faults(state), *list_layout_faults(state, actor)]
    if faults:
        raise Invalid(fields={"query": faults})
    return state


def _changed_state(view: SavedView, query: str, actor: Actor) -> str:
    state = _checked_state(_type_of(view), query, actor)
    whole = read_list_state(_type_of(view), QueryDict(f"view={view.pk}"), actor)
    if Loss.HIDDEN in whole.losses:
        raise Denied(_("This view uses fields that you may not see. Save a copy instead."))
    return _text_of(state)


def _text_of(state: ListState) -> str:
    params = state.params.copy()
    params.pop("within", None)
    if state.base != ALL:
        params["within"] = state.base
    text = write_state(params)
    if len(text) > MOST_TEXT:
        raise Invalid(fields={"query": [_("This is too much for one view.")]})
    return text


def _tell(kind: str, view: SavedView, actor: Actor) -> None:
    """What a view filters by stays out of the journal: it may name what not everybody sees."""
    team = None if view.team_id is None else str(view.team_id)
    data = {"record_type": view.record_type, "visibility": view.visibility, "team": team}
    label = view.name if view.visibility != Visibility.PRIVATE else ""
    journal.write(kind, record_type="saved_view", record_id=view.pk, record_label=label, data=data, actor=actor)
