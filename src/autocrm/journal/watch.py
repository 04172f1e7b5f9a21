"""Finds the tenants that have something new for a consumer, across all tenants and cheaply.

The cursors in the database are the truth; what a `Watch` remembers (a watermark and the tenants left to visit) only
saves work. It is rebuilt by a full look at the start and every now and then, so a crash or a slip costs nothing.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autocrm.journal.consumers import Consumer, consumers
from autocrm.journal.relay import Turn, introduce, take_turn
from autocrm.kernel.platform import platform_cursor

FULL_LOOK_SECONDS = 60.0
RETRY_SECONDS = 0.5
MOST_COUNTED = 10_000

# Walks from tenant to tenant through the index instead of reading every entry.
_TENANTS = """
    WITH RECURSIVE tenants AS (
        (SELECT tenant_id FROM journal_entry ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT e.tenant_id FROM journal_entry e WHERE e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
        FROM tenants t WHERE t.tenant_id IS NOT NULL
    ),
    places AS (
        SELECT t.tenant_id, COALESCE(c.txid, %(start)s) AS txid, COALESCE(c.entry_id, 0) AS entry_id
        FROM tenants t
        LEFT JOIN journal_cursor c ON c.tenant_id = t.tenant_id AND c.consumer = %(consumer)s
        WHERE t.tenant_id IS NOT NULL
    )
"""
_UNREAD = """
    SELECT e.at FROM journal_entry e
    WHERE e.tenant_id = p.tenant_id AND e.txid >= p.txid AND (e.txid > p.txid OR e.id > p.entry_id)
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one consumer has not read of one tenant; `entries` is counted up to MOST_COUNTED."""

    tenant_id: int
    entries: int
    oldest_age_seconds: float


def tenants_with_unread(consumer: Consumer) -> list[int]:
    """Every tenant with entries below the fence that `consumer` has not read."""
    sql = f"{_TENANTS} SELECT p.tenant_id FROM places p WHERE EXISTS ({_UNREAD} AND e.txid < journal_fence())"  # noqa: S608
    with platform_cursor(reason="journal relay: full look") as cursor:
        cursor.execute(sql, {"start": introduce(consumer), "consumer": consumer.name})
        return [int(tenant_id) for (tenant_id,) in cursor.fetchall()]


def measure_backlog(consumer: Consumer) -> list[Backlog]:
    """How much `consumer` has left to read, tenant by tenant; entries of running transactions are not visible."""
    sql = f"""{_TENANTS}
        SELECT p.tenant_id, unread.entries, EXTRACT(EPOCH FROM clock_timestamp() - unread.oldest)
        FROM places p, LATERAL (
            SELECT count(*) AS entries, min(at) AS oldest FROM ({_UNREAD} LIMIT {MOST_COUNTED}) AS waiting
        ) AS unread
        WHERE unread.entries > 0
    """  # noqa: S608 - constants only
    with platform_cursor(reason="journal relay: lag") as cursor:
        cursor.execute(sql, {"start": introduce(consumer), "consumer": consumer.name})
        return [Backlog(int(tenant), int(count), max(float(age), 0.0)) for tenant, count, age in cursor.fetchall()]


class Watch:
    """One relay's memory: how far it has looked, and which tenants each consumer still has to visit."""

    def __init__(self, chosen: Iterable[Consumer] | None = None) -> None:
        self._consumers = list(consumers if chosen is None else chosen)
        self._watermark: int | None = None
        self._next_full_look = 0.0
        self._to_visit: dict[str, dict[int, float]] = {consumer.name: {} for consumer in self._consumers}

    def step(self, *, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Look for news and give every waiting (consumer, tenant) one turn; returns how many entries were handled."""
        self._look()
        handled = 0
        for consumer in self._consumers:
            waiting = self._to_visit[consumer.name]
            moment = time.monotonic()
            for tenant_id in [tenant for tenant, not_before in waiting.items() if not_before <= moment]:
                if should_stop():
                    return handled
                turn = take_turn(consumer, tenant_id)
                handled += turn.handled
                _note(waiting, tenant_id, turn)
        return handled

    def _look(self) -> None:
        if self._watermark is None or time.monotonic() >= self._next_full_look:
            self._look_fully()
        else:
            self._look_for_news(self._watermark)

    def _look_fully(self) -> None:
        # The fence first: what commits between the two queries is then found by the next look for news.
        watermark = self._read_fence()
        for consumer in self._consumers:
            self._add(consumer, tenants_with_unread(consumer))
        self._watermark = watermark
        self._next_full_look = time.monotonic() + FULL_LOOK_SECONDS

    def _look_for_news(self, watermark: int) -> None:
        fence = self._read_fence()
        if fence == watermark:
            return
        with platform_cursor(reason="journal relay: look for news") as cursor:
            cursor.execute(
                "SELECT DISTINCT tenant_id FROM journal_entry WHERE txid >= %s AND txid < %s", [watermark, fence]
            )
            tenants = [int(tenant_id) for (tenant_id,) in cursor.fetchall()]
        for consumer in self._consumers:
            self._add(consumer, tenants)
        self._watermark = fence

    def _add(self, consumer: Consumer, tenants: Iterable[int]) -> None:
        waiting = self._to_visit[consumer.name]
        for tenant_id in tenants:
            waiting.setdefault(tenant_id, 0.0)

    @staticmethod
    def _read_fence() -> int:
        with platform_cursor(reason="journal relay: fence") as cursor:
            cursor.execute("SELECT journal_fence()")
            return int(cursor.fetchone()[0])


def _note(waiting: dict[int, float], tenant_id: int, turn: Turn) -> None:
    """Keep the tenant on the list while there is more; at the end of it, so that others come first."""
    waiting.pop(tenant_id, None)
    if turn.more:
        waiting[tenant_id] = time.monotonic() + RETRY_SECONDS if turn.waits else 0.0
