"""Reads of the journal: a record's timeline, the audit log, dead letters, and how far consumers lag behind."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models.fields.json import KeyTextTransform

from autocrm.journal.consumers import consumers
from autocrm.journal.models import DeadLetter, Entry
from autocrm.journal.permissions import MANAGE_DEAD_LETTERS, VIEW_AUDIT
from autocrm.journal.watch import measure_backlog
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.permissions import authorize, can_read_field

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the audit log is narrowed to; all given conditions hold."""

    kinds: tuple[str, ...] = ()
    actor_id: UUID | None = None
    record_type: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """How far a consumer is behind over all tenants; counts stop at 10,000 per tenant."""

    consumer: str
    tenants: int
    entries: int
    oldest_age_seconds: float


def entries_of(  # noqa: PLR0913 - a record, a page of it, and what it is narrowed to
    record_type: str,
    record_id: UUID,
    *,
    before: int | None = None,
    limit: int = 50,
    kinds: Collection[str] = (),
    by: UUID | None = None,
    also: Collection[UUID] = (),
    may_read: Callable[[str], bool] | None = None,
    actor: Actor,
) -> list[Entry]:
    """A record's entries, newest first, from below the entry id `before`; only of `kinds` or `by` somebody, if given.

    `also` are records that were merged into this one: their past is its past. The caller has made sure that the actor
    sees this record. Changes of fields the actor may not read are left out (`Entry.is_emptied`); `may_read` replaces
    the rule of the role where a record type knows better. Raises Denied.
    """
    authorize(actor, f"{record_type}.read")
    wanted = {"id__lt": before, "kind__in": tuple(kinds), "actor_id": by}
    entries = Entry.objects.filter(record_type=record_type)
    entries = entries.filter(record_id__in=[record_id, *also]) if also else entries.filter(record_id=record_id)
    entries = entries.filter(**{name: value for name, value in wanted.items() if value not in (None, ())})
    found = list(entries.order_by("-id")[: min(limit, MOST_AT_ONCE)])
    readable = may_read or (lambda name: can_read_field(actor, record_type, name))
    for entry in found:
        seen = {name: change for name, change in entry.changes.items() if readable(name)}
        entry.is_emptied = bool(entry.changes) and not seen
        entry.changes = seen
    return found


def entries_of_many(
    record_type: str,
    record_ids: Collection[UUID],
    *,
    marked: Mapping[str, str] | None = None,
    after: int | None = None,
    since: datetime | None = None,
    actor: Actor,
) -> list[Entry]:
    """The entries of many records, newest first, for work in the background: undo and merging.

    `marked` are texts that stand in the entries' `data` (the import that wrote them), `after` an entry id, `since` a
    moment before which nothing is looked for. Fields are not hidden here: the caller looks at each before it says
    anything of it. Raises Denied.
    """
    authorize(actor, f"{record_type}.read")
    entries = Entry.objects.filter(record_type=record_type, record_id__in=record_ids)
    if after is not None:
        entries = entries.filter(id__gt=after)
    if since is not None:
        entries = entries.filter(at__gte=since)
    for key, value in (marked or {}).items():
        entries = entries.annotate(**{f"mark_{key}": KeyTextTransform(key, "data")}).filter(**{f"mark_{key}": value})
    return list(entries.order_by("-id"))


def list_authors(record_type: str, record_id: UUID, *, limit: int = 50, actor: Actor) -> list[tuple[UUID, str]]:
    """Who wrote a record's entries: ids and names of people, by name. The caller has made sure it is visible."""
    authorize(actor, f"{record_type}.read")
    entries = Entry.objects.filter(record_type=record_type, record_id=record_id, actor_kind=ActorKind.HUMAN)
    found = entries.order_by().values_list("actor_id", "actor_label").distinct()[:limit]
    names = {person: label for person, label in found if person is not None}
    return sorted(names.items(), key=lambda each: each[1].casefold())


def list_audit(
    actor: Actor, *, only: AuditFilter | None = None, before: int | None = None, limit: int = 100
) -> list[Entry]:
    """Entries of the whole tenant, newest first, from below the entry id `before`. Raises Denied."""
    authorize(actor, VIEW_AUDIT)
    only = only or AuditFilter()
    wanted = {
        "kind__in": only.kinds,
        "actor_id": only.actor_id,
        "record_type": only.record_type,
        "at__gte": only.since,
        "at__lt": only.until,
        "id__lt": before,
    }
    entries = Entry.objects.filter(**{name: value for name, value in wanted.items() if value})
    return list(entries.order_by("-id")[: min(limit, MOST_AT_ONCE)])


def list_dead_letters(actor: Actor) -> models.QuerySet[DeadLetter]:
    """What consumers could not handle and nobody has replayed yet, newest first. Raises Denied."""
    authorize(actor, MANAGE_DEAD_LETTERS)
    return DeadLetter.objects.filter(replayed_at=None).order_by("-created_at")


def measure_lag() -> list[ConsumerLag]:
    """How far each consumer is behind, over the whole installation; for operators and health checks."""
    lags = []
    for consumer in consumers:
        backlog = measure_backlog(consumer)
        oldest = max((item.oldest_age_seconds for item in backlog), default=0.0)
        lags.append(ConsumerLag(consumer.name, len(backlog), sum(item.entries for item in backlog), oldest))
    return lags
