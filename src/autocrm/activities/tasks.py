"""Work of activities in the background: people hear of what is theirs in time, series go on, invitations go out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from autocrm.activities import calling_off, inviting, next_activity, series, telling
from autocrm.activities.models import Attendee, Meeting, Task
from autocrm.kernel import mail
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.ids import parse_id
from autocrm.kernel.jobs import JobRun, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.setup import setup_step
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.users.selectors import language_of_address

# What waits in which table, at a moment.
Waiting = dict[Any, Callable[[datetime], Q]]


@periodic("activities.tell_due", every=timedelta(minutes=1))
def tell_due() -> None:
    """Notify the owners of tasks whose time has come."""
    _for_each_tenant({Task: telling.is_due}, lambda moment, actor: telling.tell_due(moment, actor=actor))


@periodic("activities.remind", every=timedelta(minutes=1))
def remind() -> None:
    """Remind people of what they wanted to be reminded of."""
    waiting: Waiting = dict.fromkeys(telling.MODELS.values(), telling.is_to_remind)
    _for_each_tenant(waiting, lambda moment, actor: telling.remind(moment, actor=actor))


@periodic("activities.roll_meetings", every=timedelta(minutes=5))
def roll_meetings() -> None:
    """Make the next meeting of a series when one of it is over, whether or not somebody said that it was held."""
    _for_each_tenant({Meeting: series.is_over}, lambda moment, _actor: series.roll(moment))


@job(inviting.SEND, queue="notifications", max_attempts=8)
def send_invitation(run: JobRun) -> Mapping[str, Any]:
    """Send one invitation, or that the meeting is off, in its present state; nothing to who no longer attends."""
    meeting = Meeting.objects.select_related("owner").filter(pk=parse_id(run.payload["meeting_id"])).first()
    attendee = inviting.attendee_of(meeting, parse_id(run.payload["attendee_id"])) if meeting is not None else None
    if meeting is None or attendee is None or not attendee.email:
        return {"sent": False}
    if inviting.is_outdated(attendee, meeting, run.payload):
        return {"sent": False}
    is_off = inviting.is_called_off(meeting)
    method = inviting.CANCEL if is_off else inviting.REQUEST
    with translation.override(language_of_address(attendee.email, run.tenant_id)):
        subject, text = inviting.letter(meeting, is_off=is_off, is_news=run.payload.get("is_news", True))
    content = inviting.meeting_file(meeting, method=method, only=attendee)
    message = mail.Message(
        to=[attendee.email],
        subject=subject,
        text=text,
        reply_to=[meeting.owner.email] if meeting.owner is not None else [],
        idempotency_key=f"activities.invitation:{attendee.pk}:{meeting.sequence}:{method}",
        attachments=[mail.Attachment("invite.ics", content, f"text/calendar; method={method}")],
    )
    Attendee.objects.filter(pk=attendee.pk).update(told_off=is_off)
    return {"sent": True, "message_id": mail.send(message)}


@job(calling_off.SEND, queue="notifications", max_attempts=8)
def send_farewell(run: JobRun) -> Mapping[str, Any]:
    """Tell somebody who was invited that he is not expected any more; nothing to who was put back meanwhile."""
    found = calling_off.farewell(parse_id(run.payload["uninvited_id"]))
    if found is None:
        return {"sent": False}
    row, subject, text, content = found
    owner = row.meeting.owner
    message = mail.Message(
        to=[row.email],
        subject=subject,
        text=text,
        reply_to=[owner.email] if owner is not None else [],
        idempotency_key=f"activities.farewell:{row.pk}",
        attachments=[mail.Attachment("invite.ics", content, f"text/calendar; method={inviting.CANCEL}")],
    )
    row.delete()
    return {"sent": True, "message_id": mail.send(message)}


def _for_each_tenant(waiting: Waiting, tell: Callable[[datetime, Actor], object]) -> None:
    """Tell, tenant by tenant where something waits, each in a transaction of its own."""
    moment = now()
    ids: set[int] = set()
    for model, wanted in waiting.items():
        found = rows(model, reason="activities that are due").filter(wanted(moment))
        ids |= set(found.order_by().values_list("tenant_id", flat=True).distinct())
    for tenant in rows(Tenant, reason="activities that are due").filter(id__in=ids, is_active=True):
        with tenant_scope(tenant), transaction.atomic():
            tell(moment, Actor.system(tenant.id))


@setup_step("activities.next_activity")
def fill_next_activities() -> None:
    """After an upgrade from before records knew their next activity: fill it where a tenant has none at all yet."""
    for tenant in Tenant.objects.order_by("id").iterator():
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            next_activity.fill_missing()
