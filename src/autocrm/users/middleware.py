"""The request door: which workspace, who asks, do they belong there; and the tenant in force until the answer is made.

The workspace is named by the header X-Tenant (subdomain or id), else by the host, else by the API token, else it is
the installation's default one. Naming proves nothing: without an active membership there nothing of it is shown, in
the same words as when it does not exist. Unknown hosts ask strangers to sign in, as known ones do.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from autocrm.kernel.errors import Denied
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant, find_tenant_by_host, find_tenant_by_subdomain
from autocrm.ui.rendering import redirect, render_page
from autocrm.users import selectors
from autocrm.users.door import OPEN, OUTSIDE, Door, door_of, how_open
from autocrm.users.keys import TOKEN_MARK, find_address
from autocrm.users.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

_BEARER = "bearer "


class WorkspaceMiddleware:
    """Sets `request.tenant`, `request.actor` and `request.door`, and holds the tenant's scope round the view."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as stack:
            bind(request, tenant=None, actor=None, door=Door(), scopes=stack, speak=partial(speak, request))
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Open the door as far as `view` asks for, or answer in its place."""
        opening = how_open(view)
        if opening == OUTSIDE:
            speak(request)
            return None
        door = look_at(request)
        bind(request, door=door)
        speak(request)
        if door.bearer:
            # A token is not a session: what acts for the signed-in person sees nobody, and pages are for people.
            request.user = AnonymousUser()
        if door.bearer and not is_rest(view):
            return refusal(request, door)
        if door.actor is not None:
            enter(request, door)
        elif opening == OPEN and door.tenant is not None:
            bind(request, tenant=door.tenant)
            scopes_of(request).enter_context(tenant_scope(door.tenant))
        elif opening != OPEN and not is_rest(view):
            return refusal(request, door)
        return None


def look_at(request: HttpRequest) -> Door:
    """Find out who asks for which workspace. Reads sessions and users outside any tenant, then the membership in it."""
    secret = _bearer_secret(request)
    tenant, is_named = _named_tenant(request)
    if secret is not None:
        return _token_door(secret, tenant, is_named=is_named)
    door = Door(tenant=tenant, is_named=is_named)
    if request.user.is_authenticated:
        door.user = request.user
        door.actor = None if tenant is None else selectors.find_actor(door.user.id, tenant)
    return door


def enter(request: HttpRequest, door: Door) -> None:
    """Put the member's workspace and time zone in force until the answer is made."""
    if door.actor is None or door.tenant is None:
        raise Denied
    bind(request, tenant=door.tenant, actor=door.actor)
    scopes = scopes_of(request)
    scopes.enter_context(tenant_scope(door.tenant))
    scopes.enter_context(timezone.override(door.actor.zone))


def speak(request: HttpRequest) -> None:
    """Put the language of whoever is signed in into force: their own, else that of their workspace.

    Strangers and programs keep what they asked for by Accept-Language: a workspace's language would tell that there is
    one.
    """
    door = door_of(request)
    if door.bearer or request.headers.get("Authorization") or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    if door.user is None:
        door = look_at(request)
    language = door.actor.locale if door.actor is not None else door.user.locale if door.user is not None else ""
    if language:
        translation.activate(language)


def refusal(request: HttpRequest, door: Door) -> HttpResponse:
    """The answer for whoever may not come in: sign in, choose a workspace, or "there is no such workspace"."""
    if door.bearer:
        text = _("This API token is not valid here.") if door.actor is None else _("An API token opens the API only.")
        response = HttpResponse(text, status=401, content_type="text/plain")
        response["WWW-Authenticate"] = "Bearer"
        return response
    if door.user is None and request.headers.get("HX-Request") == "true":
        return redirect(request, reverse(settings.LOGIN_URL))
    if door.user is None:
        return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))
    if not door.is_named:
        return redirect(request, "/")
    return render_page(request, "users/no_workspace.html", status=404)


def bind(request: HttpRequest, **values: Any) -> None:
    """Leave findings on the request, where views expect them."""
    for name, value in values.items():
        setattr(request, name, value)


def scopes_of(request: HttpRequest) -> ExitStack:
    """What is in force until this request is answered."""
    return cast("ExitStack", vars(request)["scopes"])


def is_rest(view: Callable[..., Any]) -> bool:
    """Whether the REST framework answers: it refuses by its own classes, so that every API error looks the same."""
    cls = getattr(view, "cls", None)
    return isinstance(cls, type) and issubclass(cls, APIView)


def _bearer_secret(request: HttpRequest) -> str | None:
    header = request.headers.get("Authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def _named_tenant(request: HttpRequest) -> tuple[Tenant | None, bool]:
    """The tenant the request names, and whether it names one at all; the default tenant counts as not named."""
    name = request.headers.get("X-Tenant", "").strip()
    if name:
        by_id = name.isascii() and name.isdecimal() and len(name) < 19
        return (find_tenant(int(name)) if by_id else find_tenant_by_subdomain(name)), True
    tenant = find_tenant_by_host(request.get_host())
    if tenant is not None:
        return tenant, True
    if is_below_base_domain(request.get_host()):
        return None, True
    return (find_tenant_by_subdomain(settings.DEFAULT_TENANT) if settings.DEFAULT_TENANT else None), False


def is_below_base_domain(host: str) -> bool:
    """Whether the host has the form of a workspace's address, be there such a workspace or not."""
    name = host.rsplit(":", 1)[0].rstrip(".").lower()
    return any(name.endswith(f".{base}") for base in settings.BASE_DOMAINS)


def _token_door(secret: str, tenant: Tenant | None, *, is_named: bool) -> Door:
    address = find_address(TOKEN_MARK, secret)
    if not is_named and address is not None:
        tenant = find_tenant(address.tenant_id)
    door = Door(tenant=tenant, is_named=True, bearer=True)
    if tenant is None:
        return door
    try:
        door.actor = selectors.actor_for_token(secret, tenant=tenant)
    except Denied:
        return door
    if (user_id := door.actor.user_id) is not None:
        door.user = cast("User", SimpleLazyObject(lambda: User.objects.get(id=user_id)))
    return door
