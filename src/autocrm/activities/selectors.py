"""Reads of activities: what is on a record, what lies ahead of it, what activities are about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from autocrm.activities.events import ACTIVITY_COMPLETED, ACTIVITY_LINKED
from autocrm.activities.models import ActivityLink, Email, Note, Planned, Task
from autocrm.activities.permissions import ACTIVITIES, NOTE, PLANNED, TASK
from autocrm.activities.states import TaskKind, TaskStatus
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.notifications.mentions import mentioned_in
from autocrm.records.looks import look_at
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types
from autocrm.users import selectors as users

ENGAGEMENT_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that an activity is about, as far as the actor may see it."""

    record_type: str
    record_id: UUID
    title: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody was spoken or written to: which record, when."""

    record_type: str
    record_id: UUID
    at: datetime


def type_of(activity: Any) -> str:
    """The record type of an activity."""
    return activity._meta.model_name or ""


def live_activities(activity_type: str, actor: Actor) -> QuerySet[Any]:
    """The activities of that type that the actor may see, with the people they name; none where the type is closed."""
    found = live(record_types.get(activity_type), actor)
    return found.select_related("owner") if activity_type in PLANNED else found.select_related("owner", "created_by")


def open_activities(activity_type: str, actor: Actor) -> QuerySet[Any]:
    """Open tasks, calls or meetings that the actor may see."""
    return live_activities(activity_type, actor).filter(status=TaskStatus.OPEN)


def upcoming_of(record_type: str, record_id: UUID, *, actor: Actor, limit: int | None = None) -> list[Planned]:
    """What is open on a record, the next one first, what has no time last; a query for each type that is linked."""
    links = ActivityLink.objects.filter(record_type=record_type, record_id=record_id, activity_type__in=PLANNED)
    linked: dict[str, list[UUID]] = {}
    for activity_type, activity_id in links.values_list("activity_type", "activity_id").order_by("-at")[:MOST_LINKS]:
        linked.setdefault(activity_type, []).append(activity_id)
    found: list[Planned] = []
    for activity_type, ids in linked.items():
        found += open_activities(activity_type, actor).filter(pk__in=ids)
    return sorted(found, key=by_moment)[:limit]


MOST_LINKS = 2_000


def by_moment(activity: Planned) -> tuple[bool, datetime, UUID]:
    """The order of what lies ahead: soonest first, without a time last."""
    return activity.moment is None, activity.moment or now(), activity.pk


def next_of(record_type: str, record_ids: Iterable[UUID], *, actor: Actor) -> dict[UUID, Planned]:
    """The next dated activity that the actor may see of each of the records that has one; four queries at most."""
    links = ActivityLink.objects.filter(
        record_type=record_type, record_id__in=list(record_ids), open_at__isnull=False
    ).order_by("open_at", "activity_id")
    ahead = list(links.values_list("record_id", "activity_type", "activity_id"))
    seen: dict[UUID, Planned] = {}
    for activity_type in sorted({each for _record, each, _id in ahead}):
        if can_read_field(actor, activity_type, TIME_KEYS[activity_type]):
            ids = {each for _record, key, each in ahead if key == activity_type}
            seen |= {each.pk: each for each in open_activities(activity_type, actor).filter(pk__in=ids)}
    found: dict[UUID, Planned] = {}
    for record_id, _activity_type, activity_id in ahead:
        if activity_id in seen:
            found.setdefault(record_id, seen[activity_id])
    return found


# The field of each type that says when it is.
TIME_KEYS = {"task": "due_at", "call": "at", "meeting": "starts_at"}


def records_of(activity_type: str, activity_ids: Iterable[UUID]) -> dict[UUID, list[ActivityLink]]:
    """What activities are about, by activity."""
    links = ActivityLink.objects.filter(activity_type=activity_type, activity_id__in=list(activity_ids))
    found: dict[UUID, list[ActivityLink]] = {}
    for link in links.order_by("id"):
        found.setdefault(link.activity_id, []).append(link)
    return found


def subjects_of(activities: Iterable[Any], *, actor: Actor) -> dict[UUID, list[Subject]]:
    """The records that activities of any types are about, by activity; those the actor may not see are left out."""
    ids: dict[str, list[UUID]] = {}
    for activity in activities:
        ids.setdefault(type_of(activity), []).append(activity.pk)
    links: dict[UUID, list[ActivityLink]] = {}
    for activity_type, of_type in ids.items():
        links |= records_of(activity_type, of_type)
    seen = _subjects((link for several in links.values() for link in several), actor)
    return {
        activity_id: [seen[place] for link in several if (place := (link.record_type, link.record_id)) in seen]
        for activity_id, several in links.items()
    }


def _subjects(links: Iterable[ActivityLink], actor: Actor) -> Mapping[tuple[str, UUID], Subject]:
    wanted: dict[str, set[UUID]] = {}
    for link in links:
        wanted.setdefault(link.record_type, set()).add(link.record_id)
    seen: dict[tuple[str, UUID], Subject] = {}
    for key, ids in wanted.items():
        record_type = record_types.find(key)
        if record_type is None or not is_allowed(actor, record_type.permission(Verb.READ)):
            continue
        look = look_at(record_type, actor)
        for record in live(record_type, actor).filter(pk__in=ids):
            url = f"/{record_type.plural}/{record.pk}/"
            seen[key, record.pk] = Subject(key, record.pk, look.title(record), url, record_type.icon)
    return seen


def activities_of(activity_type: str, record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Any]:
    """Every activity of a type on a record that the actor may see, the newest first."""
    found = live_activities(activity_type, actor).filter(pk__in=ids_on(record_type, record_id, activity_type))
    return found.order_by("-created_at", "-id")


def tasks_of(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Task]:
    """Every task on a record that the actor may see, the newest first."""
    return activities_of(TASK, record_type, record_id, actor=actor)


def notes_of(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Note]:
    """Every note on a record that the actor may see, the newest first."""
    return activities_of(NOTE, record_type, record_id, actor=actor)


def open_on(record_type: str, record_id: UUID, *, actor: Actor) -> QuerySet[Task]:
    """Open tasks on a record."""
    return open_activities(TASK, actor).filter(pk__in=ids_on(record_type, record_id, TASK))


def pinned_on(record_type: str, record_id: UUID, *, actor: Actor, limit: int = 20) -> list[Any]:
    """The pinned activities of a record, the newest first."""
    found: list[Any] = []
    for activity_type in kinds_on(record_type, record_id):
        of_type = activities_of(activity_type, record_type, record_id, actor=actor)
        found += of_type.filter(is_pinned=True)[:limit]
    return sorted(found, key=lambda each: each.created_at, reverse=True)[:limit]


def kinds_on(record_type: str, record_id: UUID) -> list[str]:
    """Which types of activities a record has any of."""
    links = ActivityLink.objects.filter(record_type=record_type, record_id=record_id)
    there = set(links.order_by().values_list("activity_type", flat=True).distinct())
    return [each for each in ACTIVITIES if each in there]


def count_recent(record_type: str, record_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many activities each record got within the engagement window; records without any are left out."""
    since = now() - ENGAGEMENT_WINDOW
    found = ActivityLink.objects.filter(record_type=record_type, record_id__in=list(record_ids), at__gte=since)
    return dict(found.values("record_id").annotate(total=Count("pk")).values_list("record_id", "total"))


def ids_on(record_type: str, record_id: UUID, activity_type: str) -> QuerySet[Any, Any]:
    """The ids of the activities on a record, as a subquery; whoever uses it filters by what the actor may see."""
    links = ActivityLink.objects.filter(record_type=record_type, record_id=record_id, activity_type=activity_type)
    return links.values("activity_id")


def touches_in(entries: Sequence[Entry]) -> list[Touch]:
    """The contacts with somebody that journal entries tell of, each on the record that the entry stands on.

    A call or meeting that took place counts, an e-mail, and a task of calling or writing that was done.
    """
    wanted: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        if entry.kind in {ACTIVITY_LINKED, ACTIVITY_COMPLETED} and entry.record_id is not None:
            by_id = wanted.setdefault(str(entry.data.get("activity_type", "")), {})
            by_id.setdefault(str(entry.data.get("activity_id", "")), []).append(entry)
    found: list[Touch] = []
    for activity_type, by_id in wanted.items():
        if activity_type == NOTE or activity_type not in ACTIVITIES:
            continue
        for activity in record_types.get(activity_type).rows().filter(pk__in=list(by_id)):
            if (at := _touched_at(activity)) is not None:
                found += [Touch(e.record_type, e.record_id, at) for e in by_id[str(activity.pk)] if e.record_id]
    return found


def _touched_at(activity: Any) -> datetime | None:
    """When somebody was reached by it; None where nobody was, or not yet."""
    if isinstance(activity, Email):
        return activity.at
    if activity.status != TaskStatus.DONE:
        return None
    if isinstance(activity, Task):
        return None if activity.kind == TaskKind.TODO else activity.completed_at
    moment: datetime | None = activity.moment
    return moment if moment is None or moment <= now() else activity.completed_at


def types_seen(actor: Actor, types: Iterable[str] = ACTIVITIES) -> list[RecordType]:
    """The types of activities that are open to the actor."""
    found = (record_types.get(key) for key in types)
    return [each for each in found if is_allowed(actor, each.permission(Verb.READ))]


def mentions_in(note: Any) -> list[UUID]:
    """The members whom a note, or any activity with rich text, names; those who are none here are left out."""
    named = mentioned_in(note.body)
    members = users.members_among(named) if named else set()
    return [each for each in named if each in members]
