"""Leads consumers through one tenant's entries: cursor, fence, handler, and what to do with an entry that always fails.

The order is (txid, id) and only entries of transactions below the fence are read: every transaction below it has
ended, so no entry can appear behind the cursor any more. A cursor on the id alone silently loses rows, because ids are
taken at insert and become visible at commit. Invariant: handler and cursor commit together.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connections, transaction

from autocrm.journal.consumers import Consumer, Start
from autocrm.journal.models import Cursor, DeadLetter, Entry
from autocrm.kernel.clock import now
from autocrm.kernel.platform import platform_cursor
from autocrm.kernel.tenancy import current_database, current_tenant_id, tenant_scope

MAX_ERROR = 2_000
LONGEST_PAUSE = timedelta(minutes=5)

# The class of SQLSTATE for what PostgreSQL can never do, however often it is asked.
LIMITS_CLASS = "54"

logger = logging.getLogger(__name__)
_starts: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did: entries handled, and whether there is more to do (now, or later when `waits`)."""

    handled: int
    more: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: list[Entry]
    fence: int
    is_last: bool


def forget_starts() -> None:
    """Drop what this process remembers of consumers' starts, as a new process would."""
    _starts.clear()


def introduce(consumer: Consumer) -> int:
    """The transaction at which `consumer` began in this installation; noted the first time it is met."""
    if consumer.name not in _starts:
        with platform_cursor(reason="introduce a journal consumer") as cursor:
            cursor.execute(
                "INSERT INTO journal_consumerstart (consumer, txid, introduced_at) "
                "VALUES (%s, CASE WHEN %s THEN journal_fence() ELSE 0 END, %s) ON CONFLICT (consumer) DO NOTHING",
                [consumer.name, consumer.start is Start.NOW, now()],
            )
            cursor.execute("SELECT txid FROM journal_consumerstart WHERE consumer = %s", [consumer.name])
            _starts[consumer.name] = int(cursor.fetchone()[0])
    return _starts[consumer.name]


def take_turn(consumer: Consumer, tenant_id: int, *, heed_pause: bool = True) -> Turn:
    """Let `consumer` handle its next batch of a tenant. Errors of the handler are kept on the cursor, not raised.

    Does nothing while another process holds the cursor, or during the pause after a failure (unless told not to heed
    it). Raises OperationalError when the database itself is in trouble: that is nobody's poison.
    """
    start = introduce(consumer)
    with tenant_scope(tenant_id):
        try:
            with transaction.atomic(using=current_database(), durable=True):
                cursor = _lock_cursor(consumer, start)
                if cursor is None or (heed_pause and cursor.retry_at is not None and cursor.retry_at > now()):
                    return Turn(0, more=True, waits=True)
                if cursor.failures < consumer.max_failures:
                    batch = _read(consumer, cursor, consumer.batch)
                    _handle(consumer, cursor, batch)
                    return Turn(len(batch.entries), more=not batch.is_last)
        except Exception as error:
            if _is_trouble(error):
                raise
            logger.exception("journal.consumer_failed", extra={"consumer": consumer.name, "tenant": tenant_id})
            _pause(consumer, start, error)
            return Turn(0, more=True, waits=heed_pause)
        return _one_by_one(consumer, start)


def _is_trouble(error: Exception) -> bool:
    """Whether the database itself is in trouble, which passes: no connection, a deadlock, no room.

    A limit of PostgreSQL's own (class 54: a statement too complex, a value too long) is met again each time. Taken for
    trouble it would be tried for ever, and hold up every workspace behind this one.
    """
    if isinstance(error, OperationalError):
        return not str(getattr(error.__cause__, "sqlstate", None) or "").startswith(LIMITS_CLASS)
    return isinstance(error, InterfaceError)


def read_fence() -> int:
    """Every transaction below it has ended; read inside the current tenant's transaction."""
    with connections[current_database()].cursor() as cursor:
        cursor.execute("SELECT journal_fence()")
        return int(cursor.fetchone()[0])


def _lock_cursor(consumer: Consumer, start: int) -> Cursor | None:
    """The cursor under lock, made when this is the tenant's first turn; None while another process has it."""
    mine = Cursor.objects.filter(consumer=consumer.name)
    cursor = mine.select_for_update(skip_locked=True).first()
    if cursor is None:
        Cursor.objects.bulk_create([Cursor(consumer=consumer.name, txid=start)], ignore_conflicts=True)
        cursor = mine.select_for_update(skip_locked=True).first()
    return cursor


def _read(consumer: Consumer, cursor: Cursor, limit: int) -> _Batch:
    fence = read_fence()
    entries = Entry.objects.filter(txid__gte=cursor.txid, txid__lt=fence)
    # The range above serves the index; this drops what the cursor's own transaction has had already.
    entries = entries.exclude(txid=cursor.txid, id__lte=cursor.entry_id)
    if consumer.kinds is not None:
        entries = entries.filter(kind__in=sorted(consumer.kinds))
    if consumer.passes_over:
        entries = entries.exclude(data__has_any_keys=sorted(consumer.passes_over))
    found = list(entries.order_by("txid", "id")[:limit])
    return _Batch(found, fence, is_last=len(found) < limit)


def _handle(consumer: Consumer, cursor: Cursor, batch: _Batch) -> None:
    if batch.entries:
        consumer.handle(batch.entries)
    cursor.failures, cursor.retry_at, cursor.error = 0, None, ""
    _advance(cursor, batch)


def _advance(cursor: Cursor, batch: _Batch) -> None:
    """Move behind the batch, or to the fence when nothing else was below it."""
    if batch.is_last:
        cursor.txid, cursor.entry_id = max(cursor.txid, batch.fence), 0
    else:
        cursor.txid, cursor.entry_id = batch.entries[-1].txid, batch.entries[-1].id
    cursor.save()


def _pause(consumer: Consumer, start: int, error: Exception) -> None:
    with transaction.atomic(using=current_database()):
        cursor = _lock_cursor(consumer, start)
        if cursor is not None:
            cursor.failures += 1
            cursor.retry_at = now() + min(timedelta(seconds=2 ** (cursor.failures - 1)), LONGEST_PAUSE)
            cursor.error = _describe(error)
            cursor.save()


def _one_by_one(consumer: Consumer, start: int) -> Turn:
    """Take a batch that keeps failing entry by entry, each in a transaction of its own."""
    for handled in range(consumer.batch):
        batch = _single(consumer, start)
        if batch is None:
            return Turn(handled, more=True, waits=True)
        if batch.is_last:
            _forget_failures(consumer, start)
            return Turn(handled)
    _forget_failures(consumer, start)
    return Turn(consumer.batch, more=True)


def _single(consumer: Consumer, start: int) -> _Batch | None:
    """Handle the next entry or set it aside; None while another process has the cursor."""
    taken: list[_Batch] = []
    try:
        return _locked(consumer, start, lambda cursor: _take_one(consumer, cursor, taken))
    except Exception as error:
        if _is_trouble(error):
            raise
        logger.exception("journal.entry_failed", extra={"consumer": consumer.name})
        failed, words = taken[0].entries[0], _describe(error)
        return _locked(consumer, start, lambda cursor: _set_aside(consumer, cursor, failed, words))


def _locked(consumer: Consumer, start: int, work: Callable[[Cursor], _Batch]) -> _Batch | None:
    with transaction.atomic(using=current_database(), durable=True):
        cursor = _lock_cursor(consumer, start)
        return None if cursor is None else work(cursor)


def _take_one(consumer: Consumer, cursor: Cursor, taken: list[_Batch]) -> _Batch:
    batch = _read(consumer, cursor, 1)
    taken.append(batch)
    if batch.entries:
        consumer.handle(batch.entries)
    _advance(cursor, batch)
    return batch


def _set_aside(consumer: Consumer, cursor: Cursor, failed: Entry, words: str) -> _Batch:
    """Make a dead letter of the entry and move on, unless another process has got past it meanwhile."""
    batch = _read(consumer, cursor, 1)
    if batch.entries and batch.entries[0].id == failed.id:
        DeadLetter.objects.bulk_create(
            [
                DeadLetter(
                    consumer=consumer.name,
                    entry_id=failed.id,
                    entry_at=failed.at,
                    kind=failed.kind,
                    error=words,
                    attempts=cursor.failures + 1,
                    created_at=now(),
                )
            ],
            ignore_conflicts=True,
        )
        _advance(cursor, batch)
    return batch


def _forget_failures(consumer: Consumer, start: int) -> None:
    with transaction.atomic(using=current_database()):
        cursor = _lock_cursor(consumer, start)
        if cursor is not None:
            cursor.failures, cursor.retry_at, cursor.error = 0, None, ""
            cursor.save()


def _describe(error: Exception) -> str:
    tenant_id = current_tenant_id()
    return f"tenant {tenant_id}: {type(error).__name__}: {error}".replace("\x00", "")[:MAX_ERROR]
