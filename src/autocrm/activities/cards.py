"""Activities as pages show them: what the actor may see of one, in words, and what may be done with it.

Responsibilities: build these once for a whole page of activities. Do NOT: render, or decide what is on the page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.activities.models import Call, Meeting, Planned, Task
from autocrm.activities.permissions import EMAIL, NOTE
from autocrm.activities.selectors import TIME_KEYS, Subject, subjects_of, type_of
from autocrm.activities.states import TaskKind
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.kernel.text import sanitise_html
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.ui import formatting

KIND_ICONS = {TaskKind.TODO: "checkbox", TaskKind.CALL: "phone", TaskKind.EMAIL: "mail"}
# The first and the last of the days of what takes whole days.
Days = tuple[date, date]
# What is told of an activity in small words, in this order, as far as the role lets it be seen.
FACTS = {
    "task": ("kind",),
    "call": ("direction", "outcome", "minutes"),
    "meeting": ("place",),
    "email": ("direction", "sender", "recipients"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One activity. `when` says its time in full, `soon` as shortly as a column wants it; `tone` is bad when overdue.

    `html` is the body of a note or an e-mail, sanitised when it was kept and again when it is shown; `body` the words
    of the others. `facts` are small words about it.
    """

    id: UUID
    type: str
    title: str
    url: str
    icon: str
    kind: str
    when: str
    soon: str
    tone: str
    owner: str
    who: str
    body: str
    html: SafeString
    text: str
    facts: tuple[str, ...]
    at: datetime
    moment: datetime | None
    is_planned: bool
    is_open: bool
    is_done: bool
    is_edited: bool
    is_pinned: bool
    is_repeated: bool
    may_change: bool
    may_move: bool
    may_write: bool
    may_pin: bool
    may_archive: bool
    video_url: str = ""
    about: Sequence[Subject] = ()
    completed_at: datetime | None = None


def cards(activities: Iterable[Any], actor: Actor, *, with_subjects: bool = False) -> list[Card]:
    """The activities, which came with their people, as this actor sees them; no notes whose words are hidden."""
    shown = [each for each in activities if type_of(each) != NOTE or can_read_field(actor, NOTE, "body")]
    about = subjects_of(shown, actor=actor) if with_subjects and shown else {}
    return [_card(each, actor, about.get(each.pk, [])) for each in shown]


def _card(activity: Any, actor: Actor, about: Sequence[Subject]) -> Card:
    key = type_of(activity)
    record_type = record_types.get(key)

    def shows(name: str) -> bool:
        return can_read_field(actor, key, name)

    may_update = _may(actor, key, Verb.UPDATE, activity)
    planned = activity if isinstance(activity, Planned) else None
    moment = _moment(activity) if shows(TIME_KEYS.get(key, "at")) else None
    days = activity.whole_days if isinstance(activity, Meeting) and moment is not None else None
    author = activity.created_by if key in {NOTE, EMAIL} else None
    has_html = key in {NOTE, EMAIL} and shows("body")
    return Card(
        id=activity.pk,
        type=key,
        title=look_at(record_type, actor).title(activity),
        url=f"/{record_type.plural}/{activity.pk}/",
        icon=_icon(activity, record_type.icon) if shows("kind") else record_type.icon,
        kind=_kind(activity, shows),
        when=_ahead_or_past(activity, moment, days) if shows(TIME_KEYS.get(key, "at")) else "",
        soon=_soon(moment, days),
        tone=_tone(activity, moment, days) if planned is not None and planned.is_open else "",
        owner=str(activity.owner) if shows("owner") and activity.owner is not None else "",
        who=_who(activity, author, shows),
        body=activity.body if key not in {NOTE, EMAIL} and shows("body") else "",
        html=mark_safe(sanitise_html(activity.body) if has_html else ""),  # noqa: S308 - what is left is rich text
        text=activity.text if has_html else "",
        facts=_facts(activity, key, shows),
        at=activity.created_at,
        moment=moment,
        is_planned=planned is not None,
        is_open=planned is not None and planned.is_open,
        is_done=planned is not None and planned.completed_at is not None,
        is_edited=getattr(activity, "edited_at", None) is not None,
        is_pinned=activity.is_pinned,
        is_repeated=planned is not None and planned.series_id is not None,
        may_change=planned is not None and may_update and can_write_field(actor, key, "status"),
        may_move=planned is not None and may_update and can_write_field(actor, key, TIME_KEYS[key]),
        may_write=key == NOTE
        and activity.created_by_id == actor.user_id
        and may_update
        and can_write_field(actor, NOTE, "body"),
        may_pin=may_update and can_write_field(actor, key, "is_pinned"),
        may_archive=_may(actor, key, Verb.DELETE, activity),
        video_url=activity.video_url if isinstance(activity, Meeting) and shows("video_url") else "",
        about=about,
        completed_at=planned.completed_at if planned is not None else None,
    )


def _who(activity: Any, author: Any, shows: Callable[[str], bool]) -> str:
    """Who wrote it, else whose it is, as far as the role shows that."""
    if author is not None:
        return str(author) if shows("created_by") else ""
    return str(activity.owner or "") if shows("owner") else ""


def _moment(activity: Any) -> datetime | None:
    if isinstance(activity, Planned):
        return activity.moment
    moment: datetime | None = getattr(activity, "at", None)
    return moment


def _icon(activity: Any, icon: str) -> str:
    return KIND_ICONS.get(TaskKind(activity.kind), icon) if isinstance(activity, Task) else icon


def _kind(activity: Any, shows: Callable[[str], bool]) -> str:
    if isinstance(activity, Task):
        return force_str(activity.get_kind_display()) if shows("kind") else ""
    return force_str(record_types.get(type_of(activity)).label)


def _facts(activity: Any, key: str, shows: Callable[[str], bool]) -> tuple[str, ...]:
    record_type = record_types.get(key)
    told = []
    for name in FACTS.get(key, ()):
        value = record_type.by_key[name].read(activity)
        if value in (None, "") or not shows(name):
            continue
        words = _WORDS.get(name)
        told.append(words(value) if words else force_str(record_type.by_key[name].option_label(value)))
    return tuple(told)


def minutes_words(minutes: int) -> str:
    """A length in words: "12 min", "1 h 30 min"."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    return _("%(hours)d h") % {"hours": hours} + (f" {_('%(minutes)d min') % {'minutes': rest}}" if rest else "")


def _from(address: str) -> str:
    return _("from %(address)s") % {"address": address}


def _to(addresses: str) -> str:
    first, _comma, rest = addresses.partition(", ")
    more = rest.count(", ") + 1 if rest else 0
    return _("to %(address)s") % {"address": first} + (f" +{more}" if more else "")


_WORDS: Mapping[str, Callable[[Any], str]] = {"minutes": minutes_words, "sender": _from, "recipients": _to}


def _may(actor: Actor, activity_type: str, verb: Verb, activity: Any) -> bool:
    return activity.archived_at is None and is_allowed(actor, f"{activity_type}.{verb}", activity)


def _days_ahead(due: date | datetime) -> int:
    return (formatting.local_day(due) - formatting.today()).days


def _tone(activity: Any, due: datetime | None, whole: Days | None) -> str:
    """Red once its day is over, green on the day, nothing before."""
    if due is None:
        return ""
    days = _days_ahead(whole[0] if whole else due)
    ends = whole[1] if whole else getattr(activity, "ends_at", None)
    is_on = ends is not None and _days_ahead(ends) >= 0
    return "bad" if days < 0 and not is_on else "ok" if days <= 0 else ""


def _ahead_or_past(activity: Any, moment: datetime | None, whole: Days | None) -> str:
    """When it is to be, or when it was."""
    if isinstance(activity, Planned) and activity.is_open:
        return _when(moment, whole)
    if moment is None:
        return ""
    return _all_day(whole) if whole else f"{formatting.day(moment)}, {formatting.clock_time(moment)}"


def _all_day(whole: Days) -> str:
    first, last = whole
    said = formatting.ago(first) if first == last else f"{formatting.day(first)} – {formatting.day(last)}"
    return _("%(day)s, all day") % {"day": said}


def _when(due: datetime | None, whole: Days | None) -> str:
    """In full: "5 days overdue", "Today 16:00", "Tomorrow 09:00", "12 Dec, 10:00", "Today, all day"."""
    if due is None:
        return _("No date")
    if whole is not None and _days_ahead(whole[1]) >= 0:
        return _all_day(whole)
    days = _days_ahead(whole[0] if whole else due)
    if days < 0:
        return formatting.until(whole[0] if whole else due)
    if days <= 1:
        return f"{_('Tomorrow') if days else _('Today')} {formatting.clock_time(due)}"
    return f"{formatting.day(due)}, {formatting.clock_time(due)}"


def _soon(due: datetime | None, whole: Days | None) -> str:
    """Shortly: "5 days" for what is overdue, the time for what is today, else the day."""
    if due is None:
        return ""
    day = whole[0] if whole else due
    days = _days_ahead(day)
    if whole is not None and days <= 0 <= _days_ahead(whole[1]):
        return _("All day")
    if days < 0:
        return ngettext("%(count)d day", "%(count)d days", -days) % {"count": -days}
    return formatting.clock_time(due) if days == 0 else formatting.ago(day)


def is_logged_call(activity: Any) -> bool:
    """Whether a call was written down after the fact: it was done when it was added."""
    return (
        isinstance(activity, Call)
        and activity.completed_at is not None
        and (activity.completed_at - activity.created_at).total_seconds() < 1
    )
