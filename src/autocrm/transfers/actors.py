"""Who acts for an import while it runs: whoever asked for it, with the rights that hold at that moment."""

from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.errors import Denied
from autocrm.transfers.models import Import
from autocrm.users import selectors as users


def actor_of(batch: Import) -> Actor:
    """The importing person, or her token with its narrower rights. Raises Denied once either is out."""
    if batch.token_id is not None:
        actor = users.actor_by_token_id(batch.token_id, batch.tenant_id)
    elif batch.user_id is not None:
        actor = users.build_actor(batch.user_id, batch.tenant_id)
    else:
        raise Denied
    return actor.acting_as(ActorKind.IMPORT)
