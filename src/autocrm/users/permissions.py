"""Rights of the users app, and the policies that need more than a code."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, ActorKind, Grants
from autocrm.kernel.errors import Denied
from autocrm.kernel.permissions import declare_code, is_in_scope
from autocrm.kernel.tenancy import find_tenant_id
from autocrm.users.grants import covers

MANAGE_USERS = declare_code("users.manage", _("Invite, change and disable members and teams"))
MANAGE_ROLES = declare_code("roles.manage", _("Create and change roles"))
MANAGE_TOKENS = declare_code("tokens.manage", _("Create and revoke API tokens"))


def may_read_people(actor: Actor) -> bool:
    """Every member may see who the others are (owners and assignees are picked from them); tokens need the scope."""
    return actor.tenant_id == find_tenant_id() and is_in_scope(actor, "users:read")


def authorize_reading_people(actor: Actor) -> None:
    """Let pass or raise Denied."""
    if not may_read_people(actor):
        raise Denied


def authorize_handing_out(actor: Actor, rights: Grants) -> None:
    """Let `actor` give `rights` to somebody. Raises Denied when they go beyond the actor's own."""
    if not covers(actor.grants, rights):
        raise Denied(_("You can't give rights that you don't have yourself."), code="rights_beyond_own")


def authorize_person(actor: Actor) -> UUID:
    """Let pass a signed-in person and return her id; a token or a workflow never changes a sign-in or profile."""
    if actor.kind is not ActorKind.HUMAN or actor.user_id is None or actor.tenant_id != find_tenant_id():
        raise Denied
    return actor.user_id
