"""The recycle bin: what lies in it, over all types, who put it there and when; and how it empties itself."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import find_moment, now
from autocrm.kernel.ids import find_id
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.erasing import erase_records
from autocrm.records.looks import look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.tenants.selectors import get_tenant
from autocrm.users.selectors import get_display_names

PAGE = 50
DAYS = 30
CHUNK = 500


@dataclass(frozen=True, slots=True)
class BinItem:
    """One record in the bin, as the page shows it."""

    record_type: RecordType
    record_id: UUID
    title: str
    by: str
    at: datetime
    until: datetime
    may_delete: bool

    @property
    def url(self) -> str:
        """The record's own page, which it keeps."""
        return f"/{self.record_type.plural}/{self.record_id}/"


@dataclass(frozen=True, slots=True)
class BinPage:
    """A page of the bin and where the next begins, "" at the end."""

    items: Sequence[BinItem]
    next_cursor: str


def bin_days() -> int:
    """After how many days the current tenant's bin forgets a record."""
    return int(get_tenant(current_tenant_id()).settings.get("bin_days", DAYS))


def readable_types(actor: Actor) -> list[RecordType]:
    """The types whose bin the actor may look into."""
    return [each for each in record_types if is_allowed(actor, each.permission(Verb.READ))]


def list_bin(actor: Actor, *, only: RecordType | None = None, cursor: str = "") -> BinPage:
    """What lies in the bin and the actor sees, the latest first: one query for each type, and one for the names."""
    below = _read_cursor(cursor)
    types = readable_types(actor) if only is None else [only]
    merged = heapq.merge(
        *(_binned(each, below, actor) for each in types),
        key=lambda pair: (pair[1].archived_at, pair[1].id),
        reverse=True,
    )
    found = [pair for pair, _place in zip(merged, range(PAGE + 1), strict=False)]
    shown = found[:PAGE]
    names = get_display_names({record.updated_by_id for _type, record in shown if record.updated_by_id})
    kept = timedelta(days=bin_days())
    items = [
        _item(record_type, record, names.get(record.updated_by_id, ""), kept, actor) for record_type, record in shown
    ]
    last = shown[-1][1] if len(found) > PAGE else None
    return BinPage(items, f"{last.archived_at.isoformat()}|{last.id}" if last else "")


def _binned(record_type: RecordType, below: Q, actor: Actor) -> Iterator[tuple[RecordType, Any]]:
    found = visible_to(record_type, actor).filter(below, archived_at__isnull=False)
    return ((record_type, each) for each in found.order_by("-archived_at", "-id")[: PAGE + 1])


def _item(record_type: RecordType, record: Any, by: str, kept: timedelta, actor: Actor) -> BinItem:
    return BinItem(
        record_type=record_type,
        record_id=record.id,
        title=look_at(record_type, actor).title(record),
        by=by if can_read_field(actor, record_type.key, "updated_by") else "",
        at=record.archived_at,
        until=record.archived_at + kept,
        may_delete=is_allowed(actor, record_type.permission(Verb.DELETE), record),
    )


def _read_cursor(cursor: str) -> Q:
    moment, _bar, ident = cursor.partition("|")
    at, record_id = find_moment(moment), find_id(ident)
    if at is None or record_id is None:
        return Q()
    return Q(archived_at__lt=at) | Q(archived_at=at, id__lt=record_id)


# --- Emptying -----------------------------------------------------------------------------------------------------


def has_due() -> bool:
    """Whether something has lain in the current tenant's bin for too long."""
    return any(_due(each).exists() for each in record_types)


def empty_bin(run: JobRun) -> dict[str, int]:
    """Delete for good what has lain in the bin for too long, some at a time. Journal: record.deleted for each."""
    actor = Actor.system(run.tenant_id)
    counts: dict[str, int] = {}
    with transaction.atomic(using=current_database()):
        keys = record_types.keys()
    for key in keys:
        while erased := _erase_some(run, key, actor):
            counts[key] = counts.get(key, 0) + erased
    return counts


def _erase_some(run: JobRun, key: str, actor: Actor) -> int:
    with transaction.atomic(using=current_database(), durable=True):
        run.beat()
        if run.is_cancelled():
            raise LeaseLost
        record_type = record_types.find(key)
        if record_type is None:
            return 0
        due = _due(record_type).order_by("archived_at", "id")
        records = list(due.select_for_update(of=("self",), skip_locked=True)[:CHUNK])
        erase_records(record_type, records, data={"emptied": True}, actor=actor)
        return len(records)


def _due(record_type: RecordType) -> Any:
    return record_type.rows().filter(archived_at__lt=now() - timedelta(days=bin_days()))
