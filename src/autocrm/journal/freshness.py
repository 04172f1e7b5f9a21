"""Whether a tenant's journal moved on since a moment: how copies of computed numbers know that they are old."""

from dataclasses import dataclass
from typing import Any

from django.db import connections

from autocrm.kernel.tenancy import current_database, current_tenant_id

_MARK = """
    SELECT pg_snapshot_xmax(now_seen)::text::bigint + journal_txid_offset(),
           ARRAY(SELECT running::text::bigint + journal_txid_offset() FROM pg_snapshot_xip(now_seen) AS running)
    FROM pg_current_snapshot() AS now_seen
"""
_MOVED = """
    SELECT EXISTS (SELECT 1 FROM journal_entry WHERE tenant_id = %(tenant)s AND txid >= %(next)s)
        OR EXISTS (SELECT 1 FROM journal_entry WHERE tenant_id = %(tenant)s AND txid = ANY(%(running)s))
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What could be seen at a moment: transactions below `next` that were not among `running`.

    The newest entry alone would not do: a transaction that began earlier may end later.
    """

    next: int
    running: tuple[int, ...]


def take_mark() -> Mark:
    """The present moment; taken before what is computed from it."""
    with connections[current_database()].cursor() as cursor:
        cursor.execute(_MARK)
        following, running = cursor.fetchone()
    return Mark(int(following), tuple(int(each) for each in running))


def has_moved_since(mark: Mark) -> bool:
    """Whether the current tenant has an entry that was not to be seen at `mark`; steps through an index."""
    values: dict[str, Any] = {"tenant": current_tenant_id(), "next": mark.next, "running": list(mark.running)}
    with connections[current_database()].cursor() as cursor:
        cursor.execute(_MOVED, values)
        return bool(cursor.fetchone()[0])
