"""What follows from any write of an activity, whichever door it came through; called by the record engine.

Journal: `<type>.completed` on the activity and activity.completed on each record it is about, or `<type>.reopened`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autocrm.activities import calling_off, events, next_activity, series, telling
from autocrm.activities.models import ActivityLink, Meeting, Planned
from autocrm.activities.permissions import MEETING, PLANNED
from autocrm.activities.states import TaskStatus
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.records.registry import record_types


def after_write(activity_type: str) -> Callable[[Any, frozenset[str], Actor], None]:
    """The effects of a create or update of that type."""

    def run(activity: Any, changed: frozenset[str], actor: Actor) -> None:
        if activity_type in PLANNED:
            _after_planned(activity_type, activity, changed, actor)

    return run


def after_move(activity_type: str) -> Callable[[Sequence[Any], Actor], None]:
    """The effects of the bin: what lies there is nobody's next activity."""

    def run(activities: Sequence[Any], actor: Actor) -> None:
        _keep_next(activity_type, activities)
        if activity_type == MEETING:
            calling_off.tell_state(activities, actor=actor)
            # Who attends was told that this one is off; the others stand in every calendar.
            for each in activities:
                if each.archived_at is not None and each.is_open:
                    series.continue_series(each)

    return run


def _after_planned(activity_type: str, activity: Planned, changed: frozenset[str], actor: Actor) -> None:
    is_new = activity.version == 1
    if not is_new and changed & {"status", next_activity.TIME_FIELDS[activity_type]}:
        _keep_next(activity_type, [activity])
    if "status" in changed and activity.status == TaskStatus.DONE:
        _write_completed(activity_type, activity, actor)
    elif "status" in changed and activity.is_open and not is_new:
        _write(events.REOPENED[activity_type], activity_type, activity, actor)
    if is_new or "owner" in changed:
        telling.tell_owner(activity_type, activity, actor=actor)
    if not is_new:
        _after_change(activity_type, activity, changed, actor)


def _after_change(activity_type: str, activity: Planned, changed: frozenset[str], actor: Actor) -> None:
    if isinstance(activity, Meeting) and "status" in changed:
        calling_off.tell_state([activity], actor=actor)
    elif isinstance(activity, Meeting):
        calling_off.tell_change(activity, changed, actor=actor)
    if activity_type in series.REPEATED:
        series.follow_changes(activity_type, activity, changed)
        if "status" in changed and not activity.is_open:
            series.continue_series(activity)


def _keep_next(activity_type: str, activities: Sequence[Planned]) -> None:
    """The links repeat the time of what is open; the records they name follow."""
    moved = False
    for activity in activities:
        links = ActivityLink.objects.filter(activity_type=activity_type, activity_id=activity.pk)
        moved = bool(links.update(open_at=next_activity.open_time(activity))) or moved
    if moved:
        ids = [activity.pk for activity in activities]
        next_activity.refresh(ActivityLink.objects.filter(activity_type=activity_type, activity_id__in=ids))


def _write_completed(activity_type: str, activity: Planned, actor: Actor) -> None:
    _write(events.COMPLETED[activity_type], activity_type, activity, actor)
    title = _title(activity_type, activity)
    for link in ActivityLink.objects.filter(activity_type=activity_type, activity_id=activity.pk).order_by("id"):
        journal.write(
            events.ACTIVITY_COMPLETED,
            record_type=link.record_type,
            record_id=link.record_id,
            record_label=link.record_label,
            data={"activity_type": activity_type, "activity_id": str(activity.pk), "label": title},
            actor=actor,
        )


def _write(kind: str, activity_type: str, activity: Planned, actor: Actor) -> None:
    title = _title(activity_type, activity)
    journal.write(kind, record_type=activity_type, record_id=activity.pk, record_label=title, actor=actor)


def _title(activity_type: str, activity: Planned) -> str:
    return record_types.get(activity_type).title(activity)[:300]
