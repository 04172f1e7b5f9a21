"""Calendar files (RFC 5545): a person's activities as a feed, a meeting as a file or an invitation.

Moments are written in UTC where they stand alone. What repeats is written on the wall clock of its zone, with the
zone's own changes of the clock (VTIMEZONE), so that nine o'clock stays nine o'clock; all-day meetings are dates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from autocrm.activities.repeating import Rule, calendar_rule
from autocrm.kernel.lazily import Lazily

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = Lazily("icalendar")

PRODUCT = "-//AutoCRM//Calendar//EN"
MOMENT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Person:
    """The organiser, or somebody who attends; `response` is the word of RFC 5545."""

    email: str
    name: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing in a calendar. `recurrence_id` is the place in a series that a single changed one stands for."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    url: str = ""
    details: str = ""
    place: str = ""
    sequence: int = 0
    is_all_day: bool = False
    is_cancelled: bool = False
    is_busy: bool = True
    zone: str = "UTC"
    rule: Rule | None = None
    recurrence_id: datetime | None = None
    organiser: Person | None = None
    attendees: Sequence[Person] = field(default_factory=tuple)


def calendar_file(happenings: Iterable[Happening], *, name: str = "", method: str = "") -> bytes:
    """The file; lines are folded and texts escaped as the format asks."""
    happenings = list(happenings)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", icalendar.vText(_clean(name)))
        calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    on_the_wall = [each for each in happenings if each.rule is not None or each.recurrence_id is not None]
    zones = {each.zone for each in on_the_wall if not each.is_all_day and each.zone != "UTC"}
    for zone in sorted(zones):
        starts = [each.starts_at for each in happenings if each.zone == zone]
        calendar.add_component(_timezone(zone, min(starts), max(starts)))
    for each in happenings:
        calendar.add_component(_event(each))
    content: bytes = calendar.to_ical()
    return content


def uid_of(record_id: UUID, host: str) -> str:
    """The name by which calendars know an activity or a series for good."""
    return f"{record_id}@{host}"


def _event(happening: Happening) -> "icalendar.Event":
    event = icalendar.Event()
    event.add("uid", happening.uid)
    event.add("dtstamp", happening.changed_at.astimezone(UTC))
    event.add("last-modified", happening.changed_at.astimezone(UTC))
    event.add("summary", _clean(happening.title))
    event.add("dtstart", _when(happening, happening.starts_at))
    event.add("dtend", _when(happening, happening.ends_at))
    event.add("sequence", happening.sequence)
    event.add("status", "CANCELLED" if happening.is_cancelled else "CONFIRMED")
    if not happening.is_busy:
        event.add("transp", "TRANSPARENT")
    if happening.rule is not None:
        event.add("rrule", icalendar.vRecur(_rule(happening)))
    if happening.recurrence_id is not None:
        event.add("recurrence-id", _when(happening, happening.recurrence_id))
    for name, text in (("description", happening.details), ("location", happening.place), ("url", happening.url)):
        if text:
            event.add(name, _clean(text))
    if happening.organiser is not None:
        event.add("organizer", _address(happening.organiser))
    for person in happening.attendees:
        event.add("attendee", _address(person), encode=False)
    return event


def _when(happening: Happening, moment: datetime) -> date | datetime:
    """A date for a whole day, the wall clock for what repeats, else UTC."""
    if happening.is_all_day:
        return moment.astimezone(ZoneInfo(happening.zone)).date()
    if happening.rule is not None or happening.recurrence_id is not None:
        return moment.astimezone(UTC if happening.zone == "UTC" else ZoneInfo(happening.zone))
    return moment.astimezone(UTC)


def _rule(happening: Happening) -> dict[str, Any]:
    if happening.rule is None:
        return {}
    parts = calendar_rule(happening.rule, ZoneInfo(happening.zone))
    if happening.is_all_day and happening.rule.until is not None:
        parts["UNTIL"] = happening.rule.until
    return parts


def _timezone(zone: str, first: datetime, last: datetime) -> "icalendar.Timezone":
    """The zone's changes of the clock from the year before the first to some years after the last."""
    begins, ends = date(first.year - 1, 1, 1), date(last.year + 6, 1, 1)
    return icalendar.Timezone.from_tzid(zone, first_date=begins, last_date=ends)


def _address(person: Person) -> "icalendar.vCalAddress":
    address = icalendar.vCalAddress(f"MAILTO:{_clean(person.email)}")
    if person.name:
        address.params["CN"] = icalendar.vText(_clean(person.name).replace('"', "'"))
    if person.response:
        address.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
        address.params["PARTSTAT"] = icalendar.vText(person.response)
        address.params["RSVP"] = icalendar.vText("TRUE")
    return address


def _clean(text: str) -> str:
    """Without the control characters that the format has no way to write."""
    return "".join(
        each for each in text.replace("\r\n", "\n").replace("\r", "\n") if each == "\n" or each >= " "
    ).replace("\x7f", "")
