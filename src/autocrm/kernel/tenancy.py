"""Which tenant this code is working for: a context variable that fails closed and loud.

Responsibilities: hold the current tenant; let exactly three doors set it (the request, the job payload, and
`with tenant_scope(...)`). Do NOT: read a tenant from a user's preference, keep one across requests, or guess.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

DEFAULT_DATABASE = "default"


class TenantMissing(RuntimeError):
    """Tenant-owned data was touched with no tenant in context. A programming error, never shown to people."""


class TenantChanged(RuntimeError):
    """The tenant in context differs from the one this transaction was pinned to. A programming error."""


class HasTenant(Protocol):
    """What `tenant_scope` accepts besides a bare id: anything that knows its id and its database."""

    @property
    def id(self) -> int: ...

    @property
    def database(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TenantContext:
    """The tenant in force and the database alias its rows live in."""

    id: int
    database: str = DEFAULT_DATABASE


_current: ContextVar[TenantContext | None] = ContextVar("autocrm_tenant", default=None)
_placement: list[Callable[[int], str]] = []
_refresh: list[Callable[[int], None]] = []


def bind_placement(resolve: Callable[[int], str]) -> None:
    """Name the function that says which database a tenant lives in (bound once, by the tenants app)."""
    _placement[:] = [resolve]


def bind_refresh(refresh: Callable[[int], None]) -> None:
    """Name the function that drops what this process remembers of a tenant (bound once, by the tenants app)."""
    _refresh[:] = [refresh]


def look_afresh(tenant_id: int) -> None:
    """Forget what this process remembers of the tenant: a job must see what was committed before it was asked for."""
    for refresh in _refresh:
        refresh(tenant_id)


def find_tenant_id() -> int | None:
    """The current tenant's id, or None outside any tenant."""
    context = _current.get()
    return None if context is None else context.id


def current_tenant_id() -> int:
    """The current tenant's id. Raises TenantMissing outside any tenant."""
    context = _current.get()
    if context is None:
        raise TenantMissing("No tenant in context: enter tenant_scope(...) first.")
    return context.id


def current_database() -> str:
    """The database alias of the current tenant; the default one outside any tenant."""
    context = _current.get()
    return DEFAULT_DATABASE if context is None else context.database


@contextmanager
def tenant_scope(tenant: int | HasTenant | TenantContext) -> Iterator[TenantContext]:
    """Work for `tenant` inside the block; the former tenant, if any, is in force again afterwards.

    Inside an open transaction that is already pinned to another tenant the next statement raises TenantChanged.
    """
    if isinstance(tenant, int):
        database = _placement[0](tenant) if _placement else DEFAULT_DATABASE
        context = TenantContext(tenant, database)
    else:
        context = TenantContext(tenant.id, tenant.database)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def no_tenant() -> Iterator[None]:
    """Leave the current tenant inside the block; for work that belongs to the whole installation."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)
