"""What holds for activities whichever door they are written through: times that follow from others, clean texts.

`check_*` adjust the values that are about to be written and raise Invalid; `derive_*` fill columns from others.
"""

import re
from datetime import datetime, time, timedelta
from email.utils import getaddresses
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.html import linebreaks, urlize
from django.utils.translation import gettext as _

from autocrm.activities.models import Call, Email, Meeting, Note, Planned, Task
from autocrm.activities.states import TaskStatus
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.kernel.errors import Invalid
from autocrm.kernel.text import plain_text, sanitise_html
from autocrm.records.registry import Values

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONGEST_TEXT = 100_000
# An element, an entity or a comment: then it is HTML already.
_MARK = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#]+[0-9]*;")
# What stands between texts; editors put the space that does not break beside what they made.
_ELEMENT = re.compile(r"(<[^>]*>|&nbsp;)")
MOST_ADDRESSES = 200


def check_task(task: Task, values: Values, actor: Actor) -> None:
    """A task's completion follows its status; another time or owner is told anew."""
    _follow_status(task, values)
    if values.get("due_at", task.due_at) != task.due_at or values.get("owner", task.owner_id) != task.owner_id:
        task.due_told_at = None


def check_call(call: Call, values: Values, actor: Actor) -> None:
    """A call without a time is now; one that lies ahead is planned, any other has taken place."""
    if "at" in values and values["at"] is None:
        values["at"] = now()
    if call._state.adding:
        values.setdefault("at", now())
        if not values.get("status"):
            values["status"] = (TaskStatus.OPEN if values["at"] > now() else TaskStatus.DONE).value
    _follow_status(call, values)


def check_meeting(meeting: Meeting, values: Values, actor: Actor) -> None:
    """A meeting ends after it begins, in an hour unless said; one that is moved keeps its length. Raises Invalid."""
    if meeting._state.adding:
        values.setdefault("starts_at", _next_hour(actor))
    starts = values.get("starts_at", meeting.starts_at)
    if starts is None:
        raise Invalid(fields={"starts_at": [_("A meeting needs a beginning.")]})
    is_all_day = values.get("is_all_day", meeting.is_all_day)
    ends = values.get("ends_at") or _end_after(meeting, starts)
    # Whole days stay those of the zone they were written in, whoever changes the meeting.
    zone = meeting.days_in if is_all_day and meeting.is_all_day else actor.zone
    if is_all_day:
        starts, ends = _whole_days(starts, ends, zone)
    if ends <= starts:
        raise Invalid(fields={"ends_at": [_("A meeting ends after it begins.")]})
    if starts != meeting.starts_at or ends != meeting.ends_at or meeting._state.adding:
        values["starts_at"], values["ends_at"] = starts, ends
        meeting.zone = zone.key
    if meeting._state.adding and not values.get("status"):
        values["status"] = (TaskStatus.DONE if ends <= now() else TaskStatus.OPEN).value
    _follow_status(meeting, values)


def check_email(email: Email, values: Values, actor: Actor) -> None:
    """Addresses are addresses. Raises Invalid."""
    if email._state.adding or values.get("at", now()) is None:
        values["at"] = values.get("at") or now()
    if "body" in values:
        values["body"] = as_html(values["body"])
    faults = {}
    for key in ("sender", "recipients", "copies"):
        if values.get(key):
            values[key], wrong = read_addresses(values[key], most=1 if key == "sender" else MOST_ADDRESSES)
            if wrong:
                faults[key] = [wrong]
    if faults:
        raise Invalid(fields=faults)


def check_note(note: Note, values: Values, actor: Actor) -> None:
    """Words that are changed later leave a trace."""
    if "body" in values:
        values["body"] = as_html(values["body"])
        if note.body and values["body"] != note.body:
            note.edited_at = now()


def derive_planned(planned: Planned) -> None:
    """When its owner is reminded; another moment is a new reminder."""
    moment, before = planned.moment, planned.remind_before
    remind_at = moment - timedelta(minutes=int(before)) if before and moment else None
    if remind_at != planned.remind_at:
        planned.remind_at, planned.reminded_at = remind_at, None


def derive_text(activity: Note | Email) -> None:
    """Clean HTML and, for search and lists, its words."""
    activity.body = sanitise_html(activity.body)
    activity.text = plain_text(activity.body)[:LONGEST_TEXT]


def as_html(text: str) -> str:
    """Clean HTML in which addresses are links; words without any marks become paragraphs."""
    if _MARK.search(text):
        return sanitise_html(_with_links(sanitise_html(text)))
    return sanitise_html(linebreaks(urlize(text, autoescape=True), autoescape=False)) if text.strip() else ""


def _with_links(html: str) -> str:
    """Clean `html` with the addresses in its texts as links, but for those that are in one already."""
    depth, pieces = 0, []
    for piece in _ELEMENT.split(html):
        if piece.startswith("<"):
            depth += piece.startswith("<a ") - (piece == "</a>")
        pieces.append(urlize(piece) if "." in piece and not depth and not piece.startswith("<") else piece)
    return "".join(pieces)


def read_addresses(text: str, *, most: int) -> tuple[str, str]:
    """Addresses as "Ana <ana@x.y>, bob@x.y" in one form; and what is wrong with them, if anything."""
    pairs = [pair for pair in getaddresses([text.replace(";", ",").replace("\n", ",")]) if pair[1]]
    if not pairs or len(pairs) > most:
        return text, _("Give 1 to %(most)d addresses.") % {"most": most} if most > 1 else _("Give one address.")
    for _name, address in pairs:
        try:
            validate_email(address)
        except ValidationError:
            return text, _("%(address)s is not an e-mail address.") % {"address": address[:200]}
    return ", ".join(f"{name} <{address}>" if name else address for name, address in pairs), ""


def _follow_status(planned: Planned, values: Values) -> None:
    status = values.get("status")
    if status == "":
        raise Invalid(fields={"status": [_("This is required.")]})
    if status is not None and (status != planned.status or (planned._state.adding and status == TaskStatus.DONE)):
        planned.completed_at = now() if status == TaskStatus.DONE else None


def _next_hour(actor: Actor) -> datetime:
    return now().astimezone(actor.zone).replace(minute=0, second=0, microsecond=0) + HOUR


def _end_after(meeting: Meeting, starts: datetime) -> datetime:
    if meeting._state.adding or meeting.ends_at is None:
        return starts + HOUR
    return meeting.ends_at if starts == meeting.starts_at else meeting.end_from(starts)


def _whole_days(starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight of the days that they touch."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    after = last.date() if last.time() == time(0) and last.date() > first.date() else last.date() + DAY
    return start_of_day(first.date(), zone), start_of_day(after, zone)
