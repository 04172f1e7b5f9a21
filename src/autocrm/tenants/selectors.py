"""Reads of tenants: by host, by subdomain, where one lives. Small, and cached for seconds, since every request asks."""

import re
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from autocrm.kernel.errors import NotFound
from autocrm.kernel.tenancy import DEFAULT_DATABASE
from autocrm.tenants.models import SUBDOMAIN, Tenant

# A disabled tenant or a changed setting is in force everywhere within this time.
CACHE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Cached:
    tenant: Tenant | None
    until: float


_SUBDOMAIN = re.compile(SUBDOMAIN)
_cache: dict[tuple[str, Any], _Cached] = {}


def forget_cached_tenants() -> None:
    """Drop this process's cache; called after a change so that the same process sees it at once."""
    _cache.clear()


def forget_cached_tenant(tenant_id: int) -> None:
    """Drop what this process's cache has of one tenant by its id."""
    _cache.pop(("id", tenant_id), None)


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
    now = time.monotonic()
    hit = _cache.get((column, value))
    if hit is None or hit.until < now:
        tenant = Tenant.objects.using(DEFAULT_DATABASE).filter(**{column: value}, is_active=True).first()
        if len(_cache) > 20_000:
            _cache.clear()
        hit = _cache[column, value] = _Cached(tenant, now + CACHE_SECONDS)
    return hit.tenant
