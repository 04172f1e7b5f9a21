"""What one person, or a team, has to do and has done, in that person's own days: the Today page and its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from autocrm.activities.models import Attendee, Meeting, Planned
from autocrm.activities.permissions import MEETING, PLANNED, TASK
from autocrm.activities.selectors import TIME_KEYS, by_moment, live_activities, open_activities, types_seen
from autocrm.activities.states import Response, TaskStatus
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.kernel.permissions import can_read_field

DONE_WINDOW = timedelta(days=14)
WEEK = 7
MOST = 200


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is open, by when: before today, today, in the seven days that follow, after that, without a time.

    Of what is overdue the oldest are listed and all are counted.
    """

    overdue: Sequence[Planned]
    today: Sequence[Planned]
    week: Sequence[Planned]
    later: Sequence[Planned]
    undated: Sequence[Planned]
    overdue_count: int = 0

    def __iter__(self) -> Any:
        return iter([*self.overdue, *self.today, *self.week, *self.later, *self.undated])


def agenda(actor: Actor, *, of_team: bool = False, limit: int = MOST) -> Agenda:
    """The open tasks, calls and meetings of the actor, or of everybody in the actor's teams."""
    day = now().astimezone(actor.zone).date()
    begins, ends, after = (start_of_day(day + timedelta(days=n), actor.zone) for n in (0, 1, 1 + WEEK))
    found: list[Planned] = []
    overdue_count = 0
    for record_type in types_seen(actor, PLANNED):
        key, at = record_type.key, TIME_KEYS[record_type.key]
        if can_read_field(actor, key, at):
            theirs = _theirs(open_activities(key, actor), key, actor, of_team=of_team).order_by(at, "id")
            # Apart, so that however much is overdue, today is whole.
            overdue = theirs.filter(**{f"{at}__lt": begins})
            late = list(overdue[:limit])
            overdue_count += overdue.order_by().count() - limit if len(late) == limit else 0
            found += [*late, *theirs.filter(**{f"{at}__gte": begins})[:limit]]
            found += theirs.filter(due_at=None)[:limit] if key == TASK else ()
    found.sort(key=by_moment)
    # A meeting that has begun is not overdue before it ends.
    parts: dict[str, list[Planned]] = {"overdue": [], "today": [], "week": [], "later": [], "undated": []}
    for each in found:
        parts[_part(each, begins, ends, after)].append(each)
    return Agenda(**parts, overdue_count=overdue_count + len(parts["overdue"]))


def _part(activity: Planned, begins: datetime, ends: datetime, after: datetime) -> str:
    moment = activity.moment
    if moment is None:
        return "undated"
    if moment < begins:
        is_on = isinstance(activity, Meeting) and activity.ends_at is not None and activity.ends_at > now()
        return "today" if is_on else "overdue"
    return "today" if moment < ends else "week" if moment < after else "later"


def _theirs(found: QuerySet[Any], key: str, actor: Actor, *, of_team: bool) -> QuerySet[Any]:
    people = sorted(actor.team_user_ids) if of_team else [each for each in (actor.user_id,) if each]
    mine = Q(owner_id__in=people) if of_team else Q(owner_id=actor.user_id)
    if key == MEETING:
        mine |= _attended_by(people)
    return found.filter(mine)


def _attended_by(people: Sequence[UUID]) -> Q:
    """The meetings that one of these attends."""
    rows = Attendee.objects.filter(user_id__in=people)
    return Q(pk__in=rows.exclude(response=Response.DECLINED).values("meeting_id"))


def count_due(actor: Actor) -> int:
    """How many of those on one's own Today page are overdue or today; the number beside Today."""
    tomorrow = start_of_day(now().astimezone(actor.zone).date() + timedelta(days=1), actor.zone)
    total = 0
    for record_type in types_seen(actor, PLANNED):
        key = record_type.key
        due = open_activities(key, actor).filter(**{f"{TIME_KEYS[key]}__lt": tomorrow}).order_by()
        total += due.filter(owner_id=actor.user_id).count()
        if key == MEETING and actor.user_id is not None:
            # Counted apart: each of the two has an index, both together have none.
            others = due.filter(_attended_by([actor.user_id])).exclude(owner_id=actor.user_id)
            total += others.count()
    return total


def list_done(actor: Actor, since: datetime, *, limit: int = 100) -> list[Planned]:
    """What one has completed since then, the latest first."""
    found: list[Planned] = []
    for rows in _done(actor, since, now()):
        found += rows.order_by("-completed_at", "-id")[:limit]
    return sorted(found, key=lambda each: (each.completed_at or since, each.pk), reverse=True)[:limit]


def count_done(actor: Actor, since: datetime, until: datetime) -> int:
    """How many of one's own tasks, calls and meetings were completed from `since` to before `until`."""
    return sum(rows.order_by().count() for rows in _done(actor, since, until))


def _done(actor: Actor, since: datetime, until: datetime) -> Iterator[QuerySet[Any]]:
    for record_type in types_seen(actor, PLANNED):
        found = live_activities(record_type.key, actor).filter(owner_id=actor.user_id, status=TaskStatus.DONE)
        yield found.filter(completed_at__gte=since, completed_at__lte=until)


def begins_at(day: date, actor: Actor) -> datetime:
    """When a day begins for the actor."""
    return start_of_day(day, actor.zone)
