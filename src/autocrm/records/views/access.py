"""Who asks: every page of records needs a person within a workspace."""

from django.http import HttpRequest

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied


def actor_of(request: HttpRequest) -> Actor:
    """The actor of the request. Raises Denied where nobody is signed in (which the edge turns into signing in)."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Denied
    return actor
