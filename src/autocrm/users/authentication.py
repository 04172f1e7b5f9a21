"""How the REST framework learns who acts: the request door has decided already, these classes only hand it over.

`WorkspaceMiddleware` leaves the actor, the token and what was wrong on the Django request; here it becomes
`request.user`, `request.auth` and, where the door was closed, an error that `api` translates like any other.
"""

from typing import Any

from django.http import HttpRequest
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request
from typing_extensions import override

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied
from autocrm.users.door import door_of
from autocrm.users.models import User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer acrm_...`. Raises AuthenticationFailed for a token that is not good here."""

    @override
    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        door = door_of(_django(request))
        if not door.bearer:
            return None
        if door.actor is None or door.user is None:
            raise exceptions.AuthenticationFailed
        return door.user, door.actor.token_id

    @override
    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a signed-in person, with CSRF checked. Raises NotFound for a workspace that is not theirs."""

    @override
    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        door = door_of(_django(request))
        if door.bearer or door.user is None:
            return None
        door.ensure_admitted()
        self.enforce_csrf(request)
        return door.user, None


class IsActor(permissions.BasePermission):
    """Whether somebody with rights in a workspace asks; what exactly they may do is each service's first line."""

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        return door_of(_django(request)).actor is not None


def actor_of(request: Request) -> Actor:
    """Who asks. Raises Denied where nobody with rights does, which `IsActor` has seen to before."""
    actor = door_of(_django(request)).actor
    if actor is None:
        raise Denied
    return actor


def _django(request: Request) -> HttpRequest:
    return request._request  # noqa: SLF001 - the framework's own name for Django's request
