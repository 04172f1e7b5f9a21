"""The team tree: rights at level "team" and "team tree" follow it."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Invalid, NotFound
from autocrm.kernel.permissions import authorize
from autocrm.users import events
from autocrm.users.models import Membership, Team, TeamMember
from autocrm.users.permissions import MANAGE_USERS
from autocrm.users.services.freshness import rights_changed

MAX_DEPTH = 20


@transaction.atomic
def create_team(*, name: str, parent_id: UUID | None = None, actor: Actor) -> Team:
    """A team, below `parent_id` or at the top. Journal: team.created. Raises Denied, Invalid, Conflict."""
    authorize(actor, MANAGE_USERS)
    teams = _lock_tree()
    team = Team(name=_checked_name(name), parent_id=parent_id)
    _check_place(team, teams)
    _save(team)
    _tell(events.TEAM_CREATED, team, actor, data={"parent": _name_of(parent_id, teams)})
    return team


@transaction.atomic
def update_team(team_id: UUID, *, name: str, parent_id: UUID | None, actor: Actor) -> Team:
    """Rename or move a team, with all below. Journal: team.updated. Raises Denied, NotFound, Invalid, Conflict."""
    authorize(actor, MANAGE_USERS)
    teams = _lock_tree()
    team = _get(team_id, teams)
    changes: dict[str, list[Any]] = {}
    if team.name != _checked_name(name):
        changes["name"] = [team.name, _checked_name(name)]
    if team.parent_id != parent_id:
        changes["parent"] = [_name_of(team.parent_id, teams), _name_of(parent_id, teams)]
    team.name, team.parent_id = _checked_name(name), parent_id
    _check_place(team, teams)
    if changes:
        _save(team)
        _tell(events.TEAM_UPDATED, team, actor, changes=changes)
        rights_changed()
    return team


@transaction.atomic
def delete_team(team_id: UUID, *, actor: Actor) -> None:
    """Delete a team without teams below; its people stay members. Journal: team.deleted. Denied, NotFound, Conflict."""
    authorize(actor, MANAGE_USERS)
    teams = _lock_tree()
    team = _get(team_id, teams)
    if any(each.parent_id == team.id for each in teams.values()):
        raise Conflict(_("Move or delete the teams below first."), code="team_not_empty")
    _tell(events.TEAM_DELETED, team, actor)
    team.delete()
    rights_changed()


@transaction.atomic
def add_to_team(team_id: UUID, user_id: UUID, *, actor: Actor) -> TeamMember:
    """Put a member into a team. Journal: team.member_added. Raises Denied, NotFound, Invalid for a non-member."""
    authorize(actor, MANAGE_USERS)
    team = _get(team_id, _lock_tree())
    member = Membership.objects.select_related("user").filter(user_id=user_id, is_active=True).first()
    if member is None:
        raise Invalid(fields={"user": [_("This person does not belong to the workspace.")]})
    place, created = TeamMember.objects.get_or_create(team=team, user_id=user_id)
    if created:
        _tell(events.TEAM_MEMBER_ADDED, team, actor, data={"user_id": user_id, "name": str(member.user)})
        rights_changed()
    return place


@transaction.atomic
def remove_from_team(team_id: UUID, user_id: UUID, *, actor: Actor) -> None:
    """Take a person out of a team. Journal: team.member_removed. Raises Denied, NotFound."""
    authorize(actor, MANAGE_USERS)
    team = _get(team_id, _lock_tree())
    place = TeamMember.objects.select_related("user").filter(team=team, user_id=user_id).first()
    if place is None:
        raise NotFound(_("This person is not in the team."))
    _tell(events.TEAM_MEMBER_REMOVED, team, actor, data={"user_id": user_id, "name": str(place.user)})
    place.delete()
    rights_changed()


def _lock_tree() -> dict[UUID, Team]:
    """Every team of the tenant, locked: two moves at once could otherwise tie the tree into a ring."""
    return {team.id: team for team in Team.objects.select_for_update().order_by("id")}


def _get(team_id: UUID, teams: dict[UUID, Team]) -> Team:
    if team_id not in teams:
        raise NotFound(_("There is no such team."))
    return teams[team_id]


def _name_of(team_id: UUID | None, teams: dict[UUID, Team]) -> str | None:
    return None if team_id is None or team_id not in teams else teams[team_id].name


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 120:
        raise Invalid(fields={"name": [_("Give the team a name of at most 120 characters.")]})
    return name


def _check_place(team: Team, teams: dict[UUID, Team]) -> None:
    """Raises Invalid when the parent is unknown, the team itself or below it, or too deep."""
    above, parent_id = 0, team.parent_id
    while parent_id is not None:
        above += 1
        if parent_id == team.id or parent_id not in teams or above >= MAX_DEPTH:
            raise Invalid(
                fields={"parent": [_("A team can't be part of itself, of one below it, or of an unknown one.")]}
            )
        parent_id = teams[parent_id].parent_id


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Conflict(_("There is a team of this name here already."), code="team_name_taken") from error


def _tell(kind: str, team: Team, actor: Actor, **content: Any) -> None:
    journal.write(kind, record_type="team", record_id=team.id, record_label=team.name, actor=actor, **content)
