"""What the request door found: which workspace a request names, who asks, and whether they belong there.

A view says how far the door must open: by default only for members (`request.actor` is set and the tenant in force);
`open_to_all` for pages of a workspace that visitors may see; `outside_workspaces` for what needs no tenant at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied, NotFound
from autocrm.tenants.models import Tenant
from autocrm.users.models import User

View = TypeVar("View", bound=Callable[..., Any])

OPEN = "open"
OUTSIDE = "outside"
_MARK = "workspace_door"
# Views of packages: sign-in, the operators' site, languages, files of development. None of them knows a tenant.
_OUTSIDE_MODULES = ("allauth.", "django.")


@dataclass(slots=True)
class Door:
    """The findings about one request; `tenant` is what it names, proven only together with `actor`."""

    tenant: Tenant | None = None
    is_named: bool = False
    user: User | None = None
    actor: Actor | None = None
    bearer: bool = False

    def ensure_admitted(self) -> None:
        """Raises NotFound for a person without a place here: the same words whether the workspace exists or not."""
        if self.actor is None and not self.is_named:
            raise NotFound(_("Name a workspace: by its host or in the header X-Tenant."), code="workspace_missing")
        if self.actor is None:
            raise NotFound(_("There is no such workspace, or you do not belong to it."), code="workspace_unknown")


def door_of(request: HttpRequest) -> Door:
    """The door of a request; a closed one where the middleware was not asked."""
    door: Door = getattr(request, "door", None) or Door()
    return door


def open_to_all(view: View) -> View:
    """Let visitors see this view. The workspace that the host names is in force, `request.actor` only for members."""
    setattr(view, _MARK, OPEN)
    return view


def outside_workspaces(view: View) -> View:
    """Mark a view that needs no workspace: neither tenant nor person is looked up for it."""
    setattr(view, _MARK, OUTSIDE)
    return view


def how_open(view: Callable[..., Any]) -> str:
    """OPEN, OUTSIDE, or empty for members only."""
    if str(getattr(view, "__module__", "")).startswith(_OUTSIDE_MODULES):
        return OUTSIDE
    return str(getattr(view, _MARK, ""))


def speak_to(request: HttpRequest) -> None:
    """Put the asking person's language into force for a page that no view drew, such as "not found"."""
    speak: Callable[[], None] | None = getattr(request, "speak", None)
    if speak is not None:
        speak()


def actor_of(request: HttpRequest) -> Actor:
    """The member who asks. Raises Denied where there is none: a page outside any workspace."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Denied
    return actor
