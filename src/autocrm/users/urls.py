"""Addresses of the settings area and of the doors into a workspace."""

from django.urls import path
from django.views.generic import RedirectView

from autocrm.users.door import outside_workspaces
from autocrm.users.views import invitations, members, profile, roles, teams, tokens, workspace

app_name = "users"
urlpatterns = [
    path("invitations/<str:key>/", invitations.accept, name="invitation"),
    # An address is changed by an operator, not by adding unproven ones: what allauth offers here is closed.
    path("accounts/email/", outside_workspaces(RedirectView.as_view(url="/settings/profile/"))),
    path("accounts/password/change/", outside_workspaces(RedirectView.as_view(url="/settings/profile/"))),
    path("settings/", profile.settings_home, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/password/", profile.password, name="password"),
    path("settings/sessions/", profile.sessions, name="sessions"),
    path("settings/sessions/end-others/", profile.end_other_sessions, name="end_other_sessions"),
    path("settings/sessions/<int:session_id>/end/", profile.end_session, name="end_session"),
    path("settings/members/", members.member_list, name="members"),
    path("settings/members/invite/", members.invite, name="invite"),
    path("settings/members/<uuid:user_id>/", members.edit_member, name="edit_member"),
    path("settings/members/<uuid:user_id>/disable/", members.disable_member, name="disable_member"),
    path("settings/members/<uuid:user_id>/enable/", members.enable_member, name="enable_member"),
    path("settings/members/<uuid:user_id>/replace/", members.replace_placeholder, name="replace_placeholder"),
    path("settings/invitations/<uuid:invitation_id>/revoke/", members.revoke_invitation, name="revoke_invitation"),
    path("settings/roles/", roles.role_list, name="roles"),
    path("settings/roles/new/", roles.new_role, name="new_role"),
    path("settings/roles/<uuid:role_id>/", roles.edit_role, name="edit_role"),
    path("settings/roles/<uuid:role_id>/delete/", roles.delete_role, name="delete_role"),
    path("settings/teams/", teams.team_tree, name="teams"),
    path("settings/teams/new/", teams.new_team, name="new_team"),
    path("settings/teams/<uuid:team_id>/", teams.edit_team, name="edit_team"),
    path("settings/teams/<uuid:team_id>/delete/", teams.delete_team, name="delete_team"),
    path("settings/teams/<uuid:team_id>/people/", teams.add_person, name="add_to_team"),
    path("settings/teams/<uuid:team_id>/people/<uuid:user_id>/remove/", teams.remove_person, name="remove_from_team"),
    path("settings/tokens/", tokens.token_list, name="tokens"),
    path("settings/tokens/new/", tokens.new_token, name="new_token"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("settings/workspace/", workspace.workspace, name="workspace"),
    path("settings/workspace/remove-demo/", workspace.remove_demo_workspace, name="remove_demo"),
]
