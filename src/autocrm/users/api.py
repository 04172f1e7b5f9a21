"""REST: oneself, members, invitations, roles, teams and tokens, under /api/v1/; `api` puts `api_urls` in place."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.tenants.selectors import get_tenant
from autocrm.users import selectors
from autocrm.users import serializers as shapes
from autocrm.users.authentication import actor_of
from autocrm.users.services import invitations, members, people, roles, teams, tokens


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _all(shape: Any, rows: Any) -> Response:
    """A list that is complete: a workspace has hundreds of these at most."""
    return Response({"results": shape(rows, many=True).data, "next": None})


class MeView(APIView):
    """Whoever asks."""

    @extend_schema(tags=["me"], responses=shapes.MeSerializer)
    def get(self, request: Request) -> Response:
        """Who am I, in which workspace, and what may I do."""
        actor = actor_of(request)
        return Response(
            shapes.MeSerializer(
                {
                    "kind": actor.kind.value,
                    "user": request.user,
                    "workspace": get_tenant(actor.tenant_id),
                    "locale": actor.locale,
                    "time_zone": str(actor.zone),
                    "everything": actor.grants.everything,
                    "records": actor.grants.records,
                    "codes": sorted(actor.grants.codes),
                    "scopes": None if actor.scopes is None else sorted(actor.scopes),
                }
            ).data
        )

    @extend_schema(tags=["me"], request=shapes.ProfileSerializer, responses=shapes.UserSerializer)
    def patch(self, request: Request) -> Response:
        """Change one's own name, language or time zone; not by token."""
        values = _valid(shapes.ProfileSerializer(data=request.data))
        return Response(shapes.UserSerializer(people.update_profile(values, actor=actor_of(request))).data)


class MembersView(APIView):
    """The members of the workspace."""

    @extend_schema(tags=["members"], responses=shapes.MemberSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List members by name; `q` finds in name and address."""
        query = request.query_params.get("q", "").strip()[:100]
        found = selectors.search_members(query, actor_of(request))
        return _all(shapes.MemberSerializer, found)


class MemberView(APIView):
    """One member, by the id of the user."""

    @extend_schema(tags=["members"], responses=shapes.MemberSerializer)
    def get(self, request: Request, user_id: UUID) -> Response:
        """Get a member."""
        return Response(shapes.MemberSerializer(selectors.get_member(user_id, actor_of(request))).data)

    @extend_schema(tags=["members"], request=shapes.MemberChangeSerializer, responses=shapes.MemberSerializer)
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change role or job title, disable or enable."""
        actor, values = actor_of(request), _valid(shapes.MemberChangeSerializer(data=request.data))
        if "role" in values:
            members.change_role(user_id, values["role"], actor=actor)
        if "title" in values:
            members.change_title(user_id, values["title"], actor=actor)
        if values.get("is_active") is True:
            members.enable_member(user_id, actor=actor)
        if values.get("is_active") is False:
            members.disable_member(user_id, actor=actor)
        return Response(shapes.MemberSerializer(selectors.get_member(user_id, actor)).data)


class InvitationsView(APIView):
    """Open invitations."""

    @extend_schema(tags=["members"], responses=shapes.InvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the invitations that wait for an answer."""
        found = selectors.list_open_invitations(actor_of(request))
        return _all(shapes.InvitationSerializer, found)

    @extend_schema(tags=["members"], request=shapes.InviteSerializer, responses={201: shapes.InvitationSerializer})
    def post(self, request: Request) -> Response:
        """Invite somebody by e-mail."""
        values = _valid(shapes.InviteSerializer(data=request.data))
        made = invitations.invite(
            email=values["email"],
            name=values["name"],
            role_id=values["role"],
            base_url=f"{request.scheme}://{request.get_host()}",
            actor=actor_of(request),
        )
        return Response(shapes.InvitationSerializer(made.invitation).data, status=201)


class InvitationView(APIView):
    """One open invitation."""

    @extend_schema(tags=["members"], responses={204: None})
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Withdraw an invitation."""
        invitations.revoke_invitation(invitation_id, actor=actor_of(request))
        return Response(status=204)


class RolesView(APIView):
    """Roles."""

    @extend_schema(tags=["roles"], responses=shapes.RoleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the roles with their rights."""
        return _all(shapes.RoleSerializer, selectors.list_roles(actor_of(request)))

    @extend_schema(tags=["roles"], request=shapes.RoleChangeSerializer, responses={201: shapes.RoleSerializer})
    def post(self, request: Request) -> Response:
        """Create a role."""
        values = _valid(shapes.RoleChangeSerializer(data=request.data))
        return Response(shapes.RoleSerializer(roles.create_role(values, actor=actor_of(request))).data, status=201)


class RoleView(APIView):
    """One role."""

    @extend_schema(tags=["roles"], responses=shapes.RoleSerializer)
    def get(self, request: Request, role_id: UUID) -> Response:
        """Get a role."""
        return Response(shapes.RoleSerializer(selectors.get_role(role_id, actor_of(request))).data)

    @extend_schema(tags=["roles"], request=shapes.RoleChangeSerializer, responses=shapes.RoleSerializer)
    def patch(self, request: Request, role_id: UUID) -> Response:
        """Change a role; in force within 5 seconds."""
        values = _valid(shapes.RoleChangeSerializer(data=request.data))
        return Response(shapes.RoleSerializer(roles.update_role(role_id, values, actor=actor_of(request))).data)

    @extend_schema(tags=["roles"], responses={204: None})
    def delete(self, request: Request, role_id: UUID) -> Response:
        """Delete a role that nobody has."""
        roles.delete_role(role_id, actor=actor_of(request))
        return Response(status=204)


class TeamsView(APIView):
    """The team tree."""

    @extend_schema(tags=["teams"], responses=shapes.TeamSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List all teams; `parent` makes the tree."""
        return _all(shapes.TeamSerializer, selectors.list_teams(actor_of(request)))

    @extend_schema(tags=["teams"], request=shapes.TeamChangeSerializer, responses={201: shapes.TeamSerializer})
    def post(self, request: Request) -> Response:
        """Create a team."""
        values = _valid(shapes.TeamChangeSerializer(data=request.data))
        team = teams.create_team(name=values["name"], parent_id=values["parent"], actor=actor_of(request))
        return Response(shapes.TeamSerializer(team).data, status=201)


class TeamView(APIView):
    """One team."""

    @extend_schema(tags=["teams"], responses=shapes.TeamSerializer)
    def get(self, request: Request, team_id: UUID) -> Response:
        """Get a team."""
        return Response(shapes.TeamSerializer(selectors.get_team(team_id, actor_of(request))).data)

    @extend_schema(tags=["teams"], request=shapes.TeamChangeSerializer, responses=shapes.TeamSerializer)
    def patch(self, request: Request, team_id: UUID) -> Response:
        """Rename a team or move it with everything below."""
        actor = actor_of(request)
        team = selectors.get_team(team_id, actor)
        values = _valid(shapes.TeamChangeSerializer(data=request.data, partial=True))
        changed = teams.update_team(
            team_id, name=values.get("name", team.name), parent_id=values.get("parent", team.parent_id), actor=actor
        )
        return Response(shapes.TeamSerializer(changed).data)

    @extend_schema(tags=["teams"], responses={204: None})
    def delete(self, request: Request, team_id: UUID) -> Response:
        """Delete a team without teams below."""
        teams.delete_team(team_id, actor=actor_of(request))
        return Response(status=204)


class TeamMembersView(APIView):
    """The people of a team."""

    @extend_schema(tags=["teams"], responses=shapes.UserSerializer(many=True))
    def get(self, request: Request, team_id: UUID) -> Response:
        """List the people of a team."""
        found = selectors.list_team_members(team_id, actor_of(request))
        return _all(shapes.UserSerializer, found)

    @extend_schema(tags=["teams"], request=shapes.TeamMemberSerializer, responses={204: None})
    def post(self, request: Request, team_id: UUID) -> Response:
        """Put a member into the team."""
        values = _valid(shapes.TeamMemberSerializer(data=request.data))
        teams.add_to_team(team_id, values["user"], actor=actor_of(request))
        return Response(status=204)


class TeamMemberView(APIView):
    """One person in a team."""

    @extend_schema(tags=["teams"], responses={204: None})
    def delete(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Take a person out of the team."""
        teams.remove_from_team(team_id, user_id, actor=actor_of(request))
        return Response(status=204)


class TokensView(APIView):
    """API tokens."""

    @extend_schema(tags=["tokens"], responses=shapes.TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List one's own tokens; all of them with the right to manage tokens."""
        return _all(shapes.TokenSerializer, selectors.list_tokens(actor_of(request)))

    @extend_schema(tags=["tokens"], request=shapes.NewTokenSerializer, responses={201: shapes.MadeTokenSerializer})
    def post(self, request: Request) -> Response:
        """Create a token; its text is in this answer and nowhere else. Not by token."""
        values = _valid(shapes.NewTokenSerializer(data=request.data))
        made = tokens.create_token(
            name=values["name"],
            role_id=values["role"],
            scopes=values["scopes"],
            expires_at=values["expires_at"],
            actor=actor_of(request),
        )
        return Response({**shapes.TokenSerializer(made.token).data, "token": made.secret}, status=201)


class TokenView(APIView):
    """One API token."""

    @extend_schema(tags=["tokens"], responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token."""
        tokens.revoke_token(token_id, actor=actor_of(request))
        return Response(status=204)


api_urls = [
    path("me/", MeView.as_view(), name="api-me"),
    path("members/", MembersView.as_view(), name="api-members"),
    path("members/<uuid:user_id>/", MemberView.as_view(), name="api-member"),
    path("invitations/", InvitationsView.as_view(), name="api-invitations"),
    path("invitations/<uuid:invitation_id>/", InvitationView.as_view(), name="api-invitation"),
    path("roles/", RolesView.as_view(), name="api-roles"),
    path("roles/<uuid:role_id>/", RoleView.as_view(), name="api-role"),
    path("teams/", TeamsView.as_view(), name="api-teams"),
    path("teams/<uuid:team_id>/", TeamView.as_view(), name="api-team"),
    path("teams/<uuid:team_id>/members/", TeamMembersView.as_view(), name="api-team-members"),
    path("teams/<uuid:team_id>/members/<uuid:user_id>/", TeamMemberView.as_view(), name="api-team-member"),
    path("tokens/", TokensView.as_view(), name="api-tokens"),
    path("tokens/<uuid:token_id>/", TokenView.as_view(), name="api-token"),
]
