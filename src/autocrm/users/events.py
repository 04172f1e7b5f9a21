"""What the users app writes to the journal.

Entries about people lose their content when the person asks to be forgotten; those about roles and teams stay.
"""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import Content, EntryType, declare


def _keep(content: Content) -> Content:
    return content


MEMBER_ADDED = declare(EntryType("member.added", _("Member added"))).kind
MEMBER_UPDATED = declare(EntryType("member.updated", _("Member changed"))).kind
MEMBER_DISABLED = declare(EntryType("member.disabled", _("Member disabled"))).kind
PLACEHOLDER_ADDED = declare(EntryType("member.placeholder_added", _("Placeholder added"))).kind
PLACEHOLDER_CLAIMED = declare(EntryType("member.placeholder_claimed", _("Placeholder became a member"))).kind
PLACEHOLDER_REPLACED = declare(EntryType("member.placeholder_replaced", _("Placeholder replaced"))).kind
MEMBER_ENABLED = declare(EntryType("member.enabled", _("Member enabled"))).kind
PROFILE_UPDATED = declare(EntryType("member.profile_updated", _("Profile changed"))).kind
PASSWORD_CHANGED = declare(EntryType("member.password_changed", _("Password changed"))).kind
SESSIONS_ENDED = declare(EntryType("member.sessions_ended", _("Sessions ended"))).kind
INVITED = declare(EntryType("invitation.created", _("Invitation sent"))).kind
INVITATION_REVOKED = declare(EntryType("invitation.revoked", _("Invitation withdrawn"))).kind
INVITATION_ACCEPTED = declare(EntryType("invitation.accepted", _("Invitation accepted"))).kind
ROLE_CREATED = declare(EntryType("role.created", _("Role created"), _keep)).kind
ROLE_UPDATED = declare(EntryType("role.updated", _("Role changed"), _keep)).kind
ROLE_DELETED = declare(EntryType("role.deleted", _("Role deleted"), _keep)).kind
TEAM_CREATED = declare(EntryType("team.created", _("Team created"), _keep)).kind
TEAM_UPDATED = declare(EntryType("team.updated", _("Team changed"), _keep)).kind
TEAM_DELETED = declare(EntryType("team.deleted", _("Team deleted"), _keep)).kind
TEAM_MEMBER_ADDED = declare(EntryType("team.member_added", _("Person added to a team"))).kind
TEAM_MEMBER_REMOVED = declare(EntryType("team.member_removed", _("Person taken out of a team"))).kind
TOKEN_CREATED = declare(EntryType("token.created", _("API token created"), _keep)).kind
TOKEN_REVOKED = declare(EntryType("token.revoked", _("API token revoked"), _keep)).kind
