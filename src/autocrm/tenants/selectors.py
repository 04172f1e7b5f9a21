"""Reads of tenants: by host, by subdomain, where one lives. Small, and cached for seconds, since every request asks."""

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from autocrm.kernel.errors import NotFound
from autocrm.kernel.tenancy import DEFAULT_DATABASE
from autocrm.tenants.models import SUBDOMAIN, Tenant

# A disabled tenant or a changed setting is in force everywhere within this time.
CACHE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Cached:
    tenant: Tenant | None
    until: float


@dataclass(frozen=True, slots=True)
class _OwnView:
    """What a transaction that changed tenants sees of them, and nobody else before it commits."""

    database: str
    tenants: dict[tuple[str, Any], Tenant | None]


_SUBDOMAIN = re.compile(SUBDOMAIN)
_cache: dict[tuple[str, Any], _Cached] = {}
# Counts how often something was forgotten: what was read before that is not kept after it.
_forgotten = [0]
_own_view: ContextVar[_OwnView | None] = ContextVar("own_view_of_tenants", default=None)


def forget_cached_tenants() -> None:
    """Drop this process's cache; called after a change so that the same process sees it at once."""
    _forgotten[0] += 1
    _own_view.set(None)
    _cache.clear()


def forget_cached_tenant(tenant_id: int) -> None:
    """Drop what this process's cache has of one tenant by its id."""
    _forgotten[0] += 1
    _cache.pop(("id", tenant_id), None)


def look_alone(database: str) -> None:
    """From now on until its end the transaction in hand sees what it wrote, and this process's cache does not.

    Otherwise other threads would take what may still be rolled back, and what depends on it, for what holds.
    """
    _own_view.set(_OwnView(database, {}))
    transaction.on_commit(forget_cached_tenants, using=database)


def _is_under_way(own: _OwnView) -> bool:
    """Whether its transaction, or the savepoint, has neither committed nor been rolled back: Django then drops this."""
    waiting = connections[own.database].run_on_commit
    return any(hook[1] is forget_cached_tenants for hook in waiting)


def find_tenant(tenant_id: int) -> Tenant | None:
    """An active tenant by id, or None."""
    return _find("id", tenant_id)


def get_tenant(tenant_id: int) -> Tenant:
    """An active tenant by id. Raises NotFound."""
    tenant = find_tenant(tenant_id)
    if tenant is None:
        raise NotFound
    return tenant


def find_tenant_by_subdomain(subdomain: str) -> Tenant | None:
    """An active tenant by its subdomain, or None."""
    name = subdomain.strip().lower()
    # What cannot be one is not looked up: it may be anything, and would only fill the cache.
    return _find("subdomain", name) if _SUBDOMAIN.fullmatch(name) else None


def find_tenant_by_host(host: str) -> Tenant | None:
    """The active tenant a request's host names: a subdomain of BASE_DOMAINS, or a custom domain."""
    name = host.rsplit(":", 1)[0].strip().rstrip(".").lower()
    for base in settings.BASE_DOMAINS:
        if name == base:
            return None
        if name.endswith(f".{base}"):
            return find_tenant_by_subdomain(name.removesuffix(f".{base}"))
    return _find("custom_domain", name)


def get_placement(tenant_id: int) -> str:
    """The database alias a tenant's rows live in."""
    tenant = find_tenant(tenant_id)
    return DEFAULT_DATABASE if tenant is None else tenant.database


def _find(column: str, value: Any) -> Tenant | None:
    own = _own_view.get()
    if own is not None and _is_under_way(own):
        if (column, value) not in own.tenants:
            own.tenants[column, value] = _read(column, value)
        return own.tenants[column, value]
    if own is not None:
        _own_view.set(None)
    now = time.monotonic()
    hit = _cache.get((column, value))
    if hit is None or hit.until < now:
        forgotten = _forgotten[0]
        hit = _Cached(_read(column, value), now + CACHE_SECONDS)
        if forgotten == _forgotten[0]:
            if len(_cache) > 20_000:
                _cache.clear()
            _cache[column, value] = hit
    return hit.tenant


def _read(column: str, value: Any) -> Tenant | None:
    return Tenant.objects.using(DEFAULT_DATABASE).filter(**{column: value}, is_active=True).first()
