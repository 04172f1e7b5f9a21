"""Who was invited hears that a meeting is off, on again, at another time or place, or that he is not expected any more.

Only people who were told of the meeting before, and only while it lies ahead: nobody is told about the past.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.activities import events, ics, inviting
from autocrm.activities.models import Attendee, Meeting, Uninvited
from autocrm.activities.permissions import MEETING
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import enqueue
from autocrm.records.registry import record_types
from autocrm.users.selectors import language_of_address

SEND = "activities.send_farewell"
# What whoever comes has to know; a word more in the details is no reason to write to everybody.
TOLD_OF = frozenset({"subject", "starts_at", "ends_at", "is_all_day", "place", "video_url"})


def tell_state(meetings: Iterable[Meeting], *, actor: Actor) -> None:
    """Tell those who believe otherwise that these meetings are off, or on again; in the caller's transaction.

    Journal: meeting.called_off, meeting.invited.
    """
    for meeting in meetings:
        if _lies_ahead(meeting):
            attending = Attendee.objects.filter(meeting=meeting).order_by("id")
            told = [row for row in attending if _is_told(row, meeting)]
            wrongly = [row for row in told if row.told_off != inviting.is_called_off(meeting)]
            if wrongly:
                inviting.send_state(meeting, wrongly, actor=actor)


def tell_change(meeting: Meeting, changed: Collection[str], *, actor: Actor) -> None:
    """Tell those who were invited that it takes place at another time or place; in the caller's transaction.

    Journal: meeting.invited.
    """
    if TOLD_OF.isdisjoint(changed) or not _lies_ahead(meeting) or inviting.is_called_off(meeting):
        return
    rows = [row for row in Attendee.objects.filter(meeting=meeting).order_by("id") if _is_told(row, meeting)]
    if rows:
        inviting.send_state(meeting, rows, actor=actor)


def say_goodbye(meeting: Meeting, gone: Sequence[Attendee], *, actor: Actor) -> None:
    """Tell who was taken off the list, in the caller's transaction, some seconds later. Journal: meeting.uninvited."""
    if not _lies_ahead(meeting) or inviting.is_called_off(meeting):
        return
    staying = set(Attendee.objects.filter(meeting=meeting).exclude(email="").values_list("email", flat=True))
    leaving = [row for row in gone if _is_told(row, meeting) and not row.told_off and row.email not in staying]
    if not leaving:
        return
    inviting.raise_sequence(meeting)
    rows = [
        Uninvited(meeting=meeting, name=row.name, email=row.email, sequence=meeting.sequence)
        for row in {row.email: row for row in leaving}.values()
    ]
    Uninvited.objects.bulk_create(rows)
    for row in rows:
        enqueue(SEND, {"uninvited_id": str(row.pk)}, run_at=now() + inviting.TAKEN_BACK_WITHIN)
    journal.write(
        events.MEETING_UNINVITED,
        record_type=MEETING,
        record_id=meeting.pk,
        record_label=record_types.get(MEETING).title(meeting),
        data={"count": len(rows), "sequence": meeting.sequence},
        actor=actor,
    )


def welcome_back(meeting: Meeting, new: Collection[Attendee]) -> None:
    """Who is put on the list again before the goodbye went out has never left; called before they are saved."""
    waiting = {row.email: row for row in Uninvited.objects.filter(meeting=meeting).select_for_update()}
    back = [row for row in new if row.email in waiting]
    for row in back:
        row.invited_sequence = waiting[row.email].sequence
    Uninvited.objects.filter(pk__in=[waiting[row.email].pk for row in back]).delete()


def farewell(uninvited_id: UUID) -> tuple[Uninvited, str, str, bytes] | None:
    """The goodbye to somebody: who, subject, text and calendar file; None where it is not to be sent any more."""
    row = Uninvited.objects.select_related("meeting", "meeting__owner").filter(pk=uninvited_id).first()
    if row is None:
        return None
    meeting = row.meeting
    with translation.override(language_of_address(row.email, row.tenant_id)):
        subject, text = inviting.letter(meeting, is_off=True)
        said = _("You are not expected at this meeting any more.")
    return row, subject, f"{said}\n\n{text}", ics.calendar_file([_farewell(row, meeting)], method=inviting.CANCEL)


def _farewell(row: Uninvited, meeting: Meeting) -> ics.Happening:
    """For this person all of it is off, also what would follow."""
    series = inviting.series_of(meeting)
    person: Any = Attendee(meeting=meeting, name=row.name, email=row.email)
    happening = inviting.happening_of(meeting, [person], series)
    return replace(
        happening,
        sequence=row.sequence + (series.sequence if series is not None else 0),
        changed_at=now(),
        is_cancelled=True,
        recurrence_id=None,
    )


def _is_told(row: Attendee, meeting: Meeting) -> bool:
    return bool(row.email) and row.invited_sequence >= 0 and row.user_id != meeting.owner_id


def _lies_ahead(meeting: Meeting) -> bool:
    return (meeting.ends_at or meeting.starts_at + timedelta(hours=1)) > now()
