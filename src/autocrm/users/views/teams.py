"""The team tree."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import authorize
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users import selectors
from autocrm.users.door import actor_of
from autocrm.users.forms import TeamForm, TeamMemberForm
from autocrm.users.permissions import MANAGE_USERS
from autocrm.users.services import teams
from autocrm.users.views.drawers import Drawer, answer_drawer


@require_GET
def team_tree(request: HttpRequest) -> HttpResponse:
    """Every team in its place, with its people."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    context = {"nodes": selectors.team_tree(actor), "current": "teams"}
    return render_page(request, "users/teams.html", context, "list")


@require_http_methods(["GET", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    """Make a team, below `?parent=` when given."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    initial = {"parent": request.GET.get("parent")}
    form = TeamForm(request.POST or None, initial=initial, teams=selectors.list_teams(actor))

    def save() -> Text:
        data = form.cleaned_data
        teams.create_team(name=data["name"], parent_id=data["parent"] and data["parent"].id, actor=actor)
        return _("Team added")

    return answer_drawer(request, form, Drawer(_("New team"), _("Add team"), "team"), save)


@require_http_methods(["GET", "POST"])
def edit_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Rename or move a team."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    team = selectors.get_team(team_id, actor)
    others = selectors.list_teams(actor).exclude(id=team_id)
    form = TeamForm(request.POST or None, initial={"name": team.name, "parent": team.parent_id}, teams=others)

    def save() -> Text:
        data = form.cleaned_data
        teams.update_team(team_id, name=data["name"], parent_id=data["parent"] and data["parent"].id, actor=actor)
        return _("Saved")

    return answer_drawer(request, form, Drawer(team.name, _("Save"), "team"), save)


@require_POST
def delete_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Delete a team without teams below."""
    teams.delete_team(team_id, actor=actor_of(request))
    return changed(no_content(_("Team deleted")), "team")


@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Put a member into the team."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    team = selectors.get_team(team_id, actor)
    form = TeamMemberForm(request.POST or None, members=selectors.list_members(actor, include_disabled=False))

    def save() -> Text:
        teams.add_to_team(team_id, form.cleaned_data["member"].user_id, actor=actor)
        return _("Added to the team")

    return answer_drawer(request, form, Drawer(team.name, _("Add to team"), "team"), save)


@require_POST
def remove_person(request: HttpRequest, team_id: UUID, user_id: UUID) -> HttpResponse:
    """Take somebody out of the team."""
    teams.remove_from_team(team_id, user_id, actor=actor_of(request))
    return changed(no_content(_("Taken out of the team")), "team")
