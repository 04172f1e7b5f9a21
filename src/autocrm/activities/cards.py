"""Tasks and notes as pages show them: what the actor may see of one, in words, and what may be done with it.

Responsibilities: build these once for a whole page of activities. Do NOT: render, or decide what is on the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.activities.models import Note, Task, TaskKind
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.selectors import Subject, subjects_of
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.kernel.text import sanitise_html
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.ui import formatting

KIND_ICONS = {
    TaskKind.TODO: "checkbox",
    TaskKind.CALL: "phone",
    TaskKind.EMAIL: "mail",
    TaskKind.MEETING: "calendar",
}
HOME_ICON = "checkbox"


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task. `when` says its time in full, `soon` as shortly as a column wants it; `tone` is bad when overdue."""

    id: UUID
    title: str
    url: str
    icon: str
    kind: str
    when: str
    soon: str
    tone: str
    owner: str
    body: str
    is_open: bool
    is_done: bool
    may_change: bool
    about: Sequence[Subject] = ()
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoteCard:
    """One note; `html` was sanitised when it was kept and is again when it is shown."""

    id: UUID
    url: str
    html: SafeString
    text: str
    who: str
    at: datetime
    is_edited: bool
    is_pinned: bool
    may_write: bool
    may_pin: bool
    may_archive: bool


def task_cards(tasks: Iterable[Task], actor: Actor, *, with_subjects: bool = False) -> list[TaskCard]:
    """The tasks, which came with their owners, as this actor sees them."""
    tasks = list(tasks)
    about = subjects_of(TASK, [task.pk for task in tasks], actor=actor) if with_subjects and tasks else {}
    return [_task_card(task, actor, about.get(task.pk, [])) for task in tasks]


def note_cards(notes: Iterable[Note], actor: Actor) -> list[NoteCard]:
    """The notes, which came with their owners, as this actor sees them; none where the role hides what they say."""
    if not can_read_field(actor, NOTE, "body"):
        return []
    return [_note_card(note, actor) for note in notes]


def _task_card(task: Task, actor: Actor, about: Sequence[Subject]) -> TaskCard:
    shown = {key: can_read_field(actor, TASK, key) for key in ("due_at", "kind", "owner", "body")}
    due = task.due_at if shown["due_at"] else None
    tone = _tone(due) if task.is_open else ""
    return TaskCard(
        id=task.pk,
        title=look_at(record_types.get(TASK), actor).title(task),
        url=f"/tasks/{task.pk}/",
        icon=KIND_ICONS.get(TaskKind(task.kind), HOME_ICON) if shown["kind"] else HOME_ICON,
        kind=force_str(task.get_kind_display()) if shown["kind"] else "",
        when=_when(due) if shown["due_at"] else "",
        soon=_soon(due) if shown["due_at"] else "",
        tone=tone,
        owner=str(task.owner) if shown["owner"] and task.owner is not None else "",
        body=task.body if shown["body"] else "",
        is_open=task.is_open,
        is_done=task.completed_at is not None,
        may_change=_may(actor, TASK, Verb.UPDATE, task) and can_write_field(actor, TASK, "status"),
        about=about,
        completed_at=task.completed_at,
    )


def _note_card(note: Note, actor: Actor) -> NoteCard:
    is_own = note.created_by_id == actor.user_id
    may_update = _may(actor, NOTE, Verb.UPDATE, note)
    author = note.created_by or note.owner
    return NoteCard(
        id=note.pk,
        url=f"/notes/{note.pk}/",
        html=mark_safe(sanitise_html(note.body)),  # noqa: S308 - nothing is left but the marks of a rich text
        text=note.text,
        who=str(author) if author is not None else "",
        at=note.created_at,
        is_edited=note.edited_at is not None,
        is_pinned=note.is_pinned,
        may_write=is_own and may_update and can_write_field(actor, NOTE, "body"),
        may_pin=may_update and can_write_field(actor, NOTE, "is_pinned"),
        may_archive=_may(actor, NOTE, Verb.DELETE, note),
    )


def _may(actor: Actor, activity_type: str, verb: Verb, activity: Task | Note) -> bool:
    return activity.archived_at is None and is_allowed(actor, f"{activity_type}.{verb}", activity)


def _days_ahead(due: datetime) -> int:
    return (formatting.local_day(due) - formatting.today()).days


def _tone(due: datetime | None) -> str:
    """Red once its day is over, green on the day, nothing before."""
    if due is None:
        return ""
    days = _days_ahead(due)
    return "bad" if days < 0 else "ok" if days == 0 else ""


def _when(due: datetime | None) -> str:
    """In full: "5 days overdue", "Today 16:00", "Tomorrow 09:00", "12 Dec, 10:00"."""
    if due is None:
        return _("No date")
    days = _days_ahead(due)
    if days < 0:
        return formatting.until(due)
    if days <= 1:
        return f"{_('Tomorrow') if days else _('Today')} {formatting.clock_time(due)}"
    return f"{formatting.day(due)}, {formatting.clock_time(due)}"


def _soon(due: datetime | None) -> str:
    """Shortly: "5 days" for what is overdue, the time for what is today, else the day."""
    if due is None:
        return ""
    days = _days_ahead(due)
    if days < 0:
        return ngettext("%(count)d day", "%(count)d days", -days) % {"count": -days}
    return formatting.clock_time(due) if days == 0 else formatting.ago(due)
