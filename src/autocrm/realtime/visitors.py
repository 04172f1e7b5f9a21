"""Who is behind a socket: let in by the same door as a page, and looked at again for as long as it is open."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import HttpResponse

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied
from autocrm.kernel.tenancy import tenant_scope
from autocrm.notifications import selectors as notifications
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant
from autocrm.users import selectors as users
from autocrm.users.middleware import look_at
from autocrm.users.models import ApiToken, User

Result = TypeVar("Result")

NOT_SIGNED_IN = 4401
NOT_HERE = 4403


class Refused(Exception):
    """The socket may not stay; `code` is the close code the client understands."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person in a workspace and the key that let her in: a session or an API token.

    `password` is the stored hash at that time: a new password ends other sessions, and so their sockets.
    """

    tenant: Tenant
    user_id: UUID
    session_key: str = ""
    password: str = ""
    token_id: UUID | None = None
    secret: str = ""

    def actor(self) -> Actor:
        """The rights that hold now, a few seconds old at most. Raises Refused."""
        try:
            if self.secret:
                return users.actor_for_token(self.secret, tenant=self.tenant)
            return users.build_actor(self.user_id, self.tenant)
        except Denied as error:
            raise Refused(NOT_SIGNED_IN) from error


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the open sockets found: who has to go, and the newest number of each who may stay."""

    gone: frozenset[Visitor]
    last_seqs: Mapping[tuple[int, UUID], int]


def is_own_origin(scope: Mapping[str, Any]) -> bool:
    """Whether the page that opens the socket is ours; cookies ride along from any site. Scripts send no Origin."""
    headers = _headers(scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.netloc.lower() == headers.get("host", "").lower() or origin in settings.CSRF_TRUSTED_ORIGINS


def let_in(scope: Mapping[str, Any]) -> Visitor:
    """Who opens this socket. Raises Refused (4401 not signed in, 4403 no place in that workspace)."""
    request = _request_of(scope)
    try:
        request.get_host()
    except DisallowedHost as error:
        raise Refused(NOT_HERE) from error
    door = look_at(request)
    if door.actor is None or door.tenant is None or door.user is None or door.actor.user_id is None:
        raise Refused(NOT_HERE if door.user is not None and not door.bearer else NOT_SIGNED_IN)
    if door.bearer:
        secret = request.headers["Authorization"].split(" ", 1)[1].strip()
        return Visitor(door.tenant, door.actor.user_id, token_id=door.actor.token_id, secret=secret)
    return Visitor(
        door.tenant,
        door.actor.user_id,
        session_key=request.session.session_key or "",
        password=door.user.password,
    )


def within(visitor: Visitor, work: Callable[[Actor], Result]) -> Result:
    """Do `work` as the visitor, in the workspace's scope and a transaction. Raises Refused when she may not."""
    actor = visitor.actor()
    with tenant_scope(visitor.tenant), transaction.atomic(using=visitor.tenant.database):
        return work(actor)


def look_again(visitors: Collection[Visitor]) -> Look:
    """Look at everybody at once: two queries for all and three for each workspace, however many sockets there are."""
    gone = _signed_out(visitors)
    last_seqs: dict[tuple[int, UUID], int] = {}
    for tenant, present in _by_tenant(each for each in visitors if each not in gone):
        if find_tenant(tenant.id) is None:
            gone |= present
            continue
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            reachable = notifications.list_reachable({each.user_id for each in present})
            gone |= {each for each in present if each.user_id not in reachable}
            gone |= _dead_tokens(present)
            for user_id, seq in notifications.list_last_seqs(reachable).items():
                last_seqs[tenant.id, user_id] = seq
    return Look(frozenset(gone), last_seqs)


def _signed_out(visitors: Collection[Visitor]) -> set[Visitor]:
    """Those whose session ended, was revoked, or belongs to a former password."""
    by_session = [each for each in visitors if each.session_key]
    keys = {each.session_key for each in by_session}
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=now()).values_list("session_key", flat=True)
    )
    ids = {each.user_id for each in by_session}
    passwords = dict(User.objects.filter(id__in=ids, is_active=True).values_list("id", "password"))
    return {
        each for each in by_session if each.session_key not in alive or passwords.get(each.user_id) != each.password
    }


def _dead_tokens(visitors: Iterable[Visitor]) -> set[Visitor]:
    by_token = [each for each in visitors if each.token_id is not None]
    if not by_token:
        return set()
    at = now()
    found = ApiToken.objects.filter(id__in=[each.token_id for each in by_token])
    alive = {each.id for each in found if each.is_alive(at)}
    return {each for each in by_token if each.token_id not in alive}


def _by_tenant(visitors: Iterable[Visitor]) -> Iterable[tuple[Tenant, set[Visitor]]]:
    groups: dict[int, tuple[Tenant, set[Visitor]]] = {}
    for each in visitors:
        groups.setdefault(each.tenant.id, (each.tenant, set()))[1].add(each)
    return groups.values()


def _request_of(scope: Mapping[str, Any]) -> ASGIRequest:
    """The opening handshake as the request that the users app's door looks at."""
    request = ASGIRequest({**scope, "type": "http", "method": "GET"}, BytesIO())
    named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("tenant")
    if named:
        request.META["HTTP_X_TENANT"] = named[0]
    SessionMiddleware(_nothing).process_request(request)
    AuthenticationMiddleware(_nothing).process_request(request)
    return request


def _nothing(_request: Any) -> HttpResponse:
    """The view that these middlewares are never asked to call."""
    return HttpResponse()


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
