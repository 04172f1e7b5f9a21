"""Who may see and tend an inbox: its person, and a token of that person whose scopes name it.

What was told to a person was told with her rights: a token that may see less than she does reads none of it.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied
from autocrm.kernel.permissions import is_in_scope
from autocrm.kernel.tenancy import find_tenant_id
from autocrm.users.grants import shows_as_much
from autocrm.users.selectors import find_actor


def authorize_own(actor: Actor, verb: str = "read") -> UUID:
    """The person whose inbox `actor` may `verb` ("read" or "update"). Raises Denied."""
    if actor.user_id is None or actor.tenant_id != find_tenant_id():
        raise Denied
    if not is_in_scope(actor, f"notification:{verb}"):
        raise Denied
    if verb == "read" and actor.token_id is not None:
        person = find_actor(actor.user_id, actor.tenant_id)
        if person is None or not shows_as_much(actor.grants, person.grants):
            raise Denied(_("This token may see less than you may: it does not read what you were told."))
    return actor.user_id
