"""A timeline in words: who did what when, with notes and tasks as cards and changes field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from autocrm.activities.cards import Card, cards, is_logged_call
from autocrm.activities.events import ACTIVITY_COMPLETED
from autocrm.activities.permissions import CALL, EMAIL, MEETING, NOTE, TASK
from autocrm.activities.states import Direction
from autocrm.activities.timelines import Item
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.permissions import can_read_field
from autocrm.records.history.words import (
    ACTOR_ICONS,
    CHANGING,
    ICONS,
    ChangeLine,
    change_lines,
    names_in,
    what_was_done,
)
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.ui import formatting

WEEK = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. `day` is the heading where a day begins, `by` the icon of an actor that is no person."""

    id: int
    at: datetime
    icon: str
    tone: str
    who: str
    by: str
    did: str
    changes: tuple[ChangeLine, ...] = ()
    activity: Card | None = None
    day: str = ""


def lines_of(
    record_type: RecordType, items: Sequence[Item], *, actor: Actor, after_day: date | None = None
) -> list[Line]:
    """The items in words; `after_day` is the day that the page before ended in, which gets no heading again."""
    look = look_at(record_type, actor)
    entries = [item.entry for item in items if item.activity is None]
    told = [item for item in items if item.activity is not None]
    names = names_in(record_type, entries, look)
    shown = {card.id: card for card in cards({item.activity.pk: item.activity for item in told}.values(), actor)}
    lines: list[Line] = []
    last = after_day
    for item in items:
        card = shown.get(item.activity.pk) if item.activity is not None else None
        if item.activity is not None and card is None:
            continue
        day = formatting.local_day(item.at)
        icon, tone = _mark(item)
        lines.append(
            Line(
                id=item.entry.id,
                at=item.at,
                icon=icon,
                tone=tone,
                who=who_did(item.actor_kind, item.actor_label),
                by=ACTOR_ICONS.get(ActorKind(item.actor_kind), ""),
                did=_did(record_type, item, actor),
                changes=change_lines(record_type, item.entry, look, names) if item.kind in CHANGING else (),
                activity=card,
                day="" if day == last else day_heading(day),
            )
        )
        last = day
    return lines


def day_heading(day: date) -> str:
    """A day as a heading: "Today", "Friday 20 November", after a week "4 November", the year when it is another."""
    today = formatting.today()
    days = (today - day).days
    if days in {0, 1}:
        return formatting.ago(day)
    if day.year != today.year:
        return formatting.day_full(day)
    return formatting.weekday(day) if 0 <= days < WEEK else formatting.day_near(day)


def who_did(kind: str, label: str) -> str:
    """Who acted, in words: a person by name, anything else by what it is."""
    match ActorKind(kind):
        case ActorKind.WORKFLOW:
            return _("Workflow %(name)s") % {"name": label}
        case ActorKind.IMPORT:
            return _("Import by %(name)s") % {"name": label} if label else _("Import")
        case ActorKind.TOKEN:
            return _("%(name)s by API") % {"name": label or _("Somebody")}
        case ActorKind.SYSTEM:
            return label or "AutoCRM"
        case ActorKind.HUMAN:
            return label or _("Somebody")


def _mark(item: Item) -> tuple[str, str]:
    """The icon of a line and the tone of its circle."""
    if item.activity is None:
        return ICONS.get(item.kind, "activity"), "plain"
    if item.entry.kind == ACTIVITY_COMPLETED:
        return "check", "ok"
    return _ICONS[item.kind], "accent" if item.kind in {TASK, MEETING} else ""


_ICONS = {NOTE: "note", TASK: "checkbox", CALL: "phone", MEETING: "calendar", EMAIL: "mail"}


def _did(record_type: RecordType, item: Item, actor: Actor) -> str:
    entry: Entry = item.entry
    if item.activity is not None:
        return _("completed") if entry.kind == ACTIVITY_COMPLETED else _added(item, actor)
    return what_was_done(record_type, entry, actor)


def _added(item: Item, actor: Actor) -> str:
    if item.kind == CALL:
        return _("logged a call") if is_logged_call(item.activity) else _("planned a call")
    if item.kind == EMAIL and not can_read_field(actor, EMAIL, "direction"):
        return _("added an e-mail")
    if item.kind == EMAIL:
        return _("sent an e-mail") if item.activity.direction == Direction.OUT else _("received an e-mail")
    return {NOTE: _("wrote a note"), TASK: _("added a task"), MEETING: _("planned a meeting")}[item.kind]
