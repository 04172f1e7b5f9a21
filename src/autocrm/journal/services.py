"""Writing the journal, leading its consumers, making its partitions, and erasing from it."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from autocrm.journal import relay
from autocrm.journal.consumers import Consumer, consumers
from autocrm.journal.entry_types import Content, require_declared, shredded
from autocrm.journal.errors import OutsideTransaction
from autocrm.journal.models import DeadLetter, Entry
from autocrm.journal.permissions import MANAGE_DEAD_LETTERS
from autocrm.journal.recording import ROWS_PER_STATEMENT, Circumstances, NewEntry, as_written, insert, insert_many
from autocrm.journal.watch import tenants_with_unread
from autocrm.kernel.actors import Actor, Cause
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, NotFound
from autocrm.kernel.permissions import authorize
from autocrm.kernel.platform import platform_cursor, platform_transaction, rows
from autocrm.kernel.tenancy import current_database, current_tenant_id, tenant_scope

MONTHS_AHEAD = 3
PARENT = "journal_entry"


def write(  # noqa: PLR0913 - one entry is these values; a dataclass for callers would only move them
    kind: str,
    *,
    record_type: str = "",
    record_id: UUID | None = None,
    record_label: str = "",
    changes: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    actor: Actor,
) -> Entry:
    """Tell the journal what the current transaction did, and return the entry.

    `changes` maps a field to [old, new]; all values must be plain or UUID, Decimal, date, datetime. Raises
    UndeclaredKind, OutsideTransaction, and Denied when the actor belongs to another tenant.
    """
    require_declared((kind,))
    new = NewEntry(kind, record_type, record_id, record_label, changes, data)
    circumstances, using = _circumstances(actor), current_database()
    return as_written(new, circumstances, insert([new], circumstances, using=using)[0], using=using)


def write_many(entries: list[NewEntry], *, actor: Actor) -> None:
    """Tell the journal many things in few statements, in the order given; for imports and bulk edits.

    Raises as `write` does; then nothing is written.
    """
    require_declared({entry.kind for entry in entries})
    circumstances, using = _circumstances(actor), current_database()
    for first in range(0, len(entries), ROWS_PER_STATEMENT):
        insert_many(entries[first : first + ROWS_PER_STATEMENT], circumstances, using=using)


def cause_of(entry: Entry, *links: str) -> Cause:
    """The cause to put on an actor that acts because of `entry`; `links` are added to the chain for the loop guard."""
    return Cause(entry_id=entry.id, root_id=entry.root_id, depth=entry.depth, chain=(*entry.chain, *links))


def run_consumers(*, tenant_id: int | None = None, consumer: str | None = None, wait_seconds: float = 20.0) -> int:
    """Let consumers read everything committed so far; returns how many entries were handled.

    With a tenant named (tests, repairs) it waits up to `wait_seconds` for transactions elsewhere that hold the fence
    back, and does not heed pauses after failures: at the end each entry is handled or is a dead letter. What handlers
    write themselves is read by consumers registered after them, or by the next call. Not inside a transaction.
    """
    chosen = list(consumers) if consumer is None else [consumers.get(consumer)]
    if tenant_id is not None:
        _wait_for_fence(tenant_id, wait_seconds)
    handled = 0
    for one in chosen:
        for tenant in tenants_with_unread(one) if tenant_id is None else [tenant_id]:
            handled += _run_to_the_end(one, tenant, heed_pause=tenant_id is None)
    return handled


def introduce_consumers() -> None:
    """Note for every registered consumer where it begins; part of set-up, so that "now" is the moment of upgrade."""
    for consumer in consumers:
        relay.introduce(consumer)


def ensure_partitions(*, months_back: int = 0) -> None:
    """Make the partitions of this month and the next three, and of `months_back` before. Cheap when they exist."""
    today = now().astimezone(UTC)
    with platform_cursor(reason="journal partitions") as cursor:
        for ahead in range(-months_back, MONTHS_AHEAD + 1):
            year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
            cursor.execute(
                "SELECT create_month_partition(%s, %s::date)", [PARENT, datetime(year, month + 1, 1, tzinfo=UTC)]
            )


def shred_record(record_type: str, record_id: UUID, *, actor: Actor) -> int:
    """Erase personal content from every entry of a record; see `shred_records`."""
    return shred_records(record_type, [record_id], actor=actor)


def shred_records(record_type: str, record_ids: Collection[UUID], *, actor: Actor) -> int:
    """Erase personal content from every entry of records, by each kind's own `shred`; returns how many were changed.

    Works on the platform role, hence in a transaction of its own: call it after the erasing transaction committed (or
    in a chunked job); it is idempotent. Who did what when stays, what it said goes. Raises Denied.
    """
    authorize(actor, f"{record_type}.delete")
    everything = rows(Entry, reason="erase records from the journal").filter(tenant_id=actor.tenant_id)
    entries = everything.filter(record_type=record_type, record_id__in=record_ids)
    changed: list[int] = []
    with platform_transaction(reason="erase records from the journal"):
        for entry in entries.order_by("id").iterator(chunk_size=500):
            before = Content(entry.record_label, entry.changes, entry.data)
            after = shredded(entry.kind, before)
            if after != before:
                # By its own key alone: naming all the records once more for each entry would be work for their square.
                everything.filter(id=entry.id, at=entry.at).update(
                    record_label=after.record_label, changes=after.changes, data=after.data
                )
                changed.append(entry.id)
        # What a handler said about such an entry may quote it.
        letters = rows(DeadLetter, reason="erase records from the journal").filter(tenant_id=actor.tenant_id)
        letters.filter(entry_id__in=changed).update(error="")
    return len(changed)


def replay_dead_letter(dead_letter_id: UUID, *, actor: Actor) -> DeadLetter:
    """Give the entry to its consumer once more. Raises Denied, NotFound, and Conflict when it fails again."""
    authorize(actor, MANAGE_DEAD_LETTERS)
    try:
        with transaction.atomic(using=current_database()):
            letter = _lock_letter(dead_letter_id)
            _consumer_of(letter).handle([_entry_of(letter)])
            letter.replayed_at = now()
            letter.save(update_fields=["replayed_at"])
            return letter
    except (NotFound, Denied):
        raise
    except Exception as error:
        raise Conflict(_("It failed again: %(error)s") % {"error": str(error)[:300]}) from error


def _lock_letter(dead_letter_id: UUID) -> DeadLetter:
    letter = DeadLetter.objects.select_for_update().filter(id=dead_letter_id, replayed_at=None).first()
    if letter is None:
        raise NotFound
    return letter


def _entry_of(letter: DeadLetter) -> Entry:
    entry = Entry.objects.filter(id=letter.entry_id, at=letter.entry_at).first()
    if entry is None:
        raise NotFound(_("The event no longer exists."))
    return entry


def _consumer_of(letter: DeadLetter) -> Consumer:
    consumer = consumers.find(letter.consumer)
    if consumer is None:
        raise NotFound(_("What should handle the event no longer exists."))
    return consumer


def _circumstances(actor: Actor) -> Circumstances:
    tenant_id = current_tenant_id()
    if actor.tenant_id != tenant_id:
        raise Denied
    if not connections[current_database()].in_atomic_block:
        raise OutsideTransaction("Write the journal in the transaction of the change it tells of.")
    return Circumstances(tenant_id, now(), actor)


def _run_to_the_end(consumer: Consumer, tenant_id: int, *, heed_pause: bool) -> int:
    handled = 0
    while True:
        turn = relay.take_turn(consumer, tenant_id, heed_pause=heed_pause)
        handled += turn.handled
        if turn.waits or not turn.more:
            return handled


def _wait_for_fence(tenant_id: int, wait_seconds: float) -> None:
    """Until every entry of the tenant is below the fence, or the time is up."""
    deadline = time.monotonic() + wait_seconds
    while True:
        with tenant_scope(tenant_id), transaction.atomic(using=current_database()):
            newest = Entry.objects.aggregate(newest=Max("txid"))["newest"]
            if newest is None or newest < relay.read_fence():
                return
        if time.monotonic() > deadline:
            return
        time.sleep(0.005)
