"""What repeats: a task or meeting is done, and the next one of its series is there.

There is one open member of a series at a time. Changes of what it says hold for those that follow as well, a change of
its time for this one only, unless the caller says otherwise (`change`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from autocrm.activities import calling_off, events, next_activity, services
from autocrm.activities.models import ActivityLink, Attendee, Meeting, Planned, Series
from autocrm.activities.permissions import MEETING, TASK
from autocrm.activities.repeating import (
    Occurrence,
    Rule,
    anchored,
    next_after_completion,
    next_on_schedule,
    read_rule,
)
from autocrm.activities.states import RepeatFrom, TaskStatus
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.permissions import authorize
from autocrm.records import selectors as records_read
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.records.values import plain_value

REPEATED = (TASK, MEETING)
ROLLED_AT_ONCE = 200
# What the next one takes over; its time comes from the rule.
PATTERN: Mapping[str, tuple[str, ...]] = {
    TASK: ("subject", "kind", "priority", "body", "remind_before", "owner", "tags"),
    MEETING: ("subject", "place", "video_url", "body", "remind_before", "owner", "tags", "is_all_day"),
}


class Scope(StrEnum):
    """What a change of a member of a series holds for."""

    THIS = "this"
    FOLLOWING = "following"


@transaction.atomic
def repeat(
    activity_type: str, activity_id: object, rule: str, *, repeat_from: str = RepeatFrom.SCHEDULE, actor: Actor
) -> Any:
    """Let a task or meeting repeat by `rule` from itself on; with no rule it is the last. Journal: activity.repeats.

    Raises Invalid for a rule that is none and for a task without a time, NotFound, Denied.
    """
    if activity_type not in REPEATED:
        raise NotFound
    record_type = records_read.get_type(activity_type)
    authorize(actor, record_type.permission(Verb.UPDATE))
    activity = records.lock_record(record_type, activity_id, actor=actor)
    authorize(actor, record_type.permission(Verb.UPDATE), activity)
    if repeat_from not in RepeatFrom.values or (activity_type == MEETING and repeat_from != RepeatFrom.SCHEDULE):
        raise Invalid(fields={"repeat_from": [_("Choose one of the offered values.")]})
    series = _ended(activity) if not rule.strip() else _begun(activity_type, activity, read_rule(rule), actor)
    if series is None:
        return activity
    series.repeat_from = repeat_from
    series.sequence += 1
    series.save()
    data = {"rule": series.rule, "repeat_from": series.repeat_from}
    title = record_type.title(activity)
    journal.write(
        events.ACTIVITY_REPEATS,
        record_type=activity_type,
        record_id=activity.pk,
        record_label=title,
        data=data,
        actor=actor,
    )
    if isinstance(activity, Meeting):
        calling_off.tell_change(activity, {"starts_at"}, actor=actor)
    return activity


@transaction.atomic
def change(activity_type: str, activity_id: object, values: Mapping[str, Any], *, scope: Scope, actor: Actor) -> Any:
    """Change a member of a series, for itself alone or for all that follow. Journal: record.updated.

    Raises as `update_record` does.
    """
    record_type = records_read.get_type(activity_type)
    before = records.lock_record(record_type, activity_id, actor=actor)
    series = _locked(before.series_id) if activity_type in REPEATED and before.series_id else None
    pattern = dict(series.pattern) if series is not None else {}
    activity = records.update_record(record_type, activity_id, values, actor=actor)
    if series is None:
        return activity
    if scope is Scope.THIS:
        Series.objects.filter(pk=series.pk).update(pattern=pattern)
    elif activity.moment != before.moment and activity.moment is not None:
        fresh = _locked(series.pk)
        _anchor(fresh, activity, ZoneInfo(fresh.zone) if activity_type == MEETING else actor.zone)
        fresh.save()
        activity.save(update_fields=["occurs_at"])
    return activity


def follow_changes(activity_type: str, activity: Planned, changed: frozenset[str]) -> None:
    """What was changed in a member of a series holds for those that follow."""
    keys = changed & set(PATTERN[activity_type])
    if activity.series_id is None or not keys or not activity.is_open:
        return
    series = _locked(activity.series_id)
    series.pattern = {**series.pattern, **_pattern(activity_type, activity, keys)}
    series.save(update_fields=["pattern"])


def continue_series(activity: Planned) -> Planned | None:
    """Make the next member after this one is over; once, however often it is reopened. None where the series ends."""
    if activity.series_id is None or activity.is_continued:
        return None
    series = _locked(activity.series_id)
    activity.is_continued = True
    type(activity).objects.filter(pk=activity.pk).update(is_continued=True)
    coming = _coming(series, activity)
    if coming is None or type(activity).objects.filter(series=series, number=coming.number).exists():
        return None
    return _create(series, activity, coming)


def is_over(moment: datetime) -> Q:
    """Meetings of a series that are over and that nothing follows yet."""
    return Q(
        status=TaskStatus.OPEN,
        archived_at__isnull=True,
        series__isnull=False,
        is_continued=False,
        ends_at__lte=moment,
    )


def roll(moment: datetime) -> int:
    """Make what follows the meetings of this tenant that are over; whoever else runs this passes them by."""
    over = Meeting.objects.filter(is_over(moment)).order_by("ends_at")
    locked = list(over.select_for_update(of=("self",), skip_locked=True, no_key=True)[:ROLLED_AT_ONCE])
    return len([each for each in locked if continue_series(each) is not None])


def rule_of(activity: Planned) -> Rule | None:
    """The rule by which an activity repeats, if it does."""
    series = Series.objects.filter(pk=activity.series_id).first() if activity.series_id else None
    return read_rule(series.rule) if series is not None and series.rule else None


def source_of(activity: Planned) -> str:
    """What the next one is counted from."""
    series = Series.objects.filter(pk=activity.series_id).first() if activity.series_id else None
    return series.repeat_from if series is not None else RepeatFrom.SCHEDULE.value


def _begun(activity_type: str, activity: Planned, rule: Rule, actor: Actor) -> Series:
    if activity.moment is None:
        raise Invalid(fields={"rule": [_("Give it a time first: what repeats needs one.")]})
    if activity.status != TaskStatus.OPEN:
        raise Invalid(fields={"rule": [_("Only what is open can repeat.")]})
    # Calendars go on knowing it by the name under which people were invited to the first.
    new = Series(id=activity.pk, activity_type=activity_type)
    series = _locked(activity.series_id) if activity.series_id else new
    zone = activity.days_in if isinstance(activity, Meeting) and activity.is_all_day else actor.zone
    series.rule = anchored(rule, activity.moment.astimezone(zone).date()).text
    series.pattern = _pattern(activity_type, activity, frozenset(PATTERN[activity_type]))
    _anchor(series, activity, zone)
    if series._state.adding:
        series.save()
    activity.series_id = series.pk
    activity.save(update_fields=["series", "occurs_at"])
    return series


def _ended(activity: Planned) -> Series | None:
    if activity.series_id is None:
        return None
    series = _locked(activity.series_id)
    series.rule = ""
    return series


def _anchor(series: Series, activity: Planned, zone: ZoneInfo) -> None:
    """From this member on the series is counted anew, on the wall clock of that zone."""
    moment = activity.moment
    if moment is None:
        return
    series.zone, series.starts_at, series.first_number = zone.key, moment, activity.number
    activity.occurs_at = moment
    if series.rule:
        plain = read_rule(series.rule)
        series.rule = anchored(plain, moment.astimezone(zone).date()).text


def _coming(series: Series, activity: Planned) -> Occurrence | None:
    if not series.rule:
        return None
    rule, zone, moment = read_rule(series.rule), ZoneInfo(series.zone), now()
    occurred = activity.occurs_at or activity.moment or moment
    if series.repeat_from == RepeatFrom.COMPLETION:
        return next_after_completion(rule, occurred, zone, number=activity.number, moment=moment)
    return next_on_schedule(
        rule, series.starts_at, zone, first_number=series.first_number, after=occurred, moment=moment
    )


def _create(series: Series, activity: Planned, coming: Occurrence) -> Planned:
    """The next member, made by the installation: about the same records, for the same people."""
    actor = replace(Actor.system(series.tenant_id), zone=ZoneInfo(series.zone))
    activity_type = series.activity_type
    values = {**series.pattern, "status": TaskStatus.OPEN.value, next_activity.TIME_FIELDS[activity_type]: coming.at}
    if isinstance(activity, Meeting) and activity.ends_at is not None:
        values["ends_at"] = activity.end_from(coming.at)
    links = ActivityLink.objects.filter(activity_type=activity_type, activity_id=activity.pk).order_by("id")
    about = [services.About(link.record_type, link.record_id) for link in links if link.record_type in record_types]
    made: Planned = _created(activity_type, values, about, actor)
    made.series_id, made.occurs_at, made.number = series.pk, coming.at, coming.number
    made.save(update_fields=["series", "occurs_at", "number"])
    if isinstance(made, Meeting):
        _copy_attendees(activity.pk, made)
    return made


def _created(activity_type: str, values: Mapping[str, Any], about: list[services.About], actor: Actor) -> Any:
    """An owner who has left is no reason that nothing follows: then it is nobody's."""
    try:
        with transaction.atomic():
            return services.create_activity(activity_type, values, about=about, actor=actor)
    except Invalid as error:
        if "owner" not in error.fields:
            raise
    return services.create_activity(activity_type, {**values, "owner": None}, about=about, actor=actor)


def _copy_attendees(meeting_id: Any, made: Meeting) -> None:
    rows = Attendee.objects.filter(meeting_id=meeting_id).order_by("id")
    Attendee.objects.bulk_create(
        Attendee(
            meeting=made,
            user_id=row.user_id,
            record_type=row.record_type,
            record_id=row.record_id,
            name=row.name,
            email=row.email,
            response=row.response,
            invited_sequence=row.invited_sequence,
        )
        for row in rows
    )
    Meeting.objects.filter(pk=made.pk).update(sequence=max((0, *(row.invited_sequence for row in rows))))


def _pattern(activity_type: str, activity: Planned, keys: frozenset[str]) -> dict[str, Any]:
    fields = record_types.get(activity_type).by_key
    return {key: plain_value(fields[key], fields[key].read(activity)) for key in sorted(keys)}


def _locked(series_id: Any) -> Series:
    return Series.objects.select_for_update().get(pk=series_id)
