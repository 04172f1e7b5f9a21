"""A timeline in words: who did what when, with notes and tasks as cards and changes field by field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.utils import formats
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.activities.cards import NoteCard, TaskCard, note_cards, task_cards
from autocrm.activities.events import ACTIVITY_COMPLETED
from autocrm.activities.models import Note, Task, TaskKind
from autocrm.activities.selectors import Item
from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.records import events
from autocrm.records.history import ACTOR_ICONS, ICONS, ChangeLine, change_lines, names_in
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.ui import formatting

WEEK = 7
Kind = TypeVar("Kind", Task, Note)


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
    note: NoteCard | None = None
    task: TaskCard | None = None
    day: str = ""


def lines_of(
    record_type: RecordType, items: Sequence[Item], *, actor: Actor, after_day: date | None = None
) -> list[Line]:
    """The items in words; `after_day` is the day that the page before ended in, which gets no heading again."""
    look = look_at(record_type, actor)
    entries = [item.entry for item in items if item.activity is None]
    names = names_in(record_type, entries, look)
    tasks = {card.id: card for card in task_cards(_of_class(items, Task), actor)}
    notes = {card.id: card for card in note_cards(_of_class(items, Note), actor)}
    lines: list[Line] = []
    last = after_day
    for item in items:
        note = notes.get(item.activity.pk) if isinstance(item.activity, Note) else None
        if isinstance(item.activity, Note) and note is None:
            continue
        task = tasks.get(item.activity.pk) if isinstance(item.activity, Task) else None
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
                did=_did(record_type, item),
                changes=change_lines(record_type, item.entry, look, names) if item.kind == events.UPDATED else (),
                note=note,
                task=task,
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
        return formats.date_format(day, "j F Y")
    return formats.date_format(day, "l j F" if 0 <= days < WEEK else "j F")


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


def _of_class(items: Iterable[Item], cls: type[Kind]) -> list[Kind]:
    return list({item.activity.pk: item.activity for item in items if isinstance(item.activity, cls)}.values())


def _mark(item: Item) -> tuple[str, str]:
    """The icon of a line and the tone of its circle."""
    if isinstance(item.activity, Note):
        return "note", ""
    if isinstance(item.activity, Task):
        if item.entry.kind == ACTIVITY_COMPLETED:
            return "check", "ok"
        return ("phone", "") if _is_call(item.activity) else ("checkbox", "accent")
    return ICONS.get(item.kind, "activity"), "plain"


def _is_call(task: Task) -> bool:
    """Whether it was written down after the fact: a call that was done when it was added."""
    return (
        task.kind == TaskKind.CALL
        and task.completed_at is not None
        and (task.completed_at - task.created_at).total_seconds() < 1
    )


def _did(record_type: RecordType, item: Item) -> str:
    entry: Entry = item.entry
    if isinstance(item.activity, Note):
        return _("wrote a note")
    if isinstance(item.activity, Task):
        if entry.kind == ACTIVITY_COMPLETED:
            return _("completed")
        return _("logged a call") if _is_call(item.activity) else _("added a task")
    if entry.kind == events.CREATED:
        return _("created this %(label)s") % {"label": force_str(record_type.label).lower()}
    declared = entry_types.find(entry.kind)
    return force_str(declared.label) if declared else entry.kind
