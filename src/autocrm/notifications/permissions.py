"""Who may see and tend an inbox: its person, and a token of that person whose scopes name it."""

from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied
from autocrm.kernel.permissions import is_in_scope
from autocrm.kernel.tenancy import find_tenant_id


def authorize_own(actor: Actor, verb: str = "read") -> UUID:
    """The person whose inbox `actor` may `verb` ("read" or "update"). Raises Denied."""
    if actor.user_id is None or actor.tenant_id != find_tenant_id():
        raise Denied
    if not is_in_scope(actor, f"notification:{verb}"):
        raise Denied
    return actor.user_id
