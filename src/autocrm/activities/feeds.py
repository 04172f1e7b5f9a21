"""The calendar of a person under a secret address, which calendar programs read without signing in.

The address is a key like those of API tokens: it names its workspace, the row keeps its hash, and the text itself only
sealed, so that its owner can copy it again. Whoever revokes it or leaves the workspace closes it at once.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.activities import ics, inviting
from autocrm.activities.models import Attendee, CalendarFeed, Meeting, Planned, Series
from autocrm.activities.permissions import MEETING, PLANNED, TASK
from autocrm.activities.repeating import Rule, from_number, read_rule
from autocrm.activities.selectors import TIME_KEYS, live_activities, type_of, types_seen
from autocrm.activities.states import RepeatFrom, Response, TaskStatus
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied
from autocrm.kernel.permissions import can_read_field
from autocrm.kernel.sealing import Unsealable, seal, unseal
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant
from autocrm.users import selectors as users
from autocrm.users.keys import digest_of, find_address, new_key

MARK = "cal"
PURPOSE = "activities.calendar_feed"
PAST, FUTURE = timedelta(days=90), timedelta(days=730)
MOST = 2_000
READ_AT_EVERY = timedelta(hours=1)


def find_feed(actor: Actor) -> CalendarFeed | None:
    """The actor's own calendar address, if there is one."""
    return CalendarFeed.objects.filter(user_id=_person(actor)).first()


def key_of(feed: CalendarFeed) -> str:
    """The secret part of the address, for its owner; "" where it can no longer be read."""
    try:
        return unseal(feed.sealed, purpose=PURPOSE)
    except Unsealable:
        return ""


@transaction.atomic
def renew_feed(*, actor: Actor) -> CalendarFeed:
    """Make the actor's calendar address, or another one in place of it: the one before closes. Raises Denied."""
    revoke_feed(actor=actor)
    key = new_key(MARK, actor.tenant_id)
    return CalendarFeed.objects.create(
        user_id=_person(actor), prefix=key.prefix, digest=key.digest, sealed=seal(key.text, purpose=PURPOSE)
    )


@transaction.atomic
def revoke_feed(*, actor: Actor) -> None:
    """Close the actor's calendar address. Raises Denied."""
    CalendarFeed.objects.filter(user_id=_person(actor)).delete()


def read_feed(key: str) -> tuple[bytes, str] | None:
    """The calendar behind a key, and its ETag; None for one that is unknown, revoked, or whose owner has gone."""
    address = find_address(MARK, key)
    tenant = find_tenant(address.tenant_id) if address is not None else None
    if address is None or tenant is None or not tenant.is_active:
        return None
    with tenant_scope(tenant), transaction.atomic(using=tenant.database):
        feed = CalendarFeed.objects.select_related("user").filter(prefix=address.prefix).first()
        if feed is None or not hmac.compare_digest(feed.digest, digest_of(key)):
            return None
        actor = users.find_actor(feed.user_id, tenant)
        if actor is None:
            return None
        if feed.read_at is None or now() - feed.read_at > READ_AT_EVERY:
            CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now())
        content = ics.calendar_file(happenings_of(actor), name=_name(tenant, actor))
    return content, hashlib.sha256(content).hexdigest()[:32]


def happenings_of(actor: Actor) -> list[ics.Happening]:
    """The actor's meetings, calls and tasks with a time, from three months ago to two years ahead."""
    found: list[ics.Happening] = []
    since, until = now() - PAST, now() + FUTURE
    for record_type in types_seen(actor, PLANNED):
        key = record_type.key
        if not can_read_field(actor, key, TIME_KEYS[key]):
            continue
        rows = live_activities(key, actor).exclude(status=TaskStatus.CANCELLED)
        rows = rows.filter(**{f"{TIME_KEYS[key]}__gte": since, f"{TIME_KEYS[key]}__lt": until})
        mine = rows.filter(owner_id=actor.user_id).order_by(f"-{TIME_KEYS[key]}", "-id")[:MOST]
        found += _meetings(mine, rows, actor) if key == MEETING else _others(mine, actor)
    return sorted(found, key=lambda each: (each.starts_at, each.uid))


def _meetings(mine: Any, rows: Any, actor: Actor) -> list[ics.Happening]:
    """Meetings that the actor leads or attends, with the members who attend: other programs hear of no record."""
    person = _person(actor)
    invited = Attendee.objects.filter(user_id=person).exclude(response=Response.DECLINED)
    also = rows.filter(pk__in=invited.values("meeting_id")).order_by("-starts_at", "-id")[:MOST]
    meetings: list[Meeting] = list({each.pk: each for each in [*mine, *also]}.values())
    guests: dict[Any, list[Attendee]] = {}
    for row in Attendee.objects.filter(meeting__in=meetings, record_id__isnull=True).order_by("id"):
        guests.setdefault(row.meeting_id, []).append(row)
    series = _series(meetings)
    return [
        _shown(happening, MEETING, each, actor)
        for each in meetings
        for happening in _meeting(each, guests.get(each.pk, []), _going_on(each, series))
    ]


def _meeting(meeting: Meeting, guests: list[Attendee], series: Series | None) -> list[ics.Happening]:
    happening = inviting.happening_of(meeting, guests, series)
    rule = _rule(series, meeting)
    if rule is None or happening.recurrence_id is None:
        return [happening]
    place = happening.recurrence_id
    return [
        replace(happening, starts_at=place, ends_at=meeting.end_from(place), rule=rule, recurrence_id=None),
        happening,
    ]


def _others(mine: Any, actor: Actor) -> list[ics.Happening]:
    activities: list[Planned] = list(mine)
    series = _series(activities)
    return [
        _shown(happening, type_of(each), each, actor)
        for each in activities
        if each.moment is not None
        for happening in _other(each, _going_on(each, series))
    ]


def _rule(series: Series | None, activity: Planned) -> Rule | None:
    """How what follows is counted in a calendar; what is counted from the day it is done cannot be known before."""
    if series is None or series.repeat_from != RepeatFrom.SCHEDULE:
        return None
    return from_number(read_rule(series.rule), activity.number)


def _other(activity: Any, series: Series | None) -> list[ics.Happening]:
    """A task or call; one that was moved stands for its place in the series, which goes on where it was."""
    moment: datetime = activity.moment
    minutes = getattr(activity, "minutes", None)
    happening = ics.Happening(
        uid=ics.uid_of(activity.pk, inviting.site_host()),
        title=activity.subject,
        starts_at=moment,
        ends_at=moment + (timedelta(minutes=minutes) if minutes else ics.MOMENT),
        changed_at=activity.updated_at,
        details=activity.body,
        sequence=activity.version,
        # Somebody who has a task to do may still be met.
        is_busy=type_of(activity) != TASK,
        zone=series.zone if series is not None else "UTC",
    )
    rule, place = _rule(series, activity), activity.occurs_at or moment
    if rule is None:
        return [happening]
    whole = replace(happening, starts_at=place, ends_at=place + (happening.ends_at - moment), rule=rule)
    return [whole] if place == moment else [whole, replace(happening, recurrence_id=place)]


def _shown(happening: ics.Happening, key: str, activity: Planned, actor: Actor) -> ics.Happening:
    """Without what the person's role hides."""
    hidden: dict[str, Any] = {}
    if not can_read_field(actor, key, "subject"):
        hidden["title"] = str(record_types.get(key).label)
    for name, parts in {"body": ("details",), "place": ("place",), "video_url": ("details", "place")}.items():
        if name in record_types.get(key).by_key and not can_read_field(actor, key, name):
            hidden |= dict.fromkeys(parts, "")
    done = "✓ " if activity.status == TaskStatus.DONE and key != MEETING else ""
    title = done + hidden.pop("title", happening.title)
    return replace(happening, title=title, **hidden)


def _series(activities: Iterable[Planned]) -> dict[Any, Series]:
    ids = {each.series_id for each in activities if each.series_id}
    return {each.pk: each for each in Series.objects.filter(pk__in=ids).exclude(rule="")} if ids else {}


def _going_on(activity: Planned, series: dict[Any, Series]) -> Series | None:
    """The series that this one leads on: only the last member brings those that follow it."""
    return series.get(activity.series_id) if activity.is_open and not activity.is_continued else None


def _name(tenant: Tenant, actor: Actor) -> str:
    return f"{tenant.name} – {actor.label}"


def _person(actor: Actor) -> UUID:
    if actor.user_id is None or actor.kind is not ActorKind.HUMAN:
        raise Denied
    return actor.user_id
