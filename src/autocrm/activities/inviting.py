"""Invitations: meetings as calendar files, and the mail that asks people to come or says that it is off.

One mail goes to each attendee with an address, as a job of its own that starts after commit: a mail server that is
down never keeps a meeting from being saved. The state that was sent is counted in `sequence`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from autocrm.activities import events, ics
from autocrm.activities.models import Attendee, Meeting, Series
from autocrm.activities.permissions import MEETING
from autocrm.activities.repeating import from_number, read_rule
from autocrm.activities.states import Response, TaskStatus
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.permissions import authorize
from autocrm.records import selectors as records_read
from autocrm.records import services as records
from autocrm.ui import formatting

REQUEST, CANCEL = "REQUEST", "CANCEL"
SEND = "activities.send_invitation"
# For so long the page offers to undo what was just done.
TAKEN_BACK_WITHIN = timedelta(seconds=30)

PARTSTATS = {
    Response.WAITING: "NEEDS-ACTION",
    Response.ACCEPTED: "ACCEPTED",
    Response.TENTATIVE: "TENTATIVE",
    Response.DECLINED: "DECLINED",
}


@transaction.atomic
def send_invitations(meeting_id: object, *, actor: Actor) -> int:
    """Invite everybody who attends and has an address, or tell them of the present state; returns how many.

    Of a cancelled meeting they are told that it is off. Journal: meeting.invited. Raises Invalid where nobody can be
    written to, NotFound, Denied.
    """
    record_type = records_read.get_type(MEETING)
    authorize(actor, record_type.permission(Verb.UPDATE))
    meeting: Meeting = records.lock_record(record_type, meeting_id, actor=actor)
    authorize(actor, record_type.permission(Verb.UPDATE), meeting)
    rows = list(Attendee.objects.filter(meeting=meeting).exclude(email="").order_by("id"))
    is_off = is_called_off(meeting)
    rows = [row for row in rows if row.user_id != meeting.owner_id and (row.invited_sequence >= 0 or not is_off)]
    if not rows:
        raise Invalid(fields={"attendees": [_("Nobody who attends has an address to write to.")]})
    send_state(meeting, rows, is_asked_for=not is_off, actor=actor)
    return len(rows)


def send_state(meeting: Meeting, rows: Sequence[Attendee], *, is_asked_for: bool = False, actor: Actor) -> None:
    """Let these attendees know how the meeting stands, each by a mail of its own, in the caller's transaction.

    What nobody asked to send (that it is off, or moved) is said some seconds later: whoever takes that back at once
    has told nobody. Journal: meeting.invited or meeting.called_off.
    """
    is_off = is_called_off(meeting)
    if meeting.sequence or any(row.invited_sequence >= 0 for row in rows):
        raise_sequence(meeting)
    Attendee.objects.filter(pk__in=[row.pk for row in rows]).update(invited_sequence=meeting.sequence)
    method = CANCEL if is_off else REQUEST
    run_at = None if is_asked_for else now() + TAKEN_BACK_WITHIN
    for row in rows:
        payload = {
            "meeting_id": str(meeting.pk),
            "attendee_id": str(row.pk),
            "sequence": meeting.sequence,
            "method": method,
            "is_news": row.invited_sequence < 0 or row.told_off,
        }
        enqueue(SEND, payload, run_at=run_at, dedup_key=f"invitation:{row.pk}:{meeting.sequence}:{method}")
    journal.write(
        events.MEETING_CALLED_OFF if is_off else events.MEETING_INVITED,
        record_type=MEETING,
        record_id=meeting.pk,
        record_label=records_read.get_type(MEETING).title(meeting),
        data={"count": len(rows), "sequence": meeting.sequence},
        actor=actor,
    )


def raise_sequence(meeting: Meeting) -> None:
    """What is sent from now on is newer than all that was sent before."""
    meeting.sequence += 1
    Meeting.objects.filter(pk=meeting.pk).update(sequence=meeting.sequence)


def is_outdated(attendee: Attendee, meeting: Meeting, payload: Mapping[str, Any]) -> bool:
    """Whether a mail that was to go out says what does not hold any more: a newer one follows, or none is needed."""
    method = CANCEL if is_called_off(meeting) else REQUEST
    newest, asked = attendee.invited_sequence, payload.get("method", method)
    return bool(payload.get("sequence", newest) != newest or asked != method)


def meeting_file(meeting: Meeting, *, method: str = "", only: Attendee | None = None) -> bytes:
    """A meeting as a calendar file; an invitation (`method`) to one attendee names that attendee alone."""
    rows = Attendee.objects.filter(meeting=meeting).exclude(email="").select_related("user").order_by("id")
    people = [row for row in rows if only is None or row.pk == only.pk]
    return ics.calendar_file([happening_of(meeting, people, series_of(meeting))], method=method)


def series_of(meeting: Meeting) -> Series | None:
    """The series of a meeting, if it has one that goes on, or that ended with it: calendars know it by that name."""
    series = Series.objects.filter(pk=meeting.series_id).first() if meeting.series_id else None
    if series is None or series.rule:
        return series
    return None if Meeting.objects.filter(series=series, number__gt=meeting.number).exists() else series


def happening_of(meeting: Meeting, people: list[Attendee], series: Series | None) -> ics.Happening:
    """A meeting as calendars know it. A member of a series that was moved or called off stands for its place."""
    host = site_host()
    is_off = is_called_off(meeting)
    rule = read_rule(series.rule) if series is not None and series.rule else None
    is_single = rule is not None and (is_off or meeting.occurs_at not in {None, meeting.starts_at})
    owner = meeting.owner
    return ics.Happening(
        uid=ics.uid_of(series.pk if series is not None else meeting.pk, host),
        title=meeting.subject,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at or meeting.starts_at + timedelta(hours=1),
        changed_at=meeting.updated_at,
        details="\n\n".join(part for part in (meeting.body, meeting.video_url) if part),
        place=meeting.place or meeting.video_url,
        sequence=meeting.sequence + (series.sequence if series is not None else 0),
        is_all_day=meeting.is_all_day,
        is_cancelled=is_off,
        zone=(series.zone if series is not None else meeting.zone) or "UTC",
        rule=None if rule is None or is_single else from_number(rule, meeting.number),
        recurrence_id=(meeting.occurs_at or meeting.starts_at) if is_single else None,
        organiser=None if owner is None or not people else ics.Person(owner.email, str(owner)),
        attendees=tuple(ics.Person(row.email, row.name, PARTSTATS[Response(row.response)]) for row in people),
    )


def letter(meeting: Meeting, *, is_off: bool, is_news: bool = True) -> tuple[str, str]:
    """Subject and text of the mail that carries the file; no news to who was told of the meeting before."""
    zone = ZoneInfo(meeting.zone or "UTC")
    with timezone.override(zone):
        day = formatting.day_long(formatting.local_day(meeting.starts_at))
        when = day if meeting.is_all_day else f"{day}, {formatting.clock_time(meeting.starts_at)} ({zone.key})"
    said = _("Invitation: %(subject)s") if is_news else _("Changed: %(subject)s")
    said = _("Cancelled: %(subject)s") if is_off else said
    subject = " ".join((said % {"subject": meeting.subject}).split())
    lines = [meeting.subject, when, meeting.place, meeting.video_url, meeting.body]
    return subject, "\n".join(line for line in lines if line)


def site_host() -> str:
    """The name of this installation in what calendars keep for good."""
    return settings.BASE_DOMAINS[0] if settings.BASE_DOMAINS else "localhost"


def is_called_off(meeting: Meeting) -> bool:
    """Whether it does not take place."""
    return meeting.status == TaskStatus.CANCELLED or meeting.archived_at is not None


def attendee_of(meeting: Any, attendee_id: UUID) -> Attendee | None:
    """Somebody who attends this meeting."""
    return Attendee.objects.filter(pk=attendee_id, meeting=meeting).first()
