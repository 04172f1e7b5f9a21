"""The declarations of `task` and `note`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.activities import services
from autocrm.activities.models import Note, Priority, Task, TaskKind, TaskStatus
from autocrm.activities.permissions import NOTE, TASK
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.text import plain_text, sanitise_html
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, Search, Values, register


def _options(choices: Any) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in choices.choices)


def _check_task(task: Task, values: Values, actor: Actor) -> None:
    status = values.get("status")
    if status is not None and status != task.status:
        task.completed_at = now() if status == TaskStatus.DONE else None
    if values.get("due_at", task.due_at) != task.due_at or values.get("owner", task.owner_id) != task.owner_id:
        task.due_told_at = None


def _check_note(note: Note, values: Values, actor: Actor) -> None:
    if note.body and "body" in values and sanitise_html(values["body"]) != note.body:
        note.edited_at = now()


def _derive_note(note: Note) -> None:
    note.body = sanitise_html(note.body)
    note.text = plain_text(note.body)[:100_000]


TASK_TYPE = register(
    RecordType(
        key=TASK,
        plural="tasks",
        label=_("Task"),
        label_plural=_("Tasks"),
        icon="checkbox",
        avatar="company",
        model=Task,
        title=lambda task: task.subject,
        title_fields=("subject",),
        list_columns=("subject", "status", "due_at", "priority", "kind", "owner", "tags"),
        highlights=("status", "due_at", "priority", "owner"),
        search=Search(
            subtitle=lambda task: task.get_status_display(), terms=lambda task: [task.body], fields=("body",)
        ),
        default_sort=("-created_at",),
        nav_order=40,
        shortcut="t",
        check=_check_task,
        after_write=lambda task, changed, actor: services.after_task_write(task, changed, actor=actor),
        fields=(
            Field(key="subject", label=_("Subject"), kind=FieldKind.TEXT, required=True, max_length=300),
            Field(
                key="kind",
                label=_("Kind"),
                kind=FieldKind.SELECT,
                options=_options(TaskKind),
                default=TaskKind.TODO.value,
                required=True,
            ),
            Field(
                key="due_at",
                label=_("Due"),
                kind=FieldKind.DATETIME,
                nullable=True,
                in_form=True,
                extra={"deadline": True},
            ),
            Field(
                key="priority",
                label=_("Priority"),
                kind=FieldKind.SELECT,
                options=_options(Priority),
                default=Priority.NORMAL.value,
                required=True,
                extra={"tones": {"high": "bad", "low": "none"}},
            ),
            Field(
                key="status",
                label=_("Status"),
                kind=FieldKind.SELECT,
                options=_options(TaskStatus),
                default=TaskStatus.OPEN.value,
                required=True,
                extra={"tones": {"open": "accent", "done": "ok"}},
            ),
            Field(key="body", label=_("Details"), kind=FieldKind.LONG_TEXT, sortable=False, in_form=True),
            Field(key="completed_at", label=_("Completed"), kind=FieldKind.DATETIME, nullable=True, editable=False),
        ),
    )
)

NOTE_TYPE = register(
    RecordType(
        key=NOTE,
        plural="notes",
        label=_("Note"),
        label_plural=_("Notes"),
        icon="note",
        avatar="company",
        model=Note,
        title=lambda note: note.text[:80] or str(_("Note")),
        title_fields=("body", "text"),
        list_columns=("text", "owner", "created_at"),
        search=Search(subtitle=lambda note: "", terms=lambda note: [note.text], fields=("text",)),
        in_nav=False,
        check=_check_note,
        derive=_derive_note,
        fields=(
            Field(
                key="body",
                label=_("Note"),
                kind=FieldKind.LONG_TEXT,
                required=True,
                sortable=False,
                max_length=100_000,
                extra={"html": True, "on_page": False},
            ),
            Field(
                key="text",
                label=_("Words"),
                kind=FieldKind.LONG_TEXT,
                editable=False,
                sortable=False,
                importable=False,
                extra={"on_page": False},
            ),
            Field(key="is_pinned", label=_("Pinned"), kind=FieldKind.BOOLEAN),
        ),
    )
)
