"""What the journal's tests share: kinds to write, a tenant's transaction, and consumers that come and go."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.journal import entry_types, services
from autocrm.journal.consumers import Consumer, consumers, register
from autocrm.journal.entry_types import Content, EntryType
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import tenant_scope

NOTED = entry_types.declare(EntryType("test.noted", "noted", lambda content: Content(changes=content.changes)))
MOVED = entry_types.declare(EntryType("test.moved", "moved"))


@contextmanager
def at_work(tenant: Any) -> Iterator[Actor]:
    """The tenant's scope, a transaction that commits, and an actor with every right."""
    with tenant_scope(tenant), transaction.atomic():
        yield Actor.system(tenant.id)


def note(tenant: Any, label: str = "", **values: Any) -> Entry:
    with at_work(tenant) as actor:
        return services.write("test.noted", record_label=label, actor=actor, **values)


@contextmanager
def consumer(handle: Any, **options: Any) -> Iterator[Consumer]:
    """A consumer of its own name that is forgotten at the end, and began where the journal begins."""
    name = f"test-{new_id().hex[-12:]}"
    one = register(Consumer(name, handle, **{"start": "beginning"} | options))
    try:
        yield one
    finally:
        del consumers._entries[name]


def record() -> UUID:
    return new_id()
