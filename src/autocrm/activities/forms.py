"""What the composer and small forms of activities read: text into HTML, posted fields into values, days into times."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.html import linebreaks, urlize
from django.utils.translation import gettext as _

from autocrm.activities.models import Planned
from autocrm.activities.timelines import Only, Show
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid
from autocrm.kernel.permissions import can_write_field

# When a day is named and no hour: the beginning of work, the end of it.
MORNING, EVENING = time(9), time(17)
LARGEST_ENTRY = 2**63 - 1


def read_body(data: QueryDict) -> str:
    """The HTML of a note: as the editor made it, or from plain text where the editor did not run."""
    body = data.get("body", "").strip()
    if data.get("format") == "html":
        return body
    return linebreaks(urlize(body, autoescape=True), autoescape=False) if body else ""


def read_values(data: QueryDict, activity_type: str, names: Sequence[str], actor: Actor) -> dict[str, Any]:
    """What was posted of these fields, as far as the role may write them."""
    given = {name: data.get(name, "").strip() for name in names}
    return {name: text for name, text in given.items() if text and can_write_field(actor, activity_type, name)}


def read_due(data: Mapping[str, str], activity: Planned, actor: Actor) -> datetime | None:
    """The new time of an activity: `to` names a day ("today", "tomorrow", "next_week", "never"), `due` a moment."""
    if moment := data.get("due", ""):
        return _moment(moment, actor)
    local = now().astimezone(actor.zone)
    hour = activity.moment.astimezone(actor.zone).time() if activity.moment is not None else MORNING
    match data.get("to", ""):
        case "never":
            return None
        case "today":
            return _later_today(local, hour)
        case "tomorrow":
            day = local.date() + timedelta(days=1)
        case "next_week":
            day = local.date() + timedelta(days=7 - local.weekday())
        case _:
            raise Invalid(fields={"to": [_("Name a day.")]})
    return datetime.combine(day, hour, tzinfo=actor.zone)


def read_only(data: QueryDict) -> Only:
    """What a timeline is narrowed to; words that mean nothing narrow nothing."""
    try:
        person = UUID(str(data["by"])) if data.get("by") else None
    except ValueError:
        person = None
    known = set(Show)
    return Only(frozenset(Show(each) for each in data.getlist("show") if each in known), person)


def read_before(data: Mapping[str, str]) -> int | None:
    """The entry below which a page begins."""
    text = data.get("before", "")
    return min(int(text), LARGEST_ENTRY) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def tomorrow_morning(actor: Actor) -> datetime:
    """What the composer suggests for a task."""
    day = now().astimezone(actor.zone).date() + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=actor.zone)


def _later_today(local: datetime, hour: time) -> datetime:
    """Today at the task's hour, or at the end of work, or, when that has passed as well, within the next hour."""
    for each in (hour, EVENING):
        at = datetime.combine(local.date(), each, tzinfo=local.tzinfo)
        if at > local:
            return at
    last = datetime.combine(local.date(), time(23, 59), tzinfo=local.tzinfo)
    return min((local + timedelta(hours=1)).replace(second=0, microsecond=0), last)


def _moment(text: str, actor: Actor) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(fields={"due": [_("This is not a date and time.")]})
    return moment if moment.tzinfo else moment.replace(tzinfo=actor.zone)
