"""Who acts on what happened: workflows, notifications, webhooks, search, analytics register here.

A consumer gets every entry of a tenant exactly once, in order per record, inside the tenant's scope and in the same
transaction as its cursor: its effects in the database and its progress commit together or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from autocrm.journal.models import Entry
from autocrm.kernel.registry import Registry


class Start(StrEnum):
    """Where a consumer begins that an installation did not have before."""

    NOW = "now"
    BEGINNING = "beginning"


@dataclass(frozen=True, slots=True)
class Consumer:
    """One reader of the journal.

    `handle` gets up to `batch` entries of one tenant, only those of `kinds` (None: all kinds), without those whose
    `data` has one of the keys `passes_over`: the database leaves them out, so a large import costs nobody anything who
    would only look away. After `max_failures` failed attempts a batch is taken entry by entry, and an entry that fails
    on its own becomes a dead letter.
    """

    name: str
    handle: Callable[[list[Entry]], None]
    kinds: frozenset[str] | None = None
    passes_over: frozenset[str] = frozenset()
    start: Start = Start.NOW
    batch: int = 500
    max_failures: int = 3


consumers: Registry[Consumer] = Registry("journal consumers", Consumer)


def register(consumer: Consumer) -> Consumer:
    """Add a consumer; called at import time of an app's `subscribers.py`."""
    return consumers.register(consumer.name, consumer)
